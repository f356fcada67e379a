"""Backends as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from somac.backends.api import Capabilities, Option
from somac.compiler.cli.views.plugins import PluginView, ProblemView, known
from somac.compiler.doctor import Ability, Health

__all__ = [
    "AbilityView",
    "BackendView",
    "LackView",
    "OptionView",
    "plain",
    "viewed",
]


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
class OptionView:
    """What the user may choose of a backend."""

    name: str
    help: str
    type: str
    values: str
    default: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class BackendView(PluginView):
    """A registered backend."""

    targets: tuple[str, ...]
    steps: tuple[AbilityView, ...]
    machines: tuple[AbilityView, ...]
    problems: tuple[ProblemView, ...]
    options: tuple[OptionView, ...] = ()
    codes: tuple[str, ...] = ()
    capabilities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def viewed(health: Health) -> BackendView:
    """All that is known of a backend."""
    info = health.info
    return BackendView(
        **known(health.plugin, info, health.problems),
        targets=health.targets,
        steps=tuple(map(_ability, health.steps)),
        machines=tuple(map(_ability, health.machines)),
        # of one that is broken they may be anything
        options=() if info is None or health.problems else tuple(map(_option, info.options)),
        codes=() if info is None or health.problems else tuple(map(str, info.codes)),
        capabilities={name: plain(found) for name, found in health.capabilities.items()},
    )


def plain(found: Capabilities) -> dict[str, Any]:
    """Capabilities as JSON has them: sets in order of their names."""
    values = ((f.name, getattr(found, f.name)) for f in fields(found))
    return {name: sorted(v) if isinstance(v, frozenset) else v for name, v in values}


def _option(option: Option) -> OptionView:
    return OptionView(option.name, option.help, option.type, option.values, option.default)


def _ability(found: Ability) -> AbilityView:
    lacks = tuple(LackView(k.problem.message, k.problem.hint, k.targets) for k in found.lacks)
    # what some targets lack, others have
    ready = all(lack.targets for lack in lacks)
    return AbilityView(found.name, found.title, ready, found.usual, lacks)
