"""CP-SAT on packings: which patterns to use how often, and whether so many arrays are enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from somac.backends.crossbar.packing.fill import Place
from somac.ir.interruptible import solve_interruptibly

__all__ = ["MOST_RECTANGLES", "chosen", "placed"]

MOST_RECTANGLES = 48
"""Up to which one model places all."""

_WORK = 2.0
"""Of one solve, by the solver's own count, which is the same on every computer."""


def chosen(patterns: Sequence[Sequence[int]], stock: Sequence[int]) -> list[int] | None:
    """How often each pattern is used so that all in stock are placed by few of them.

    Pattern p places ``patterns[p][size]`` of each size. None if nothing was found in time.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    most = sum(stock)
    often = [model.new_int_var(0, most, "") for _ in patterns]
    for size, count in enumerate(stock):
        model.add(sum(p[size] * n for p, n in zip(patterns, often, strict=True)) >= count)
    model.minimize(sum(often))
    solver = _solver(cp_model)
    status = solve_interruptibly(solver, model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [solver.value(n) for n in often]


def placed(
    rectangles: Sequence[tuple[int, int]], arrays: int, side: tuple[int, int]
) -> list[tuple[int, Place]] | bool:
    """Whether the rectangles fit into so many arrays.

    Returns
    -------
    The array and the place of each (its number for a size), or False if that is proven impossible,
    True if nothing is known.

    Arrays stand side by side in one strip, so that no two rectangles overlap in it. Of equal ones
    each is on no earlier array than the one before.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    rows, columns = side
    on, tops, lefts, upright, along = [], [], [], [], []
    for number, (height, width) in enumerate(rectangles):
        array = model.new_int_var(0, min(number, arrays - 1), "")
        top = model.new_int_var(0, rows - height, "")
        left = model.new_int_var(0, columns - width, "")
        start = array * columns + left
        on.append(array)
        tops.append(top)
        lefts.append(left)
        upright.append(model.new_fixed_size_interval_var(top, height, ""))
        place = model.new_int_var(0, arrays * columns - width, "")
        model.add(place == start)
        along.append(model.new_fixed_size_interval_var(place, width, ""))
        if number and rectangles[number - 1] == (height, width):
            model.add(on[number - 1] <= array)
    model.add_no_overlap_2d(along, upright)
    model.add_cumulative(along, [height for height, _ in rectangles], rows)
    model.add_cumulative(upright, [width for _, width in rectangles], arrays * columns)
    solver = _solver(cp_model)
    status = solve_interruptibly(solver, model)
    if status == cp_model.INFEASIBLE:
        return False
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return True
    return [
        (solver.value(array), Place(number, solver.value(top), solver.value(left)))
        for number, (array, top, left) in enumerate(zip(on, tops, lefts, strict=True))
    ]


def _solver(cp_model: Any) -> Any:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = _WORK
    return solver
