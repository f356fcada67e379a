"""Proof of a lower bound, in integers, from a division of the traffic.

Part of the traffic is answered by eigenvalues, part by triangles, the rest by nearest seats. The
parts are rounded to multiples of a small unit and the rest is what is left, exactly: however
badly the division was chosen, the sum of the parts' bounds is a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.bound.eigen import Spectrum, least_product, spectrum
from somac.compiler.mapping.place.instance import Instance

__all__ = ["Division", "Seated", "prove", "seated"]

UNIT_BITS = 12
MAX_BITS = 50
BARRED = 1 << 54
"""Price of a place that a slice is not pinned to."""


@dataclass(frozen=True, eq=False)
class Seated:
    """A problem with a slice for each seat: the last ones have no traffic.

    Parameters
    ----------
    flow
        int64 (seats, seats), symmetric: rates of both directions.
    host
        int64 (seats, places): cost of the way from the host.
    fixed
        int64 (seats,): the place a slice is pinned to, -1 if it is free.
    room
        int64 (places,): seats.
    place
        int64 (seats,): the place of each seat.
    between
        int64 (places, places): hops, of the shorter direction.
    """

    flow: NDArray[np.int64]
    host: NDArray[np.int64]
    fixed: NDArray[np.int64]
    room: NDArray[np.int64]
    place: NDArray[np.int64]
    between: NDArray[np.int64]

    @property
    def seats(self) -> int:
        """Number of seats, and of slices."""
        return len(self.place)

    @cached_property
    def hops(self) -> NDArray[np.int64]:
        """int64 (seats, seats)."""
        return self.between[np.ix_(self.place, self.place)]

    @cached_property
    def nearest(self) -> NDArray[np.int64]:
        """int64 (places, seats - 1): hops to the other seats, from a seat of each place."""
        first = np.searchsorted(self.place, np.arange(len(self.room)))
        rows = self.hops[first]
        return np.sort(
            np.stack([np.delete(row, seat) for row, seat in zip(rows, first, strict=True)]), axis=1
        )

    @cached_property
    def metric(self) -> bool:
        """Whether no way round is shorter than the direct one."""
        return all(
            bool((self.between <= row[:, None] + row[None, :]).all()) for row in self.between
        )

    @cached_property
    def spectrum(self) -> Spectrum:
        """Of the hops."""
        return spectrum(self.hops)


def seated(instance: Instance) -> Seated:
    """The problem with a slice for each seat."""
    seats = int(instance.room.sum())
    flow = np.zeros((seats, seats), dtype=np.int64)
    traffic = instance.traffic.toarray()
    flow[: instance.slices, : instance.slices] = traffic + traffic.T
    host = np.zeros((seats, instance.places), dtype=np.int64)
    host[: instance.slices] = np.outer(instance.host_traffic, instance.host_hops)
    fixed = np.full(seats, -1, dtype=np.int64)
    fixed[: instance.slices] = instance.fixed
    hops = instance.hops
    place = np.repeat(np.arange(instance.places), instance.room)
    return Seated(flow, host, fixed, instance.room, place, np.minimum(hops, hops.T))


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Traffic by the condition that answers for it.

    Parameters
    ----------
    eigen
        float64 (seats, seats), symmetric: by eigenvalues and row sums. The diagonal is free.
    rows
        float64 (seats, seats - 1): by nearest seats, without the diagonal; a pair's traffic is
        shared by its ends, and what this leaves is divided evenly.
    triangles
        int64 (triangles, 3): numbers of pairs of slices, counted along the rows above the
        diagonal: the direct way, and the halves of the way round. Only where hops are a
        metric.
    around
        float64 (triangles,): traffic on the way round that may go direct.
    """

    eigen: NDArray[np.float64]
    rows: NDArray[np.float64]
    triangles: NDArray[np.int64]
    around: NDArray[np.float64]


def prove(problem: Seated, division: Division) -> int:
    """What no placement can cost less than; 0 if the numbers are too large for a proof."""
    n = problem.seats
    largest = max(1.0, float(np.abs(division.eigen).max()), float(problem.flow.max()))
    largest *= max(1, int(problem.between.max()))
    spare = MAX_BITS - int(np.ceil(np.log2(4 * n * n * largest)))
    if spare < 0:
        return 0
    unit = 1 << min(UNIT_BITS, spare)
    eigen = np.rint(unit * division.eigen).astype(np.int64)
    eigen = np.tril(eigen) + np.tril(eigen, -1).T
    around = np.rint(unit * np.maximum(division.around, 0.0)).astype(np.int64)
    upper = np.triu_indices(n, 1)
    rest = (unit * problem.flow - eigen)[upper]
    for way, sign in enumerate((1, -1, -1)):
        np.add.at(rest, division.triangles[:, way], sign * around)
    # the sums run over pairs: each stands twice in a matrix
    total = least_product(spectrum(eigen), problem.spectrum)
    total += _by_nearest_seats(problem, rest, np.rint(unit * division.rows), unit)
    return -(-total // (2 * unit))


def _by_nearest_seats(
    problem: Seated, rest: NDArray[np.int64], share: NDArray[np.float64], unit: int
) -> int:
    """Twice the bound of Gilmore and Lawler, each pair's traffic shared by its ends."""
    from somac.compiler.mapping.place.bound.assign_kernels import reduce_by_assignment

    n = problem.seats
    off = ~np.eye(n, dtype=bool)
    mine = np.zeros((n, n), dtype=np.int64)
    mine[off] = share.reshape(-1)
    flow = np.zeros((n, n), dtype=np.int64)
    flow[np.triu_indices(n, 1)] = rest
    flow += flow.T + mine - mine.T
    others = flow[off].reshape(n, n - 1)
    price = -np.sort(-others, axis=1) @ problem.nearest.T + 2 * unit * problem.host
    pinned = np.flatnonzero(problem.fixed >= 0)
    barred = np.ones((len(pinned), len(problem.room)), dtype=bool)
    barred[np.arange(len(pinned)), problem.fixed[pinned]] = False
    price[pinned] = np.where(barred, BARRED, price[pinned])
    return reduce_by_assignment(price, problem.room, np.empty(n, dtype=np.int64))
