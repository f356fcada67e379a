"""Placers as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from somac.compiler.cli.views.backends import ProblemView, problem_view
from somac.compiler.placers.examined import PlacerHealth

__all__ = ["PlacerView", "viewed"]


@dataclass(frozen=True, slots=True)
class PlacerView:
    """A registered placer; None is what is not known of one that is broken."""

    name: str
    title: str | None
    package: str | None
    version: str | None
    module: str
    api_version: str | None
    problems: tuple[ProblemView, ...]


def viewed(health: PlacerHealth) -> PlacerView:
    """All that is known of a placer."""
    info, plugin = health.info, health.plugin
    return PlacerView(
        name=plugin.name,
        title=None if info is None else str(info.title),
        package=plugin.package,
        version=plugin.version,
        module=plugin.point.value,
        api_version=None if info is None else ".".join(map(str, info.api_version)),
        problems=tuple(map(problem_view, health.problems)),
    )
