"""Machines of the FPGA backend: what they refuse, and what they find in damaged bundles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fpga_cases import TARGET, activity, design, integers, mapping
from hypothesis import given
from hypothesis import strategies as st

from somac.backends.api import Running
from somac.backends.fpga.backend import FpgaBackend
from somac.backends.fpga.circuits import MACHINES
from somac.backends.fpga.description import Sender
from somac.backends.fpga.emulator import FpgaEmulator
from somac.backends.fpga.folding import EngineFold, Folding
from somac.backends.fpga.machines.rtl import open_rtl
from somac.backends.fpga.machines.streams import as_beats, bits_of, sent_in
from somac.compiler.agreement import Agreement, agreements
from somac.compiler.cli.views.verified import Ran, mismatches
from somac.grammar.library import library
from somac.ir.connectivity import Dense
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.program import Program


def network() -> IntegerNetwork:
    """Spikes and numbers to a population of five, and its spikes on to one of three."""
    rng = np.random.default_rng(11)
    model = library().model("nir_lif", "euler_sequential")
    values = {"tau": np.asarray(5e-3), "r": np.asarray(1.0), "v_leak": np.asarray(0.0)}
    values |= {"v_threshold": np.asarray(0.4), "v_reset": np.asarray(0.0)}
    wires = {
        "xa": ("x", "a", rng.normal(0, 3, (5, 4)), 0),
        "ya": ("y", "a", rng.normal(0, 3, (5, 2)), 1),
        "ab": ("a", "b", rng.normal(1, 3, (3, 5)), 0),
        "ba": ("b", "a", rng.normal(1, 3, (5, 3)), 1),
    }
    return integers(
        Network(
            "machines",
            1e-3,
            (Input("x", (4,), "spike"), Input("y", (2,), "value")),
            tuple(Population(n, (k,), model, values, {}) for n, k in (("a", 5), ("b", 3))),
            tuple(
                Projection(n, source, target, "i", Dense(weight), delay)
                for n, (source, target, weight, delay) in wires.items()
            ),
            (Output("first", "a"), Output("second", "b"), Output("again", "y")),
        )
    )


@pytest.fixture(scope="module")
def folded() -> Program:
    """Two slices of a, of which one shares an engine with b."""
    made = network()
    placed = mapping(made, {"a": (3,)})
    a0, a1, b = placed.slices[2:]
    folding = Folding((EngineFold(2, (a0,)), EngineFold(2, (a1, b))), {"x": 3, "y": 1})
    return design(made, placed, folding)


@pytest.fixture(scope="module")
def running(folded: Program, iverilog: None) -> Iterator[Running]:
    with open_rtl(folded, "iverilog") as machine:
        yield machine


# --- what comes out ---------------------------------------------------------------------------


def test_everything_that_an_emulation_has(running: Running, folded: Program) -> None:
    """As the emulator gives it, of all names and shapes."""
    given_ = activity(network(), 3, 9)
    names, populations = ["a", "b", "x"], ["b", "a"]
    seen = running.run(given_, record=names, record_states=populations)
    meant = FpgaEmulator(folded).run(given_, record=names, record_states=populations)
    assert list(seen.outputs) == ["first", "second", "again"]
    assert list(seen.signals) == names
    assert list(seen.states) == populations
    for ours, theirs in (
        (seen.outputs, meant.outputs),
        (seen.signals, meant.signals),
        (seen.cycles, meant.cycles),
        (seen.sent, meant.sent),
        *((seen.states[p], meant.states[p]) for p in populations),
    ):
        assert set(ours) == set(theirs)
        for name, values in ours.items():
            assert values.dtype == np.int64
            np.testing.assert_array_equal(values, theirs[name], name)
    assert seen.counts == {"cycles": meant.counts["cycles"]}
    assert seen.cycles["x"].shape == (3, 9, 2)
    assert running.figures["clock cycles simulated"] >= seen.counts["cycles"]


def test_names_of_machines() -> None:
    assert [m.name for m in MACHINES] == ["verilator", "cxxrtl", "iverilog"]
    assert [m.name for m in FpgaBackend().machines()] == [m.name for m in MACHINES]
    assert all(m.usual for m in MACHINES)


@given(st.data())
def test_cells_in_beats_and_back(data: st.DataObject) -> None:
    bits = data.draw(st.sampled_from((0, 1, 2, 7, 16, 33, 64)))
    cells = data.draw(st.integers(1, 9))
    sender = Sender(id="s", cells=cells, width=data.draw(st.integers(1, cells)), bits=bits)
    low, high = (0, 1) if bits == 0 else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    shape = (2, 3, cells)
    drawn = data.draw(st.lists(st.integers(low, high), min_size=6 * cells, max_size=6 * cells))
    values = np.array(drawn, np.int64).reshape(shape)
    width = sender.width * max(1, bits) + data.draw(st.integers(0, 40))
    beats = as_beats(values, sender, width)
    assert beats.shape == (2, 3 * sender.words, -(-width // 32))
    np.testing.assert_array_equal(sent_in(bits_of(beats), sender, 3), values)


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x": None}, "input x is missing"),
        ({"x": np.zeros((1, 4, 5), int)}, "input x has another shape"),
        ({"y": np.zeros((1, 3, 2), int)}, "inputs differ in samples or steps"),
        ({"x": np.full((1, 4, 4), 2)}, "input x is out of range"),
        ({"y": np.full((1, 4, 2), -(1 << 40))}, "input y is out of range"),
    ],
)
def test_inputs_that_do_not_fit(running: Running, changed: Mapping[str, Any], message: str) -> None:
    good = {"x": np.zeros((1, 4, 4), int), "y": np.zeros((1, 4, 2), int)}
    bad = {name: x for name, x in (good | dict(changed)).items() if x is not None}
    with pytest.raises(SomacError, match="E0715") as caught:
        running.run(bad)
    assert [d.message for d in caught.value.diagnostics] == [message]


@pytest.mark.parametrize(
    "asked", [{"record": ["c"]}, {"record_states": ["x"]}, {"record_weights": ["xa"]}]
)
def test_names_that_are_not_there(running: Running, asked: Mapping[str, Any]) -> None:
    with pytest.raises(SomacError, match="E0716"):
        running.run(activity(network(), 1, 2), **asked)


# --- what is found ----------------------------------------------------------------------------


@contextmanager
def damaged(program: Program, name: str, old: bytes, new: bytes) -> Iterator[Running]:
    content = program.files[name]
    assert content.count(old) == 1
    files = {**program.files, name: content.replace(old, new)}
    with open_rtl(Program(program.backend, program.target, files), "iverilog") as machine:
        yield machine


def found(program: Program, machine: Running) -> Agreement:
    made = network()
    inputs = activity(made, 2, 12)
    return agreements([FpgaEmulator(program), machine], made, inputs)[1]


def test_an_image_that_differs(folded: Program, iverilog: None) -> None:
    """The emulator has the image as it was, the machine a weight of another sign."""
    name = next(n for n in folded.files if n.endswith("_dense.mem"))
    lines = folded.files[name].splitlines(keepends=True)
    flipped = b"".join(b"%0*x\n" % (len(line) - 1, int(line, 16) ^ 0x40) for line in lines)
    files = {**folded.files, name: flipped}
    with open_rtl(Program(folded.backend, folded.target, files), "iverilog") as machine:
        seen = found(folded, machine)
    assert seen.differing > 0
    same = agreements([FpgaEmulator(folded)], network(), activity(network(), 2, 12))[0]
    told = list(mismatches(network(), same, [Ran(MACHINES[2], seen, {})]))
    assert told[0].code == "E0854"
    assert told[0].message.startswith("SystemVerilog in Icarus Verilog and golden model differ in ")


def test_cycles_that_differ(folded: Program, iverilog: None) -> None:
    """A sequencer that waits for a cycle more before each update."""
    parameter = b"localparam int DRAIN = 2 +"
    with damaged(folded, "rtl/engine.sv", parameter, b"localparam int DRAIN = 3 +") as machine:
        late = found(folded, machine)
    assert late.differing == 0
    assert late.mistimed > 0


def test_a_stream_that_is_not_what_was_sent(folded: Program, iverilog: None) -> None:
    old, new = b"tlast <= last;", b"tlast <= !last;"
    with (
        damaged(folded, "rtl/stream_out.sv", old, new) as machine,
        pytest.raises(SomacError, match="E0855") as caught,
    ):
        found(folded, machine)
    assert "first at step 0 of sample 0" in caught.value.diagnostics[0].message
    old, new = b"tdata <= DATA'(values);", b"tdata <= ~DATA'(values);"
    with (
        damaged(folded, "rtl/stream_out.sv", old, new) as machine,
        pytest.raises(SomacError, match="E0855"),
    ):
        found(folded, machine)


def test_a_design_that_hangs(folded: Program, iverilog: None) -> None:
    """In the cycles that a run may take, however many steps it has."""
    old, new = b"assign ready = level != '0;", b"assign ready = 1'b0;"
    with (
        damaged(folded, "rtl/link.sv", old, new) as machine,
        pytest.raises(SomacError, match="E0852"),
    ):
        found(folded, machine)


def test_a_description_that_is_damaged(folded: Program) -> None:
    files = {**folded.files, "design.json": b"{}"}
    with (
        pytest.raises(SomacError, match="E0710"),
        open_rtl(replace(folded, files=files), "verilator"),
    ):
        pass


def test_the_target_is_only_named() -> None:
    assert TARGET.name == design(network()).target
