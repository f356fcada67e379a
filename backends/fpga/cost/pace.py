"""When steps begin and end: a recursion over steps, with mean work in place of events.

A section goes through its links one after the other, waits until a step is there and until there
is room for what it sends, and then begins an update per cycle. From the maxima of these times
follows how far apart steps are, loops and full buffers included: see ``sequencer.sv``,
``fetch.sv`` and ``link.sv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from somac.backends.fpga.cost.work import LinkWork
from somac.backends.fpga.description import Description, Reader
from somac.ir.graph import Edge, update_order

__all__ = ["Pace", "pace"]

_STEPS = 96
"""Steps of the recursion; their distance is taken over the second half."""

# of an event, from where it is offered to the first word of its row
_LOCATED = 2
_KEPT = 3
"""Events that are on their way while rows are waited for."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Cycles.

    Parameters
    ----------
    interval
        From a step to the next, where inputs and outputs never wait.
    latency
        From the first beat of a step at the inputs to the last at the outputs, if nothing of
        other steps is in the way.
    busy
        Per engine, those in which it has something to do in a step.
    """

    interval: float
    latency: float
    busy: tuple[float, ...]


def pace(d: Description, works: Sequence[Sequence[LinkWork]]) -> Pace:
    """The pace of a design; `works` per engine and link."""
    run = _Run(d, works)
    ends = [run.step(n) for n in range(_STEPS)]
    half = _STEPS // 2
    latency = _Run(d, works, settled=True).step(0)
    busy = tuple(
        sum(run.alone(k, s) for s in range(len(e.sections))) for k, e in enumerate(d.engines)
    )
    return Pace((ends[-1] - ends[half - 1]) / (_STEPS - half), latency, busy)


class _Run:
    """Cycles of events so far, as lists by step."""

    def __init__(
        self, d: Description, works: Sequence[Sequence[LinkWork]], *, settled: bool = False
    ) -> None:
        """From reset on; or `settled`, where everything of earlier steps is long done."""
        self._d, self._works, self._settled = d, works, settled
        self._published: dict[str, list[float]] = {s.id: [] for s in d.senders()}
        self._done: dict[int, list[float]] = {}
        self._free = [0.0 if settled else float(e.clear) for e in d.engines]
        self._quiet = [0.0 for _ in d.engines]
        self._input_free = 0.0
        self._outputs = [0.0 for _ in d.outputs]
        self._readers: dict[str, list[tuple[int, Reader]]] = {s.id: [] for s in d.senders()}
        readers: list[Reader] = [link for e in d.engines for link in e.links]
        readers += d.outputs
        for number, reader in enumerate(readers):
            self._readers[reader.source].append((number, reader))
            self._done[number] = []
        self._first_link = [sum(len(e.links) for e in d.engines[:k]) for k in range(len(d.engines))]
        self._order = _order(d)

    def step(self, n: int) -> float:
        """Go through step `n`; the cycle after its last beat."""
        d = self._d
        begin = max(self._input_free, *(self._room(i.id, n) for i in d.inputs))
        for i in d.inputs:
            self._published[i.id].append(begin + i.words - 1)
        self._input_free = begin + max(i.words for i in d.inputs)
        for engine, section in self._order:
            self._section(engine, section, n)
        last = 0.0
        words = {s.id: s.words for s in d.senders()}
        first = len(self._done) - len(d.outputs)
        for number, o in enumerate(d.outputs):
            ready = max(self._outputs[number], self._at(o, n) + 1)
            self._done[first + number].append(ready + words[o.source])
            self._outputs[number] = ready + words[o.source] + 1
            last = max(last, self._outputs[number] + 1)
        return last

    def _section(self, engine: int, section: int, n: int) -> None:
        e = self._d.engines[engine]
        s = e.sections[section]
        now, issued = self._free[engine], -1.0
        for number in range(*s.links):
            link = e.links[number]
            done = self._done[self._first_link[engine] + number]
            if n < link.delay and not self._settled:
                done.append(now)
                now += 1
                continue
            now = max(now, self._at(link, n) + 1)
            now, issued = _scanned(now, issued, self._works[engine][number])
            done.append(now - 1)
        added = max(now, issued + 1) + e.drain
        begin = max(added, self._quiet[engine], self._room(s.id, n)) + 1
        final = begin + s.words - 1
        self._free[engine] = final + 1
        self._quiet[engine] = final + e.flight + 1
        self._published[s.id].append(final + s.flight)

    def alone(self, engine: int, section: int) -> float:
        """Cycles of a section that waits for nothing but its own pipeline."""
        e = self._d.engines[engine]
        s = e.sections[section]
        now, issued = 0.0, -1.0
        for number in range(*s.links):
            now, issued = _scanned(now, issued, self._works[engine][number])
        return max(now, issued + 1) + e.drain + 1 + s.words

    def _at(self, reader: Reader, n: int) -> float:
        """The last beat of what a reader sees in a step; blank ones are there from the first."""
        return self._published[reader.source][n - reader.delay] if n >= reader.delay else -1.0

    def _room(self, sender: str, n: int) -> float:
        found = 0.0
        for number, reader in self._readers[sender]:
            before = n + reader.delay - reader.slots
            if before >= 0:
                found = max(found, self._done[number][before] + 1)
        return found


def _scanned(now: float, issued: float, work: LinkWork) -> tuple[float, float]:
    """After a link that is there from `now` on: the next free cycle, and the last row's end."""
    start = now + 2
    now = start + work.offered
    if work.events:
        length = work.read / work.events
        # of fewer than one event a step, the row is read in some steps only
        share = min(1.0, work.events)
        tail = share * (_LOCATED + length)
        limited = max(issued, start + _LOCATED) + work.read
        issued = max(limited, now - 1 + tail)
        now = max(now, issued - _KEPT * length + 1)
    return now, issued


def _order(d: Description) -> list[tuple[int, int]]:
    """Sections, each after what it reads in the same step and after those before it."""
    places = {s.id: (k, n) for k, e in enumerate(d.engines) for n, s in enumerate(e.sections)}
    edges = [
        Edge(link.source, s.id, link.delay)
        for e in d.engines
        for s in e.sections
        for link in e.links[slice(*s.links)]
    ]
    edges += [
        Edge(a.id, b.id, 0)
        for e in d.engines
        for a, b in zip(e.sections, e.sections[1:], strict=False)
    ]
    return [places[name] for name in update_order(list(places), edges)]
