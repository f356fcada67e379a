"""Exact placement by CP-SAT, for problems small enough for a proof."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.instance import Instance
from somac.ir.interruptible import solve_interruptibly

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

__all__ = ["Proven", "is_small", "solve"]

MAX_LITERALS = 600_000
"""Size of a model up to which CP-SAT has a chance in the time there is: on one chip of
SpiNNaker2 about 45 pairs of slices with traffic."""

DETERMINISTIC_TIME = 2.0
"""CP-SAT's own measure of work; about so many seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Proven:
    """Places per slice, int64 (slices,), and what CP-SAT knows of the optimum."""

    at: NDArray[np.int64]
    bound: int


def is_small(instance: Instance, work: float) -> bool:
    """Whether a model of the instance is worth building."""
    most = MAX_LITERALS * work
    # a pair has traffic there, back, or both: what is far too large need not be listed
    if instance.traffic.nnz * instance.places**2 > 2 * most:
        return False
    literals = len(_pairs(instance)) * instance.places**2
    return literals <= most and literals * len(np.unique(instance.hops)) <= most


def solve(instance: Instance, at: NDArray[np.int64], work: float, seed: int) -> Proven:
    """The best placement within a limit of work.

    The model has a boolean per slice and place, and per pair of slices with traffic a boolean
    per distance: whether they are at least so far apart. If one slice is on a place and the
    other on none of the places nearer than a distance, they are at least that far apart.

    Parameters
    ----------
    instance
        The problem.
    at
        int64 (slices,): a placement to start from.
    work
        Multiplies the limit of work.
    seed
        Of the solver.
    """
    from ortools.sat.python import cp_model

    hops, host_hops = instance.hops, instance.host_hops
    model = cp_model.CpModel()
    on = _assignment(model, instance, at)
    price = [
        int(traffic * far) * on[part][place]
        for part, traffic in enumerate(instance.host_traffic)
        for place, far in enumerate(host_hops)
        if traffic * far
    ]
    for first, second, there, back in _pairs(instance):
        distance = there * hops + back * hops.T
        price += _apart(model, distance, (on[first], on[second]), (at[first], at[second]))
    model.minimize(cp_model.LinearExpr.sum(price))

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = DETERMINISTIC_TIME * work
    solver.parameters.random_seed = seed
    status = solve_interruptibly(solver, model)
    bound = max(0, round(solver.best_objective_bound))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        # the limit came before even the hint was completed
        return Proven(at, 0 if status == cp_model.UNKNOWN else bound)
    found = np.array([[solver.boolean_value(b) for b in row] for row in on], dtype=np.bool_)
    return Proven(np.argmax(found, axis=1).astype(np.int64), bound)


def _pairs(instance: Instance) -> list[tuple[int, int, int, int]]:
    """Slices with traffic: the first, the second, the rate there and the rate back."""
    rates: dict[tuple[int, int], list[int]] = {}
    traffic = instance.traffic.tocoo()
    for source, target, rate in zip(
        traffic.row.tolist(), traffic.col.tolist(), traffic.data.tolist(), strict=True
    ):
        both = rates.setdefault((min(source, target), max(source, target)), [0, 0])
        both[int(source > target)] += rate
    return [
        (first, second, there, back) for (first, second), (there, back) in sorted(rates.items())
    ]


def _assignment(
    model: cp_model.CpModel, instance: Instance, at: NDArray[np.int64]
) -> list[list[cp_model.IntVar]]:
    """A boolean per slice and place, hinted at a placement."""
    on = [
        [model.new_bool_var(f"slice {part} on {place}") for place in range(instance.places)]
        for part in range(instance.slices)
    ]
    for part, row in enumerate(on):
        model.add_exactly_one(row)
        for place, here in enumerate(row):
            model.add_hint(here, bool(at[part] == place))
        if instance.fixed[part] >= 0:
            model.add(row[int(instance.fixed[part])] == 1)
    for place, room in enumerate(instance.room.tolist()):
        if room < instance.slices:
            model.add(sum(row[place] for row in on) <= room)
    return on


def _apart(
    model: cp_model.CpModel,
    distance: NDArray[np.int64],
    on: tuple[list[cp_model.IntVar], list[cp_model.IntVar]],
    at: tuple[int, int],
) -> list[cp_model.LinearExpr]:
    """The price of a pair: a step for each distance that it is at least apart.

    `distance` is int64 (places, places): the price of the pair with its first slice on the
    row's place and its second on the column's.
    """
    levels = np.unique(distance).tolist()
    price: list[cp_model.LinearExpr] = [levels[0]] if levels[0] else []
    nearer = None
    for low, high in pairwise(levels):
        far = model.new_bool_var(f"at least {high}")
        model.add_hint(far, bool(distance[at] >= high))
        if nearer is not None:
            model.add_implication(far, nearer)
        for own, other, reach in ((on[0], on[1], distance), (on[1], on[0], distance.T)):
            for place, row in enumerate(reach):
                near = np.flatnonzero(row <= low).tolist()
                if len(near) < len(other):
                    model.add_bool_or([~own[place], far, *(other[p] for p in near)])
        price.append((high - low) * far)
        nearer = far
    return price
