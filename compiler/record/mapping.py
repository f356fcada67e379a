"""``mapping.json``: what is where, what it takes, what goes between, and how good that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from somac.compiler.record.text import encode, parse
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.program import Program

__all__ = [
    "HOST",
    "MAPPING",
    "ChipRow",
    "CoreRow",
    "LinkRow",
    "MappingRecord",
    "NodeRow",
    "ProofRow",
    "SliceRow",
    "TrafficRow",
    "mapping_from",
    "mapping_to",
]

MAPPING = "mapping.json"
FORMAT = 1
_PROBLEMS = 20
_MOST_CORES = 1 << 24

HOST = -1
"""Stands for the host where cores, nodes or chips are numbered."""

Level = Literal["core", "node", "chip"]


class SliceRow(NamedTuple):
    """Cells `start` to `stop` (exclusive) of a population or input; no core is the host."""

    source: str
    start: int
    stop: int
    core: int | None


class ChipRow(NamedTuple):
    """Where a chip is on the board, and how many cores may be used."""

    x: int
    y: int
    usable: int


class NodeRow(NamedTuple):
    """A routing node: its chip, its place there, and runs of its cores (first, end)."""

    node: int
    chip: int
    x: int
    y: int
    cores: tuple[tuple[int, int], ...]

    def each(self) -> Iterator[int]:
        """Its cores one by one."""
        for first, end in self.cores:
            yield from range(first, end)


class CoreRow(NamedTuple):
    """A core in use: its name, and what is taken of its resources."""

    core: int
    name: str
    needs: Mapping[str, int]


class LinkRow(NamedTuple):
    """A link that carries something: from node to node, expected packets per tick."""

    source: int
    target: int
    load: float


class TrafficRow(NamedTuple):
    """Expected packets per tick from one core, node or chip to another; `HOST` may send."""

    source: int
    target: int
    packets: float


class ProofRow(NamedTuple):
    """Cost of the placement, a bound that none can beat, and whose words these are."""

    cost: int
    bound: int
    status: str
    solver: str


@dataclass(frozen=True, slots=True)
class MappingRecord:
    """The account of a mapping.

    Parameters
    ----------
    place
        What takes cells: ``core`` or ``engine``.
    resources
        What one has.
    slices
        Every cell of every population and input once.
    chips
        All of the board.
    nodes
        Of chips that hold something, and ends of links.
    unusable
        Cores of these nodes that are reserved or dead, ascending.
    cores
        Cores in use, ascending.
    links
        Links that carry something.
    level
        What the rows of `traffic` number: cores, or nodes or chips where pairs of cores are too
        many.
    traffic
        A packet to several counts for each.
    proof
        Hop-weighted traffic, in packets per 1,000 ticks.
    """

    place: Literal["core", "engine"]
    resources: Mapping[str, int]
    slices: tuple[SliceRow, ...]
    chips: tuple[ChipRow, ...]
    nodes: tuple[NodeRow, ...]
    unusable: tuple[int, ...]
    cores: tuple[CoreRow, ...]
    links: tuple[LinkRow, ...]
    level: Level
    traffic: tuple[TrafficRow, ...]
    proof: ProofRow
    format: int = FORMAT

    def chip_of(self) -> Mapping[int, int]:
        """The chip of each core of the nodes."""
        return {core: node.chip for node in self.nodes for core in node.each()}


def mapping_to(record: MappingRecord) -> bytes:
    """As the bytes of the file."""
    return encode(record)


def mapping_from(program: Program) -> MappingRecord | None:
    """What the bundle says, None if it is of a somac that said nothing.

    Raises
    ------
    SomacError
        E0704, E0705, E0710 if the file is not as it must be.
    """
    if MAPPING not in program.files:
        return None
    record = parse(MappingRecord, program.files[MAPPING], MAPPING, FORMAT)
    problems = list(islice(_contradictions(record), _PROBLEMS))
    if problems:
        raise SomacError.of(Diagnostic("E0710", text, Place(file=MAPPING)) for text in problems)
    return record


def _contradictions(record: MappingRecord) -> Iterator[str]:
    """What refers to something that is not there, or cannot be."""
    chips = range(len(record.chips))
    nodes = {node.node for node in record.nodes}
    if len(nodes) < len(record.nodes):
        yield "a node is there twice"
    there: set[int] = set()
    for node in record.nodes:
        if node.chip not in chips:
            yield f"node {node.node} is of chip {node.chip}, and there are {len(chips)}"
        if sum(stop - first for first, stop in node.cores) > _MOST_CORES:
            yield f"node {node.node} has more than {_MOST_CORES:,} cores"
            continue
        for core in node.each():
            if core in there:
                yield f"core {core} is there twice"
            there.add(core)
    used = [core.core for core in record.cores]
    in_use = set(used)
    if used != sorted(in_use) or not there.issuperset(used):
        yield "the cores in use are not some of those of the nodes, ascending"
    if not there.issuperset(record.unusable):
        yield "cores that are unusable are not some of those of the nodes"
    for row in record.slices:
        if not 0 <= row.start <= row.stop:
            yield f"cells {row.start} to {row.stop} of {row.source} are no slice"
        if row.core is not None and row.core not in in_use:
            yield f"{row.source}[{row.start}:{row.stop}] is on core {row.core}, which is not in use"
    if any(not nodes.issuperset((row.source, row.target)) for row in record.links):
        yield "a link joins nodes that are not there"
    numbered = {"core": in_use, "node": nodes, "chip": set(chips)}[record.level]
    if any(r.source not in numbered | {HOST} or r.target not in numbered for r in record.traffic):
        yield f"a {record.level} of the traffic is not there"
    if any(value < 0 for *_, value in (*record.links, *record.traffic)):
        yield "a load is below 0"
