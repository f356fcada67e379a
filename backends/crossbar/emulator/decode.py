"""Everything in a bundle that the emulator uses, decoded and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import lower
from somac.backends.crossbar.description import (
    FILE,
    Array,
    Block,
    Converters,
    Description,
    Population,
    Way,
    read_description,
)
from somac.ir import npy
from somac.ir.datapath import Datapath, parse
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.fixed import Format
from somac.ir.graph import Edge, update_order, zero_delay_cycle
from somac.ir.program import Program

__all__ = ["Adders", "BlockTables", "Cells", "Decoded", "Matrix", "decode"]

Integers = NDArray[np.int64]
Places = NDArray[np.int32]
Codes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A population: its update, and int64 values of parameters and states, 0-d or (cells,)."""

    name: str
    size: int
    datapath: Datapath
    ports: Mapping[str, Format]
    parameters: Mapping[str, Integers]
    initial: Mapping[str, Integers]


@dataclass(frozen=True, slots=True, eq=False)
class Adders:
    """A projection without an array: int32 (synapses,) sources, targets, weights; int64 delays."""

    way: Way
    sources: Places
    targets: Places
    weights: Places
    delays: Integers


@dataclass(frozen=True, slots=True, eq=False)
class BlockTables:
    """A block: int32 (uses, rows) cells that drive it, and (uses, columns) that it adds to."""

    number: int
    block: Block
    sources: Places
    targets: Places


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """A projection on arrays."""

    way: Way
    converters: Converters
    blocks: tuple[BlockTables, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A program.

    Parameters
    ----------
    cells
        Populations in the order of their updates within a step.
    codes
        Per array: uint8 (rows, columns).
    found
        Per array with cells that were not programmed: int32 (rows, columns), -1 where they were.
    """

    description: Description
    cells: tuple[Cells, ...]
    adders: tuple[Adders, ...]
    matrices: tuple[Matrix, ...]
    codes: tuple[Codes, ...]
    found: Mapping[int, Places]


def decode(program: Program) -> Decoded:
    """Read a bundle.

    Raises
    ------
    SomacError
        E0703 to E0705, E0710, E0711 and E0713: what is missing or damaged.
    """
    description = read_description(program)
    cells = {p.name: _cells(program, p) for p in description.populations}
    sizes = {p.name: p.size for p in description.inputs} | {n: c.size for n, c in cells.items()}
    adders = tuple(_adders(program, d, sizes) for d in description.digital)
    matrices = tuple(_matrices(program, description, sizes))
    problems = [
        Diagnostic(
            "E0710",
            f"projection {way.projection!r}: there is no port {way.port!r}",
            Place(file=FILE),
        )
        for way in (*(a.way for a in adders), *(m.way for m in matrices))
        if way.port not in cells[way.target].ports
    ]
    edges = [
        Edge(a.way.source, a.way.target, a.way.delay + int(a.delays.min()))
        for a in adders
        if len(a.sources)
    ]
    edges += [
        Edge(m.way.source, m.way.target, m.way.delay + min(b.block.delay for b in m.blocks))
        for m in matrices
    ]
    loop = zero_delay_cycle(edges)
    if loop is not None:
        text = f"a loop without delay: {' -> '.join(loop)}"
        problems.append(Diagnostic("E0710", text, Place(file=FILE)))
    if problems:
        raise SomacError.of(problems)
    return Decoded(
        description,
        tuple(cells[name] for name in update_order(list(cells), edges)),
        adders,
        matrices,
        tuple(_codes(program, description, array) for array in description.arrays),
        {
            number: _found(program, description, array.found)
            for number, array in enumerate(description.arrays)
            if array.found is not None
        },
    )


def _cells(program: Program, p: Population) -> Cells:
    path = p.program
    if path not in program.files:
        raise SomacError("E0703", f"the bundle has no file {path}", place=Place(file=path))
    try:
        datapath = parse(program.files[path].decode())
        lower(datapath)
    except ValueError as error:
        raise SomacError(
            "E0713", f"the neuron program is damaged: {error}", place=Place(file=path)
        ) from None
    ports = {i.name: i.format for i in datapath.instructions if i.opcode == "input"}
    values: list[dict[str, Integers]] = []
    for kind, given in (("param", p.parameters), ("state", p.initial)):
        formats = {n: datapath.format_of(kind, n) for n in datapath.names(kind)}
        if set(formats) != set(given):
            raise _odd(f"{p.name}: values of {sorted(given)}, not of {sorted(formats)}")
        values.append({n: _values(program, p, n, given[n], formats[n]) for n in formats})
    return Cells(p.name, p.size, datapath, ports, values[0], values[1])


def _values(
    program: Program, p: Population, name: str, given: int | str, format: Format
) -> Integers:
    if isinstance(given, int):
        found = np.array(given, np.int64)
    else:
        found = _array(program, given, "int64", (p.size,))
    if ((found < format.minimum) | (found > format.maximum)).any():
        raise _odd(f"{p.name}: {name} is not within {format}")
    return found


def _adders(program: Program, d: Way, sizes: Mapping[str, int]) -> Adders:
    files = d.model_dump()
    sources = _array(program, files["sources"], "int32", None)
    shape = sources.shape
    targets = _array(program, files["targets"], "int32", shape)
    weights = _array(program, files["weights"], "int32", shape)
    delays = np.zeros(shape, np.int64)
    if files["delays"] is not None:
        delays = _array(program, files["delays"], "int64", shape)
    for cells, size in ((sources, sizes[d.source]), (targets, sizes[d.target])):
        if sources.ndim != 1 or (cells.size and not 0 <= cells.min() <= cells.max() < size):
            raise _odd(f"projection {d.projection!r}: synapses of cells that are not there")
    if delays.size and not 0 <= delays.min() <= delays.max() < 1 << 31:
        raise _odd(f"projection {d.projection!r}: delays that cannot be")
    return Adders(d, sources, targets, weights, delays)


def _matrices(program: Program, d: Description, sizes: Mapping[str, int]) -> Iterator[Matrix]:
    tables = [_array(program, name, "int32", None).ravel() for name in (d.sources, d.targets)]
    for tiled in d.tiled:
        blocks = []
        for number in range(tiled.first, tiled.stop):
            block = d.blocks[number]
            parts = []
            for table, first, width, size in (
                (tables[0], block.sources, block.rows, sizes[tiled.source]),
                (tables[1], block.targets, block.columns, sizes[tiled.target]),
            ):
                cells = table[first : first + block.uses * width]
                if cells.size != block.uses * width or not (
                    -1 <= cells.min() <= cells.max() < size
                ):
                    raise _odd(f"projection {tiled.projection!r}: a table of cells is damaged")
                parts.append(cells.reshape(block.uses, width))
            blocks.append(BlockTables(number, block, *parts))
        yield Matrix(tiled, d.converters[tiled.converters], tuple(blocks))


def _codes(program: Program, d: Description, array: Array) -> Codes:
    codes = _array(program, array.codes, "uint8", (d.chip.rows, d.chip.columns))
    if (codes >> d.chip.cell_bits).any():
        raise _damaged(array.codes, f"a code of more than {d.chip.cell_bits} bits")
    return codes.astype(np.uint8, copy=False)


def _found(program: Program, d: Description, name: str) -> Places:
    found = _array(program, name, "int32", (d.chip.rows, d.chip.columns))
    if (found < -1).any():
        raise _damaged(name, "a conductance below 0")
    return found


def _array(program: Program, name: str, dtype: str, shape: tuple[int, ...] | None) -> NDArray[Any]:
    if name not in program.files:
        raise SomacError("E0703", f"the bundle has no file {name}", place=Place(file=name))
    try:
        array = npy.decode(program.files[name])
    except ValueError as error:
        raise _damaged(name, str(error)) from None
    if array.dtype.name != dtype or (shape is not None and array.shape != shape):
        raise _damaged(name, f"{array.dtype} {array.shape}, not {dtype} {shape or ''}".rstrip())
    return array


def _damaged(name: str, problem: str) -> SomacError:
    return SomacError(
        "E0711",
        f"the file is damaged: {problem}",
        place=Place(file=name),
        hint="compile the model again",
    )


def _odd(problem: str) -> SomacError:
    return SomacError("E0710", problem, place=Place(file=FILE), hint="compile the model again")
