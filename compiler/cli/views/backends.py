"""Backends as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from somac.compiler.doctor import Ability, Health
from somac.ir.errors import Diagnostic

__all__ = ["AbilityView", "BackendView", "LackView", "ProblemView", "problem_view", "viewed"]


@dataclass(frozen=True, slots=True)
class LackView:
    """What is not on this computer, what to do, and for which targets (all if none are named)."""

    message: str
    hint: str | None
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AbilityView:
    """A step or a machine; `ready` is whether this computer lacks nothing for it."""

    name: str
    title: str
    ready: bool
    usual: bool
    lacks: tuple[LackView, ...]


@dataclass(frozen=True, slots=True)
class ProblemView:
    """Why a backend cannot be used, or not wholly."""

    code: str
    message: str
    have: str | None
    need: str | None
    hint: str | None


@dataclass(frozen=True, slots=True)
class BackendView:
    """A registered backend; None is what is not known of one that is broken."""

    name: str
    title: str | None
    package: str | None
    version: str | None
    module: str
    api_version: str | None
    targets: tuple[str, ...]
    steps: tuple[AbilityView, ...]
    machines: tuple[AbilityView, ...]
    problems: tuple[ProblemView, ...]


def viewed(health: Health) -> BackendView:
    """All that is known of a backend."""
    info, plugin = health.info, health.plugin
    return BackendView(
        name=plugin.name,
        title=None if info is None else str(info.title),
        package=plugin.package,
        version=plugin.version,
        module=plugin.point.value,
        api_version=None if info is None else ".".join(map(str, info.api_version)),
        targets=health.targets,
        steps=tuple(map(_ability, health.steps)),
        machines=tuple(map(_ability, health.machines)),
        problems=tuple(map(problem_view, health.problems)),
    )


def _ability(found: Ability) -> AbilityView:
    lacks = tuple(LackView(k.problem.message, k.problem.hint, k.targets) for k in found.lacks)
    # what some targets lack, others have
    ready = all(lack.targets for lack in lacks)
    return AbilityView(found.name, found.title, ready, found.usual, lacks)


def problem_view(d: Diagnostic) -> ProblemView:
    """A diagnostic as plain data."""
    return ProblemView(d.code, d.message, d.have, d.need, d.hint)
