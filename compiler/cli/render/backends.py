"""Backends for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import count, fields, table

if TYPE_CHECKING:
    from somac.compiler.cli.views.backends import AbilityView, BackendView

__all__ = ["examined_text", "listed_text"]


def listed_text(backends: Sequence[BackendView]) -> str:
    """A line per backend; what this computer lacks something for has a star."""
    rows = [
        (
            b.name,
            _package(b),
            b.api_version or "?",
            str(len(b.targets)),
            _names(b.steps),
            _names(b.machines),
            _state(b),
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
    known = [
        ("backend", b.name + (f": {b.title}" if b.title else "")),
        ("package", f"{_package(b)} ({b.module})"),
        ("interface", b.api_version or "not known"),
        ("targets", ", ".join(b.targets) or "none"),
    ]
    if b.problems:
        codes = ", ".join(dict.fromkeys(p.code for p in b.problems))
        known.append(("state", f"broken: {count(len(b.problems), 'problem')} ({codes})"))
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


def _package(b: BackendView) -> str:
    return " ".join(part for part in (b.package, b.version) if part) or "?"


def _state(b: BackendView) -> str:
    if b.problems:
        return f"broken: {', '.join(dict.fromkeys(p.code for p in b.problems))}"
    return b.title or ""
