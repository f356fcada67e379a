"""Where the seats of a machine are, as if it were drawn on squared paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.digest import read_only
from somac.ir.target import Topology

__all__ = ["Plan", "plan_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Columns and rows of places: chips side by side, nodes of a chip where they are in it.

    Parameters
    ----------
    x, y
        int64 (places + 1,): column and row; those of the host come last.
    chip_x, chip_y
        int64 (places + 1,): column and row of the chip.
    around, over
        Whether links lead from the last column to the first, and from the last row.
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    chip_x: NDArray[np.int64]
    chip_y: NDArray[np.int64]
    around: bool
    over: bool

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.x.max()) + 1

    @property
    def height(self) -> int:
        """Number of rows."""
        return int(self.y.max()) + 1

    @property
    def cell(self) -> NDArray[np.int64]:
        """int64 (places,): numbers of the squares, by row, then column."""
        return (self.y * self.width + self.x)[:-1]

    def restricted(self, places: NDArray[np.int64]) -> Plan:
        """Some of the places, and the host."""
        kept = np.append(places, len(self.x) - 1)
        return Plan(
            x=read_only(self.x[kept]),
            y=read_only(self.y[kept]),
            chip_x=read_only(self.chip_x[kept]),
            chip_y=read_only(self.chip_y[kept]),
            around=self.around,
            over=self.over,
        )


def plan_of(topology: Topology, node: NDArray[np.int64]) -> Plan:
    """The plan of some nodes, int64 (places + 1,), the host's last."""
    chip = topology.chip_position[topology.node_chip[node]]
    inside = topology.node_position[node]
    inside = inside - inside.min(axis=0)
    at = chip * (inside.max(axis=0) + 1) + inside
    source, target = (
        topology.chip_position[topology.node_chip[ends]]
        for ends in (topology.link_source, topology.link_target)
    )
    extent = np.ptp(topology.chip_position, axis=0)
    wraps = (extent > 1) & (np.abs(target - source) == extent).any(axis=0)
    return Plan(
        x=_ranks(at[:, 0]),
        y=_ranks(at[:, 1]),
        chip_x=_ranks(chip[:, 0]),
        chip_y=_ranks(chip[:, 1]),
        around=bool(wraps[0]),
        over=bool(wraps[1]),
    )


def _ranks(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of smaller values that there are, each counted once."""
    return read_only(np.unique(values, return_inverse=True)[1].astype(np.int64))
