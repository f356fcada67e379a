"""What searches tell of themselves, and what ends them before their work is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

__all__ = ["Deadline", "Progress", "Tell", "uninterrupted"]


@dataclass(frozen=True, slots=True)
class Progress:
    """What a running search knows: the cost of its best solution, and a lower bound."""

    cost: int
    bound: int

    @property
    def gap(self) -> float:
        """Share of the cost that the bound leaves open."""
        return 0.0 if self.cost == 0 else (self.cost - self.bound) / self.cost


Tell = Callable[[Progress], None]


class Deadline:
    """When a search must hurry to its end. Mutable, and private to one run.

    Parameters
    ----------
    time_limit
        Seconds from now; None for no limit.
    """

    def __init__(self, time_limit: float | None = None) -> None:
        self._until = None if time_limit is None else time.monotonic() + time_limit
        self.interrupted = False

    @property
    def over(self) -> bool:
        """Whether the time is up, or Ctrl-C was pressed."""
        return self.interrupted or (self._until is not None and time.monotonic() >= self._until)


class _Interruptible(Protocol):
    @property
    def interrupted(self) -> bool: ...


_Result = TypeVar("_Result", bound=_Interruptible)


def uninterrupted(result: _Result) -> _Result:
    """The result of a search that was done; KeyboardInterrupt of one that Ctrl-C has ended.

    `somac map` takes the best so far. A compiled model is that of its input, not of the time at
    which a key was pressed.
    """
    if result.interrupted:
        raise KeyboardInterrupt
    return result
