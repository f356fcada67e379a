"""How the compilation went."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PassTime", "Point", "Search", "Timings"]


@dataclass(frozen=True, slots=True)
class PassTime:
    """A pass of the compiler: seconds by the clock, and of the processor."""

    name: str
    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Timings:
    """How long the passes took, in their order; `peak_bytes` of memory where it is known."""

    passes: tuple[PassTime, ...]
    version: str
    peak_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """What the search for a placement knew after so many seconds of the compilation."""

    seconds: float
    cost: int
    bound: int


@dataclass(frozen=True, slots=True)
class Search:
    """The placement: cost (hop-weighted traffic) beside a bound that no placement can beat.

    Parameters
    ----------
    cost, bound, gap, status, solver
        Of the end; `status` is ``optimal`` or ``feasible``.
    points
        How it came to that; empty where it was not recorded.
    """

    cost: int
    bound: int
    gap: float
    status: str
    solver: str
    points: tuple[Point, ...] = ()
