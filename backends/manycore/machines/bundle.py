"""What a machine needs of a bundle's files; `docs/reference/bundle.md` says where it stands.

The files are taken to be as `somac verify` wants them: a machine checks no image.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.machines.plastic import Learning, read_learning
from somac.ir.errors import Place, SomacError
from somac.ir.program import Program

__all__ = ["Bundle", "Chip", "Column", "Core", "Population", "read_bundle", "words"]

_FILE = "experiment.json"
_HEADER = struct.Struct("<32I")
_DESCRIPTOR = struct.Struct("<IBBH")


@dataclass(frozen=True, slots=True)
class Column:
    """Where a parameter or state is: `width` bytes a value, `each` neuron one or all the same."""

    address: int
    width: int
    each: bool


@dataclass(frozen=True, slots=True, eq=False)
class Core:
    """A core that is loaded: its place, its image, and what the image says of itself.

    `size` is that of its memory in bytes; `key` is None if its neurons send nothing; `kinds` are
    those of its blocks.
    """

    chip: int
    place: int
    program: int
    image: bytes
    size: int
    neurons: int
    key: int | None
    start: int
    period: int
    parameters: tuple[Column, ...]
    states: tuple[Column, ...]
    states_at: int
    states_end: int
    learnt_at: int
    learnt_end: int
    kinds: frozenset[int]

    @property
    def states_bytes(self) -> int:
        """Bytes of all states."""
        return self.states_end - self.states_at

    @property
    def learnt_bytes(self) -> int:
        """Bytes in which is what a run has learnt; 0 if nothing on the core learns."""
        return self.learnt_end - self.learnt_at


@dataclass(frozen=True, slots=True)
class Chip:
    """Where the six links of a chip lead (None: nowhere), and its routing table as it is."""

    links: tuple[int | None, ...]
    table: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Its start, and which places are on which core: (first place, number of the core).

    `cells` is int64 (size,), the cell of the model in each place.
    """

    name: str
    size: int
    start: int
    slices: tuple[tuple[int, int], ...]
    cells: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """All of it.

    `inputs` are by name the key of each channel, int64 (channels,), -1 where it is not sent;
    `outputs` are sources by name, `programs` texts of datapaths by file, in the order of
    their numbers.
    """

    period: int
    host_chip: int
    chips: tuple[Chip, ...]
    cores: tuple[Core, ...]
    programs: Mapping[str, str]
    inputs: Mapping[str, NDArray[np.int64]]
    populations: tuple[Population, ...]
    outputs: Mapping[str, str]
    learning: Learning

    def ticks(self, steps: int) -> int:
        """Ticks of a run of so many steps: until the last population has made its last."""
        last = max((core.start for core in self.cores), default=0)
        return last + (steps - 1) * self.period + 1 if steps else 0


def read_bundle(program: Program) -> Bundle:
    """Read the files; SomacError E0703, E0704 or E0812 if they are not there or damaged."""
    data = program.json(_FILE)
    try:
        return _bundle(program, data)
    except (KeyError, IndexError, TypeError, ValueError, struct.error) as error:
        raise SomacError(
            "E0812", f"{type(error).__name__}: {error}", place=Place(file=_FILE)
        ) from None


def _bundle(program: Program, data: Mapping[str, Any]) -> Bundle:
    files = program.files
    learning = read_learning(files, data, [files[c["image"]] for c in data["cores"]])
    plastic = {core for core, _ in learning.blocks}
    return Bundle(
        data["period"],
        data["host_chip"],
        tuple(
            Chip(tuple(c["links"]), b"" if c["table"] is None else files[c["table"]])
            for c in data["chips"]
        ),
        tuple(_core(c, files[c["image"]], n in plastic) for n, c in enumerate(data["cores"])),
        {name: files[name].decode() for name in data["programs"]},
        {i["name"]: _channels(i) for i in data["inputs"]},
        tuple(_population(p) for p in data["populations"]),
        {o["name"]: o["source"] for o in data["outputs"]},
        learning,
    )


def _core(plan: Mapping[str, Any], image: bytes, learns: bool) -> Core:
    head = _HEADER.unpack_from(image)
    _, _, size, _, neurons, flags, key, start, period, _, _, states, parameters = head[:13]
    columns = []
    for number in range(parameters + states):
        address, width, spread, _ = _DESCRIPTOR.unpack_from(image, head[16] + 8 * number)
        columns.append(Column(address, width, spread == 1))
    layouts_at = head[18]
    return Core(
        plan["chip"],
        plan["core"],
        plan["program"],
        image,
        size,
        neurons,
        key if flags & 4 else None,
        start,
        period,
        tuple(columns[:parameters]),
        tuple(columns[parameters:]),
        columns[parameters].address if states else layouts_at,
        layouts_at,
        head[25],
        head[23] if learns else head[25],
        frozenset(int.from_bytes(image[at : at + 4], "little") for at in _blocks(head)),
    )


def _blocks(head: tuple[int, ...]) -> range:
    """The addresses of the descriptors of blocks."""
    return range(head[25], head[25] + 64 * head[24], 64)


def _population(plan: Mapping[str, Any]) -> Population:
    size = int(np.prod(plan["shape"], dtype=np.int64))
    cells = range(size) if plan["order"] is None else plan["order"]
    return Population(
        plan["name"],
        size,
        plan["start"],
        tuple((part["start"], part["core"]) for part in plan["slices"]),
        np.array(cells, dtype=np.int64),
    )


def _channels(plan: Mapping[str, Any]) -> NDArray[np.int64]:
    keys = np.full(int(np.prod(plan["shape"], dtype=np.int64)), -1, dtype=np.int64)
    for part in plan["slices"]:
        start, stop = part["start"], part["stop"]
        keys[start:stop] = part["key"] + np.arange(stop - start)
    return keys


def words(values: Sequence[int]) -> bytes:
    """Unsigned words of 32 bits, little-endian."""
    found: NDArray[np.uint32] = np.array(values, dtype="<u4")
    return found.tobytes()
