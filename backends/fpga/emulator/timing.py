"""When everything happens: the cycles of engines, links and streams, by the rules of the RTL.

An engine goes through its links one after the other, and offers each cell that sends as an
event; an event is located in two stages and then takes as many cycles as its row has words. An
update begins when all that is added up, when the one before has left its pipeline and when there
is room for what it sends; see ``sequencer.sv``, ``fetch.sv`` and ``link.sv``. Everything follows
from a few maxima, step by step: no cycle is ever simulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.description import Description
from somac.backends.fpga.emulator.weights import LinkWeights

__all__ = ["Clock", "Timing"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Timing:
    """Cycles of some samples, from 0, the first after reset.

    Parameters
    ----------
    accepted
        Per input int64 (samples, steps): when the first beat of a step is taken.
    updates
        Per section (samples, steps): when its first group is issued.
    outputs
        Per output stream (samples, steps): when its first beat leaves.
    waits
        Per section (samples, steps, 3): cycles in which it waited for its links, for updates to
        leave the pipeline, and for room.
    cycles
        (samples,): until the last beat, and the last update, has left.
    """

    accepted: Integers
    updates: Integers
    outputs: Integers
    waits: Integers
    cycles: Integers


class Clock:
    """Reckons the cycles of a design."""

    def __init__(
        self,
        description: Description,
        weights: Sequence[Sequence[LinkWeights]],
        order: Sequence[int],
    ) -> None:
        """Arrange; `order` are sections, by number, each after what it reads in the same step."""
        number = {s.id: n for n, s in enumerate(description.senders())}
        inputs = len(description.inputs)
        sections = [(k, s) for k, e in enumerate(description.engines) for s in e.sections]
        links = [(k, link) for k, e in enumerate(description.engines) for link in e.links]
        lengths = [w.lengths for some in weights for w in some]
        first = np.cumsum([0, *(len(e.links) for e in description.engines)])
        self._inputs = np.array([i.words for i in description.inputs], np.int64)
        self._order = np.asarray(order, np.int64)
        self._sections = np.array(
            [
                (k, s.words, s.flight, first[k] + s.links[0], first[k] + s.links[1])
                for k, s in sections
            ],
            np.int64,
        )
        self._engines = np.array(
            [(e.clear, e.drain, e.flight) for e in description.engines], np.int64
        )
        begins = np.cumsum([0, *(len(some) for some in lengths)])
        senders = description.senders()
        self._links = np.array(
            [
                (
                    number[link.source],
                    link.delay,
                    link.slots,
                    senders[number[link.source]].width,
                    int(link.kind == "whole"),
                    begins[n],
                )
                for n, (_, link) in enumerate(links)
            ],
            np.int64,
        ).reshape(-1, 6)
        self._lengths = np.concatenate([*lengths, np.zeros(0, np.int64)])
        self._outputs = np.array(
            [
                (number[o.source], o.delay, o.slots, senders[number[o.source]].words)
                for o in description.outputs
            ],
            np.int64,
        )
        # who reads a sender: links by number, then outputs
        read = [number[link.source] for _, link in links]
        read += [number[o.source] for o in description.outputs]
        self._readers = np.argsort(read, kind="stable").astype(np.int64)
        counts = np.bincount(read, minlength=len(senders))
        self._reader_first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        self._cells = np.cumsum([0, *(s.cells for s in senders)]).astype(np.int64)
        self._input_count = inputs

    def run(self, masks: NDArray[np.uint8]) -> Timing:
        """Cycles of samples; `masks` (samples, steps, cells of all senders): who sends."""
        from somac.backends.fpga.emulator.timing_kernels import reckon

        samples, steps = masks.shape[:2]
        sections, outputs = len(self._sections), len(self._outputs)
        timing = Timing(
            np.zeros((self._input_count, samples, steps), np.int64),
            np.zeros((sections, samples, steps), np.int64),
            np.zeros((outputs, samples, steps), np.int64),
            np.zeros((sections, samples, steps, 3), np.int64),
            np.zeros(samples, np.int64),
        )
        reckon(
            masks,
            self._inputs,
            self._order,
            self._sections,
            self._engines,
            self._links,
            self._lengths,
            self._outputs,
            self._readers,
            self._reader_first,
            self._cells,
            timing.accepted,
            timing.updates,
            timing.outputs,
            timing.waits,
            timing.cycles,
        )
        return timing
