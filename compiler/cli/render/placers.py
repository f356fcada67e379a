"""Placers for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import count, fields, table

if TYPE_CHECKING:
    from somac.compiler.cli.views.placers import PlacerView

__all__ = ["examined_text", "listed_text"]


def listed_text(placers: Sequence[PlacerView]) -> str:
    """A line per placer."""
    rows = [
        (
            p.name,
            _package(p),
            p.api_version or "?",
            f"broken: {_codes(p)}" if p.problems else p.title or "",
        )
        for p in placers
    ]
    return table(("placer", "package", "interface", "what"), rows)


def examined_text(placers: Sequence[PlacerView]) -> str:
    """Everything about each placer."""
    return "\n".join(map(_examined, placers))


def _examined(p: PlacerView) -> str:
    broken = f"broken: {count(len(p.problems), 'problem')} ({_codes(p)})"
    return fields(
        [
            ("placer", p.name + (f": {p.title}" if p.title else "")),
            ("package", f"{_package(p)} ({p.module})"),
            ("interface", p.api_version or "not known"),
            ("state", broken if p.problems else "ready"),
        ]
    )


def _package(p: PlacerView) -> str:
    return " ".join(part for part in (p.package, p.version) if part) or "?"


def _codes(p: PlacerView) -> str:
    return ", ".join(dict.fromkeys(problem.code for problem in p.problems))
