"""How far places are apart, as tables small enough for machines of any size.

One formula serves every machine, so that compiled searches exist once:

    inside a group      near[row[p], column[q]] + lines[line[p], line[q]]
    between groups      up[p] + far[group[p], group[q]] + down[q]

hops lead from place p to place q. A small machine is one group with a table of every pair. A
full mesh is one group with a table per axis, as hops in x and in y add up. A board is a group
per chip, as packets leave and enter a chip through its router alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from somac.ir.digest import read_only
from somac.ir.paths import UNREACHABLE, Paths, find_paths
from somac.ir.target import Topology

__all__ = ["MAX_DENSE", "Distance", "dense_distance", "distance_between", "mesh_distance"]

MAX_DENSE = 512
"""Places up to which every pair has an entry: 1 MB, which the cache of a core holds."""

INT32 = np.dtype(np.int32)


class Distance(NamedTuple):
    """Tables of hops between places, all int32 and read-only; a tuple, as kernels take it.

    Parameters
    ----------
    group, row, column, line
        (places,): where a place stands in the tables.
    up, down
        (places,): hops from a place to the router of its group, and from there.
    near, lines
        Hops inside a group, by source and target.
    far
        (groups, groups): hops between routers, by source and target.
    dense
        Whether `near` alone has every pair of places, in their order.
    """

    group: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    line: NDArray[np.int32]
    up: NDArray[np.int32]
    down: NDArray[np.int32]
    near: NDArray[np.int32]
    lines: NDArray[np.int32]
    far: NDArray[np.int32]
    dense: bool

    @property
    def places(self) -> int:
        """Number of places."""
        return len(self.group)

    @property
    def symmetric(self) -> bool:
        """Whether every way back is as long as the way there; if in doubt, False."""
        return bool(
            np.array_equal(self.near, self.near.T)
            and np.array_equal(self.row, self.column)
            and np.array_equal(self.lines, self.lines.T)
            and np.array_equal(self.far, self.far.T)
            and np.array_equal(self.up, self.down)
        )

    @property
    def most(self) -> int:
        """No two places are further apart; not below `UNREACHABLE` if some may not be linked."""
        inside = int(self.near.max(initial=0)) + int(self.lines.max(initial=0))
        if len(self.far) == 1:
            return inside
        across = (self.up.max(initial=0), self.far.max(initial=0), self.down.max(initial=0))
        return max(inside, sum(map(int, across)))

    def hops(self, source: Any, target: Any) -> NDArray[np.int64]:
        """Hops from places to places; arrays of any shapes that broadcast."""
        p, q = np.asarray(source), np.asarray(target)
        inside = self.near[self.row[p], self.column[q]].astype(np.int64)
        inside = inside + self.lines[self.line[p], self.line[q]].astype(np.int64)
        if len(self.far) == 1:
            return np.asarray(inside)
        home, away = self.group[p], self.group[q]
        across = self.up[p].astype(np.int64) + self.far[home, away] + self.down[q]
        return np.asarray(np.where(home == away, inside, across))

    def matrix(self) -> NDArray[np.int64]:
        """int64 (places, places): hops from the row's place to the column's."""
        every = np.arange(self.places)
        return self.hops(every[:, None], every[None, :])

    def restricted(self, places: NDArray[np.int64]) -> Distance:
        """The same tables for some of the places, renumbered in the order given."""
        if self.dense:
            return dense_distance(self.near[np.ix_(places, places)])
        return self._replace(
            group=_table(self.group[places]),
            row=_table(self.row[places]),
            column=_table(self.column[places]),
            line=_table(self.line[places]),
            up=_table(self.up[places]),
            down=_table(self.down[places]),
        )


def dense_distance(hops: NDArray[Any]) -> Distance:
    """Every pair has an entry; `hops` is (places, places), from the row's to the column's."""
    every = np.arange(len(hops))
    return _one_group(every, every * 0, hops, [[0]])._replace(dense=True)


def mesh_distance(
    x: NDArray[np.int64], y: NDArray[np.int64], across: NDArray[Any], along: NDArray[Any]
) -> Distance:
    """Hops that add up from the columns `x` and the rows `y` of places.

    Parameters
    ----------
    x, y
        int64 (places,): column and row of each place, from 0.
    across, along
        (columns, columns) and (rows, rows): hops between columns and between rows, from the
        first index to the second.
    """
    return _one_group(x, y, across, along)


def _one_group(row: NDArray[np.int64], line: NDArray[np.int64], near: Any, lines: Any) -> Distance:
    nothing = _table(np.zeros(len(row)))
    return Distance(
        group=nothing,
        row=_table(row),
        column=_table(row),
        line=_table(line),
        up=nothing,
        down=nothing,
        near=_table(near),
        lines=_table(lines),
        far=_table([[0]]),
        dense=False,
    )


def distance_between(topology: Topology, node: NDArray[np.int64]) -> Distance:
    """Distances between some nodes of a machine, int64 (places,)."""
    tables = _mesh(topology, node)
    if tables is None:
        tables = _two_levels(find_paths(topology), node)
    return dense_distance(tables.matrix()) if len(node) <= MAX_DENSE else tables


def _mesh(topology: Topology, node: NDArray[np.int64]) -> Distance | None:
    """Tables per axis, if the machine is one chip whose nodes are a full mesh.

    The shortest way crosses every gap between two columns, and between two rows, that lies
    between its ends; if all links over a gap cost the same, it costs no more than that.
    """
    if topology.chips != 1 or topology.nodes != len(np.unique(topology.node_position, axis=0)):
        return None
    if topology.chip_router[0] not in topology.core_node:
        return None  # nothing passes a router without cores
    axes = [np.unique(topology.node_position[:, axis]) for axis in (0, 1)]
    if topology.nodes != len(axes[0]) * len(axes[1]):
        return None
    x, y = (np.searchsorted(axes[k], topology.node_position[:, k]) for k in (0, 1))
    source, target = topology.link_source, topology.link_target
    dx, dy = x[target] - x[source], y[target] - y[source]
    if (np.abs(dx) + np.abs(dy) != 1).any():
        return None
    tables = []
    for place, step, lanes in ((x, dx, len(axes[1])), (y, dy, len(axes[0]))):
        table = np.zeros((lanes and topology.nodes // lanes,) * 2, dtype=np.int64)
        for way in (1, -1):
            costs = _gaps(topology, np.flatnonzero(step == way), place, len(table), lanes)
            if costs is None:
                return None
            total = np.concatenate([[0], np.cumsum(costs)])
            ways = way * (total[None, :] - total[:, None])
            table += np.where(ways > 0, ways, 0)
        tables.append(table)
    return mesh_distance(x[node], y[node], tables[0], tables[1])


def _gaps(
    topology: Topology, links: NDArray[np.int64], place: NDArray[np.int64], size: int, lanes: int
) -> NDArray[np.int64] | None:
    """The cost of each gap between neighbouring columns, if each of the lanes has it alike."""
    ends = np.unique(np.stack([topology.link_source[links], topology.link_target[links]]), axis=1)
    gap = np.minimum(place[topology.link_source[links]], place[topology.link_target[links]])
    if ends.shape[1] != len(links) or (np.bincount(gap, minlength=size - 1) != lanes).any():
        return None
    costs = np.zeros(size - 1, dtype=np.int64)
    costs[gap] = topology.link_cost[links]
    return costs if np.array_equal(costs[gap], topology.link_cost[links]) else None


def _two_levels(paths: Paths, node: NDArray[np.int64]) -> Distance:
    """A table per chip, or one for all if they are alike, and one of the ways between chips."""
    chip, local = paths.chip[node], paths.local[node]
    width = paths.near.shape[1]
    by_chip = np.full((len(paths.router), width, width), UNREACHABLE, dtype=INT32)
    by_chip[paths.chip, paths.local] = paths.near
    alike = bool((by_chip == by_chip[0]).all())
    router = paths.router[chip]
    return Distance(
        group=_table(chip),
        row=_table(local),
        column=_table(local if alike else node),
        line=_table(np.zeros(len(node))),
        up=_table(paths.near[router, local]),
        down=_table(paths.near[node, paths.local[router]]),
        near=_table((by_chip[0] if alike else paths.near).T),
        lines=_table([[0]]),
        far=_table(paths.far.T),
        dense=False,
    )


def _table(values: Any) -> NDArray[np.int32]:
    return read_only(np.ascontiguousarray(values, dtype=INT32))
