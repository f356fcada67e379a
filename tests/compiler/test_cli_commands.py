"""Every command, end to end, on models small enough to be quick and on the examples."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

from somac.compiler.api import Program
from somac.compiler.load import load_model
from somac.compiler.passes.quantise import quantise
from somac.compiler.targets import load_targets
from somac.ir.program import Program as Files
from somac.ir.program import read_program, write_program
from somac.ir.serial import GOLDEN, integer_from_files

Somac = Callable[..., Result]
NirFile = Callable[..., Path]

MODEL = """\
network small:
    dt 1 ms
    profile nir-euler

input x[3]: spikes

population hidden[4]: nir_lif(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.13, v_reset = 0)
population readout[2]: nir_li(tau = 5 ms, r = 1, v_leak = 0)
population out[2]: nir_lif(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.13, v_reset = 0)

projection x -> hidden: dense([[1, 0, 1], [0, 1, 1], [1, 1, 0], [-1, 1, 1]])
projection hidden -> hidden: one_to_one([0.5, 1, -0.5, -1]) delay 1 ms
projection hidden -> out: dense([[1, 0.5, 0, -1], [-1, 0, 0.5, 1]])
projection hidden -> readout: dense([[1, 0.5, 0, -1], [-1, 0, 0.5, 1]])

output out
output readout
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "small.snn"
    path.write_text(MODEL)
    return path


