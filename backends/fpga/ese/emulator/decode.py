"""Reading the files of an engine: its description, its streams, its updates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import NumpyKernel, lower, numpy_kernel
from somac.backends.fpga.emulator.images import field, read_image
from somac.backends.fpga.ese.description import (
    SOURCES,
    Description,
    Population,
    entries_image,
    pointers_image,
    read_description,
)
from somac.ir.datapath import Datapath, parse
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.fixed import Format
from somac.ir.program import Program

__all__ = [
    "CELL_VALUES",
    "INPUT_VALUES",
    "OUTPUT_VALUES",
    "Cells",
    "Engine",
    "MatrixPlan",
    "read_engine",
    "synapses",
]

Integers = NDArray[np.int64]

INPUT_VALUES, OUTPUT_VALUES, CELL_VALUES = SOURCES["x"], SOURCES["y"], SOURCES["m"]
"""What columns stand for: inputs of this step, outputs of the one before, cells of this one."""


@dataclass(frozen=True, slots=True)
class MatrixPlan:
    """A matrix of the schedule: where its columns come from, where its sums go."""

    source: int
    bank: int
    columns: int


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The update of the cells or of the outputs.

    Parameters
    ----------
    name
        Of the population; None where it is none of the network.
    size, ports, latency
        As the description says.
    datapath, kernel
        The update, and the same as vectorised code.
    parameters
        Per parameter, (size,) or 0-d.
    initial
        Per state, (size,).
    """

    name: str | None
    size: int
    ports: tuple[str, ...]
    latency: int
    datapath: Datapath
    kernel: NumpyKernel
    parameters: Mapping[str, Integers]
    initial: Mapping[str, Integers]

    def wrapped(self, port: str, sums: Integers) -> Integers:
        """Sums as the port reads them."""
        return _wrapped(sums, self.datapath.format_of("input", port))


@dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """What the files say.

    Parameters
    ----------
    ends
        int64 (lanes, columns of all matrices).
    weights, skips
        int64 (lanes, entries).
    """

    description: Description
    cells: Cells
    outputs: Cells
    matrices: tuple[MatrixPlan, ...]
    ends: Integers
    weights: Integers
    skips: Integers

    @property
    def lanes(self) -> int:
        """P."""
        return self.description.lanes

    @property
    def channels(self) -> int:
        """C."""
        return self.description.channels

    @property
    def depth(self) -> int:
        """D."""
        return self.description.depth

    @property
    def inputs(self) -> int:
        """Values that come in in a step."""
        return self.description.input.cells


def read_engine(program: Program) -> Engine:
    """The engine that the files of a bundle hold.

    Raises
    ------
    SomacError
        E0703 to E0705, E0710, E0711 and E0713 for a file that is missing or damaged, E0671
        where files contradict each other.
    """
    d = read_description(program)
    width = d.index_bits + d.weight_bits
    pointer = d.entries.bit_length()
    streams = [read_image(program, entries_image(k), d.entries, width) for k in range(d.lanes)]
    ends = [read_image(program, pointers_image(k), d.columns, pointer) for k in range(d.lanes)]
    engine = Engine(
        d,
        _cells(program, d, d.cells),
        _cells(program, d, d.outputs),
        tuple(MatrixPlan(SOURCES[m.source], m.bank, m.columns) for m in d.matrices),
        np.array([field(words, 0, pointer, signed=False) for words in ends]),
        np.array([field(words, d.index_bits, d.weight_bits) for words in streams]),
        np.array([field(words, 0, d.index_bits, signed=False) for words in streams]),
    )
    steps = np.diff(engine.ends, prepend=0, axis=1)
    if (steps < 0).any() or engine.ends.max() > d.entries:
        raise _contradiction("a column ends before it begins, or beyond its stream")
    synapses(engine)
    return engine


def _wrapped(raw: Integers, format: Format) -> Integers:
    low = raw & ((1 << format.width) - 1)
    if not format.signed:
        return low
    sign = 1 << (format.width - 1)
    return (low ^ sign) - sign


