"""The recursion of `somac.backends.fpga.emulator.timing` in Python, one sample at a time.

A second witness for compiled code: it goes through the cells of words as the sequencer does, and
forgets nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.description import Link, Sender
from somac.backends.fpga.emulator.decode import Decoded, Part
from somac.backends.fpga.emulator.timing import Readers, Timing, Totals

__all__ = ["PlainClock"]

Integers = NDArray[np.int64]
Bits = NDArray[np.bool_]


@dataclass(slots=True)
class _Pipeline:
    """When the last event left each of the two stages that locate it, and its row was issued."""

    located: int = -1
    left: int = -1
    issued: int = -1
    events: int = 0
    words: int = 0

    def event(self, offered: int, length: int) -> int:
        """An event with a row of `length` words is offered: the cycle in which it is taken."""
        taken = max(offered, self.located)
        self.located = max(taken + 1, self.left)
        self.left = self.located + 1
        if length:
            self.left = max(self.left, self.issued)
            self.issued = self.left + length
        self.events += 1
        self.words += length
        return taken

    @property
    def idle(self) -> int:
        """The first cycle in which nothing is on its way."""
        return max(self.left, self.issued) + 1


class PlainClock:
    """One sample on its way."""

    def __init__(
        self, decoded: Decoded, readers: Readers, timing: Timing, totals: Totals, sample: int
    ) -> None:
        self._decoded, self._readers = decoded, readers
        self._timing, self._totals, self._sample = timing, totals, sample
        d = decoded.description
        self._free = [e.clear for e in d.engines]
        self._quiet = [0] * len(d.engines)
        self._input_free = [0] * len(d.inputs)
        self._output_free = [0] * len(d.outputs)
        self._published: list[list[int]] = [[] for _ in decoded.senders]
        self._done: list[list[int]] = [[] for _ in (*decoded.links, *d.outputs)]
        self._last = 0

    def run(self, masks: Sequence[Bits]) -> None:
        """All steps; `masks` are who sends, (steps, cells) per sender."""
        decoded, timing, sample = self._decoded, self._timing, self._sample
        d = decoded.description
        for step in range(len(masks[0])):
            for n, i in enumerate(d.inputs):
                begin = max(self._input_free[n], self._room(n, step))
                self._input_free[n] = begin + i.words
                self._published[n].append(begin + i.words - 1)
                self._keep(timing.accepted[n], step, begin)
            for number in decoded.order:
                self._section(number, decoded.parts[number], step, masks)
            for n, o in enumerate(d.outputs):
                source = self._readers.number[o.source]
                words = decoded.senders[source].words
                ready = max(self._output_free[n], self._published[source][step] + 1)
                self._output_free[n] = ready + words + 1
                self._done[len(decoded.links) + n].append(ready + words)
                self._keep(timing.outputs[n], step, ready + 2)
                self._last = max(self._last, ready + words + 1)
        timing.cycles[sample] = self._last + 1

    def _keep(self, where: Integers, step: int, cycle: int) -> None:
        where[self._sample, step] = cycle

    def _room(self, sender: int, step: int) -> int:
        """The first cycle in which all that read a sender have room for a step."""
        found = 0
        readers = (*self._decoded.links, *self._decoded.description.outputs)
        for n in self._readers.of(sender):
            before = step + readers[n].delay - readers[n].slots
            if before >= 0:
                found = max(found, self._done[n][before] + 1)
        return found

    def _section(self, number: int, part: Part, step: int, masks: Sequence[Bits]) -> None:
        engine, section, timing = part.engine, part.section, self._timing
        now = self._free[part.number]
        pipeline, waited = _Pipeline(), 0
        for n, (link, weights) in enumerate(zip(part.links, part.weights, strict=True)):
            if step < link.delay:
                done, now = now, now + 1
            else:
                source = self._readers.number[link.source]
                ready = max(now, self._published[source][step - link.delay] + 1)
                waited += ready - now
                sender, mask = self._decoded.senders[source], masks[source][step - link.delay]
                now = _scan(link, sender, mask, weights.lengths, ready + 2, pipeline)
                done = now - 1
            self._done[part.first + n].append(done)
            self._keep(timing.reads[part.first + n], step, done)
        added = max(now, pipeline.idle) + engine.drain
        quiet = self._quiet[part.number]
        sender_number = len(self._decoded.description.inputs) + number
        room = self._room(sender_number, step)
        begin = max(added, quiet, room) + 1
        waits = (waited, max(quiet - added, 0), max(room - max(added, quiet), 0))
        for kind, cycles in enumerate(waits):
            self._keep(timing.waits[number, kind], step, cycles)
        self._totals.sections[number] += (*waits, pipeline.events, pipeline.words)
        self._keep(timing.updates[number], step, begin)
        final = begin + section.words - 1
        self._free[part.number] = final + 1
        self._quiet[part.number] = final + engine.flight + 1
        self._published[sender_number].append(final + section.flight)
        self._last = max(self._last, final + section.flight)


def _scan(
    link: Link, sender: Sender, mask: Bits, lengths: Integers, start: int, pipeline: _Pipeline
) -> int:
    """Go through the words of a step from cycle `start` on: the cycle after the last."""
    offered = start
    for word in range(sender.words):
        if link.kind == "whole":
            offered = pipeline.event(offered, int(lengths[word])) + 1
            continue
        first = word * sender.width
        cells = np.flatnonzero(mask[first : first + sender.width])
        for cell in cells.tolist():
            offered = pipeline.event(offered, int(lengths[first + cell])) + 1
        if not len(cells):
            offered += 1
    return offered
