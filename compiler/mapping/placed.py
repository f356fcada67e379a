"""Placement by any placer: called by its name, checked, priced and bounded by somac."""

from __future__ import annotations

import time
from collections.abc import Callable

from somac.compiler.mapping.check import check_placement
from somac.compiler.mapping.place.instance import instance_of
from somac.compiler.mapping.place.objective import objective_of
from somac.compiler.mapping.place.price import bound_of, places_of
from somac.compiler.mapping.place.result import PlacementResult
from somac.ir.errors import Diagnostic, Severity, SomacError
from somac.ir.placement import Placement, PlacementProblem, PlaceOptions, Placer

__all__ = ["Note", "late", "place"]

Note = Callable[[Diagnostic], None]
"""Is told what the user should know."""

OVERTIME, GRACE = 2.0, 5.0
"""A placer is late after so many times its limit, and so many seconds more: it may finish what it
began, and the last step of a search on a large machine takes seconds."""


def place(
    problem: PlacementProblem,
    options: PlaceOptions,
    placer: Placer,
    name: str,
    note: Note | None = None,
) -> PlacementResult:
    """What a placer makes of a problem, if it is legal.

    Parameters
    ----------
    placer, name
        The placer, and what it is called.
    note
        Is told E0929 if the placer ignored the time limit: its placement is no worse for that.

    Raises
    ------
    SomacError
        E0604 for a machine in pieces; E0926 to E0928 with everything that is wrong with what the
        placer gave.
    """
    instance = instance_of(problem)
    begin = time.monotonic()
    answer = _called(placer, problem, options, name)
    seconds = time.monotonic() - begin
    found = list(check_placement(problem, answer, name))
    if found:
        raise SomacError.of(found)
    objective = objective_of(instance)
    cost = int(objective.cost(places_of(problem, instance, answer.cores)))
    if answer.bound is None:
        bound = bound_of(problem, instance, objective, options, cost, answer.interrupted)
    elif answer.bound <= cost:
        bound = int(answer.bound)
    else:
        raise SomacError(
            "E0928",
            f"placer {name} says that no placement costs less than {answer.bound:,}, and its own "
            "does",
            have=f"a placement of cost {cost:,}",
            need=f"a bound of {cost:,} at most, or None",
            hint="tell the authors of the placer, or choose another one with --placer",
        )
    if note is not None and late(seconds, options.time_limit):
        note(_overtime(name, seconds, options.time_limit))
    return PlacementResult(
        cores=answer.cores,
        cost=cost,
        bound=bound,
        solver=answer.solver or name,
        interrupted=answer.interrupted,
    )


def late(seconds: float, limit: float | None) -> bool:
    """Whether a placer that took so long ignored its limit."""
    return limit is not None and seconds > OVERTIME * limit + GRACE


def _called(
    placer: Placer, problem: PlacementProblem, options: PlaceOptions, name: str
) -> Placement:
    try:
        return placer(problem, options)
    except SystemExit as error:
        # it would end somac without a word
        raise RuntimeError(f"placer {name} exits").with_traceback(error.__traceback__) from None


def _overtime(name: str, seconds: float, limit: float | None) -> Diagnostic:
    return Diagnostic(
        "E0929",
        f"placer {name} ignored the time limit",
        have=f"{seconds:.1f} s",
        need=f"{limit:.1f} s",
        hint="tell the authors of the placer",
        severity=Severity.WARNING,
    )
