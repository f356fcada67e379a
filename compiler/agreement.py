"""What runs a program beside the golden model: every signal, every state and every weight.

Machines are held against the emulator too: when things happen, where both know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation, Emulator
from somac.compiler.differences import Difference, differences
from somac.ir.integer import IntegerNetwork
from somac.ir.learning import learnt_values
from somac.ir.simulate import Trace, golden

__all__ = [
    "Agreement",
    "Parts",
    "agreement",
    "agreements",
    "batches",
    "last_weights",
    "recorded_values",
]

Parts = Callable[[int, int], None]
"""Is told how many samples are done, and of how many."""

# recorded int64 values held at a time
_BUDGET = 1 << 24


@dataclass(frozen=True, slots=True)
class Agreement:
    """What ran (a) against the golden model (b).

    Signals are by population, states as population.state. Weights, and further states of
    synapses, are as projection.state: what they are after the last step, as if that were the
    only one, with a synapse for a cell. Cycles are those of what ran (a) against those of the
    first that ran beside it and knows them (b).
    """

    signals: tuple[Difference, ...]
    states: tuple[Difference, ...]
    weights: tuple[Difference, ...] = ()
    cycles: tuple[Difference, ...] = ()

    @property
    def differing(self) -> int:
        """Signals, state values and weights that differ."""
        return sum(d.differing for d in (*self.signals, *self.states, *self.weights))

    @property
    def mistimed(self) -> int:
        """Things that happen in another cycle."""
        return sum(d.differing for d in self.cycles)


def recorded_values(network: IntegerNetwork) -> int:
    """Signals and states of every cell: what recording all takes for a step."""
    return sum(p.size * (1 + len(p.initial)) for p in network.populations)


def batches(
    inputs: Mapping[str, NDArray[Any]], network: IntegerNetwork
) -> Iterator[tuple[int, dict[str, NDArray[Any]]]]:
    """The inputs in parts small enough to record every state of, after how many samples each."""
    samples, steps = next(iter(inputs.values())).shape[:2]
    values = steps * recorded_values(network) + learnt_values(network)
    size = max(1, _BUDGET // max(1, values))
    for first in range(0, max(samples, 1), size):
        yield first, {name: value[first : first + size] for name, value in inputs.items()}


def agreement(
    emulator: Emulator,
    network: IntegerNetwork,
    inputs: Mapping[str, NDArray[np.int64]],
    progress: Parts = lambda _, __: None,
) -> Agreement:
    """`agreements` of one."""
    (found,) = agreements([emulator], network, inputs, progress)
    return found


def agreements(
    emulators: Sequence[Emulator],
    network: IntegerNetwork,
    inputs: Mapping[str, NDArray[np.int64]],
    progress: Parts = lambda _, __: None,
) -> tuple[Agreement, ...]:
    """Run all on raw inputs (samples, steps, channels), and compare every population of each."""
    names = [p.name for p in network.populations]
    learning = [p.name for p in network.projections if p.plasticity is not None]
    samples = len(next(iter(inputs.values())))
    found = [Agreement((), ()) for _ in emulators]
    for before, part in batches(inputs, network):
        progress(before, samples)
        meant = golden(network, part, record=names, record_states=names, record_weights=learning)
        clock: Mapping[str, NDArray[np.int64]] = {}
        for number, emulator in enumerate(emulators):
            seen = emulator.run(
                part,
                record=names,
                record_states=names,
                record_weights=learning,
                first=before,
            )
            compared = _compared(names, seen, meant, clock)
            clock = clock or seen.cycles
            earlier = found[number]
            found[number] = Agreement(
                _joined(earlier.signals, compared.signals, before),
                _joined(earlier.states, compared.states, before),
                _joined(earlier.weights, compared.weights, before),
                _joined(earlier.cycles, compared.cycles, before),
            )
    return tuple(found)


def _compared(
    names: Sequence[str],
    seen: Emulation,
    meant: Trace,
    clock: Mapping[str, NDArray[np.int64]],
) -> Agreement:
    signals = differences(
        {name: seen.signals[name] for name in names},
        {name: meant.signals[name] for name in names},
    )
    kept = {f"{n}.{s}": value for n in names for s, value in seen.states[n].items()}
    should = {f"{n}.{s}": value for n in names for s, value in meant.states[n].items()}
    learnt, taught = last_weights(seen.weights), last_weights(meant.weights)
    return Agreement(
        signals,
        differences(kept, should) if kept else (),
        differences(learnt, taught) if learnt else (),
        differences(seen.cycles, clock) if seen.cycles and clock else (),
    )


def last_weights(
    weights: Mapping[str, Mapping[str, NDArray[Any]]],
) -> dict[str, NDArray[Any]]:
    """States of synapses as signals of one step, (samples, 1, synapses), by projection.state."""
    return {f"{p}.{s}": v[:, None] for p, states in weights.items() for s, v in states.items()}


def _joined(
    earlier: tuple[Difference, ...], later: tuple[Difference, ...], before: int
) -> tuple[Difference, ...]:
    """The differences of all samples from those of the first `before` and of the next ones."""
    moved = [
        d if d.first is None else replace(d, first=replace(d.first, sample=d.first.sample + before))
        for d in later
    ]
    if not earlier:
        return tuple(moved)
    return tuple(_sum(a, b) for a, b in zip(earlier, moved, strict=True))


def _sum(a: Difference, b: Difference) -> Difference:
    starts = [d.first for d in (a, b) if d.first is not None]
    return Difference(
        a.name,
        a.values + b.values,
        a.total_a + b.total_a,
        a.total_b + b.total_b,
        a.differing + b.differing,
        max(a.largest, b.largest),
        min(starts, key=lambda first: (first.step, first.sample), default=None),
    )
