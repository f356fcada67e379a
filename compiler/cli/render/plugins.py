"""What plug-ins of every kind have in common, for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import count

if TYPE_CHECKING:
    from somac.compiler.cli.views.plugins import PluginView, ProblemView

__all__ = ["broken_text", "heading", "package_text", "what_text"]


def heading(noun: str, p: PluginView) -> list[tuple[str, str]]:
    """The first lines about a plug-in: what it is, where it is from, what it was made for."""
    return [
        (noun, p.name + (f": {p.title}" if p.title else "")),
        ("package", f"{package_text(p)} ({p.module})"),
        ("interface", p.api_version or "not known"),
    ]


def package_text(p: PluginView) -> str:
    """Who brings it."""
    return " ".join(part for part in (p.package, p.version) if part) or "?"


def what_text(p: PluginView, problems: Sequence[ProblemView]) -> str:
    """The last column of a list: what it is, or why it is broken."""
    return f"broken: {_codes(problems)}" if problems else p.title or ""


def broken_text(problems: Sequence[ProblemView]) -> str:
    """How broken one is that has problems."""
    return f"broken: {count(len(problems), 'problem')} ({_codes(problems)})"


def _codes(problems: Sequence[ProblemView]) -> str:
    return ", ".join(dict.fromkeys(p.code for p in problems))
