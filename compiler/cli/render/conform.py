"""Conformance of a backend for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import count, table

if TYPE_CHECKING:
    from somac.compiler.conform import Asked

__all__ = ["conform_text"]


def conform_text(backend: str, target: str, asked: Sequence[Asked]) -> str:
    """A line per test, then what failed, then how many did."""
    rows = [
        ("ok" if not a.failed else "FAILED", a.title, f"{a.passed}", f"{a.seconds:.1f}")
        for a in asked
    ]
    parts = [f"backend {backend}, target {target}\n"]
    parts.append(table(("", "what is asked", "passed", "s"), rows, right=(2, 3)))
    refused = [one for a in asked for one in a.refused]
    if refused:
        parts.append(f"refused, as it may: {', '.join(refused)}\n")
    for a in asked:
        parts += [f"\n{a.name}:\n{_indented(text)}\n" for text in a.failures]
    failed = sum(a.failed for a in asked)
    passed = sum(a.passed for a in asked)
    verdict = f"{count(failed, 'test')} failed, " if failed else ""
    parts.append(f"\n{verdict}{count(passed, 'test')} passed\n")
    return "".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
