"""A comparison, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from somac.compiler.differences import Difference, differences, earliest

__all__ = ["ComparedView", "Side", "Signals", "compared_view"]

Signals = Mapping[str, NDArray[Any]]
"""(samples, steps, cells) by name."""


@dataclass(frozen=True, slots=True)
class Side:
    """Signals, whence they come, and the share of right answers where there are labels."""

    label: str
    signals: Signals
    accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class ComparedView:
    """The summary: `earliest` names the signal that differs first.

    `only_a` and `only_b` are signals that the other side does not have.
    """

    a: str
    b: str
    differing: int
    earliest: str | None
    signals: tuple[Difference, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    accuracy_a: float | None
    accuracy_b: float | None


def compared_view(a: Side, b: Side) -> ComparedView:
    """Compare; SomacError E0910 if there is nothing to compare."""
    found = differences(a.signals, b.signals)
    first = earliest(found)
    return ComparedView(
        a=a.label,
        b=b.label,
        differing=sum(d.differing for d in found),
        earliest=None if first is None else first.name,
        signals=found,
        only_a=tuple(n for n in a.signals if n not in b.signals),
        only_b=tuple(n for n in b.signals if n not in a.signals),
        accuracy_a=a.accuracy,
        accuracy_b=b.accuracy,
    )
