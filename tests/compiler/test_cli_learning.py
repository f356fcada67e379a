"""Networks that learn on the command line: what is shown, recorded, compared and refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from somac.compiler.agreement import Agreement
from somac.compiler.cli.views.verified import mismatches
from somac.compiler.differences import differences
from somac.compiler.nir.export import to_nir
from somac.grammar.lower import network_of
from somac.ir.errors import SomacError
from somac.ir.program import read_program
from somac.ir.simulate import reference

Somac = Callable[..., Result]

MODEL = """\
network learner:
    dt 1 ms
input x[6]: spikes
input reward[1]: values
population a[3]: rewarded_lif(tau = 10 ms, tau_m = 40 ms, v_threshold = 0.2)
projection x -> a.i as taught: dense(uniform(0.1, 0.9), seed = 1) learns reward_stdp(
        tau_plus = 20 ms, tau_minus = 20 ms, tau_e = 0.1 s, a_plus = 0.05, a_minus = 0.04,
        rate = 0.1)
projection reward -> a.reward as paid: all_to_all(1)
output a
"""


@pytest.fixture(scope="module")
def compiled(compiled_text: Callable[[str], Path]) -> Path:
    return compiled_text(MODEL)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.npz"
    rng = np.random.default_rng(1)
    x = (rng.random((3, 50, 6)) < 0.2).astype(np.uint8)
    reward = rng.choice([-0.5, 0.0, 0.5], (3, 50, 1))
    np.savez(path, x=x, reward=reward)
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "learner.snn"
    path.write_text(MODEL)
    return path


def test_compile_shows_what_weights_count_in(somac: Somac, model: Path, tmp_path: Path) -> None:
    shown = somac("compile", model, "-o", tmp_path / "out").output
    rows = [" ".join(line.split()) for line in shown.splitlines()]
    assert "projection synapses learns state format headroom" in rows
    assert "taught 18 reward_stdp w ufixed<16,16> 0.0 bit, proven" in rows
    assert any(row.startswith("e fixed<24,") and row.endswith("proven") for row in rows)
    fewer = somac("compile", model, "-o", tmp_path / "less", "--learning-bits", "10", "--json")
    (learning,) = json.loads(fewer.stdout)["result"]["compiled"]["learning"]
    assert (learning["projection"], learning["rule"], learning["synapses"]) == (
        "taught", "reward_stdp", 18
    )  # fmt: skip
    formats = {state["name"]: state["format"] for state in learning["states"]}
    assert formats["w"] == "ufixed<10,10,RND,SAT>"


def test_a_weight_without_a_bound_is_said_to_saturate(
    somac: Somac, model: Path, tmp_path: Path
) -> None:
    text = MODEL.replace("input x", "rule free(k):\n    on pre: w = w + k\ninput x")
    start = text.index("learns")
    free = text[:start] + "learns free(k = 0.1)\n" + text[text.index("projection reward") :]
    model.write_text(free)
    shown = somac("compile", model, "-o", tmp_path / "out").output
    assert "taught 18 free w ufixed<16,16> 0.0 bit, saturates" in " ".join(shown.split())


def test_inspect_names_rules(somac: Somac, model: Path) -> None:
    shown = somac("inspect", model).output
    rows = [" ".join(line.split()) for line in shown.splitlines()]
    assert "projection learns parameters" in rows
    assert any(
        row.startswith("taught reward_stdp w_min 0, w_max 1, tau_plus 0.02 s,") for row in rows
    )
    view = json.loads(somac("inspect", model, "--json").stdout)["result"]
    found = {p["name"]: (p["learns"], p["synapses"]) for p in view["projections"]}
    assert found == {"taught": ("reward_stdp", 18), "paid": (None, 3)}


def test_inspect_says_that_a_model_has_no_memory(somac: Somac, model: Path) -> None:
    done = somac("inspect", model, "--memory")
    assert "warning[E0911]: --memory does nothing: learner.snn is no compiled model" in done.stderr
    assert done.stdout == somac("inspect", model).stdout


def test_inspect_of_a_bundle_names_what_learns(somac: Somac, compiled: Path) -> None:
    shown = [" ".join(line.split()) for line in somac("inspect", compiled).output.splitlines()]
    assert "projection learns from to synapses states" in shown
    start = "taught reward_stdp x a 18 w ufixed<16,16,RND,SAT>, e fixed<24,"
    assert any(row.startswith(start) for row in shown)


def test_run_records_what_was_learnt(
    somac: Somac, compiled: Path, data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run.npz"
    result = somac(
        "run", compiled, "--input", data, "--record-weights", "taught", "-o", out
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "weights of  synapses" in result.output
    with np.load(out) as arrays:
        assert arrays["taught.w"].shape == (3, 1, 18)
        assert arrays["taught.e"].shape == (3, 1, 18)
        learnt = arrays["taught.w"][:, 0]
    with np.load(data) as given:
        inputs = dict(given)
    meant = reference(network_of(MODEL), inputs, record_weights=["taught"]).weights["taught"]["w"]
    np.testing.assert_allclose(learnt, meant, atol=2e-3)
    assert learnt.std(axis=0).max() > 0.01


def test_run_refuses_what_does_not_learn(somac: Somac, compiled: Path, data: Path) -> None:
    arguments = ("run", compiled, "--input", data, "--record-weights", "paid")
    result = somac(*arguments, exit_code=2)
    assert "E0909" in result.stderr
    assert "have: taught" in result.stderr


def test_verify_compares_weights(somac: Somac, compiled: Path, data: Path) -> None:
    result = somac("verify", compiled, "--input", data, "--json")
    assert result.exit_code == 0, result.output
    view = json.loads(result.stdout)["result"]
    assert [d["name"] for d in view["weights"]] == ["taught.w", "taught.e"]
    assert {d["differing"] for d in view["weights"]} == {0}
    assert {d["values"] for d in view["weights"]} == {3 * 18}
    shown = somac("verify", compiled, "--input", data).output
    assert "of 1 signal and 3 states compared, 108 of them learnt" in shown


def test_weights_that_differ_are_told_by_synapse(compiled: Path) -> None:
    from somac.compiler.api import Program

    network = Program(read_program(compiled)).golden()
    same = np.zeros((2, 1, 18), np.int64)
    other = same.copy()
    other[1, 0, 7] = 3
    signals = differences({"a": same}, {"a": same})
    found = Agreement(signals, (), differences({"taught.w": other}, {"taught.w": same}))
    assert found.differing == 1
    (told,) = mismatches(network, found, [])
    assert told.code == "E0820"
    assert "taught.w of sample 1, synapse 7" in told.message
    assert (told.have, told.need) == ("3 in the emulator", "0 in the golden model")


def test_compare_has_weights(somac: Somac, model: Path, compiled: Path, data: Path) -> None:
    for other in ([str(compiled)], ["--bits", "8"]):
        result = somac("compare", model, *other, "--input", data, "--json", exit_code=1)
        view = json.loads(result.stdout)["result"]
        weights = {d["name"]: d for d in view["signals"]}["taught.w"]
        assert weights["values"] == 3 * 18
        assert 0 < weights["largest"] < 2e-3


def test_check_model_takes_it(somac: Somac, model: Path) -> None:
    result = somac("check-model", model, "--learning-bits", "12")
    assert result.exit_code == 0, result.output


def test_nir_cannot_say_it() -> None:
    with pytest.raises(SomacError) as caught:
        to_nir(network_of(MODEL))
    told = [d for d in caught.value.diagnostics if d.place.node == "taught"]
    assert [d.code for d in told] == ["E0156"]
    assert "NIR has no learning rules" in told[0].message
