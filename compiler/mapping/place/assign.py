"""Slices to places at least cost, where slices do not mind each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["assign"]


def assign(price: NDArray[np.int64], room: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """The cheapest assignment, by min-cost flow (OR-Tools): exact, in integers.

    Parameters
    ----------
    price
        int64 (slices, places), not negative.
    room
        int64 (places,): slices that fit; enough for all.

    Returns
    -------
    int64 (slices,): a place per slice; and the sum of the prices.
    """
    from ortools.graph.python import min_cost_flow

    if len(price) == 0:
        return np.zeros(0, dtype=np.int64), 0
    columns = _useful(price, room)
    price, room = price[:, columns], room[columns]
    slices, places = price.shape
    flow = min_cost_flow.SimpleMinCostFlow()
    tail = np.repeat(np.arange(slices, dtype=np.int32), places)
    head = np.tile(np.arange(slices, slices + places, dtype=np.int32), slices)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        tail, head, np.ones(len(tail), dtype=np.int64), np.ascontiguousarray(price).reshape(-1)
    )
    sink = slices + places
    flow.add_arcs_with_capacity_and_unit_cost(
        np.arange(slices, sink, dtype=np.int32),
        np.full(places, sink, dtype=np.int32),
        room.astype(np.int64),
        np.zeros(places, dtype=np.int64),
    )
    flow.set_nodes_supplies(
        np.append(np.arange(slices), sink).astype(np.int32),
        np.append(np.ones(slices), -slices).astype(np.int64),
    )
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"min-cost flow ended with status {status}")
    chosen = np.asarray(flow.flows(arcs)).reshape(slices, places)
    return columns[np.argmax(chosen, axis=1)], int(flow.optimal_cost())


def _useful(price: NDArray[np.int64], room: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places that a cheapest assignment can do with.

    Others fill one seat fewer than there are slices, so one of a slice's cheapest places,
    with as many seats as there are slices, is always free for it.
    """
    cheapest = np.argsort(price, axis=1, kind="stable")
    seats = room[cheapest]
    before = np.cumsum(seats, axis=1) - seats
    return np.unique(cheapest[before < len(price)])
