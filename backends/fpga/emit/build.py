"""The design of a mapped network: who reads whom, how wide everything is, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.emit.bits import address_bits, signed_bits
from somac.backends.fpga.emit.design import (
    Cast,
    Design,
    Engine,
    Link,
    Reader,
    Section,
    Sender,
    Sink,
    Source,
)
from somac.backends.fpga.emit.incoming import Heard, Part, heard
from somac.backends.fpga.emit.names import identifiers
from somac.backends.fpga.emit.sections import section_images, section_of, sum_bits
from somac.backends.fpga.emit.weights import RowMemory, Rows, row_kind, rows_for
from somac.backends.fpga.folding import EngineFold, Folding
from somac.backends.fpga.levels import levels
from somac.backends.fpga.rtl import MODULES
from somac.backends.fpga.sums import signal_range, sums_of
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import Slice

__all__ = ["build"]

Integers = NDArray[np.int64]

_TAKEN = (*(f"{name}" for name in MODULES), "sim", "testbench")


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What is known before engines are made.

    `order` is that of the mapping; `parts` are by slice, inputs first.
    """

    network: IntegerNetwork
    folding: Folding
    order: Mapping[str, Integers]
    parts: tuple[Part, ...]
    budget_ns: float

    def part(self, name: str, start: int) -> Part:
        return next(p for p in self.parts if (p.source, p.start) == (name, start))


def build(
    network: IntegerNetwork, mapping: PlacedMapping, folding: Folding, budget_ns: float
) -> Design:
    """The design.

    Parameters
    ----------
    folding
        Which slices of the mapping are on which engine, and its lanes.
    budget_ns
        What a stage of an update may take.
    """
    order = {
        p.name: mapping.order.get(p.name, np.arange(p.size, dtype=np.int64))
        for p in network.populations
    }
    plan = _Plan(network, folding, order, tuple(_parts(network, folding)), budget_ns)
    sinks = tuple(_sinks(plan))
    engines: list[Engine] = []
    images: dict[str, bytes] = {}
    for number, fold in enumerate(folding.engines):
        name = f"{plan.part(fold.slices[0].population, fold.slices[0].start).sender.name}_engine"
        engine, contents = _engine(plan, fold, name)
        engines.append(engine)
        images |= contents
    sources = tuple(
        Source(i.name, plan.part(i.name, 0).sender, *signal_range(network, i.name))
        for i in network.inputs
    )
    modules = [e.name for e in engines] + [s.module.name for e in engines for s in e.sections]
    (name,) = identifiers([network.name], [*_TAKEN, *modules]).values()
    return Design(name, network.name, budget_ns, sources, sinks, tuple(engines), images)


def _parts(network: IntegerNetwork, folding: Folding) -> Iterator[Part]:
    """Everything that sends, with what it is called in the hardware."""
    level = levels(network)
    slices = [(part, fold.lanes) for fold in folding.engines for part in fold.slices]
    count: dict[str, int] = {}
    for part, _ in slices:
        count[part.population] = count.get(part.population, 0) + 1
    titles = [i.name for i in network.inputs]
    titles += [_title(part, count[part.population]) for part, _ in slices]
    names = identifiers(titles, _TAKEN)
    for i in network.inputs:
        width = folding.inputs[i.name]
        sender = Sender(names[i.name], i.name, i.size, width, _value_bits(network, i.name))
        yield Part(sender, i.name, 0, i.size, -1)
    for part, lanes in slices:
        title = _title(part, count[part.population])
        bits = _value_bits(network, part.population)
        sender = Sender(names[title], title, part.size, lanes, bits)
        yield Part(sender, part.population, part.start, part.stop, level[part.population])


def _title(part: Slice, count: int) -> str:
    return part.population if count == 1 else f"{part.population} from {part.start}"


def _value_bits(network: IntegerNetwork, name: str) -> int:
    """Bits of what is sent; 0 if it is only ever 0 or 1."""
    low, high = signal_range(network, name)
    return 0 if (low, high) == (0, 1) else signed_bits(low, high)


