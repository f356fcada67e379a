"""Backends for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import fields, table
from somac.compiler.cli.render.plugins import broken_text, heading, package_text, what_text

if TYPE_CHECKING:
    from somac.compiler.cli.views.backends import AbilityView, BackendView

__all__ = ["examined_text", "listed_text"]


def listed_text(backends: Sequence[BackendView]) -> str:
    """A line per backend; what this computer lacks something for has a star."""
    rows = [
        (
            b.name,
            package_text(b),
            b.api_version or "?",
            str(len(b.targets)),
            _names(b.steps),
            _names(b.machines),
            what_text(b, b.problems),
        )
        for b in backends
    ]
    header = ("backend", "package", "interface", "targets", "steps", "machines", "what")
    text = table(header, rows, right=(3,))
    if any(not a.ready for b in backends for a in (*b.steps, *b.machines)):
        text += "\n* this computer lacks something for it: `somac backends doctor` says what\n"
    return text


def examined_text(backends: Sequence[BackendView]) -> str:
    """Everything about each backend."""
    return "\n".join(map(_examined, backends))


def _examined(b: BackendView) -> str:
    known = [*heading("backend", b), ("targets", ", ".join(b.targets) or "none")]
    if b.problems:
        known.append(("state", broken_text(b.problems)))
    for what, abilities in (("step", b.steps), ("machine", b.machines)):
        for a in abilities:
            known += _able(what, a)
    return fields(known)


def _able(what: str, a: AbilityView) -> Iterator[tuple[str, str]]:
    title = f" ({a.title})" if a.title else ""
    yield what, f"{a.name}{title}" + ("" if a.lacks else ": ready")
    for lack in a.lacks:
        where = f", for {', '.join(lack.targets)}" if lack.targets else ""
        hint = f"; {lack.hint}" if lack.hint else ""
        yield "", f"  {lack.message}{where}{hint}"


def _names(abilities: Sequence[AbilityView]) -> str:
    return ", ".join(a.name + "*" * (not a.ready) for a in abilities) or "-"