@pytest.fixture(scope="module")
def compiled(compiled_text: Callable[[str], Path]) -> Path:
    """The model, compiled once; nothing may change it."""
    return compiled_text(MODEL)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Six recordings of 20 steps, with labels."""
    path = tmp_path / "data.npz"
    x = (np.random.default_rng(1).random((6, 20, 3)) < 0.5).astype(np.uint8)
    np.savez(path, x=x, label=np.arange(6) % 2)
    return path


def result_of(done: Result) -> Any:
    return json.loads(done.stdout)["result"]


# compile


def test_compile(somac: Somac, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = somac("compile", model, "-o", out)
    lines = done.stdout.splitlines()
    assert lines[0] == "small for spinnaker2: 3 of 148 cores"
    assert [line.split()[:4] for line in lines[3:6]] == [
        ["hidden", "4", "1", "nir_lif"],
        ["readout", "2", "1", "nir_li"],
        ["out", "2", "1", "nir_lif"],
    ]
    begin = lines.index("", 7) + 1
    assert lines[7].split() == ["cost", "of", "a", "step", "quiet", "expected", "worst", "status"]
    assert lines[8].startswith("cycles of the busiest core ")
    assert lines[begin - 2].startswith("(expected: a rate that is assumed")
    end = lines.index("", begin)
    names = [line.split()[0] for line in lines[begin:end]]
    assert names == ["placement", "memory", "in", "routing", "time", "written"]
    forms = {name: text for name, _, text in (line.partition("  ") for line in lines[end + 1 :])}
    assert len(forms) == 4
    assert all(text.strip().startswith("rows of synaptic words: ") for text in forms.values())
    for stage in ("read small.snn", "quantise", "legalise", "map", "emit"):
        assert f"somac: {stage}\n" in done.stderr
    assert "note[E0660]" in done.stderr
    assert read_program(out).digest()[:16] in done.stdout


def test_the_mac_array_is_used_as_asked(somac: Somac, model: Path, tmp_path: Path) -> None:
    forms = {}
    for mac in ("never", "auto", "always"):
        out = tmp_path / mac
        shown = somac("compile", model, "-o", out, "--mac", mac).stdout
        report = read_program(out).json("report.json")
        forms[mac] = [p["form"] for p in report["projections"]]
        for name, text in report["remarks"].items():
            assert name in shown
            assert text in shown
            assert text in somac("inspect", out).stdout
    assert forms["never"] == []
    assert set(forms["auto"]) == {"rows"}
    assert "matrix" in forms["always"]
    somac("verify", tmp_path / "always", "--samples", "1")
    wrong = somac("compile", model, "-o", tmp_path / "x", "--mac", "so", exit_code=2)
    assert "--mac" in wrong.stderr


def test_costs_before_and_after_a_run(
    somac: Somac, model: Path, data: Path, tmp_path: Path
) -> None:
    """The same in text, JSON and the report; what was sent in a run lies between the ends."""
    out = tmp_path / "out"
    view = result_of(somac("compile", model, "-o", out, "--json"))["compiled"]["costs"]
    assert list(view) == ["quiet", "expected", "worst"]
    report = read_program(out).json("report.json")["costs"]
    for case, costs in view.items():
        for name, amount in costs["amounts"].items():
            listed = {**amount, **{key: " ".join(amount[key]) for key in ("of", "parts")}}
            assert report[case]["amounts"][name] == listed
            assert amount["status"] in {"derived", "assumed"}
    ran = result_of(somac("run", out, "--input", data, "--json"))["costs"]
    for name in ("busiest_core_cycles", "tick_low_us", "energy_high_uj", "inside_hops"):
        low, high = (view[case]["amounts"][name]["value"] for case in ("quiet", "worst"))
        assert low < ran["amounts"][name]["value"] < high
    updates = next(e for e in ran["events"] if e["name"] == "updates")
    assert updates["total"] == 8
    text = somac("run", out, "--input", data).stdout
    assert "\ncost  " in text
    assert "energy in all at 150 MHz" in text


def test_compile_as_json_and_quietly(somac: Somac, model: Path, tmp_path: Path) -> None:
    done = somac("compile", model, "-o", tmp_path / "out", "--json", "-q")
    assert done.stderr == ""
    view = result_of(done)["compiled"]
    assert view["digest"] == read_program(tmp_path / "out").digest()
    assert view["cores_used"] == 3
    hidden, readout, out = view["populations"]
    assert [p["name"] for p in (hidden, readout, out)] == ["hidden", "readout", "out"]
    (port,) = hidden["ports"]
    assert port["weight_bits"] == 8
    (state,) = hidden["states"]
    assert state["format"].startswith("fixed<24,")
    assert view["latency"].keys() == {"out", "readout"}
    assert view["account"]["placement"]["cost"] >= view["account"]["placement"]["bound"]


def test_compile_twice(somac: Somac, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    somac("compile", model, "-o", out)
    first = read_program(out)
    done = somac("compile", model, "-o", out, exit_code=2)
    assert "error[E0702]" in done.stderr
    assert "--force" in done.stderr
    somac("compile", model, "-o", out, "--force")
    assert read_program(out).digest() == first.digest()
    somac("compile", model, "-o", out, "--force", "--bits", "4")
    assert read_program(out).digest() != first.digest()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bug-reports", "out", "small.snn"]


def test_bits_of_states_and_coefficients(somac: Somac, model: Path, tmp_path: Path) -> None:
    narrow = ("--state-bits", 12, "--coefficient-bits", 8)
    somac("compile", model, "-o", tmp_path / "out", *narrow)
    network = integer_from_files(read_program(tmp_path / "out").files, GOLDEN)
    paths = [p.datapath for p in network.populations]
    states = {path.format_of("state", n).width for path in paths for n in path.names("state")}
    assert states == {12}
    usual = quantise(load_model(model).network).network
    widest = max(p.datapath.word_bits for p in usual.populations)
    assert max(path.word_bits for path in paths) < widest - 12
    somac("check-model", model, "--state-bits", 5, exit_code=2)
    for bits in (6, 32):
        somac("check-model", model, "--state-bits", bits, "--coefficient-bits", 24)


def test_compile_for_a_target_of_ones_own(
    somac: Somac, model: Path, tmp_path: Path, repository: Path
) -> None:
    mine = repository / "tests" / "data" / "small_targets.yaml"
    out = tmp_path / "out"
    somac("compile", model, "-o", out, "--target", "spinnaker2-4", "--targets", mine)
    assert read_program(out).target == "spinnaker2-4"


def test_options_of_reading(somac: Somac, nir_file: NirFile, model: Path, tmp_path: Path) -> None:
    path = nir_file()
    options = ("--dt", "1e-3", "--reset", "subtract", "--compare", ">=", "--input-kind", "spike")
    view = result_of(somac("inspect", path, *options, "--profile", "nir-euler", "--json"))
    assert view["dt"] == 1e-3
    assert view["semantics"]["reset"] == "subtract"
    assert view["semantics"]["compare"] == ">="
    assert view["inputs"][0]["kind"] == "spike"
    done = somac("inspect", path, "--profile", "nosre", exit_code=2)
    assert "norse" in done.stderr
    done = somac("inspect", model, "--dt", "5e-4", "--compare", ">=", "--json")
    assert result_of(done)["dt"] == 5e-4
    assert "warning[E0911]: --compare >= does nothing" in done.stderr


def test_calibrate(somac: Somac, model: Path, data: Path, tmp_path: Path) -> None:
    done = somac("compile", model, "-o", tmp_path / "a", "--calibrate", data, "--json")
    assert "somac: calibrate\n" in done.stderr
    view = result_of(done)["compiled"]
    assert view["calibrated"]
    seen = [state["seen"] for p in view["populations"] for state in p["states"]]
    assert all(value > 0 for value in seen)
    wrong = somac("compile", model, "-o", tmp_path / "b", "--calibrate", model, exit_code=2)
    assert "error[E0905]" in wrong.stderr


def test_dumps(somac: Somac, model: Path, data: Path, tmp_path: Path) -> None:
    stages = ("load", "calibrate", "quantise", "legalise", "map", "emit")
    wanted = [part for stage in stages for part in ("--dump-after", stage)]
    more = ("--calibrate", data)
    done = somac("compile", model, "-o", tmp_path / "a", *wanted, *more)
    heads = [line for line in done.stdout.splitlines() if line.startswith("# after ")]
    assert heads == [f"# after {stage}" for stage in stages]
    for start in ("network small dt", "calibration\n", "integer network small", "mapping cost"):
        assert f"\n{start}" in done.stdout.replace("# after", "\n# after")
    texts = tmp_path / "texts"
    quiet = somac("compile", model, "-o", tmp_path / "b", *wanted, *more, "--dump-to", texts)
    assert "# after" not in quiet.stdout
    written = {path.stem: path.read_text() for path in texts.iterdir()}
    assert written.keys() == set(stages)
    for stage, text in written.items():
        assert f"# after {stage}\n{text}" in done.stdout
    assert json.loads(written["emit"])["digest"] == read_program(tmp_path / "b").digest()
    document = somac("compile", model, "-o", tmp_path / "c", *wanted, *more, "--json")
    assert result_of(document)["dumps"] == written


# run


def test_run(somac: Somac, compiled: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run.npz"
    flags = ("--record", "hidden", "--rates", "--classes", "-o", out)
    done = somac("run", compiled, "--input", data, *flags)
    assert done.stdout.startswith("6 samples of 20 steps, emulated on spinnaker2 from ")
    with np.load(data) as recorded, np.load(out) as found:
        x, label = recorded["x"], recorded["label"]
        meant = Program.open(compiled).run(x, record=["hidden"])
        assert found.files == [
            "hidden", "out", "readout", "out.rates", "out.classes", "readout.rates",
            "readout.classes",
        ]  # fmt: skip
        np.testing.assert_array_equal(found["hidden"], meant.signals["hidden"])
        for name in ("out", "readout"):
            np.testing.assert_array_equal(found[name], meant.outputs[name])
            np.testing.assert_array_equal(found[f"{name}.rates"], meant.rates(name))
            np.testing.assert_array_equal(found[f"{name}.classes"], meant.classes(name))
        assert found["hidden"].sum() > 0
        right = int((meant.classes() == label).sum())
    assert f"accuracy  {100 * right / 6:.1f} % ({right} of 6)" in done.stdout
    assert f"written   {out}: hidden, out, " in done.stdout
    again = tmp_path / "again.npz"
    somac("run", compiled, "--input", data, *flags[:-1], again)
    assert again.read_bytes() == out.read_bytes()


def test_run_in_parts(
    somac: Somac, compiled: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long runs are emulated some samples at a time, with the same results."""
    whole = result_of(somac("run", compiled, "--input", data, "-o", tmp_path / "a.npz", "--json"))
    monkeypatch.setattr("somac.compiler.agreement._BUDGET", 1)
    parts = result_of(somac("run", compiled, "--input", data, "-o", tmp_path / "b.npz", "--json"))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert parts["counts"] == whole["counts"]


