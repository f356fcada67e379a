"""The testbench of a bundle: it passes as it is, whatever the streams do, and fails if damaged."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fpga_cases import design, integers, shuffled, written
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from testbenches import make, passed

import somac
from somac.backends.fpga.emit.testbench import stimuli
from somac.backends.fpga.emulator import FpgaEmulator
from somac.compiler.testing import Case, cases
from somac.compiler.testing.networks import case as case_of
from somac.ir.fixed import Format
from somac.ir.integer import IntegerInput, IntegerNetwork
from somac.ir.program import Program


def foretold(program: Program, network: IntegerNetwork, steps: int) -> tuple[int, int]:
    """The same by the emulator."""
    cycles = FpgaEmulator(program).run(stimuli(network.inputs, steps)).cycles
    leaving = [cycles[o["stream"]] for o in program.json("design.json")["outputs"]]
    return sum(c.size for c in leaving), max(int(c.max()) for c in leaving)


@pytest.fixture(scope="module")
def braille(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[IntegerNetwork, Path]:
    network = integers(somac.load(shared / "nir" / "braille_noDelay_bias_zero.nir"))
    return network, written(design(network), tmp_path_factory.mktemp("braille") / "bundle")


def test_it_passes_in_the_cycle_that_is_foretold(
    iverilog: None, braille: tuple[IntegerNetwork, Path]
) -> None:
    network, bundle = braille
    beats, last = passed(make(bundle, "iverilog"))
    assert (beats, last) == foretold(somac.Program.open(bundle).files, network, 64)


def test_it_passes_whatever_the_streams_do(
    iverilog: None, braille: tuple[IntegerNetwork, Path]
) -> None:
    _, bundle = braille
    beats, soonest = passed(make(bundle, "iverilog"))
    for gaps, stalls, seed in ((60, 0, 1), (0, 90, 2), (97, 97, 3)):
        ways = f"+gaps={gaps}", f"+stalls={stalls}", f"+seed={seed}"
        count, last = passed(make(bundle, "iverilog", *ways))
        assert count == beats
        assert last >= soonest


@pytest.mark.long
def test_it_passes_in_verilator(verilator: None, braille: tuple[IntegerNetwork, Path]) -> None:
    _, bundle = braille
    assert passed(make(bundle, "verilator")) == passed(make(bundle, "iverilog"))
    passed(make(bundle, "verilator", "+gaps=50", "+stalls=50"))


@pytest.mark.long
@pytest.mark.parametrize("example", ["digits", "digits_rows"])
def test_it_passes_for_examples(
    iverilog: None, repository: Path, tmp_path: Path, example: str
) -> None:
    model = repository / "examples" / example / f"{example}.nir"
    network = integers(somac.load(model))
    bundle = written(design(network), tmp_path / "bundle")
    passed(make(bundle, "iverilog"))
    passed(make(bundle, "iverilog", "+gaps=30", "+stalls=70"))


# what fails is told, and not made smaller: that would take hours
@settings(max_examples=4, phases=[Phase.explicit, Phase.generate])
@given(case=cases(), fold=st.integers(0, 2**32 - 1))
# without a synapse there is no memory, and no folder of images
@example(case=case_of(100, 1, 2, 3, "snntorch"), fold=134217727)
def test_it_passes_for_random_networks(
    iverilog: None, tmp_path_factory: pytest.TempPathFactory, case: Case, fold: int
) -> None:
    network = integers(case.network)
    program = design(network, *shuffled(network, fold))
    bundle = written(program, tmp_path_factory.mktemp("random") / "bundle")
    assert passed(make(bundle, "iverilog")) == foretold(program, network, 64)
    passed(make(bundle, "iverilog", "+gaps=50", "+stalls=50", f"+seed={fold}"))


def flipped(image: bytes) -> bytes:
    """All bits of the digits but those that are not used in the highest one."""
    lines = image.split()
    return b"".join(b"%0*x\n" % (len(line), int(line, 16) ^ 1) for line in lines)


def tampered(name: str, change: Callable[[bytes], bytes], bundle: Path, folder: Path) -> Path:
    files = dict(somac.Program.open(bundle).files.files)
    (found,) = (file for file in files if re.fullmatch(name, file))
    changed = {**files, found: change(files[found])}
    return written(Program("fpga", "t", changed), folder / "bundle")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("tb/expected_.*", flipped),
        ("tb/stimulus_.*", flipped),
        ("mem/lif2_engine_dense.mem", flipped),
        # a step that ends too early, and one that is never there
        (r"rtl/stream_out\.sv", lambda text: text.replace(b"tlast <= last", b"tlast <= 1'b0")),
        (r"rtl/link\.sv", lambda text: text.replace(b"ready = level", b"ready = 0 & level")),
        (r"rtl/stream_out\.sv", lambda text: text.replace(b"&& last;", b"&& 1'b0;")),
    ],
)
def test_it_fails(
    iverilog: None,
    braille: tuple[IntegerNetwork, Path],
    tmp_path: Path,
    name: str,
    change: Callable[[bytes], bytes],
) -> None:
    bundle = tampered(name, change, braille[1], tmp_path)
    code, text = make(bundle, "iverilog")
    assert code != 0
    assert "FAIL: " in text
    assert "PASS" not in text


def test_beats_that_change_before_they_are_taken(
    iverilog: None, braille: tuple[IntegerNetwork, Path], tmp_path: Path
) -> None:
    def hasty(text: bytes) -> bytes:
        return text.replace(b"wire take = there && (!tvalid || tready);", b"wire take = there;")

    bundle = tampered(r"rtl/stream_out\.sv", hasty, braille[1], tmp_path)
    code, text = make(bundle, "iverilog", "+stalls=99")
    assert code != 0
    assert "FAIL: " in text


def test_stimuli() -> None:
    """Sparse at first, dense at the end, within the range of each input; always the same."""
    inputs = (
        IntegerInput("spikes", (50,), "spike", Format(1, 1, False)),
        IntegerInput("counts", (50,), "count", Format(3, 3, False)),
        IntegerInput("numbers", (50,), "value", Format(8, 8)),
    )
    found = stimuli(inputs, 64)
    assert [x.shape for x in found.values()] == [(1, 64, 50)] * 3
    assert set(np.unique(found["spikes"])) == {0, 1}
    assert set(np.unique(found["counts"])) <= set(range(8))
    assert found["counts"].max() > 1
    assert -128 <= found["numbers"].min() < 0 < found["numbers"].max() <= 127
    busy = {name: np.abs(x[0]).sum(axis=1) for name, x in found.items()}
    assert all(b[:16].sum() < b[48:].sum() / 3 for b in busy.values())
    again = stimuli(inputs, 64)
    for name, x in found.items():
        np.testing.assert_array_equal(x, again[name])
