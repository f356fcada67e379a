"""Whether everything that is sent, added up, numbered and addressed has the bits that it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from somac.backends.fpga.description import FILE, Description, Engine, Sender
from somac.backends.fpga.verify.images import signed_bits
from somac.backends.fpga.verify.ranges import Range, Sums, fitting, sum_bits
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork

__all__ = ["check_widths"]


def check_widths(
    network: IntegerNetwork, design: Description, sent: Mapping[str, Range], arriving: Sums
) -> Iterator[Diagnostic]:
    """E0815, for everything that is too narrow."""
    for i in design.inputs:
        yield from _value(i, sent[i.name])
    senders = {s.id: s for s in design.senders()}
    for engine in design.engines:
        for section in engine.sections:
            yield from _value(section, sent[section.population])
        yield from _sums(network, engine, arriving)
        yield from _engine(engine, senders)


def _narrow(what: str, have: int, need: int, where: str) -> Iterator[Diagnostic]:
    if have < need:
        yield Diagnostic(
            "E0815",
            f"{where}: {what}",
            Place(file=FILE, node=where),
            have=f"{have} bits",
            need=f"{need} bits",
        )


def _value(sender: Sender, sent: Range) -> Iterator[Diagnostic]:
    """Spikes take no bits; every other value what two's complement needs."""
    need = 0 if sent[0] >= 0 and sent[1] <= 1 else signed_bits(*sent)
    yield from _narrow("what is sent does not fit", sender.bits, need, sender.id)


def _sums(network: IntegerNetwork, engine: Engine, arriving: Sums) -> Iterator[Diagnostic]:
    for section in engine.sections:
        datapath = network.population(section.population).datapath
        cells = np.asarray(section.order, np.int64)
        for port in section.ports:
            own = fitting(arriving[section.population, port], cells)
            need = sum_bits(own, datapath.format_of("input", port).width)
            yield from _narrow(f"sums at {port} do not fit", engine.sum_bits, need, section.id)


def _engine(e: Engine, senders: Mapping[str, Sender]) -> Iterator[Diagnostic]:
    heard = [senders[link.source] for link in e.links]
    graded = any(s.bits for s in heard)
    rounded = any(e.casts[link.cast].shift for link in e.links)
    if e.graded < (graded or rounded):
        yield Diagnostic(
            "E0815",
            f"{e.name}: values or products that are rounded, in an engine for spikes",
            Place(file=FILE, node=e.name),
            have="graded: false",
            need="graded: true",
        )
    # a spike is the value 1, which in two's complement has two bits
    value = max((s.bits or 1 + e.graded for s in heard), default=1)
    yield from _narrow("values that it reads do not fit", e.value_bits, value, e.name)
    cells = sum(s.groups for s in e.sections)
    index = max(1, (cells - 1).bit_length())
    yield from _narrow("numbers of accumulators do not fit", e.index_bits, index, e.name)
    address = max((d.bit_length() for d in e.depths.values()), default=1)
    yield from _narrow("addresses of rows do not fit", e.address_bits, address, e.name)
    yield from _narrow("delays do not fit", e.delay_bits, (e.ring - 1).bit_length(), e.name)
