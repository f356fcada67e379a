"""The design of a mapped network: who reads whom, how wide everything is, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.systemverilog import PARTS
from somac.backends.fpga.emit.bits import signed_bits
from somac.backends.fpga.emit.design import Design, Reader, Sender, Sink, Source
from somac.backends.fpga.emit.engines import EngineMaker, Updates
from somac.backends.fpga.emit.incoming import Part
from somac.backends.fpga.emit.names import identifiers
from somac.backends.fpga.folding import Folding
from somac.backends.fpga.levels import levels
from somac.backends.fpga.rtl import MODULES
from somac.backends.fpga.sums import signal_range
from somac.backends.fpga.testbench import MODULES as TESTBENCH
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import Slice

__all__ = ["build", "engine_maker"]

Integers = NDArray[np.int64]

_TAKEN = (*MODULES, *PARTS, "sim", "testbench", *TESTBENCH)


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
    maker = engine_maker(network, mapping.order, folding, budget_ns)
    engines = tuple(maker.engine(fold) for fold in folding.engines)
    images: dict[str, bytes] = {}
    for fold, engine in zip(folding.engines, engines, strict=True):
        images |= maker.images(fold, engine)
    sources = tuple(
        Source(i.name, maker.part(i.name, 0).sender, *signal_range(network, i.name))
        for i in network.inputs
    )
    modules = [e.name for e in engines] + [s.module.name for e in engines for s in e.sections]
    (name,) = identifiers([network.name], [*_TAKEN, *modules]).values()
    sinks = tuple(_sinks(network, maker.parts))
    return Design(name, network.name, budget_ns, sources, sinks, engines, images)


def engine_maker(
    network: IntegerNetwork,
    order: Mapping[str, Integers],
    folding: Folding,
    budget_ns: float,
    updates: Updates | None = None,
) -> EngineMaker:
    """What makes engines of a folding; `order` is that of the mapping."""
    places = {
        p.name: order.get(p.name, np.arange(p.size, dtype=np.int64)) for p in network.populations
    }
    parts = tuple(_parts(network, folding))
    return EngineMaker(network, places, parts, budget_ns, updates or Updates())


def _parts(network: IntegerNetwork, folding: Folding) -> Iterator[Part]:
    """Everything that sends, with what it is called in the hardware."""
    level = levels(network)
    slices = [(part, fold.updaters) for fold in folding.engines for part in fold.slices]
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
    for part, width in slices:
        title = _title(part, count[part.population])
        bits = _value_bits(network, part.population)
        sender = Sender(names[title], title, part.size, width, bits)
        yield Part(sender, part.population, part.start, part.stop, level[part.population])


def _title(part: Slice, count: int) -> str:
    return part.population if count == 1 else f"{part.population} from {part.start}"


def _value_bits(network: IntegerNetwork, name: str) -> int:
    """Bits of what is sent; 0 if it is only ever 0 or 1."""
    low, high = signal_range(network, name)
    return 0 if low >= 0 and high <= 1 else signed_bits(low, high)


def _sinks(network: IntegerNetwork, parts: tuple[Part, ...]) -> Iterator[Sink]:
    feeding = [(o, p) for o in network.outputs for p in parts if p.source == o.source]
    titles = [
        o.name if p.sender.title == o.source else f"{o.name} {p.sender.title}" for o, p in feeding
    ]
    names = identifiers(titles, [p.sender.name for p in parts])
    for (output, part), title in zip(feeding, titles, strict=True):
        yield Sink(names[title], output.name, Reader(names[title], part.sender, 0, 2))
