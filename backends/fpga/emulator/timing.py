"""When everything happens: the cycles of engines, links and streams, by the rules of the RTL.

An engine goes through its links one after the other, and offers each cell that sends as an
event; an event is located in two stages and then takes as many cycles as its row has words. An
update begins when all that is added up, when the one before has left its pipeline and when there
is room for what it sends; see ``sequencer.sv``, ``fetch.sv`` and ``link.sv``. Everything follows
from a few maxima, step by step: no cycle is ever simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.description import Description, Reader, Section
from somac.backends.fpga.emulator.decode import Decoded

__all__ = ["Readers", "Timing", "Totals", "longest_delays", "readers_of"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Readers:
    """Who reads whom: by sender, links by number and then, after all links, outputs.

    `readers` of sender n are those from `first[n]` on; `number` is that of each sender by id.
    """

    number: Mapping[str, int]
    readers: Integers
    first: Integers

    def of(self, sender: int) -> list[int]:
        """Those of one sender."""
        found: list[int] = self.readers[self.first[sender] : self.first[sender + 1]].tolist()
        return found


def readers_of(decoded: Decoded) -> Readers:
    """Who reads whom in a design."""
    number = {s.id: n for n, s in enumerate(decoded.senders)}
    read = [number[r.source] for r in (*decoded.links, *decoded.description.outputs)]
    counts = np.bincount(read, minlength=len(number))
    return Readers(
        number,
        np.argsort(read, kind="stable").astype(np.int64),
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
    )


def longest_delays(decoded: Decoded, steps: int) -> dict[str, int]:
    """By sender, the longest delay with which a link reads it within so many steps."""
    found: dict[str, int] = {}
    for link in decoded.links:
        if link.delay < steps:
            found[link.source] = max(found.get(link.source, 0), link.delay)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Timing:
    """Cycles of some samples, int64, from 0, the first after reset.

    Parameters
    ----------
    accepted
        Per input (inputs, samples, steps): when the first beat of a step is taken.
    updates
        (sections, samples, steps): when its first update is issued.
    outputs
        (output streams, samples, steps): when its first beat leaves.
    waits
        (sections, 3, samples, steps): cycles in which it waited for its links, for updates to
        leave the pipeline, and for room.
    reads
        (links of all engines, samples, steps): the last cycle in which a step is read.
    cycles
        (samples,): until the last beat, and the last update, has left.
    """

    accepted: Integers
    updates: Integers
    outputs: Integers
    waits: Integers
    reads: Integers
    cycles: Integers

    @classmethod
    def empty(cls, decoded: Decoded, samples: int, steps: int) -> Timing:
        """Room for the timing of a run."""
        d = decoded.description
        shape = (samples, steps)
        return cls(
            np.zeros((len(d.inputs), *shape), np.int64),
            np.zeros((len(decoded.parts), *shape), np.int64),
            np.zeros((len(d.outputs), *shape), np.int64),
            np.zeros((len(decoded.parts), 3, *shape), np.int64),
            np.zeros((len(decoded.links), *shape), np.int64),
            np.zeros(samples, np.int64),
        )

    def flat(self) -> tuple[Integers, ...]:
        """Its arrays, the steps of all samples one after the other."""
        steps = self.accepted[0].size
        arrays = (self.accepted, self.updates, self.outputs, self.waits, self.reads)
        return (*(a.reshape(-1, steps) for a in arrays), self.cycles)

    def fill(self, one: Timing) -> None:
        """Give all samples the cycles of one."""
        for field in fields(self):
            getattr(self, field.name)[:] = getattr(one, field.name)

    def sent(self, description: Description) -> Integers:
        """(senders, samples, steps): the cycle in which the last word of a step is sent."""
        words = np.array([i.words for i in description.inputs])
        sections: list[Section] = [s for e in description.engines for s in e.sections]
        lasts = np.array([s.words - 1 + s.flight for s in sections])
        return np.concatenate(
            [
                self.accepted + words[:, None, None] - 1,
                self.updates + lasts[:, None, None],
            ]
        )

    def levels(self, description: Description) -> Integers:
        """(links, samples, steps): steps in the buffer of each link when another is there.

        Blank ones, which are there at first, count too; none is more than the link's slots.
        """
        sent = self.sent(description)
        senders = [s.id for s in description.senders()]
        links: list[Reader] = [link for e in description.engines for link in e.links]
        found = np.zeros_like(self.reads)
        for n, link in enumerate(links):
            published = sent[senders.index(link.source)]
            for sample, (there, read) in enumerate(zip(published, self.reads[n], strict=True)):
                gone = np.searchsorted(read, there, side="right")
                found[n, sample] = link.delay + np.arange(1, len(there) + 1) - gone
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """Sums over a run.

    Parameters
    ----------
    sent
        int64 (cells of all senders,): how often each sent.
    sections
        int64 (sections, `KINDS`): cycles in which it waited for its links, for updates to leave
        the pipeline, and for room; events; words of rows.
    """

    KINDS = 5

    sent: Integers
    sections: Integers

    @classmethod
    def empty(cls, decoded: Decoded) -> Totals:
        """Before a run."""
        cells = sum(s.cells for s in decoded.senders)
        return cls(np.zeros(cells, np.int64), np.zeros((len(decoded.parts), cls.KINDS), np.int64))
