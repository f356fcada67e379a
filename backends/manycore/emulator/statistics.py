"""What a run has cost, from how often each source has sent and what one signal of it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emulator.synapses import FlatSynapses
from somac.backends.manycore.emulator.wiring import Wiring

__all__ = ["Statistics", "gather"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """What one signal of a source takes.

    Parameters
    ----------
    cells
        Sources that are cells of a population; those after them are channels of inputs.
    costs
        int64 (sources,) each: packets sent, packets that reach a core, synapses, chip links.
    reached_by, reached, events
        Source (int32), core (int32), and synapses there (int32), of every core that a packet
        of a source reaches, by source.
    neurons
        int64 (cores,): neurons that every update of a core takes.
    """

    cells: int
    costs: Mapping[str, Integers]
    reached_by: NDArray[np.int32]
    reached: NDArray[np.int32]
    events: NDArray[np.int32]
    neurons: Integers

    def of(self, sent: Integers, steps: int) -> tuple[dict[str, int], dict[str, Integers]]:
        """Totals, and int64 (cores,) per core, of a run of so many steps of all samples."""
        totals = {"spikes": int(sent[: self.cells].sum())}
        totals |= {name: int(cost @ sent) for name, cost in self.costs.items()}
        (busy,) = np.nonzero(sent[self.reached_by])
        packets = sent[self.reached_by[busy]]
        per_core = {
            "updates": self.neurons * steps,
            "packets": _summed(self.reached[busy], packets, len(self.neurons)),
            "synaptic_events": _summed(
                self.reached[busy], packets * self.events[busy], len(self.neurons)
            ),
        }
        return totals, per_core


def _summed(core: NDArray[np.int32], values: Integers, cores: int) -> Integers:
    total = np.zeros(cores, dtype=np.int64)
    np.add.at(total, core, values)
    return total


def gather(wiring: Wiring, synapses: FlatSynapses) -> Statistics:
    """The costs of every source."""
    events = np.bincount(synapses.source, minlength=wiring.sources)
    return Statistics(
        wiring.segments[len(wiring.groups)].first
        if len(wiring.segments) > len(wiring.groups)
        else wiring.sources,
        {
            "packets": synapses.sends.astype(np.int64),
            "deliveries": synapses.heard,
            "synaptic_events": events,
            "link_crossings": synapses.crossings,
        },
        synapses.reached_by,
        synapses.reached,
        synapses.reached_events,
        synapses.neurons,
    )
