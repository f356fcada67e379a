"""Every synapse once, and nothing else: those of the network against those in row memories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from somac.backends.fpga.description import FILE, Description
from somac.backends.fpga.verify.images import Integers
from somac.backends.fpga.verify.rows import Entries, engine_entries
from somac.ir.connectivity import Rows
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.program import Program

__all__ = ["check_synapses"]

_SHOWN = 3
_AT_ONCE = 1 << 21

How = tuple[int, int, int, str]
"""Port, delay in steps, and shift and rounding of the product."""


@dataclass(slots=True)
class _Synapses:
    """Synapses between one source and one population, collected some at a time.

    A key is the source cell, the target cell and a number of how the synapse adds: the same
    for both that are compared, which therefore share `numbers`.
    """

    targets: int
    numbers: dict[How, int]
    keys: list[tuple[Integers, Integers]] = field(default_factory=list)
    weights: list[Integers] = field(default_factory=list)

    def add(
        self,
        source: Integers,
        target: Integers,
        port: Integers,
        delay: Integers,
        weight: Integers,
        product: tuple[int, str],
    ) -> None:
        """Some more, each (n,)."""
        if not len(weight):
            return
        most = int(delay.max()) + 1
        pairs, inverse = np.unique(port * most + delay, return_inverse=True)
        own = [
            self.numbers.setdefault((*divmod(int(p), most), *product), len(self.numbers))
            for p in pairs
        ]
        how = np.asarray(own, np.int64)[inverse.reshape(-1)]
        self.keys.append((source * self.targets + target, how))
        self.weights.append(weight)

    def canonical(self) -> Integers:
        """int64 (n, 3), in order: ends, how, weight.

        Exact products between the same cells add up; those that are rounded stay apart.
        """
        if not self.keys:
            return np.zeros((0, 3), np.int64)
        ends, how = (np.concatenate([k[column] for k in self.keys]) for column in (0, 1))
        weight = np.concatenate(self.weights)
        order = np.lexsort((weight, how, ends))
        ends, how, weight = ends[order], how[order], weight[order]
        shifts = np.array([shift for _, _, shift, _ in self.numbers], np.int64)
        same = (ends[1:] == ends[:-1]) & (how[1:] == how[:-1]) & (shifts[how[1:]] == 0)
        first = np.flatnonzero(np.concatenate(([True], ~same)))
        weight = np.add.reduceat(weight, first)
        kept = weight != 0
        return np.stack([ends[first][kept], how[first][kept], weight[kept]], axis=1)


def check_synapses(
    program: Program, network: IntegerNetwork, design: Description
) -> Iterator[Diagnostic]:
    """E0804 and E0805, source by source of every population; DamagedError."""
    senders = {s.id: s for s in design.senders()}
    sources = {i.id: (i.name, np.arange(i.cells)) for i in design.inputs}
    for engine in design.engines:
        for s in engine.sections:
            sources[s.id] = (s.population, np.asarray(s.order, np.int64))
    found: dict[tuple[str, str], list[Entries]] = {}
    for engine in design.engines:
        for some in engine_entries(program, engine, senders):
            pair = sources[some.link.source][0], some.section.population
            found.setdefault(pair, []).append(some)
    projections: dict[tuple[str, str], list[IntegerProjection]] = {}
    for p in network.projections:
        projections.setdefault((p.source, p.target), []).append(p)
    for pair in sorted(found.keys() | projections.keys()):
        numbers: dict[How, int] = {}
        target = network.population(pair[1])
        have, need = _Synapses(target.size, numbers), _Synapses(target.size, numbers)
        for p in projections.get(pair, ()):
            _meant(network, p, need)
        for e in found.get(pair, ()):
            cast = e.engine.casts[e.link.cast]
            # an engine of spikes alone has no stage that rounds
            shift = cast.shift if e.engine.graded else 0
            have.add(
                sources[e.link.source][1][e.source],
                np.asarray(e.section.order, np.int64)[e.target],
                e.port,
                e.delay,
                e.weight,
                (shift, cast.rounding if shift else ""),
            )
        yield from _compared(network, pair, have, need)
    yield from _named_projections(network, design)


def _meant(network: IntegerNetwork, p: IntegerProjection, into: _Synapses) -> None:
    port = network.population(p.target).datapath.names("input").index(p.port)
    # ticks between the first updates of both ends; a step is a period
    skew = network.start(p.source) - network.start(p.target)
    product = (0, "") if p.product is None else (p.product.shift, p.product.rounding.value)
    for source, rows in _rows(p):
        delay = (rows.delay + p.delay + skew) // network.period
        weight = rows.weight.astype(np.int64)
        into.add(source, rows.target, np.full(len(source), port), delay, weight, product)


def _compared(
    network: IntegerNetwork, pair: tuple[str, str], have: _Synapses, need: _Synapses
) -> Iterator[Diagnostic]:
    found, meant = have.canonical(), need.canonical()
    if found.shape == meant.shape and (found == meant).all():
        return
    hows = list(have.numbers)
    for code, these, those, what in (
        ("E0804", meant, found, "missing"),
        ("E0805", found, meant, "too many"),
    ):
        rest = _difference(these, those)
        if len(rest):
            shown = "; ".join(_named(network, pair, s, hows) for s in rest[:_SHOWN])
            more = f" and {len(rest) - _SHOWN} more" if len(rest) > _SHOWN else ""
            yield Diagnostic(
                code,
                f"{pair[0]} to {pair[1]}: {len(rest)} synapses {what}: {shown}{more}",
                Place(node=pair[1]),
                have=f"{len(found)} synapses",
                need=f"{len(meant)} synapses",
            )


def _named_projections(network: IntegerNetwork, design: Description) -> Iterator[Diagnostic]:
    """E0804 and E0805: links name the projections that lead through them, each once."""
    parts: dict[str, list[tuple[str, Integers]]] = {i.name: [] for i in design.inputs}
    for i in design.inputs:
        parts[i.name].append((i.id, np.arange(i.cells)))
    sections = [(e, s) for e in design.engines for s in e.sections]
    for _, s in sections:
        parts.setdefault(s.population, []).append((s.id, np.asarray(s.order, np.int64)))
    have: Counter[tuple[str, str, str]] = Counter()
    for e, s in sections:
        for link in e.links[slice(*s.links)]:
            have.update((name, link.source, s.id) for name in link.projections)
    need: Counter[tuple[str, str, str]] = Counter()
    for p in network.projections:
        sources, targets = parts[p.source], parts[p.target]
        for a, b in _joined(p, [o for _, o in sources], [o for _, o in targets]):
            need[p.name, sources[a][0], targets[b][0]] += 1
    for code, rest, what in (("E0804", need - have, "no"), ("E0805", have - need, "another")):
        for name, source, target in sorted(rest):
            yield Diagnostic(
                code,
                f"{what} link from {source} to {target} is of projection {name}",
                Place(file=FILE, node=target),
            )


def _joined(
    p: IntegerProjection, sources: Sequence[Integers], targets: Sequence[Integers]
) -> list[tuple[int, int]]:
    """Which parts of the source have synapses to which parts of the target."""
    found = np.zeros((len(sources), len(targets)), np.bool_)
    numbers = []
    for some, size in (
        (sources, p.connectivity.source_size),
        (targets, p.connectivity.target_size),
    ):
        number = np.zeros(size, np.int64)
        for at, cells in enumerate(some):
            number[cells] = at
        numbers.append(number)
    for source, rows in _rows(p):
        found[numbers[0][source], numbers[1][rows.target]] = True
    return [(int(a), int(b)) for a, b in np.argwhere(found)]


def _rows(p: IntegerProjection) -> Iterator[tuple[Integers, Rows]]:
    """Source cells, and rows with the rest of the same synapses, some at a time."""
    wiring = p.connectivity
    at_once = max(1, _AT_ONCE // max(1, wiring.target_size))
    for start in range(0, wiring.source_size, at_once):
        rows = wiring.rows(start, min(start + at_once, wiring.source_size))
        yield np.repeat(np.arange(len(rows.indptr) - 1), np.diff(rows.indptr)) + start, rows


def _difference(these: Integers, those: Integers) -> Integers:
    """Rows of `these` that `those` has fewer of, each as often as they are missing."""
    both = np.concatenate([these, those])
    order = np.lexsort(both.T[::-1])
    ordered = both[order]
    new = np.concatenate(([True], (ordered[1:] != ordered[:-1]).any(axis=1)))
    group = np.cumsum(new) - 1
    counts = np.where(order < len(these), 1, -1)
    surplus = np.bincount(group, weights=counts).astype(np.int64)
    return np.repeat(ordered[new], np.maximum(surplus, 0), axis=0)


def _named(
    network: IntegerNetwork, pair: tuple[str, str], synapse: Integers, hows: Sequence[How]
) -> str:
    """A synapse for people."""
    target = network.population(pair[1])
    source, cell = divmod(int(synapse[0]), target.size)
    port, delay, shift, rounding = hows[int(synapse[1])]
    ports = target.datapath.names("input")
    name = ports[port] if port < len(ports) else str(port)
    cast = f" product >> {shift} {rounding}" if shift else ""
    return f"[{source}] -> [{cell}].{name} weight {int(synapse[2])} delay {delay}{cast}"
