"""Spiking networks made by rule: local, layered and small-world, with firing rates.

The rules, and the order of the random draws, are those of the instances whose partitions were
measured before: fan-out 100, rates log-normal around 5 Hz, neurons numbered at random, so that
no method profits from the order in which they were made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit

__all__ = ["NETWORKS", "Network", "network"]

FAN_OUT: Final = 100
LAYERS: Final = 10
REWIRED: Final = 0.1
"""Share of the synapses of a small world that go anywhere."""

LOCAL_SPREAD: Final = 8.0
LAYER_SPREAD: Final = 6.0
"""Standard deviation of the distance to a target, in neurons."""


class Network(NamedTuple):
    """Neuron `i` fires `rate[i]` times in 10 s, and ``target[start[i]:start[i + 1]]`` hear it."""

    start: NDArray[np.int64]
    target: NDArray[np.int32]
    rate: NDArray[np.int64]


def network(kind: str, neurons: int, seed: int = 1) -> Network:
    """A network of a kind in `NETWORKS`."""
    start, target = NETWORKS[kind](neurons, seed)
    rng = np.random.default_rng(seed + 100)
    drawn = rng.lognormal(np.log(5.0) - 0.5, 1.0, neurons)
    rate = np.maximum(1, np.rint(10 * drawn)).astype(np.int64)
    number = np.random.default_rng(7).permutation(neurons).astype(np.int32)
    old = np.empty(neurons, np.int64)
    old[number] = np.arange(neurons)
    begin = np.zeros(neurons + 1, np.int64)
    np.cumsum(np.diff(start)[old], out=begin[1:])
    return Network(begin, _renumbered(start, target, begin, old, number), rate[old])


def _local(neurons: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    start = np.arange(neurons + 1, dtype=np.int64) * FAN_OUT
    return start, _on_torus(neurons, neurons, 0, LOCAL_SPREAD, seed)


def _layered(neurons: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    layer = neurons // LAYERS
    sending = (LAYERS - 1) * layer
    start = np.minimum(np.arange(neurons + 1, dtype=np.int64), sending) * FAN_OUT
    return start, _on_torus(sending, layer, layer, LAYER_SPREAD, seed)


def _small_world(neurons: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    return np.arange(neurons + 1, dtype=np.int64) * FAN_OUT, _on_ring(neurons, seed)


NETWORKS: Final[dict[str, Callable[[int, int], tuple[NDArray[np.int64], NDArray[np.int32]]]]] = {
    "local": _local,
    "layered": _layered,
    "small-world": _small_world,
}


@njit
def _on_torus(senders: int, sheet: int, ahead: int, spread: float, seed: int) -> NDArray[np.int32]:
    """Targets near each sender: on its own sheet of neurons (a torus), or so many ahead."""
    np.random.seed(seed)
    side = int(np.ceil(np.sqrt(sheet)))
    target = np.empty(senders * FAN_OUT, np.int32)
    last = np.full(senders + ahead, -1, np.int64)
    for sender in range(senders):
        base = sender - sender % sheet + ahead
        if ahead == 0:
            last[sender] = sender
        x, y = sender % sheet % side, sender % sheet // side
        made = 0
        while made < FAN_OUT:
            dx = int(np.rint(np.random.normal(0.0, spread)))
            dy = int(np.rint(np.random.normal(0.0, spread)))
            near = (y + dy) % side * side + (x + dx) % side
            if near < sheet and last[base + near] != sender:
                last[base + near] = sender
                target[sender * FAN_OUT + made] = base + near
                made += 1
    return target


@njit
def _on_ring(neurons: int, seed: int) -> NDArray[np.int32]:
    """Targets next to each neuron on both sides, some of them rewired to anywhere."""
    np.random.seed(seed)
    target = np.empty(neurons * FAN_OUT, np.int32)
    last = np.full(neurons, -1, np.int64)
    for sender in range(neurons):
        last[sender] = sender
        for made in range(FAN_OUT):
            step = made // 2 + 1
            near = (sender + step if made % 2 == 0 else sender - step) % neurons
            if np.random.random() < REWIRED or last[near] == sender:
                near = np.random.randint(neurons)
                while last[near] == sender:
                    near = np.random.randint(neurons)
            last[near] = sender
            target[sender * FAN_OUT + made] = near
    return target


@njit
def _renumbered(
    start: NDArray[np.int64],
    target: NDArray[np.int32],
    begin: NDArray[np.int64],
    old: NDArray[np.int64],
    number: NDArray[np.int32],
) -> NDArray[np.int32]:
    result = np.empty(len(target), np.int32)
    for neuron in range(len(old)):
        for at in range(begin[neuron], begin[neuron + 1]):
            result[at] = number[target[start[old[neuron]] + at - begin[neuron]]]
    return result