def test_run_to_the_screen(somac: Somac, compiled: Path, data: Path) -> None:
    done = somac("run", compiled, "--input", data, "--samples", 3, "--classes", "--rates", "--json")
    view = result_of(done)
    assert (view["samples"], view["steps"], view["written"]) == (3, 20, None)
    assert len(view["derived"]["out.classes"]) == 3
    assert len(view["derived"]["out.rates"][0]) == 2
    text = somac("run", compiled, "--input", data, "--samples", 3, "--classes").stdout
    classes = "\n".join(str(c) for c in view["derived"]["out.classes"])
    assert f"\nout.classes\n{classes}\n" in text


def test_run_never_replaces_its_input(somac: Somac, compiled: Path, data: Path) -> None:
    before = data.read_bytes()
    link = data.with_name("link.npz")
    link.symlink_to(data)
    for output in (data, data.parent / "." / data.name, link):
        done = somac("run", compiled, "--input", data, "-o", output, exit_code=2)
        assert "error[E0908]" in done.stderr
    assert data.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--record", "hiden", "--record", "oot"), "E0909", "did you mean 'hidden'?"),
        (("--input", "nothing.npz"), "E0905", "nothing.npz"),
        (("-o", "{data}/x.npz"), "E0906", "cannot be written"),
    ],
)
def test_run_refuses(
    somac: Somac, compiled: Path, data: Path, arguments: tuple[str, ...], code: str, says: str
) -> None:
    given = [a.format(data=data) for a in arguments]
    done = somac("run", compiled, "--input", data, *given, exit_code=2)
    assert f"error[{code}]" in done.stderr
    assert says in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("x", "says"),
    [
        (np.zeros((2, 5, 4), np.uint8), "have: shape (2, 5, 4)"),
        (np.full((2, 5, 3), 2), "have: values from 2 to 2"),
        (np.zeros((2, 5), np.uint8), "is not a recording"),
    ],
)
def test_inputs_that_do_not_fit(
    somac: Somac, compiled: Path, tmp_path: Path, x: np.ndarray, says: str
) -> None:
    path = tmp_path / "wrong.npz"
    np.savez(path, x=x)
    for command in ("run", "verify"):
        done = somac(command, compiled, "--input", path, exit_code=2)
        assert "error[E0903]" in done.stderr
        assert f"--> {path}" in done.stderr
        assert says in done.stderr


