"""What a network needs and a target does not have, whatever kind of hardware it is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from somac.backends.api.capabilities import Capabilities, kind_of
from somac.ir.connectivity import synapses
from somac.ir.datapath import Datapath
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection

__all__ = ["refusals"]


def refusals(network: IntegerNetwork, capabilities: Capabilities, /) -> tuple[Diagnostic, ...]:
    """Everything in a network that is not among the capabilities, with have and need.

    The network first, then inputs, populations and projections in their order.
    """
    return tuple(_refusals(network, capabilities))


def _refusals(network: IntegerNetwork, can: Capabilities) -> Iterator[Diagnostic]:
    if not can.retimed and (network.period > 1 or any(p.start for p in network.populations)):
        yield Diagnostic(
            "E0662",
            "the network was retimed for other hardware",
            Place(node=network.name),
            hint="compile the network that it was made from",
        )
    if not can.recurrent:
        yield from _loops(network)
    for i in network.inputs:
        sent = (0, 1) if i.kind == "spike" else (i.format.minimum, i.format.maximum)
        yield from _cells(f"input {i.name}", i.name, i.size, can)
        yield from _signals(f"input {i.name}", i.name, i.kind, sent, can)
    for population in network.populations:
        yield from _population(population, can)
    for projection in network.projections:
        yield from _projection(projection, can)
    if can.fan_in is not None or can.fan_out is not None:
        yield from _fans(network, can)


def _loops(network: IntegerNetwork) -> Iterator[Diagnostic]:
    """Projections whose signals come back to their source."""
    after: dict[str, set[str]] = {}
    for p in network.projections:
        after.setdefault(p.source, set()).add(p.target)
    for p in network.projections:
        reached, waiting = {p.target}, [p.target]
        while waiting:
            new = after.get(waiting.pop(), set()) - reached
            reached |= new
            waiting += new
        if p.source in reached:
            yield Diagnostic(
                "E0676",
                f"projection {p.name} is part of a loop",
                Place(node=p.name),
                have="networks without loops",
                need=f"signals of {p.source} that come back to it",
            )


def _cells(what: str, name: str, size: int, can: Capabilities) -> Iterator[Diagnostic]:
    if can.cells is not None and size > can.cells:
        yield Diagnostic(
            "E0662",
            f"{what} has too many cells",
            Place(node=name),
            have=f"{can.cells} cells",
            need=f"{size} cells",
        )


def _signals(
    what: str, name: str, kind: str, sent: tuple[int, int], can: Capabilities
) -> Iterator[Diagnostic]:
    if kind not in can.signals:
        yield Diagnostic(
            "E0653",
            f"{what} sends {kind}s",
            Place(node=name),
            have=", ".join(sorted(can.signals)),
            need=kind,
        )
    limit = None if can.signal_bits is None else 1 << (can.signal_bits - 1)
    if limit is not None and not -limit <= sent[0] <= sent[1] < limit:
        yield Diagnostic(
            "E0653",
            f"{what} sends numbers that are too large",
            Place(node=name),
            have=f"{can.signal_bits} bits, signed",
            need=f"{sent[0]} to {sent[1]}",
        )


def _population(p: IntegerPopulation, can: Capabilities) -> Iterator[Diagnostic]:
    what, place = f"population {p.name}", Place(node=p.name)
    yield from _cells(what, p.name, p.size, can)
    yield from _datapath(what, place, p.datapath, can)
    ports = p.datapath.names("input")
    if can.ports is not None and len(ports) > can.ports:
        yield Diagnostic(
            "E0652",
            f"{what}: {p.datapath.name} has too many ports",
            place,
            have=f"{can.ports} ports",
            need=f"{len(ports)} ports",
        )
    for port in ports:
        width = p.datapath.format_of("input", port).width
        if can.port_bits is not None and width > can.port_bits:
            yield Diagnostic(
                "E0652",
                f"{what}: sums at port {port} are wider than accumulators",
                place,
                have=f"{can.port_bits} bits",
                need=f"{width} bits",
                hint="quantise weights to fewer bits with --bits",
            )
    format = p.datapath.sent
    sent = (format.minimum, format.maximum)
    yield from _signals(what, p.name, p.datapath.output_kind, sent, can)


def _datapath(what: str, place: Place, path: Datapath, can: Capabilities) -> Iterator[Diagnostic]:
    """Operations and words that cores do not have."""
    missing = sorted(path.operations - can.operations)
    if missing:
        yield Diagnostic(
            "E0652",
            f"{what}: {path.name} needs {', '.join(missing)}",
            place,
            have=", ".join(sorted(can.operations)),
            need=", ".join(missing),
        )
    if can.word_bits is not None and path.word_bits > can.word_bits:
        yield Diagnostic(
            "E0652",
            f"{what}: {path.name} computes with words that are too wide",
            place,
            have=f"{can.word_bits} bits",
            need=f"{path.word_bits} bits",
            hint="use fewer bits with --state-bits or --coefficient-bits",
        )


def _projection(p: IntegerProjection, can: Capabilities) -> Iterator[Diagnostic]:
    place = Place(node=p.name)
    kind = kind_of(p.connectivity)
    if kind not in can.projections:
        yield Diagnostic(
            "E0676",
            f"projection {p.name} is of a kind that the target does not have",
            place,
            have=", ".join(sorted(can.projections)) or "none",
            need=kind,
        )
    own = p.connectivity.delays or (0,)
    shortest, longest = p.delay + min(own), p.delay + max(own)
    if shortest < can.delays[0] or longest > can.delays[1]:
        yield Diagnostic(
            "E0651",
            f"projection {p.name} has delays of {shortest} to {longest} ticks",
            place,
            have=f"{can.delays[0]} to {can.delays[1]} ticks",
            need=f"{shortest} to {longest} ticks",
        )
    if p.product is not None and not can.products:
        yield Diagnostic(
            "E0652",
            f"projection {p.name} converts each product before it is added",
            place,
            have="sums of exact products",
            need=f"products {p.product}",
            hint="an accumulator with as many fraction bits as a product needs no conversion",
        )
    if p.tiling is not None and not can.tilings:
        yield Diagnostic(
            "E0652",
            f"projection {p.name} is on blocks of cells, whose sums converters round",
            place,
            have="sums of exact products",
            need=str(p.tiling),
            hint="compile the model itself, or choose a crossbar",
        )
    if p.plasticity is None:
        yield from _weights(p, can)
    elif can.learning:
        # weights that learn are as wide as their rule wants, being no words of synapses
        for path in p.plasticity.datapaths.values():
            yield from _datapath(f"projection {p.name}", place, path, can)
    else:
        yield Diagnostic(
            "E0662",
            f"projection {p.name} learns",
            place,
            have="weights that stay what they are",
            need=f"the rule {p.plasticity.name}",
            hint="compile for a target whose backend learns (`somac backends doctor`), or without "
            "the rule",
        )


def _weights(p: IntegerProjection, can: Capabilities) -> Iterator[Diagnostic]:
    weights = p.connectivity.weights
    if can.weight_bits is None or not weights.size:
        return
    bits = max(int(weights.max()), -int(weights.min()), 0).bit_length() + 1
    if bits > can.weight_bits:
        yield Diagnostic(
            "E0650",
            f"projection {p.name} has weights from {weights.min()} to {weights.max()}",
            Place(node=p.name),
            have=f"{can.weight_bits} bits",
            need=f"{bits} bits, sign included",
            hint="quantise to fewer bits with --bits",
        )


def _fans(network: IntegerNetwork, can: Capabilities) -> Iterator[Diagnostic]:
    sizes = {i.name: i.size for i in network.inputs} | {p.name: p.size for p in network.populations}
    ending = {name: np.zeros(size, np.int64) for name, size in sizes.items()}
    begun = {name: np.zeros(size, np.int64) for name, size in sizes.items()}
    for p in network.projections:
        # what learns may have a weight of 0 and is a synapse all the same
        found = (
            p.connectivity.rows(0, sizes[p.source])
            if p.plasticity is None
            else synapses(p.connectivity)
        )
        ending[p.target] += np.bincount(found.target, minlength=sizes[p.target])
        begun[p.source] += np.diff(found.indptr)
    for counts, most, where in (
        (ending, can.fan_in, "end on"),
        (begun, can.fan_out, "begin at"),
    ):
        for name, found_here in counts.items():
            worst = int(found_here.max(initial=0))
            if most is not None and worst > most:
                cells = int((found_here > most).sum())
                yield Diagnostic(
                    "E0677",
                    f"too many synapses {where} cells of {name}: {cells} of {sizes[name]} cells, "
                    f"the first {int(np.argmax(found_here > most))}",
                    Place(node=name),
                    have=f"{most} synapses at a cell",
                    need=f"{worst} synapses at a cell",
                    hint="prune the weights with --prune, or cut the population into several",
                )
