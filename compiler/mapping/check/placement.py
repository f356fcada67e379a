"""Whether what a placer gave is a placement, and a legal one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Diagnostic
from somac.ir.placement import Placement, PlacementProblem

__all__ = ["check_placement"]

_SHOWN = 4
_HINT = "tell the authors of the placer, or choose another one with --placer"


def check_placement(problem: PlacementProblem, answer: object, name: str) -> Iterator[Diagnostic]:
    """Everything that is wrong with the answer of the placer `name`: nothing, if it is right.

    E0926 for what is no placement; E0927 for slices on cores that are not there, may not be used
    or are taken, and for pins that are ignored.
    """
    faults = list(_faults(problem, answer))
    if faults:
        yield Diagnostic(
            "E0926",
            f"what placer {name} gives is no placement",
            have="; ".join(have for have, _ in faults),
            need="; ".join(need for _, need in faults),
            hint=_HINT,
        )
        return
    assert isinstance(answer, Placement)
    yield from _illegal(problem, answer.cores, name)


def _faults(problem: PlacementProblem, answer: object) -> Iterator[tuple[str, str]]:
    """What the answer has, and what it needs."""
    if not isinstance(answer, Placement):
        yield _type(answer), "somac.ir.placement.Placement(cores)"
        return
    cores: Any = answer.cores
    if not isinstance(cores, np.ndarray) or cores.dtype.kind not in "iu":
        of = f" of {cores.dtype}" if isinstance(cores, np.ndarray) else ""
        yield f"cores: {_type(cores)}{of}", "cores: an array of int64"
    elif cores.shape != (problem.slices,):
        yield f"cores of shape {cores.shape}", f"cores of shape {(problem.slices,)}, one per slice"
    bound: Any = answer.bound
    if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int | np.integer)):
        yield f"bound: {_type(bound)}", "bound: an int or None"
    elif bound is not None and bound < 0:
        yield f"bound {bound}", "a bound of 0 at least: nothing costs less"
    for field, kind in (("solver", str), ("interrupted", bool)):
        value: object = getattr(answer, field)
        if not isinstance(value, kind):
            yield f"{field}: {_type(value)}", f"{field}: a {kind.__name__}"


def _illegal(
    problem: PlacementProblem, cores: NDArray[np.integer[Any]], name: str
) -> Iterator[Diagnostic]:
    topology, free = problem.topology, problem.free
    there = (cores >= 0) & (cores < topology.cores)
    known = np.where(there, cores, 0).astype(np.int64)

    def told(what: str, slices: NDArray[np.bool_], need: str) -> Iterator[Diagnostic]:
        if slices.any():
            parts = np.flatnonzero(slices).tolist()
            where = [
                topology.core_name(int(known[p])) if there[p] else str(cores[p]) for p in parts
            ]
            yield Diagnostic(
                "E0927",
                f"placer {name} puts {_count(len(parts))} {what}",
                have=_some([f"slice {p} on {core}" for p, core in zip(parts, where, strict=True)]),
                need=need,
                hint=_HINT,
            )

    yield from told("on no core", ~there, f"cores 0 to {topology.cores - 1}")
    yield from told(
        "on cores that are dead, reserved or cut off",
        there & ~free[known],
        f"one of the {int(free.sum())} usable cores",
    )
    taken = np.bincount(known[there], minlength=topology.cores)
    yield from told("on cores that are full", there & (taken[known] > 1), "a core for each")
    wanted = np.full(problem.slices, -1, dtype=np.int64)
    for part, core in problem.pins.items():
        wanted[part] = core
    astray = there & (wanted >= 0) & (wanted != known)
    pins = [f"slice {p} on {topology.core_name(int(wanted[p]))}" for p in np.flatnonzero(astray)]
    yield from told("elsewhere than it is pinned", astray, _some(pins))


def _type(value: object) -> str:
    """By its type: what it prints is code of somebody else."""
    return "None" if value is None else f"a {type(value).__name__}"


def _count(slices: int) -> str:
    return f"{slices} slice{'s' * (slices != 1)}"


def _some(texts: Sequence[str]) -> str:
    more = len(texts) - _SHOWN
    return ", ".join(texts[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