def test_steps_before_samples_are_noticed(somac: Somac, compiled: Path, tmp_path: Path) -> None:
    path = tmp_path / "steps-first.npz"
    np.savez(path, x=np.zeros((5, 2, 3), np.uint8), label=np.zeros(2, np.uint8))
    said = somac("run", compiled, "--input", path, exit_code=2).stderr
    assert "  have: x 5, label 2\n" in said
    assert "  help: if steps come first, swap them: numpy.swapaxes(x, 0, 1)\n" in said
    np.savez(path, x=np.zeros((5, 2, 3), np.uint8), label=np.zeros(4, np.uint8))
    assert "swap" not in somac("run", compiled, "--input", path, exit_code=2).stderr


def test_a_file_without_the_inputs_says_how_to_write_one(
    somac: Somac, compiled: Path, tmp_path: Path
) -> None:
    path = tmp_path / "other.npz"
    np.savez(path, spikes=np.zeros((2, 5, 3), np.uint8))
    said = somac("run", compiled, "--input", path, exit_code=2).stderr
    assert "  have: spikes\n" in said
    assert "numpy.savez('inputs.npz', x=...)" in said


def test_a_model_is_no_bundle(somac: Somac, tmp_path: Path) -> None:
    model = tmp_path / "model.snn"
    model.write_text("network n:\n", encoding="utf-8")
    said = somac("verify", model, exit_code=2).stderr
    assert f"it is a file\n  --> {model}\n" in said
    assert "compile it if it is a model" in said
    said = somac("verify", tmp_path / "nowhere", exit_code=2).stderr
    assert "there is no such folder" in said


