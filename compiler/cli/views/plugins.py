"""What plug-ins of every kind have in common, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from somac.compiler.plugins import Plugin
    from somac.compiler.plugins.groups import SomeInfo
    from somac.ir.errors import Diagnostic

__all__ = ["PluginView", "ProblemView", "known"]


@dataclass(frozen=True, slots=True)
class ProblemView:
    """Why a plug-in cannot be used, or not wholly."""

    code: str
    message: str
    have: str | None
    need: str | None
    hint: str | None


@dataclass(frozen=True, slots=True)
class PluginView:
    """A registered plug-in; None is what is not known of one that is broken."""

    name: str
    title: str | None
    package: str | None
    version: str | None
    module: str
    api_version: str | None


def known(plugin: Plugin, info: SomeInfo | None, problems: Sequence[Diagnostic]) -> dict[str, Any]:
    """Fields of a view of a plug-in: those that all have, and ``problems``."""
    return {
        "name": plugin.name,
        "title": None if info is None else str(info.title),
        "package": plugin.package,
        "version": plugin.version,
        "module": plugin.point.value,
        "api_version": None if info is None else ".".join(map(str, info.api_version)),
        "problems": tuple(ProblemView(d.code, d.message, d.have, d.need, d.hint) for d in problems),
    }
