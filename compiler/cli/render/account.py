"""A backend's account of a bundle, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import fields, percent

if TYPE_CHECKING:
    from somac.compiler.cli.views.report import AccountView

__all__ = ["account_pairs", "remarks_text"]

Scalar = int | float | str


def account_pairs(account: AccountView) -> list[tuple[str, str]]:
    """Placement, memory, tables: a name and a sentence each, for what the account has."""
    pairs = []
    if account.placement:
        pairs.append(("placement", _placement(account.placement)))
    total = dict(account.total)
    largest, capacity = total.pop("largest_core_bytes", None), total.pop("capacity_bytes", None)
    if largest is not None:
        pairs.append(("memory", f"at most {_within(largest, capacity)} bytes on a core"))
    if total:
        pairs.append(("in all", ", ".join(_counted(k, v) for k, v in total.items())))
    if account.tables:
        most = _within(account.tables["most_entries"], account.tables.get("capacity"))
        pairs.append(("routing", f"at most {most} table entries on a chip"))
    return pairs


def remarks_text(account: AccountView) -> str:
    """What the backend remarks, below what comes before; nothing if it has nothing to say."""
    lines = fields((name, _shown(text)) for name, text in account.remarks.items())
    return f"\n{lines}" if lines else ""


def _counted(name: str, value: Scalar) -> str:
    """A figure with its name, which is a plural."""
    return f"{_shown(value)} {name.removesuffix('s') if value == 1 else name}"


def _within(value: Scalar, capacity: Scalar | None) -> str:
    return _shown(value) if capacity is None else f"{_shown(value)} of {_shown(capacity)}"


def _placement(placement: Mapping[str, Scalar]) -> str:
    cost, bound, gap = (placement.get(key) for key in ("cost", "bound", "gap"))
    parts = [
        f"{name} {_shown(value)}"
        for name, value in (("cost", cost), ("bound", bound))
        if value is not None
    ]
    if isinstance(gap, (int, float)):
        parts.append(f"gap {percent(gap)}")
    words = [str(placement[key]) for key in ("status", "solver") if key in placement]
    return ", ".join(parts) + (f" ({' by '.join(words)})" if words else "")


def _shown(value: Scalar) -> str:
    return value if isinstance(value, str) else f"{value:,}"