def test_bundles_that_are_none(somac: Somac, compiled: Path, data: Path, tmp_path: Path) -> None:
    for command in (("run", "--input", data), ("verify",), ("inspect",)):
        done = somac(command[0], tmp_path, *command[1:], exit_code=2)
        assert "error[E0703]" in done.stderr
    damaged = tmp_path / "damaged"
    program = read_program(compiled)
    write_program(program, damaged)
    victim = next(path for path in sorted(damaged.rglob("*.bin")) if path.stat().st_size)
    victim.write_bytes(victim.read_bytes()[:-1])
    for command in (("run", "--input", data), ("verify",), ("inspect",)):
        done = somac(command[0], damaged, *command[1:], exit_code=2)
        assert "error[E0704]" in done.stderr
        assert str(victim) in done.stderr


# verify


def test_verify(somac: Somac, compiled: Path, data: Path) -> None:
    done = somac("verify", compiled, "--no-host-c")
    assert "checker   8 neurons of 3 populations and " in done.stdout
    assert "0 findings" in done.stdout
    assert "8 samples of 50 steps (random, seed 0)" in done.stdout
    assert "0 mismatching spikes of " in done.stdout
    assert "somac: check\nsomac: emulate\n" in done.stderr
    view = result_of(somac("verify", compiled, "--samples", 3, "--seed", 7, "--steps", 9, "--json"))
    assert view["sound"]
    assert (view["samples"], view["steps"], view["inputs"]) == (3, 9, "random, seed 7")
    assert view["spikes"] > 0
    assert {d["values"] for d in view["signals"]} == {3 * 9 * 4, 3 * 9 * 2}
    assert [d["name"] for d in view["states"]] == ["hidden.v", "readout.v", "out.v"]
    view = result_of(somac("verify", compiled, "--input", data, "--samples", 4, "--json"))
    assert (view["samples"], view["steps"], view["inputs"]) == (4, 20, str(data))


def test_verify_finds_a_changed_weight(somac: Somac, compiled: Path, tmp_path: Path) -> None:
    """A bundle whose manifest is right and whose weights are not those of the network."""
    program = read_program(compiled)
    golden = {n: c for n, c in program.files.items() if n.startswith("golden/")}
    other = tmp_path / "other.snn"
    other.write_text(MODEL.replace("[[1, 0, 1]", "[[1, 0.5, 1]"))
    somac("compile", other, "-o", tmp_path / "other")
    files = {**read_program(tmp_path / "other").files, **golden}
    write_program(Files(program.backend, program.target, files), tmp_path / "forged")
    done = somac("verify", tmp_path / "forged", exit_code=1)
    assert "error[E08" in done.stderr
    assert "error[E0820]: emulator and golden model differ" in done.stderr
    assert "run `somac explain" in done.stderr
    assert "0 findings" not in done.stdout
    document = json.loads(somac("verify", tmp_path / "forged", "--json", exit_code=1).stdout)
    assert document["exit_code"] == 1
    assert not document["result"]["sound"]
    assert document["result"]["mismatching_values"] > 0


# check-model


def test_check_model(somac: Somac, model: Path, nir_file: NirFile) -> None:
    assert somac("check-model", model).stdout == f"{model} for spinnaker2: fits\n"
    view = result_of(somac("check-model", nir_file(), "--json"))
    assert view["fits"]
    assert view["errors"] == 0


def test_check_model_lists_everything(somac: Somac, model: Path, repository: Path) -> None:
    mine = repository / "tests" / "data" / "small_targets.yaml"
    options = ("--target", "small", "--targets", mine)
    done = somac("check-model", model, *options, exit_code=3)
    for population in ("hidden", "readout", "out"):
        assert f"  --> {population}\n" in done.stderr
    assert "the smallest target that would do is spinnaker2 (148 cores)" in done.stderr
    assert done.stdout.startswith(f"{model} for small: does not fit, ")
    view = result_of(somac("check-model", model, *options, "--json", exit_code=3))
    assert not view["fits"]
    assert view["errors"] >= 3


def test_check_model_of_a_bad_model(somac: Somac, tmp_path: Path) -> None:
    done = somac("check-model", tmp_path / "none.nir", exit_code=2)
    assert "error[E0101]" in done.stderr


# compare


