"""Placers as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from somac.compiler.cli.views.plugins import PluginView, ProblemView, known
from somac.compiler.placers.examined import PlacerHealth

__all__ = ["PlacerView", "viewed"]


@dataclass(frozen=True, slots=True)
class PlacerView(PluginView):
    """A registered placer."""

    problems: tuple[ProblemView, ...]


def viewed(health: PlacerHealth) -> PlacerView:
    """All that is known of a placer."""
    return PlacerView(**known(health.plugin, health.info, health.problems))