def _sinks(plan: _Plan) -> Iterator[Sink]:
    outputs = plan.network.outputs
    feeding = [(o, p) for o in outputs for p in plan.parts if p.source == o.source]
    titles = [
        o.name if p.sender.title == o.source else f"{o.name} {p.sender.title}" for o, p in feeding
    ]
    names = identifiers(titles, [p.sender.name for p in plan.parts])
    for (output, part), title in zip(feeding, titles, strict=True):
        yield Sink(names[title], output.name, Reader(names[title], part.sender, 0, 2))


def _engine(plan: _Plan, fold: EngineFold, name: str) -> tuple[Engine, dict[str, bytes]]:
    network, lanes = plan.network, fold.lanes
    populations = [network.population(part.population) for part in fold.slices]
    arriving = [
        {port: sums_of(network, p, port) for port in p.datapath.names("input")} for p in populations
    ]
    sums = max(sum_bits(p, a) for p, a in zip(populations, arriving, strict=True))
    listening = [
        heard(network, part, p.datapath.names("input"), plan.parts)
        for part, p in zip(fold.slices, populations, strict=True)
    ]
    everything = [h for some in listening for h in some]
    casts = tuple(dict.fromkeys(h.cast for h in everything)) or (Cast(),)
    delay = max((h.spread for h in everything), default=0)
    # a product that is rounded needs the stage of products, though its value be a spike
    graded = any(h.part.sender.bits or h.cast.shift for h in everything)
    first = _first_indices(fold)
    rows = [
        rows_for(h, part, lanes, row_kind(h, part, lanes, whole=fold.whole))
        for part, some in zip(fold.slices, listening, strict=True)
        for h in some
    ]
    indices = [at for at, some in zip(first, listening, strict=True) for _ in some]
    cells = sum(-(-part.size // lanes) for part in fold.slices)
    delay_bits = delay.bit_length()
    memory = RowMemory.of(rows, indices, delay_bits, address_bits(cells))
    links, at = [], 0
    spans = []
    for part, some, index in zip(fold.slices, listening, first, strict=True):
        spans.append((at, at + len(some)))
        for h in some:
            links.append(
                _link(plan, h, part, lanes, rows[at], memory.bases[at], index, casts, name, at)
            )
            at += 1
    sections: list[Section] = []
    images: dict[str, bytes] = {}
    for part, p, bounds, index, span in zip(
        fold.slices, populations, arriving, first, spans, strict=True
    ):
        section = section_of(
            p,
            part,
            plan.part(part.population, part.start).sender,
            bounds,
            sums,
            plan.order[p.name],
            lanes=lanes,
            index=index,
            links=span,
            budget_ns=plan.budget_ns,
        )
        sections.append(section)
        images |= section_images(section, lanes)
    files = {kind: f"{name}_{kind}.mem" for kind in memory.images}
    images |= {files[kind]: content for kind, content in memory.images.items()}
    engine = Engine(
        name,
        lanes,
        tuple(sections),
        tuple(links),
        fold.whole,
        memory.weight_bits,
        # beside values, a spike is the value 1, which takes two bits in two's complement
        max((h.part.sender.bits or 1 + graded for h in everything), default=1),
        graded,
        sums,
        delay_bits,
        delay + 1,
        casts,
        files,
        memory.depths,
    )
    return engine, images


def _first_indices(fold: EngineFold) -> list[int]:
    """Per slice, the accumulator of its first group."""
    found, at = [], 0
    for part in fold.slices:
        found.append(at)
        at += -(-part.size // fold.lanes)
    return found


def _link(
    plan: _Plan,
    h: Heard,
    part: Slice,
    lanes: int,
    rows: Rows,
    base: int,
    index: int,
    casts: Sequence[Cast],
    engine: str,
    number: int,
) -> Link:
    groups = -(-part.size // lanes)
    words = len(h.projections) * groups
    cell = {"dense": words, "sparse": 1, "whole": 0}[rows.kind]
    width = h.part.sender.width
    stride = words if rows.kind == "whole" else width * cell
    own = plan.part(part.population, part.start)
    # what is sent waits here while other ways to the same place take their steps
    ahead = 0 if h.part == own else max(1, own.level - h.part.level)
    return Link(
        f"{engine}_link{number}",
        h.part.sender,
        h.delay,
        h.delay + 1 + ahead,
        tuple(p.name for p in h.every),
        h.port,
        len(h.projections),
        rows.kind,
        base,
        stride,
        cell,
        groups,
        index,
        casts.index(h.cast),
    )
