"""Placers for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import fields, table
from somac.compiler.cli.render.plugins import broken_text, heading, package_text, what_text

if TYPE_CHECKING:
    from somac.compiler.cli.views.placers import PlacerView

__all__ = ["examined_text", "listed_text"]


def listed_text(placers: Sequence[PlacerView]) -> str:
    """A line per placer."""
    rows = [
        (p.name, package_text(p), p.api_version or "?", what_text(p, p.problems)) for p in placers
    ]
    return table(("placer", "package", "interface", "what"), rows)


def examined_text(placers: Sequence[PlacerView]) -> str:
    """Everything about each placer."""
    return "\n".join(map(_examined, placers))


def _examined(p: PlacerView) -> str:
    state = broken_text(p.problems) if p.problems else "ready"
    return fields([*heading("placer", p), ("state", state)])