def test_compare_runs(somac: Somac, compiled: Path, data: Path, tmp_path: Path) -> None:
    a, b = tmp_path / "a.npz", tmp_path / "b.npz"
    somac("run", compiled, "--input", data, "--record", "hidden", "-o", a)
    with np.load(a) as archive:
        arrays = dict(archive)
    np.savez(b, **arrays)
    assert "no value differs" in somac("compare", a, b).stdout
    arrays["hidden"][2, 5, 3] += 1
    arrays["out"][0, 7, 1] += 1
    del arrays["readout"]
    np.savez(b, **arrays)
    done = somac("compare", a, b, exit_code=1)
    assert "step 5, sample 2, cell 3: " in done.stdout
    assert "2 values differ, first in hidden" in done.stdout
    assert "only in a  readout" in done.stdout
    view = result_of(somac("compare", a, b, "--json", exit_code=1))
    assert view["differing"] == 2
    np.savez(b, other=arrays["out"])
    assert "error[E0910]" in somac("compare", a, b, exit_code=2).stderr


def test_compare_profiles(somac: Somac, nir_file: NirFile, tmp_path: Path) -> None:
    model, data = nir_file(), tmp_path / "x.npz"
    np.savez(data, x=np.random.default_rng(2).integers(0, 4, (5, 30, 3)))
    same = somac(
        "compare", model, "--input", data, "--profiles", "nir-euler,nir-euler", "--dt", 0.1
    )
    assert "no value differs" in same.stdout
    both = ("--profiles", "nir-euler, snntorch")
    done = somac("compare", model, "--input", data, *both, "--dt", 0.1, "--json", exit_code=1)
    view = result_of(done)
    assert view["a"].endswith("profile nir-euler")
    assert view["b"].endswith("profile snntorch")
    assert view["earliest"] == "lif"
    assert view["signals"][0]["total_a"] > 0


def test_compare_bits_and_bundles(somac: Somac, model: Path, compiled: Path, data: Path) -> None:
    inputs = ("--input", data)
    coarse = result_of(somac("compare", model, *inputs, "--bits", 2, "--json", exit_code=1))
    fine = result_of(somac("compare", model, *inputs, "--bits", 16, "--json", exit_code=1))
    assert [d["name"] for d in fine["signals"]] == ["hidden", "readout", "out"]
    assert fine["signals"][0]["differing"] < coarse["signals"][0]["differing"]
    assert fine["accuracy_a"] is not None
    emulated = result_of(somac("compare", model, compiled, *inputs, "--json", exit_code=1))
    assert emulated["b"] == f"{compiled}, emulated"
    integers = result_of(somac("compare", model, *inputs, "--bits", 8, "--json", exit_code=1))
    totals = [{d["name"]: d["total_b"] for d in v["signals"]} for v in (emulated, integers)]
    assert totals[0] == totals[1]
    assert "no value differs" in somac("compare", compiled, compiled, *inputs).stdout
    for arguments in ((model, compiled), (model, "--bits", 8)):
        assert "needs --input" in somac("compare", *arguments, exit_code=2).stderr


# inspect


def test_inspect(somac: Somac, model: Path, compiled: Path, data: Path) -> None:
    text = somac("inspect", model).stdout
    assert "loop     hidden\n" in text
    assert "read as  integrator euler_sequential, profile nir-euler\n" in text
    assert "hidden->hidden" in text
    view = result_of(somac("inspect", model, "--json"))
    assert (view["cells"], view["loops"]) == (8, [{"populations": ["hidden"]}])
    assert view["synapses"] == sum(p["synapses"] for p in view["projections"])
    first, loop, *_ = view["projections"]
    assert (first["kind"], first["synapses"], first["delays"]) == ("dense", 9, [0, 0])
    assert (loop["synapses"], loop["delays"]) == (4, [1, 1])
    text = somac("inspect", compiled).stdout
    assert "target     spinnaker2, by the backend manycore\n" in text
    view = result_of(somac("inspect", compiled, "--json"))
    assert view["digest"] == read_program(compiled).digest()
    assert sum(files for files, _ in view["folders"].values()) == len(read_program(compiled).files)
    assert [p["name"] for p in view["populations"]] == ["hidden", "readout", "out"]
    view = result_of(somac("inspect", data, "--json"))
    assert [(a["name"], a["shape"]) for a in view] == [("x", [6, 20, 3]), ("label", [6])]
    assert somac("inspect", data).stdout.splitlines()[1].split()[:2] == ["x", "uint8"]


