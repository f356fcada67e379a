"""What a placement costs, in the form that compiled searches take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.distance import Distance
from somac.compiler.mapping.place.instance import Instance
from somac.ir.placement import Nets

if TYPE_CHECKING:
    from somac.compiler.mapping.place.anneal_kernels import Pairs, Proposals, Seating, Seats
    from somac.compiler.mapping.place.net_kernels import NetTables

__all__ = ["NetTraffic", "PairTraffic", "objective_of", "pairs_of", "seated", "seats_of"]

NO_NETS = Nets(*(np.zeros(count, dtype=np.int64) for count in (0, 0, 1, 0)))


class PairTraffic:
    """Every pair of slices by itself: rate times hops.

    Parameters
    ----------
    instance
        The problem.
    pairs
        Its traffic, if it is known.
    nets
        Those that are the cost instead, if any.
    """

    def __init__(
        self, instance: Instance, pairs: Pairs | None = None, nets: Nets = NO_NETS
    ) -> None:
        self.pairs = pairs or pairs_of(instance)
        self._instance = instance
        self._nets = _net_tables(instance, nets)
        whole = self.pairs.there.sum() + self.pairs.back.sum() + 2 * self.pairs.host.sum()
        self.pull = max(1.0, int(whole) / max(1, instance.slices))
        self.unit = self.pull

    def cost(self, at: NDArray[np.int64]) -> int:
        """Cost of slices on places, int64 (slices,)."""
        from somac.compiler.mapping.place.anneal_kernels import pairs_cost

        return pairs_cost(self.pairs, self._instance.distance, at)

    @property
    def floor(self) -> int:
        """No placement costs less, at a glance: two slices that have no place together are at
        least as far apart as the nearest two places are.
        """
        instance = self._instance
        if instance.slices == 0 or int(instance.room.max(initial=0)) > 1:
            return 0
        rates = int(self.pairs.there.sum() + self.pairs.back.sum()) // 2
        return rates * _nearest(instance.distance)

    def anneal(
        self, seats: Seats, seating: Seating, how: Proposals, state: NDArray[np.uint64]
    ) -> int:
        """Propose swaps; the change of the cost."""
        from somac.compiler.mapping.place.anneal_kernels import anneal_swaps

        distance = self._instance.distance
        return anneal_swaps(self.pairs, self._nets, distance, seats, seating, how, state)


class NetTraffic(PairTraffic):
    """Every net as a tree: rate times the length of a spanning tree over its places.

    Parameters
    ----------
    instance
        The problem.
    """

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance, nets=instance.nets)
        per_slice = int((self._nets.rate * np.diff(self._nets.start)).sum())
        self.unit = max(1.0, per_slice / max(1, instance.slices))

    @property
    def by_pairs(self) -> PairTraffic:
        """The same traffic, priced by pairs."""
        return PairTraffic(self._instance, self.pairs)

    def cost(self, at: NDArray[np.int64]) -> int:
        """Cost of slices on places, int64 (slices,); the lengths of nets are these from now."""
        from somac.compiler.mapping.place.net_kernels import lengths

        return lengths(self._nets, self._instance.distance, at)

    @property
    def floor(self) -> int:
        """No placement costs less: a net touches as many places as its slices fill, at least.

        Nets so large that they might cost their box, which can be less, are left out.
        """
        from somac.compiler.mapping.place.net_kernels import MAX_TREE

        largest = max(1, int(self._instance.room.max(initial=1)))
        owner = np.repeat(np.arange(len(self._nets.rate)), np.diff(self._nets.start))
        slices = np.bincount(owner[self._nets.slice >= 0], minlength=len(self._nets.rate))
        fewest = np.where(slices < MAX_TREE, np.maximum(-(-slices // largest) - 1, 0), 0)
        return int((self._nets.rate * fewest).sum())


def _nearest(distance: Distance) -> int:
    """No two places are nearer than this; 0 if in doubt."""
    if not distance.dense and len(distance.far) > 1:
        return 0
    steps = [
        int(table[table > 0].min(initial=1 << 30)) for table in (distance.near, distance.lines)
    ]
    return min(steps) % (1 << 30)


def objective_of(instance: Instance) -> PairTraffic:
    """The cost that the problem of an instance names."""
    return NetTraffic(instance) if instance.objective == "multicast" else PairTraffic(instance)


def pairs_of(instance: Instance) -> Pairs:
    """The traffic of an instance by pairs."""
    from somac.compiler.mapping.place.anneal_kernels import Pairs

    there = instance.traffic
    back = there.T.tocsr()
    both = (there + back).tocsr()
    both.sort_indices()
    if instance.distance.symmetric:
        rates: tuple[Any, Any] = (both.data, np.zeros(0))
    else:
        # the same pattern for both: a way that carries nothing has rate 0
        ones = both.copy()
        ones.data = np.ones_like(ones.data)
        rates = _on_pattern(there, ones), _on_pattern(back, ones)
    return Pairs(
        start=both.indptr.astype(np.int64),
        other=both.indices.astype(np.int64),
        there=rates[0].astype(np.int64),
        back=rates[1].astype(np.int64),
        host=instance.host_traffic.copy(),
    )


def _net_tables(instance: Instance, nets: Nets) -> NetTables:
    """Slices of each net, each once, and nets of each slice."""
    from somac.compiler.mapping.place.net_kernels import MAX_TREE, NetTables

    keys = np.concatenate([np.arange(len(nets)), nets.owner]) * (instance.slices + 1)
    keys = np.unique(keys + np.concatenate([nets.source, nets.target]) + 1)
    net, part = keys // (instance.slices + 1), keys % (instance.slices + 1) - 1
    start = np.searchsorted(net, np.arange(len(nets) + 1))
    by_part = np.lexsort((net, part))
    first = np.searchsorted(part[by_part], np.arange(instance.slices + 1))
    return NetTables(
        start=start.astype(np.int64),
        slice=part.astype(np.int64),
        rate=nets.rate.copy(),
        first=first.astype(np.int64),
        net=net[by_part].astype(np.int64),
        x=instance.plan.x.copy(),
        y=instance.plan.y.copy(),
        length=np.zeros(len(nets), dtype=np.int64),
        changed=np.zeros(len(nets), dtype=np.int64),
        altered=np.zeros(len(nets), dtype=np.int64),
        stamp=np.zeros(len(nets), dtype=np.int64),
        seen=np.zeros(instance.places + 1, dtype=np.int64),
        member=np.zeros(MAX_TREE, dtype=np.int64),
        away=np.zeros(MAX_TREE, dtype=np.int64),
        clock=np.zeros(3, dtype=np.int64),
        one_way=not instance.distance.symmetric,
    )


def _on_pattern(part: Any, ones: Any) -> NDArray[np.int64]:
    """The values of a sparse matrix where another has ones."""
    widened = (part + ones).tocsr()
    widened.sort_indices()
    return np.asarray(widened.data - 1)


def seats_of(instance: Instance) -> Seats:
    """The seats of an instance, by square of the plan, then place."""
    from somac.compiler.mapping.place.anneal_kernels import Seats

    plan, cell = instance.plan, instance.plan.cell
    place = np.repeat(np.arange(instance.places), instance.room)
    place = place[np.argsort(cell[place], kind="stable")]
    count = np.bincount(cell[place], minlength=plan.width * plan.height)
    return Seats(
        first=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        cell=cell[place],
        place=place,
        width=plan.width,
        height=plan.height,
        around=plan.around,
        over=plan.over,
    )


def seated(instance: Instance, seats: Seats, at: NDArray[np.int64]) -> Seating:
    """Slices on seats of the places `at`, int64 (slices,)."""
    from somac.compiler.mapping.place.anneal_kernels import FREE, HELD, Seating

    by_place = np.argsort(seats.place, kind="stable")
    begin = np.searchsorted(seats.place[by_place], np.arange(instance.places))
    parts = np.argsort(at, kind="stable")
    rank = np.arange(len(parts)) - np.searchsorted(at[parts], at[parts])
    seat = np.empty(len(parts), dtype=np.int64)
    seat[parts] = by_place[begin[at[parts]] + rank]
    taken = np.full(len(seats.place), FREE, dtype=np.int64)
    taken[seat] = np.where(instance.fixed < 0, np.arange(len(at)), HELD)
    return Seating(at.copy(), seat, taken, np.flatnonzero(instance.fixed < 0))