def _cells(program: Program, d: Description, p: Population) -> Cells:
    datapath = _datapath(program, d, p)
    words = read_image(program, p.memory, p.cells, p.parameter_bits + p.state_bits)
    parameters: dict[str, Integers] = {
        key: np.asarray(value, np.int64) for key, value in p.constants.items()
    }
    place = 0
    for parameter in p.parameters:
        parameters[parameter.name] = field(words, place, parameter.bits)
        place += parameter.bits
    place = p.parameter_bits
    initial = {}
    for state in p.states:
        found = field(words, place, state.bits, signed=False)
        initial[state.name] = _wrapped(found, datapath.format_of("state", state.name))
        place += state.bits
    for key, values in parameters.items():
        format = datapath.format_of("param", key)
        if not format.minimum <= values.min() <= values.max() <= format.maximum:
            raise _contradiction(f"parameter {key} is beyond its format")
    return Cells(
        p.population,
        p.cells,
        p.ports,
        p.latency,
        datapath,
        numpy_kernel(datapath),
        parameters,
        initial,
    )


def _datapath(program: Program, d: Description, p: Population) -> Datapath:
    place = Place(file=p.datapath)
    content = program.files.get(p.datapath)
    if content is None:
        raise SomacError("E0703", f"the bundle has no file {p.datapath}", place=place)
    try:
        datapath = parse(content.decode())
    except ValueError as error:
        raise SomacError("E0713", f"not a datapath: {error}", place=place) from None
    parameters = [*(named.name for named in p.parameters), *p.constants]
    problems = [
        Diagnostic("E0713", f"{p.population} has other {what} than its datapath", place)
        for what, have, need in (
            ("ports", p.ports, datapath.names("input")),
            ("states", [s.name for s in p.states], datapath.names("state")),
            ("parameters", parameters, datapath.names("param")),
        )
        if sorted(have) != sorted(need)
    ]
    for state in p.states if not problems else ():
        width = datapath.format_of("state", state.name).width
        if state.bits != width:
            problems.append(Diagnostic("E0713", f"{state.name} has {state.bits} bits", place))
    low, high = lower(datapath).output_range
    most = 1 << (d.activation_bits - 1)
    if not -most <= low <= high < most:
        text = f"{p.population} sends {low} to {high} in {d.activation_bits} bits"
        problems.append(Diagnostic("E0713", text, place))
    if problems:
        raise SomacError.of(problems)
    return datapath


def synapses(engine: Engine) -> tuple[Integers, Integers, Integers, Integers]:
    """What the streams say, entry by entry: matrix, target cell, source cell and weight.

    Entries that only skip rows are left out. SomacError E0671 where a stream leads out of its lane.
    """
    found: list[tuple[Integers, ...]] = []
    widths = [m.columns for m in engine.matrices]
    matrix_of = np.repeat(np.arange(len(widths)), widths)
    column_of = np.concatenate([np.arange(w) for w in widths])
    sizes = np.array([_targets(engine, m.bank) for m in engine.matrices])
    for lane in range(engine.lanes):
        ends = engine.ends[lane]
        position = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
        entries = len(position)
        # each entry goes on by the rows it skips and one more, from -1 at the top of its column
        passed = np.cumsum(engine.skips[lane, :entries] + 1)
        begins = np.concatenate(([0], ends[:-1]))
        top = np.concatenate(([0], passed))[begins]
        row = passed - top[position] - 1
        target = row * engine.lanes + lane
        matrix = matrix_of[position]
        weight = engine.weights[lane, :entries]
        outside = target >= sizes[matrix]
        if (outside & (weight != 0)).any() or (row >= -(-sizes[matrix] // engine.lanes)).any():
            raise _contradiction(f"the stream of lane {lane} leads to a row that is not there")
        real = weight != 0
        found.append((matrix[real], target[real], column_of[position][real], weight[real]))
    matrix, target, source, weight = (np.concatenate(part) for part in zip(*found, strict=True))
    return matrix, target, source, weight


def _targets(engine: Engine, bank: int) -> int:
    return engine.outputs.size if bank == len(engine.cells.ports) else engine.cells.size


def _contradiction(what: str) -> SomacError:
    return SomacError("E0671", f"the files of the sparse engine contradict themselves: {what}")
