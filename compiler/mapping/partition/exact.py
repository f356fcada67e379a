"""Exact partition of small problems by CP-SAT, with a bound and, given work, a proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.partition.reduce import Reduced
from somac.ir.interruptible import solve_interruptibly

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

__all__ = ["EXACT_WORK", "Exact", "fits_exact", "solve_exactly"]

EXACT_WORK: Final = (0.0, 2.0, 20.0, 300.0)
"""Deterministic time of CP-SAT, by effort; about a second each."""

MOST_UNITS: Final = 64
MOST_CLUSTERS: Final = 8
MOST_PINS: Final = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """The best partition found, and the connectivity that none is below."""

    part: NDArray[np.int32]
    connectivity: int
    bound: int


def fits_exact(problem: Reduced, clusters: int) -> bool:
    """Whether a problem is so small that CP-SAT has a good chance to improve or prove it."""
    return (
        len(problem.demand) <= MOST_UNITS
        and 1 < clusters <= MOST_CLUSTERS
        and len(problem.nets.pin) <= MOST_PINS
    )


def solve_exactly(
    problem: Reduced,
    capacity: NDArray[np.int64],
    clusters: int,
    start: NDArray[np.int32] | None,
    work: float,
) -> Exact | None:
    """Improve a partition, and prove how good it is, within `work` of deterministic time.

    Without a start one is looked for; the answer is None where there is none, which is then
    proven, and its `part` is empty where none was found.

    One boolean says that a unit is in a cluster, one that a net is; the connectivity is the
    weighted sum of the latter, less one each. Clusters that nothing is pinned to can be
    exchanged for each other: the lowest unit that is not in an earlier one is in the next.
    """
    from ortools.sat.python import cp_model

    model: Any = cp_model.CpModel()
    units = range(len(problem.demand))
    unit_in = [[model.new_bool_var("") for _ in range(clusters)] for _ in units]
    for unit in units:
        model.add_exactly_one(unit_in[unit])
    net_in = _net_variables(model, problem, unit_in, clusters)
    _capacities(model, problem, capacity, unit_in, net_in)
    for cluster, group in problem.anchor.items():
        model.add(unit_in[group][cluster] == 1)
    for one, other in problem.apart:
        for cluster in range(clusters):
            model.add_bool_or(~unit_in[one][cluster], ~unit_in[other][cluster])
    if not problem.anchor:
        _break_symmetry(model, unit_in, clusters)
    if start is not None:
        hint = start if problem.anchor else _canonical(start)
        for unit in units:
            for cluster in range(clusters):
                model.add_hint(unit_in[unit][cluster], int(hint[unit]) == cluster)
    weight = problem.nets.weight.tolist()
    model.minimize(sum(weight[net] * (sum(entered) - 1) for net, entered in net_in.items()))
    solver: Any = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = work
    status = solve_interruptibly(solver, model)
    if status == cp_model.INFEASIBLE:
        return None
    found = [] if start is None else [start]
    bound = 0
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        homes = [[solver.value(here) for here in row].index(1) for row in unit_in]
        found.append(np.array(homes, np.int32))
        # the bound is a float; no connectivity lies between it and the next whole number
        bound = int(np.ceil(solver.best_objective_bound - 1e-6))
    if not found:
        return Exact(np.zeros(0, np.int32), 0, 0)
    part = min(found, key=lambda one: _connectivity(problem, one))
    connectivity = _connectivity(problem, part)
    return Exact(part, connectivity, min(bound, connectivity))


def _net_variables(
    model: cp_model.CpModel, problem: Reduced, unit_in: list[list[Any]], clusters: int
) -> dict[int, list[Any]]:
    """For each net with weight or demand, whether it is in each cluster."""
    nets = problem.nets
    result = {}
    for net in range(len(nets.source)):
        pins = nets.pin[nets.start[net] : nets.start[net + 1]].tolist()
        takes = problem.entering.shape[1] > 0 and problem.entering[net].any()
        if (len(pins) < 2 or nets.weight[net] == 0) and not (takes and pins):
            continue
        entered = [model.new_bool_var("") for _ in range(clusters)]
        for cluster in range(clusters):
            for pin in pins:
                model.add_implication(unit_in[pin][cluster], entered[cluster])
        # every net is somewhere: the linear relaxation does not see it in the implications
        model.add_bool_or(entered)
        result[net] = entered
    return result


def _capacities(
    model: cp_model.CpModel,
    problem: Reduced,
    capacity: NDArray[np.int64],
    unit_in: list[list[Any]],
    net_in: dict[int, list[Any]],
) -> None:
    clusters = len(unit_in[0])
    for resource, room in enumerate(capacity.tolist()):
        demand = problem.demand[:, resource].tolist()
        for cluster in range(clusters):
            terms = [need * unit_in[unit][cluster] for unit, need in enumerate(demand) if need]
            if problem.entering.shape[1]:
                terms += _entering(problem, resource, cluster, unit_in, net_in)
            if terms:
                model.add(sum(terms) <= room)


def _entering(
    problem: Reduced,
    resource: int,
    cluster: int,
    unit_in: list[list[Any]],
    net_in: dict[int, list[Any]],
) -> list[Any]:
    """What nets take of a cluster that they are in and their source is not."""
    terms = []
    for net, entered in net_in.items():
        need = int(problem.entering[net, resource])
        if need:
            terms.append(need * entered[cluster])
            source = int(problem.nets.source[net])
            if source >= 0:
                terms.append(-need * unit_in[source][cluster])
    return terms


def _break_symmetry(model: cp_model.CpModel, unit_in: list[list[Any]], clusters: int) -> None:
    """Number clusters by their lowest unit."""
    for unit, row in enumerate(unit_in):
        for cluster in range(1, clusters):
            earlier = [unit_in[before][cluster - 1] for before in range(unit)]
            model.add_bool_or([*earlier, ~row[cluster]])


def _canonical(part: NDArray[np.int32]) -> NDArray[np.int32]:
    """The same partition, its clusters numbered by their lowest unit."""
    _, first, inverse = np.unique(part, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[inverse]


def _connectivity(problem: Reduced, part: NDArray[np.int32]) -> int:
    nets = problem.nets
    owner = np.repeat(np.arange(len(nets.source)), np.diff(nets.start))
    pairs = np.unique(np.stack([owner, part[nets.pin]]), axis=1)
    spans = np.bincount(pairs[0], minlength=len(nets.source))
    return int(((spans - 1).clip(0) * nets.weight).sum())
