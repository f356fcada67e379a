"""`Nets`: a hypergraph as kernels take it, from units to nets and from nets to units."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from somac.ir.digest import read_only

__all__ = ["NO_SOURCE", "Nets", "Pins", "grouped", "renumbered", "thinned", "transposed"]


NO_SOURCE: Final = -1
"""The source of a net whose spikes come from outside, such as a network input's."""

BISECTIONS: Final = 40

_Scalar = TypeVar("_Scalar", bound=np.generic)


class Pins(NamedTuple):
    """Nets by their pins; see `Hypergraph`. Every array is read-only."""

    source: NDArray[np.int32]
    weight: NDArray[np.int64]
    start: NDArray[np.int64]
    pin: NDArray[np.int32]


class Nets(NamedTuple):
    """Nets and their transpose; a tuple, so that compiled kernels take it as one argument.

    Every array is read-only: to a kernel that is a type of its own, and one type means one
    compilation.

    Attributes
    ----------
    source, weight, start, pin
        As in `Hypergraph`.
    first
        int64 (units + 1,): unit `u` is in the nets ``net[first[u]:first[u + 1]]``.
    net
        int32 (pins,): the nets of each unit, ascending.
    """

    source: NDArray[np.int32]
    weight: NDArray[np.int64]
    start: NDArray[np.int64]
    pin: NDArray[np.int32]
    first: NDArray[np.int64]
    net: NDArray[np.int32]


def transposed(pins: Pins, units: int) -> Nets:
    """Nets with their transpose."""
    from somac.compiler.mapping.partition.nets_kernels import transpose

    first, net = transpose(units, pins.start, pins.pin)
    return Nets(*pins, _frozen(first), _frozen(net))


def _frozen(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """The array itself, made read-only: it belongs to nobody else."""
    array.flags.writeable = False
    return read_only(array)


def grouped(pins: Pins, group: NDArray[np.int32], groups: int) -> Pins:
    """Nets between groups of units; numbers of nets stay."""
    from somac.compiler.mapping.partition.nets_kernels import merged

    source, start, pin = merged(pins.source, pins.start, pins.pin, _frozen(group), groups)
    return Pins(_frozen(source), pins.weight, _frozen(start), _frozen(pin))


def renumbered(pins: Pins, order: NDArray[np.int32]) -> tuple[Pins, NDArray[np.int64]]:
    """Units numbered anew, so that unit ``order[i]`` becomes unit i, and nets by their source.

    Returns
    -------
    The nets, and for each its number before.
    """
    from somac.compiler.mapping.partition.nets_kernels import permuted, selected

    number = np.empty(len(order) + 1, np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    # what NO_SOURCE, -1, is looked up as
    number[-1] = NO_SOURCE
    source = number[pins.source]
    rows = _frozen(np.argsort(source, kind="stable"))
    start, pin = selected(pins.start, pins.pin, rows)
    moved = permuted(_frozen(pin), _frozen(number))
    arrays = (_frozen(source[rows]), _frozen(pins.weight[rows]), _frozen(start), _frozen(moved))
    return Pins(*arrays), rows


def thinned(pins: Pins, share: int, rng: np.random.Generator) -> Pins:
    """About one net in `share`, which stand for all of them.

    A net stays with a probability in proportion to its weight, and then carries the threshold
    weight at which that is 1, so that sums over nets are right on average and vary least
    (threshold sampling: N. Duffield, C. Lund, M. Thorup, IEEE Trans. Inf. Theory 51, 2005).
    """
    from somac.compiler.mapping.partition.nets_kernels import selected

    weight = pins.weight.astype(np.float64)
    wanted = len(weight) / share
    low, high = 0.0, max(weight.sum() / wanted, 1.0)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if _kept(weight, middle) > wanted else (low, middle)
    chosen = np.nonzero(rng.random(len(weight)) * high < weight)[0]
    start, pin = selected(pins.start, pins.pin, _frozen(chosen))
    carried = np.maximum(np.rint(np.maximum(weight[chosen], high)), 1).astype(np.int64)
    source = pins.source[chosen]
    return Pins(_frozen(source), _frozen(carried), _frozen(start), _frozen(pin))


def _kept(weight: NDArray[np.float64], threshold: float) -> float:
    """How many nets stay, on average."""
    return float(np.minimum(weight / threshold, 1.0).sum())
