"""What a step costs, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import count, number, table

if TYPE_CHECKING:
    from somac.backends.api import Amount, Costs

__all__ = ["amount_text", "cases_text", "measured_text"]


def cases_text(costs: Mapping[str, Costs]) -> str:
    """A line per amount that has a title, a column per case; nothing without any."""
    fullest = max(costs.values(), key=lambda c: len(c.amounts), default=None)
    titled = {} if fullest is None else {a.title: a for a in fullest.amounts.values() if a.title}
    rows = [
        (title, *(_amount(_titled(c, title)) for c in costs.values()), amount.status)
        for title, amount in titled.items()
    ]
    header = ("cost of a step", *costs, "status")
    return table(header, rows, right=range(1, 1 + len(costs))) if rows else ""


def measured_text(costs: Costs | None, steps: int) -> str:
    """The same of a run, and for samples of so many steps; nothing without costs."""
    amounts = [] if costs is None else [a for a in costs.amounts.values() if a.title]
    rows = [
        (a.title, _amount(a), amount_text(a.value * steps, a.unit) if a.adds else "", a.status)
        for a in amounts
    ]
    header = ("cost", "a step", f"{count(steps, 'step')}", "status")
    return table(header, rows, right=(1, 2)) if rows else ""


def _titled(costs: Costs, title: str) -> Amount | None:
    return next((a for a in costs.amounts.values() if a.title == title), None)


def _amount(amount: Amount | None) -> str:
    return "" if amount is None else amount_text(amount.value, amount.unit)


def amount_text(value: float, unit: str) -> str:
    """With its unit, of which 1 is that of a ratio; a thousand of a unit are one of the next."""
    while unit in _LARGER and value >= _THOUSAND:
        value, unit = value / _THOUSAND, _LARGER[unit]
    shown = f"{value:,.0f}" if value >= _THOUSAND else number(value)
    return shown if unit in _BARE else f"{shown} {unit}"


_THOUSAND = 1000
_BARE = frozenset({"1", "cycles", "packets", "instructions", "hops"})
_LARGER = {"nJ": "uJ", "uJ": "mJ", "mJ": "J", "ns": "us", "us": "ms", "ms": "s"}
