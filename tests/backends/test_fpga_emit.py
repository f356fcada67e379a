"""What is written for a part: names, images, rows, and the same bytes every time."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from somac.backends.api import Guidance
from somac.backends.fpga import create
from somac.backends.fpga.emit.images import hex_image, packed
from somac.backends.fpga.emit.names import RESERVED, identifiers, said
from somac.backends.fpga.emit.program import emit
from somac.backends.fpga.emulator import FpgaEmulator
from somac.backends.fpga.folding import fold
from somac.backends.fpga.rows import dense_rows, duplicates, sparse_rows, sparse_words, whole_rows
from somac.backends.fpga.simulators.design import Design
from somac.backends.fpga.simulators.simulation import open_simulation
from somac.compiler.passes.map import map_network
from somac.compiler.targets import find_target
from somac.ir.connectivity import Dense, Sparse
from somac.ir.datapath import Datapath, Instruction
from somac.ir.fixed import BOOL, Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.program import Program
from somac.ir.simulate import golden

NASTY = (
    "module",
    "Module",
    "engine",
    "sim",
    "clk",
    "a b",
    "a.b",
    "a_b",
    "1x",
    "\u00fcber",
    "x\nendmodule // y",
    "verilator lint_off WIDTH",
    "synthesis translate_off",
    "tail\\",
    "l" * 300,
)


# -- names ----------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=60), max_size=20))
def test_identifiers_differ_and_are_none_of_the_language(names: list[str]) -> None:
    found = identifiers(names, ["engine", "Top"])
    assert set(found) == set(names)
    lowered = [i.lower() for i in found.values()]
    assert len(set(lowered)) == len(lowered)
    assert not {*lowered} & {*RESERVED, "engine", "top"}
    assert all(i[0].isalpha() and i.isascii() and i.replace("_", "a").isalnum() for i in lowered)


@given(st.text(max_size=80))
def test_names_in_comments_stay_in_their_line(name: str) -> None:
    text = said(name)
    assert text.isascii()
    assert text.isprintable()
    assert "\\" not in text


def counter() -> Datapath:
    """Adds up what arrives, and fires when that is more than seven."""
    wide = Format(16, 16)
    instructions = (
        Instruction("input", wide, name="module"),
        Instruction("state", wide, name="begin"),
        Instruction("add", wide, (0, 1)),
        Instruction("const", wide, raw=7),
        Instruction("gt", BOOL, (2, 3)),
        Instruction("const", wide, raw=0),
        Instruction("select", wide, (4, 5, 2)),
    )
    return Datapath("always", instructions, {"begin": 6}, 4, "spike")


def nasty_network() -> IntegerNetwork:
    """A population of every name that means trouble, each heard by the next."""
    names = [f"{name}" for name in NASTY]
    source = IntegerInput("input", (3,), "spike", BOOL)
    populations = tuple(
        IntegerPopulation(n, (4,), counter(), {}, {"begin": np.asarray(0)}) for n in names
    )
    weights = np.arange(1, 13, dtype=np.int32).reshape(4, 3)
    first = IntegerProjection("x\n`include", "input", names[0], "module", Dense(weights))
    square = np.full((4, 4), 3, np.int32)
    others = tuple(
        IntegerProjection(f"{a}\n{b}", a, b, "module", Dense(square)) for a, b in pairwise(names)
    )
    outputs = (Output("output", names[-1]), Output("module", names[0]))
    return IntegerNetwork("endmodule", 1.0, (source,), populations, (first, *others), outputs)


def written(network: IntegerNetwork) -> tuple[IntegerNetwork, Program]:
    target = find_target("ulx3s-85f")
    backend = create()
    placed, mapping = map_network(
        network, target, lambda n: backend.resources(n, target, Guidance(options={"fit": 100})), {}
    )
    return placed, emit(placed, mapping, target, fold(placed, mapping))


@pytest.mark.parametrize("name", ["multiplier", "delay_line", "engine", "sim"])
def test_a_network_is_not_called_as_a_module_of_ours(name: str) -> None:
    _, program = written(replace(nasty_network(), name=name))
    assert program.json("design.json")["name"] == f"{name}_2"


def test_any_names_become_a_circuit(iverilog: None, verilator: None) -> None:
    network, program = written(nasty_network())
    ports = FpgaEmulator(program).description.sim
    design = Design(
        {n.removeprefix("rtl/"): c for n, c in program.files.items() if n.startswith("rtl/")},
        {n.removeprefix("mem/"): c for n, c in program.files.items() if n.startswith("mem/")},
        **ports.model_dump(),
    )
    for simulator in ("iverilog", "verilator"):
        with open_simulation(design, simulator):  # type: ignore[arg-type]
            pass
    steps = np.ones((1, 9, 3), np.int64)
    meant = golden(network, {"input": steps}, record=[NASTY[-1]])
    seen = FpgaEmulator(program).run({"input": steps}, record=[NASTY[-1]])
    np.testing.assert_array_equal(seen.signals[NASTY[-1]], meant.signals[NASTY[-1]])
    assert seen.signals[NASTY[-1]].any()


def test_the_same_network_gives_the_same_bytes() -> None:
    network = nasty_network()
    assert written(network)[1].digest() == written(network)[1].digest()


# -- images ---------------------------------------------------------------------------------------


@given(
    st.integers(1, 70).flatmap(
        lambda width: st.tuples(
            st.just(min(width, 62)),
            hnp.arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 4))),
        )
    )
)
def test_images_are_read_as_they_were_written(case: tuple[int, np.ndarray]) -> None:
    width, values = case
    low = -(1 << (width - 1))
    inside = low + (values.astype(object) % (1 << width)).astype(np.int64)
    text = hex_image(packed([(inside, width)]))
    lines = text.decode().splitlines()
    # the last word counts only where its line ends
    assert text.endswith(b"\n")
    assert len({len(line) for line in lines}) == 1
    assert len(lines) == len(inside)
    for line, row in zip(lines, inside, strict=True):
        word = int(line, 16)
        found = [(word >> (n * width)) & ((1 << width) - 1) for n in range(row.size)]
        assert found == [int(v) % (1 << width) for v in row]


def test_fields_follow_each_other_from_the_lowest_bit() -> None:
    text = hex_image(packed([(np.array([-1, 2]), 3), (np.array([[1, 0], [3, 1]]), 2)]))
    assert text == b"0f\n3a\n"


# -- rows -----------------------------------------------------------------------------------------

WIRES = Sparse(
    np.array([0, 3, 3, 5]),
    np.array([0, 2, 6, 1, 1]),
    np.array([5, -6, 7, 8, 9], np.int32),
    np.array([2, 2, 4, 2, 2]),
    7,
)


def test_dense_rows_of_some_cells() -> None:
    matrix = np.arange(1, 13, dtype=np.int32).reshape(4, 3)
    found = dense_rows(Dense(matrix), (1, 3), (1, 4), lanes=2, groups=2)
    # rows of sources 1 and 2, cells 1 to 3 two at a time, the last with one to spare
    np.testing.assert_array_equal(found, [[5, 8], [11, 0], [6, 9], [12, 0]])


def test_whole_rows_have_the_weights_of_a_word_of_cells() -> None:
    matrix = np.arange(1, 13, dtype=np.int32).reshape(4, 3)
    dense = dense_rows(Dense(matrix), (0, 3), (0, 4), lanes=2, groups=2)
    found = whole_rows(dense, groups=2, width=2)
    assert found.shape == (4, 2, 2)
    np.testing.assert_array_equal(found[0], [[1, 2], [4, 5]])
    np.testing.assert_array_equal(found[3], [[9, 0], [12, 0]])


def test_sparse_rows_are_as_long_as_the_fullest_lane() -> None:
    found = sparse_rows(WIRES, (0, 3), (0, 7), lanes=2, soonest=2)
    np.testing.assert_array_equal(found.pointers, [[0, 3], [3, 0], [3, 2]])
    np.testing.assert_array_equal(found.weight[:, 0], [5, -6, 7, 0, 0])
    np.testing.assert_array_equal(found.group[:, 0], [0, 1, 3, 0, 0])
    np.testing.assert_array_equal(found.delay[:, 0], [0, 0, 2, 0, 0])
    np.testing.assert_array_equal(found.weight[:, 1], [0, 0, 0, 8, 9])
    assert sparse_words(WIRES, (0, 3), (0, 7), 2) == 5


def test_synapses_between_the_same_cells() -> None:
    assert duplicates(WIRES, (0, 3), (0, 7))
    assert not duplicates(WIRES, (0, 2), (0, 7))
