"""What a run has cost, from how often each source has sent and what one signal of it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emulator.learning_costs import LearningCosts, learning_costs
from somac.backends.manycore.emulator.synapses import FlatSynapses, Reach
from somac.backends.manycore.emulator.wiring import Wiring

__all__ = ["PerCore", "Statistics", "gather"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """What one signal of a source takes.

    Parameters
    ----------
    cells
        Sources before this are cells of a population, those from it on channels of inputs.
    costs
        int64 (sources,) each: packets sent, packets that reach a core, synapses, chip links.
    reach
        Which cores each source reaches, and how many synapses it has there.
    learning
        What its signals cost where synapses learn; None where none do.
    """

    cells: int
    costs: Mapping[str, Integers]
    reach: Reach
    learning: LearningCosts | None

    def totals(self, sent: Integers, steps: int) -> dict[str, int]:
        """Events by kind in so many steps over all samples, where sources have sent so often."""
        found = {"spikes": int(sent[: self.cells].sum())}
        found |= {name: int(cost @ sent) for name, cost in self.costs.items()}
        passes, products = int(self.reach.passes.sum()), int(self.reach.products.sum())
        if passes:
            found |= {"mac_passes": passes * steps, "mac_products": products * steps}
        if self.learning is not None:
            for kind in LearningCosts.KINDS:
                found[kind] = int(self.learning.per_core(kind, sent, steps).sum())
        return found


class PerCore(Mapping[str, Integers]):
    """Events by kind, int64 (cores,) each: summed up when they are asked for.

    ``updates`` of neurons, ``packets`` that reach the core, ``synaptic_events`` there, those of
    them that are ``words`` of rows, and ``mac_passes`` and ``mac_products`` of its MAC array.
    Where synapses learn, also how often they do: ``on_pre``, ``on_post``, ``each_step``, and
    ``trace_updates``.
    """

    def __init__(self, statistics: Statistics, sent: Integers, steps: int) -> None:
        """Of a run of `steps` steps over all samples, where each source has sent so often."""
        reach, learning = statistics.reach, statistics.learning
        self._reach, self._sent, self._steps = reach, sent, steps
        self._kinds: dict[str, Callable[[], Integers]] = {
            "updates": lambda: reach.neurons * steps,
            "packets": lambda: _summed(self._by_way()[reach.ways], reach.way_begin),
            "synaptic_events": lambda: _summed(sent[reach.source] * reach.synapses, reach.begin),
            "words": lambda: _summed(sent[reach.source] * reach.words, reach.begin),
            "mac_passes": lambda: reach.passes * steps,
            "mac_products": lambda: reach.products * steps,
        }
        if learning is not None:
            for kind in LearningCosts.KINDS:
                self._kinds[kind] = partial(learning.per_core, kind, sent, steps)

    def __getitem__(self, kind: str) -> Integers:
        return self._kinds[kind]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def _by_way(self) -> Integers:
        """Packets that take each way."""
        way = self._reach.way
        total = np.zeros(int(way.max(initial=-1)) + 1, dtype=np.int64)
        np.add.at(total, way[way >= 0], self._sent[way >= 0])
        return total


def _summed(values: Integers, begin: Integers) -> Integers:
    """Per core the sum of its values."""
    total = np.append(0, np.cumsum(values))
    return np.diff(total[begin])


def gather(wiring: Wiring, synapses: FlatSynapses) -> Statistics:
    """The costs of every source."""
    return Statistics(
        wiring.cell_sources,
        {
            "packets": synapses.sends.astype(np.int64),
            "deliveries": synapses.heard,
            "synaptic_events": synapses.events,
            "link_crossings": synapses.crossings,
        },
        synapses.reach,
        learning_costs(
            wiring.parts,
            [segment.first for segment in wiring.segments],
            len(synapses.reach.neurons),
            wiring.sources,
        )
        if wiring.parts
        else None,
    )
