"""The content-addressable memory of CA3, from text to the bits of the cores.

What it does is checked with operations of our own, and with the spike tables that its authors
published: every cell of them, which is what a population does in a millisecond.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import somac
from somac.compiler.api import Program
from somac.grammar.printer import format_text
from somac.ir.simulate import reference


@pytest.fixture(scope="module")
def network(repository: Path) -> Mapping[str, Any]:
    return runpy.run_path(str(repository / "examples" / "cam" / "network.py"))


@pytest.fixture(scope="module")
def tables(repository: Path) -> Mapping[str, Any]:
    return runpy.run_path(str(repository / "examples" / "cam" / "tables.py"))


@pytest.fixture(scope="module")
def compiled(
    network: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[int, int], Program]:
    """The memory of a size, compiled once."""
    found: dict[tuple[int, int], Program] = {}

    def program(cues: int, contents: int) -> Program:
        if (cues, contents) not in found:
            text = tmp_path_factory.mktemp("cam") / "cam.snn"
            text.write_text(network["cam"](cues, contents), encoding="utf-8")
            found[cues, contents] = somac.compile(text)
        return found[cues, contents]

    return program


def operations(
    steps: int, cues: int, contents: int, *done: tuple[int, int, Sequence[int], Sequence[int]]
) -> dict[str, Any]:
    """Inputs in which each operation holds a cue and contents for some steps from one on."""
    inputs = {
        "CueIn": np.zeros((1, steps, cues), int),
        "ContIn": np.zeros((1, steps, contents), int),
    }
    for begin, length, cue, content in done:
        inputs["CueIn"][0, begin : begin + length, list(cue)] = 1
        inputs["ContIn"][0, begin : begin + length, list(content)] = 1
    return inputs


def test_the_text_is_the_generators_and_canonical(
    repository: Path, network: Mapping[str, Any]
) -> None:
    text = (repository / "examples" / "cam" / "cam.snn").read_text(encoding="utf-8")
    assert text == network["cam"](5, 10) == format_text(text)


def test_what_the_memory_does(compiled: Callable[[int, int], Program]) -> None:
    """Learning takes three steps and the next operation seven; a cue comes out after five."""
    program = compiled(3, 4)
    inputs = operations(
        70,
        3,
        4,
        (0, 3, [0], [0, 1]),
        (10, 3, [2], [1, 3]),
        (20, 1, [0], []),  # recalled by cue
        (30, 1, [], [1]),  # by content: both share it
        (40, 3, [0], [2]),  # learning anew is forgetting
        (50, 1, [0], []),
        (60, 1, [], [0]),  # nobody has it now
    )
    found = program.run(inputs, record_weights=["CueCue_ContCue"])
    cue, content = (found.outputs[name][0] for name in ("CueOut", "ContOut"))

    def out(begin: int) -> tuple[list[int], ...]:
        """Cells that fire in the ten steps after an operation begins."""
        part = slice(begin, begin + 10)
        return tuple(np.flatnonzero(x[part].any(axis=0)).tolist() for x in (cue, content))

    assert out(0) == ([0], [0, 1])
    assert out(10) == ([2], [1, 3])
    assert out(20) == ([0], [0, 1])
    assert out(30) == ([0, 2], [1])
    assert out(50) == ([0], [2])
    assert out(60) == ([], [0])
    assert np.flatnonzero(cue[20:30, 0]).tolist() == [5]
    assert np.flatnonzero(content[20:30, 0]).tolist() == [6]
    assert not program.verify()
    assert found.weights["CueCue_ContCue"]["w"].shape == (1, 12)


NAMES = ("results_1", "results_2", "results_3")


@pytest.mark.parametrize("number", range(3), ids=NAMES)
def test_published_tables(
    number: int,
    shared: Path,
    network: Mapping[str, Any],
    tables: Mapping[str, Any],
    compiled: Callable[[int, int], Program],
) -> None:
    """All 10,810 cells, by floating point and by the emulator, and not a bit beside the golden."""
    name, shape = list(tables["TABLES"].items())[number]
    meant = tables["read_table"](shared / "cam" / name, network["sizes"](*shape))
    given = {n: meant[n][None] for n in ("CueIn", "ContIn")}
    populations = [n for n in meant if n not in given]
    program = compiled(*shape)
    seen = program.run(given, record=populations)
    for population in populations:
        np.testing.assert_array_equal(seen.signals[population][0], meant[population])
    found = program.agreement(given)
    assert found.differing == 0
    assert found.weights
    assert len(meant["CueIn"]) * len(populations) == (900, 8510, 1400)[number]


def test_the_float_network_too(
    shared: Path, network: Mapping[str, Any], tables: Mapping[str, Any], repository: Path
) -> None:
    name, shape = next(iter(tables["TABLES"].items()))
    meant = tables["read_table"](shared / "cam" / name, network["sizes"](*shape))
    model = somac.load(repository / "examples" / "cam" / "cam.snn")
    seen = reference(model, {n: meant[n][None] for n in ("CueIn", "ContIn")})
    for output in model.outputs:
        np.testing.assert_array_equal(seen.signals[output.name][0], meant[output.name])


@pytest.mark.parametrize("machine", ["host-c", "cortex-m4"])
def test_the_cores(arm_tools: None, machine: str, compiled: Callable[[int, int], Program]) -> None:
    """The C of the cores, here and under qemu: signals, states, weights."""
    program = compiled(3, 4)
    inputs = operations(40, 3, 4, (0, 3, [0], [0, 1]), (10, 3, [2], [1, 3]), (20, 1, [0], []))
    with program.machines()[machine].open(program.files) as running:
        _, found = program.agreements(inputs, [running])
    assert found.differing == 0
    assert found.weights
