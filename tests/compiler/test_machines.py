"""Real models on the C of their cores, and what `verify` says of machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

import somac
from somac.backends.api import Emulation
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.machines import HOST_C
from somac.compiler.agreement import Agreement, agreements
from somac.compiler.api import Program
from somac.compiler.cli.views.verified import Ran, mismatches
from somac.compiler.differences import differences
from somac.compiler.inputs import raw_inputs
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.program import Program as Files
from somac.ir.program import read_program, write_program

Somac = Callable[..., Result]

MODEL = """\
network small:
    dt 1 ms
    profile nir-euler

input x[3]: spikes

population hidden[4]: nir_lif(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.13, v_reset = 0)

projection x -> hidden: dense([[1, 0, 1], [0, 1, 1], [1, 1, 0], [-1, 1, 1]])

output hidden
"""


@pytest.fixture(scope="module")
def compiled(compiled_text: Callable[[str], Path]) -> Path:
    """A small model, compiled once; nothing may change it."""
    return compiled_text(MODEL)


# real models


def recorded(shared: Path, name: str, samples: int, steps: int) -> Any:
    """Inputs of a model of the NIR paper, (samples, steps, channels)."""
    if name.startswith("cnn"):
        with np.load(shared / "inputs" / "cnn_numbers_rebuilt.npz") as file:
            x = np.moveaxis(file["x"], 1, 0)[:samples, :steps]
            return x.reshape(*x.shape[:2], -1)
    with np.load(shared / "inputs" / "braille7.npz") as file:
        count, length, cells = (int(n) for n in file["shape"])
        bits = np.unpackbits(file["bits"], axis=1)[:, : length * cells]
        return bits.reshape(count, length, cells)[:samples, :steps]


@pytest.mark.parametrize(
    ("name", "machine", "samples", "steps", "spikes"),
    [
        ("braille_noDelay_bias_zero.nir", "host-c", 4, 256, 1000),
        pytest.param("l2mu_braille7.nir", "host-c", 2, 60, 1000, marks=pytest.mark.long),
        ("cnn_sinabs.nir", "host-c", 1, 30, 500),
        ("braille_noDelay_bias_zero.nir", "cortex-m4", 2, 100, 400),
    ],
)
def test_real_models(
    request: pytest.FixtureRequest,
    shared: Path,
    name: str,
    machine: str,
    samples: int,
    steps: int,
    spikes: int,
) -> None:
    """All cores, every signal and state."""
    request.getfixturevalue("c_compiler" if machine == "host-c" else "arm_tools")
    program = somac.compile(shared / "nir" / name)
    network = program.golden()
    inputs = {network.inputs[0].name: recorded(shared, name, samples, steps)}
    with program.machines()[machine].open(program.files) as running:
        emulated, ran = program.agreements(inputs, [running])
    assert ran.differing == emulated.differing == 0
    assert ran.signals == emulated.signals
    assert ran.states == emulated.states
    assert sum(d.total_a for d in ran.signals) > spikes


# verify


def test_verify_runs_the_c(somac: Somac, compiled: Path, c_compiler: None) -> None:
    done = somac("verify", compiled)
    assert (
        "\nhost-c    C of the cores on this machine: 3,200 values compared, 0 mism" in done.stdout
    )
    assert done.stderr == "somac: check\nsomac: build\nsomac: emulate\n"
    (machine,) = json.loads(somac("verify", compiled, "--json").stdout)["result"]["machines"]
    assert machine == {
        "name": "host-c",
        "title": "C of the cores on this machine",
        "values": 3200,
        "mismatches": 0,
        "figures": {},
        "cycles": 0,
        "mismatching_cycles": 0,
    }


def test_verify_on_a_cortex_m4(somac: Somac, compiled: Path, arm_tools: None) -> None:
    done = somac("verify", compiled, "--cortex-m4", "--no-host-c")
    assert "\ncortex-m4  C of the cores on a Cortex-M4: 3,200 values compared, 0 mis" in done.stdout
    assert "bytes of code in nir_lif.c (hidden)\n" in done.stdout
    assert "host-c" not in done.stdout


def test_elf_in_a_bundle(
    somac: Somac, compiled: Path, tmp_path: Path, arm_tools: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ELF file per program: the same bytes again, in another folder; else verify says so."""
    model, folders = compiled.parent / "small.snn", [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        somac("compile", model, "-o", folder, "--elf")
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    program, again = (read_program(folder) for folder in folders)
    assert program.files == again.files
    plain = read_program(compiled)
    own = {"elf.json", "programs/nir_lif.elf"}
    assert set(program.files) - set(plain.files) == own
    assert {n for n in plain.files if plain.files[n] != program.files[n]} == {"report.json"}
    assert program.files["programs/nir_lif.elf"].startswith(b"\x7fELF")
    listed = program.json("elf.json")
    (entry,) = listed["programs"]
    assert (entry["file"], entry["program"], entry["cores"]) == ("programs/nir_lif.elf", 0, [0])
    assert listed["board"] == "mps2-an386"
    assert "arm-none-eabi-gcc" in listed["compiler"]
    (core,) = program.json("report.json")["cores"]
    assert core["code_bytes"] == entry["bytes"]["code"] + entry["bytes"]["data"] < 32 << 10
    assert f"  {core['code_bytes']:,}\n" in somac("inspect", folders[0], "--memory").stdout
    done = somac("verify", folders[0], "--cortex-m4", "--no-host-c")
    assert "1 ELF files of the bundle, built again byte for byte" in done.stdout
    content = bytearray(program.files["programs/nir_lif.elf"])
    content[-1] ^= 1
    damaged = changed(folders[0], tmp_path / "c", "programs/nir_lif.elf", bytes(content))
    done = somac("verify", damaged, "--cortex-m4", exit_code=1)
    assert "error[E0823]: programs/nir_lif.elf is not what nir_lif.c gives" in done.stderr
    listed["compiler"] = "another"
    other = changed(folders[0], tmp_path / "d", "elf.json", json.dumps(listed).encode())
    done = somac("verify", other, "--cortex-m4", "--no-host-c")
    assert "1 ELF files of another compiler, not compared" in done.stdout


def test_counted_instructions_take_the_place_of_estimates(
    somac: Somac, compiled: Path, tmp_path: Path, arm_tools: None
) -> None:
    model = compiled.parent / "small.snn"
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        somac("compile", model, "-o", folder, "--count", "--mac", "never")
    program, again = (read_program(folder) for folder in folders)
    assert program.files == again.files
    (entry,) = program.json("elf.json")["programs"]
    counted = entry["counted"]
    assert (counted["updates"], counted["neurons"]) == (24, 4)
    figures = program.json("costs.json")["figures"]
    apart = 24 * figures["tick_instructions"]["value"]
    apart += counted["sent"] * figures["send_instructions"]["value"]
    found = ManycoreBackend().costs(program, {"quiet": {}})["quiet"]
    (updates,) = (e for e in found.events if e.name == "updates")
    assert updates.price == pytest.approx((counted["instructions"] - apart) / (24 * 4), rel=1e-5)
    estimated = ManycoreBackend().costs(read_program(compiled), {"quiet": {}})["quiet"]
    (guess,) = (e for e in estimated.events if e.name == "updates")
    assert guess.price == pytest.approx(updates.price, rel=0.35)
    somac("compile", model, "-o", tmp_path / "matrix", "--count", "--mac", "always")
    (uncounted,) = read_program(tmp_path / "matrix").json("elf.json")["programs"]
    assert "counted" not in uncounted
    listed = {"programs": [{**entry, "counted": {"updates": 1}}]}
    damaged = changed(folders[0], tmp_path / "c", "elf.json", json.dumps(listed).encode())
    with pytest.raises(SomacError, match="E0704"):
        ManycoreBackend().costs(read_program(damaged), {"quiet": {}})


def test_elf_without_tools(
    somac: Somac, compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = compiled.parent / "small.snn"
    arrays = "--target", "neurram"
    done = somac("compile", model, *arrays, "-o", tmp_path / "out", "--elf", exit_code=2)
    assert "error[E0845]: the backend crossbar has nothing to build with --elf" in done.stderr
    monkeypatch.setenv("PATH", str(tmp_path))
    done = somac("compile", model, "-o", tmp_path / "out", "--elf", exit_code=2)
    assert "error[E0840]: arm-none-eabi-gcc is not on this machine" in done.stderr
    assert "qemu-system-arm" not in done.stderr
    # said at once, and another target would not have the tool either
    assert "map" not in done.stderr
    assert "try other targets" not in done.stderr
    done = somac("compile", model, "-o", tmp_path / "out", "--count", exit_code=2)
    assert "error[E0840]: qemu-system-arm is not on this machine" in done.stderr
    assert not (tmp_path / "out").exists()


def test_verify_without_tools(
    somac: Somac, compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a compiler a note says so; what was asked for is needed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    done = somac("verify", compiled)
    assert "note[E0840]: cc is not on this machine" in done.stderr
    assert "host-c" not in done.stdout
    assert somac("verify", compiled, "--no-host-c", "-q").stderr == ""
    done = somac("verify", compiled, "--cortex-m4", exit_code=2)
    assert "error[E0840]: arm-none-eabi-gcc is not on this machine" in done.stderr
    assert "error[E0840]: qemu-system-arm is not on this machine" in done.stderr
    assert "install qemu for Arm (Debian: qemu-system-arm)" in done.stderr


def test_verify_on_machines_by_name(
    somac: Somac, compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, c_compiler: None
) -> None:
    """Those named, and no other; one the backend has not, or that lacks a tool, is an error."""
    done = somac("verify", compiled, "--machine", "host-c", "--machine", "host-c")
    assert done.stdout.count("\nhost-c ") == 1
    done = somac("verify", compiled, "--machine", "none")
    assert "host-c" not in done.stdout
    done = somac("verify", compiled, "--machine", "abacus", exit_code=2)
    assert "error[E0844]: the backend manycore has no machine 'abacus'" in done.stderr
    assert "host-c, cortex-m4" in done.stderr
    monkeypatch.setenv("PATH", str(tmp_path))
    done = somac("verify", compiled, "--machine", "host-c", exit_code=2)
    assert "error[E0840]: cc is not on this machine" in done.stderr


def test_the_first_usual_machine_that_can_be(
    somac: Somac, compiled: Path, monkeypatch: pytest.MonkeyPatch, c_compiler: None
) -> None:
    """One is enough; what better ones lack is a note."""
    host = HOST_C
    lacks = Diagnostic("E0840", "the better tool is not on this machine")
    better = replace(host, name="better", missing=lambda: [lacks, lacks])
    unasked = replace(host, name="unasked", usual=False)
    worse = replace(host, name="worse")
    monkeypatch.setattr(ManycoreBackend, "machines", lambda self: (better, unasked, host, worse))
    done = somac("verify", compiled)
    assert done.stderr.count("note[E0840]: the better tool is not on this machine") == 1
    assert "host-c" in done.stdout
    assert "worse" not in done.stdout
    assert "unasked" not in done.stdout


class Late:
    """An emulator that does things as late as it is told to."""

    def __init__(self, emulator: Any, cycles: Mapping[str, Any]) -> None:
        self._emulator = emulator
        self._cycles = cycles
        self.figures: Mapping[str, int] = {}

    def run(self, inputs: Any, **options: Any) -> Emulation:
        return replace(self._emulator.run(inputs, **options), cycles=self._cycles)


def test_cycles_are_compared_where_both_know_them(
    somac: Somac, compiled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a machine with those of the emulator."""
    program = Program.open(compiled)
    network = program.golden()
    x = raw_inputs({"x": np.ones((2, 4, 3))}, network.inputs)
    emulator = ManycoreBackend().emulator(program.files)
    early = np.arange(8).reshape(2, 4, 1)
    late = early.copy()
    late[1, 2:] += 5
    first = Late(emulator, {"hidden": early})
    found = agreements([first, Late(emulator, {"hidden": late}), emulator, first], network, x)
    assert [a.mistimed for a in found] == [0, 2, 0, 0]
    assert [a.differing for a in found] == [0, 0, 0, 0]
    assert [len(a.cycles) for a in found] == [0, 1, 0, 1]
    # on the command line
    machine = replace(
        HOST_C,
        name="late",
        title="late machine",
        missing=lambda: (),
        open=lambda files: nullcontext(Late(emulator, {"hidden": late})),
    )
    monkeypatch.setattr(ManycoreBackend, "machines", lambda self: (machine,))
    monkeypatch.setattr(
        ManycoreBackend, "emulator", lambda self, files: Late(emulator, {"hidden": early})
    )
    done = somac("verify", compiled, "--samples", "2", "--steps", "4", exit_code=1)
    assert (
        "error[E0824]: late machine and emulator differ in the cycle of 2 things, first of hidden "
        "at step 2 of sample 1" in done.stderr
    )
    assert "11 in the late machine" in done.stderr
    assert "8 cycles compared, 2 differ from those of the emulator" in done.stdout


def changed(compiled: Path, folder: Path, name: str, content: bytes) -> Path:
    """The bundle with another file, and a manifest that says so."""
    program = read_program(compiled)
    files = {**program.files, name: content}
    write_program(Files(program.backend, program.target, files), folder)
    return folder


def test_verify_believes_no_c(somac: Somac, compiled: Path, tmp_path: Path) -> None:
    """C that its datapath does not give is named, and neither compiled nor run."""
    source = read_program(compiled).files["programs/nir_lif.c"]
    mark = tmp_path / "mark"
    code = source + f'\n#include "{mark}"\n'.encode()
    done = somac(
        "verify", changed(compiled, tmp_path / "out", "programs/nir_lif.c", code), exit_code=1
    )
    assert "error[E0813]: not what programs/nir_lif.datapath gives" in done.stderr
    assert "somac: build" not in done.stderr
    assert "host-c" not in done.stdout


def test_a_backend_without_machines(
    somac: Somac, compiled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ManycoreBackend, "machines", lambda self: ())
    assert "host-c" not in somac("verify", compiled).stdout
    done = somac("verify", compiled, "--cortex-m4", exit_code=2)
    assert "error[E0844]: the backend manycore has no machine 'cortex-m4'" in done.stderr


def test_interrupted_on_a_machine(
    somac: Somac, compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, c_compiler: None
) -> None:
    from somac.backends.manycore.machines import host

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    monkeypatch.setattr(host, "execute", interrupt)
    somac("verify", compiled, exit_code=130)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_mismatch_is_named(compiled: Path) -> None:
    """Population, state, neuron, step and tick, and both values."""
    program = Program.open(compiled)
    network = program.golden()
    later = replace(
        network,
        period=3,
        populations=(replace(network.populations[0], start=2),),
        projections=(replace(network.projections[0], delay=2),),
    )
    meant = {"hidden": np.zeros((2, 5, 4), np.int64)}
    seen = {"hidden": meant["hidden"].copy()}
    seen["hidden"][1, 3, 2] = 7
    states = {"hidden.v": seen["hidden"]}, {"hidden.v": meant["hidden"]}
    same = Agreement(differences(meant, meant), ())
    other = Agreement(differences(meant, meant), differences(*states))
    machines = program.machines().values()
    ran = [Ran(machine, other, {}) for machine in machines]
    found = list(mismatches(later, same, ran))
    assert [d.code for d in found] == ["E0821", "E0822"]
    assert found[0].message == (
        "C of the cores on this machine and golden model differ in 1 values, first in hidden.v "
        "at step 3 (tick 11) of sample 1, cell 2"
    )
    assert found[0].have == "7 in the C of the cores on this machine"
    assert found[0].need == "0 in the golden model"
    assert found[1].have == "7 in the C of the cores on a Cortex-M4"


def test_python_interface(compiled: Path, c_compiler: None) -> None:
    program = Program.open(compiled)
    network = program.golden()
    x = raw_inputs({"x": np.ones((1, 4, 3))}, network.inputs)
    with program.machines()["host-c"].open(program.files) as running:
        seen = running.run(x, record=["x"])
    np.testing.assert_array_equal(seen.signals["x"], x["x"])
    np.testing.assert_array_equal(seen.outputs["hidden"], program.run(x).outputs["hidden"])
