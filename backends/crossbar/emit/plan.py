"""The plan of a mapping: which copy of which block lies where on which array."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from somac.backends.crossbar.description import Copy
from somac.backends.crossbar.packing import COPIES
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.mapping import Mapping as PlacedMapping

__all__ = ["Plan", "read_plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Arrays in use, and what lies on them.

    Parameters
    ----------
    cores
        Per array, its core; arrays are in the order of parts.
    tiled
        Projections that have blocks, in the order of the network.
    copies
        Per tiled projection and block, where its copies are.
    """

    cores: tuple[int, ...]
    tiled: tuple[IntegerProjection, ...]
    copies: tuple[tuple[tuple[Copy, ...], ...], ...]


def read_plan(mapping: PlacedMapping, network: IntegerNetwork) -> Plan:
    """The plan of a mapping.

    Raises
    ------
    SomacError
        E0656 if it is not one for these projections.
    """
    rows = mapping.plan.get(COPIES, np.zeros((0, 5), np.int64))
    tiled = [(p, p.tiling) for p in network.projections if p.tiling is not None]
    if rows.ndim != 2 or rows.shape[1] != 5 or (rows < 0).any():
        raise _unsuited("it does not say where blocks are")
    if len(rows) and rows[:, 2].max() >= len(mapping.parts):
        raise _unsuited("it has blocks on parts that are not there")
    used = np.unique(rows[:, 2])
    found: list[list[list[Copy]]] = [[[] for _ in range(len(t))] for _, t in tiled]
    arrays = np.searchsorted(used, rows[:, 2])
    for (number, block, _, row, column), array in zip(rows.tolist(), arrays.tolist(), strict=True):
        if number >= len(found) or block >= len(found[number]):
            raise _unsuited("it has blocks that are not there")
        found[number][block].append(Copy(array=array, row=row, column=column))
    if any(not copies for blocks in found for copies in blocks):
        raise _unsuited("it has no place for some blocks")
    return Plan(
        tuple(mapping.parts[part] for part in used.tolist()),
        tuple(p for p, tiling in tiled if len(tiling)),
        tuple(tuple(tuple(copies) for copies in blocks) for blocks in found if blocks),
    )


def _unsuited(why: str) -> SomacError:
    return SomacError("E0656", f"the mapping does not suit the network: {why}")