def test_inspect_finds_larger_loops(somac: Somac, tmp_path: Path) -> None:
    path = tmp_path / "loop.snn"
    path.write_text(
        MODEL + "projection out -> hidden: dense([[1, 0], [0, 1], [1, 0], [0, 1]]) delay 2 ms\n"
    )
    view = result_of(somac("inspect", path, "--json"))
    assert view["loops"] == [{"populations": ["hidden", "out"]}]
    assert view["projections"][-1]["delays"] == [2, 2]


# targets


def test_targets(somac: Somac, repository: Path) -> None:
    shipped = load_targets()
    text = somac("targets").stdout
    for name, target in shipped.items():
        assert f"{name} " in text
        assert target.title in text
    one = somac("targets", "spinnaker2").stdout
    for name, figure in shipped["spinnaker2"].figures.items():
        line = next(line for line in one.splitlines() if line.startswith(f"{name} "))
        assert figure.unit in line
        assert figure.status in line
    view = result_of(somac("targets", "spinnaker2", "--json"))
    assert len(view["figures"]) == len(shipped["spinnaker2"].figures)
    assert all(figure["source"] for figure in view["figures"])
    mine = repository / "tests" / "data" / "small_targets.yaml"
    names = [line["name"] for line in result_of(somac("targets", "--targets", mine, "--json"))]
    assert names == [*shipped, "small", "small-3", "spinnaker2-4"]
    assert "Seven cores" in somac("targets", "small", "--targets", mine).stdout
    assert "did you mean 'spinnaker2'?" in somac("targets", "spinaker2", exit_code=2).stderr


# fmt


def test_fmt(somac: Somac, model: Path, tmp_path: Path) -> None:
    somac("fmt", model)
    neat = model.read_text()
    ugly = tmp_path / "ugly.snn"
    ugly.write_text("# kept\n" + neat.replace(" -> ", "   ->  "))
    done = somac("fmt", "--check", ugly, model, exit_code=1)
    assert done.stdout == f"{ugly}: would be formatted\n1 file as it should be\n"
    done = somac("fmt", "--diff", ugly, model)
    assert done.stdout.startswith(f"--- {ugly}\n+++ {ugly} (formatted)\n")
    assert "\n-projection x   ->  hidden" in done.stdout
    assert "   ->" in ugly.read_text()
    before = model.stat().st_mtime_ns
    assert f"{ugly}: formatted\n" in somac("fmt", ugly, model).stdout
    assert ugly.read_text() == "# kept\n" + neat
    assert model.stat().st_mtime_ns == before
    assert somac("fmt", "--check", ugly, model).stdout == "2 files as they should be\n"
    assert result_of(somac("fmt", ugly, "--json")) == [{"file": str(ugly), "changed": False}]


def test_fmt_touches_nothing_if_a_file_is_wrong(somac: Somac, tmp_path: Path) -> None:
    ugly, wrong = tmp_path / "ugly.snn", tmp_path / "wrong.snn"
    ugly.write_text(MODEL.replace(" -> ", "   ->  "))
    wrong.write_text("network\n")
    done = somac("fmt", ugly, wrong, tmp_path / "missing.snn", exit_code=2)
    assert f"--> {wrong}:1:" in done.stderr
    assert "error[E0101]" in done.stderr
    assert "   ->" in ugly.read_text()


# the examples


@pytest.mark.parametrize("name", ["digits", "digits_rows"])
def test_examples(somac: Somac, repository: Path, tmp_path: Path, name: str) -> None:
    """As the first screen of the README shows it."""
    folder = repository / "examples" / name
    out = tmp_path / "out"
    somac("compile", folder / f"{name}.nir", "--target", "spinnaker2", "-o", out)
    view = result_of(
        somac("verify", out, "--input", folder / "test.npz", "--samples", 20, "--json")
    )
    assert view["sound"]
    assert view["mismatching_spikes"] == 0
    assert view["spikes"] > 100
    run = result_of(somac("run", out, "--input", folder / "test.npz", "--samples", 100, "--json"))
    assert run["accuracy"] > 0.9
