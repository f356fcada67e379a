"""The arithmetic of a placement problem: slices on nodes.

The cores of one node are as good as each other, so a placement is found for nodes with room
for several slices, and cores are given out at the end. What is left is a quadratic assignment
problem with capacities: the traffic between two slices times the hops between their nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.distance import Distance, distance_between
from somac.compiler.mapping.place.seats import Plan, plan_of
from somac.ir.digest import read_only
from somac.ir.errors import SomacError
from somac.ir.paths import UNREACHABLE
from somac.ir.placement import HOST, Nets, Objective, PlacementProblem

__all__ = ["Instance", "instance_of"]

MAX_COST = 1 << 52
"""Leaves room for the parts that the lower bound divides traffic into."""


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """A problem on nodes. Places are the nodes that have room, numbered from 0.

    Parameters
    ----------
    node
        int64 (places,): the node of the topology.
    room
        int64 (places,): slices that fit.
    distance
        Between the places; the last of it is the host, which is not one of the places.
    plan
        Where the places are.
    traffic
        int64 sparse (slices, slices), CSR: rate from the first to the second, diagonal empty.
    host_traffic
        int64 (slices,): rate from the host.
    fixed
        int64 (slices,): the place a slice is pinned to, -1 if it is free.
    nets
        Who hears whom.
    objective
        What a placement costs.
    """

    node: NDArray[np.int64]
    room: NDArray[np.int64]
    distance: Distance
    plan: Plan
    traffic: Any
    host_traffic: NDArray[np.int64]
    fixed: NDArray[np.int64]
    nets: Nets
    objective: Objective

    @property
    def slices(self) -> int:
        """Number of slices."""
        return len(self.fixed)

    @property
    def places(self) -> int:
        """Number of places."""
        return len(self.room)

    @property
    def hops(self) -> NDArray[np.int64]:
        """int64 (places, places): from the first to the second; made anew at each use."""
        every = np.arange(self.places)
        return self.distance.hops(every[:, None], every[None, :])

    @property
    def host_hops(self) -> NDArray[np.int64]:
        """int64 (places,): from the host's node."""
        return self.distance.hops(np.int64(self.places), np.arange(self.places))

    def cost(self, at: NDArray[np.int64]) -> int:
        """Cost of slices on the places `at`, int64 (slices,)."""
        pairs = self.traffic.tocoo()
        hops = self.distance.hops(at[pairs.row], at[pairs.col])
        between = (pairs.data * hops).sum(dtype=np.int64)
        return int(between + (self.host_traffic * self.host_hops[at]).sum(dtype=np.int64))

    def restricted(self, places: NDArray[np.int64]) -> Instance:
        """The same slices on some of the places only; every pinned slice keeps its own."""
        number = np.full(self.places, -1, dtype=np.int64)
        number[places] = np.arange(len(places))
        return Instance(
            node=read_only(self.node[places]),
            room=read_only(self.room[places]),
            distance=self.distance.restricted(np.append(places, self.places)),
            plan=self.plan.restricted(places),
            traffic=self.traffic,
            host_traffic=self.host_traffic,
            fixed=read_only(np.where(self.fixed >= 0, number[self.fixed], -1)),
            nets=self.nets,
            objective=self.objective,
        )

    def cores(self, at: NDArray[np.int64], problem: PlacementProblem) -> NDArray[np.int64]:
        """Cores for slices on places: pinned ones first, then both in ascending order."""
        topology = problem.topology
        core_of = np.full(self.slices, -1, dtype=np.int64)
        free = problem.free.copy()
        for part, core in problem.pins.items():
            core_of[part] = core
            free[core] = False
        cores = np.flatnonzero(free)
        cores = cores[np.argsort(topology.core_node[cores], kind="stable")]
        begin = np.searchsorted(topology.core_node[cores], self.node)
        parts = np.flatnonzero(core_of < 0)
        parts = parts[np.argsort(at[parts], kind="stable")]
        rank = np.arange(len(parts)) - np.searchsorted(at[parts], at[parts])
        core_of[parts] = cores[begin[at[parts]] + rank]
        return core_of


def instance_of(problem: PlacementProblem) -> Instance:
    """The problem on nodes.

    Raises
    ------
    SomacError
        E0604 if usable cores, or the host and a core, are not connected.
    """
    from scipy.sparse import coo_array

    topology, nets = problem.topology, problem.nets
    room = np.bincount(topology.core_node[problem.free], minlength=topology.nodes)
    node = np.flatnonzero(room)
    place_of = np.full(topology.nodes, -1, dtype=np.int64)
    place_of[node] = np.arange(len(node))
    # a host that sends nothing may be cut off: any place will do in its stead
    silent = not (nets.source == HOST).any()
    ends = np.append(node, node[0] if silent and len(node) else topology.host_node)
    distance = distance_between(topology, ends)
    furthest = _furthest(problem, node, distance)

    owner = nets.owner
    source, rate = nets.source[owner], nets.rate[owner]
    from_host = source == HOST
    host_traffic = np.zeros(problem.slices, dtype=np.int64)
    np.add.at(host_traffic, nets.target[from_host], rate[from_host])
    inside = ~from_host & (source != nets.target)
    traffic = coo_array(
        (rate[inside], (source[inside], nets.target[inside])),
        shape=(problem.slices, problem.slices),
        dtype=np.int64,
    ).tocsr()
    traffic.sum_duplicates()
    if int(rate.sum(dtype=object) if len(rate) else 0) * furthest >= MAX_COST:
        raise ValueError("rates are too large for exact costs")

    fixed = np.full(problem.slices, -1, dtype=np.int64)
    for part, core in problem.pins.items():
        fixed[part] = place_of[topology.core_node[core]]
    return Instance(
        node=read_only(node),
        room=read_only(room[node]),
        distance=distance,
        plan=plan_of(topology, ends),
        traffic=traffic,
        host_traffic=read_only(host_traffic),
        fixed=read_only(fixed),
        nets=nets,
        objective=problem.objective,
    )


def _furthest(problem: PlacementProblem, node: NDArray[np.int64], distance: Distance) -> int:
    """A distance that no two places, nor the host and a place, exceed; if all are connected."""
    if distance.most < UNREACHABLE:
        return distance.most
    topology, places = problem.topology, np.arange(len(node))
    core_at = {int(n): c for c, n in reversed(list(enumerate(topology.core_node.tolist())))}
    most = 0
    for place in range(len(node) + 1):
        hops = distance.hops(np.int64(place), places)
        if (hops >= UNREACHABLE).any():
            end = topology.core_name(core_at[int(node[np.argmax(hops >= UNREACHABLE)])])
            host = place == len(node)
            start = "the host" if host else topology.core_name(core_at[int(node[place])])
            raise SomacError(
                "E0604",
                f"no way leads from {start} to {end}",
                hint="check the floor plan and the rows of the board for gaps",
            )
        most = max(most, int(hops.max(initial=0)))
    return most
