"""Workflow commands of GitHub Actions: findings as annotations of the files of a change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from somac.compiler.checks.judge import Checked
from somac.compiler.checks.paths import path_from
from somac.ir.errors import Diagnostic, Severity

__all__ = ["MAX_OF_A_LEVEL", "github"]

MAX_OF_A_LEVEL = 10
"""Annotations of a level that GitHub shows of a step."""

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def github(checked: Sequence[Checked], root: Path) -> str:
    """A line per finding, the worst first; of more than are shown, the last says how many.

    Files are named as seen from `root`, which is that of the checkout.
    """
    lines = []
    for severity, level in _LEVELS.items():
        found = [(d, one) for one in checked for d in one.findings if d.severity is severity]
        room = len(found) if len(found) <= MAX_OF_A_LEVEL else MAX_OF_A_LEVEL - 1
        lines += [_line(level, d, one, root) for d, one in found[:room]]
        if found[room:]:
            lines.append(f"::{level} title=somac::and {len(found) - room:,} more: see the log")
    return "".join(f"{line}\n" for line in lines)


def _line(level: str, d: Diagnostic, one: Checked, root: Path) -> str:
    properties = {"file": path_from(root, Path(d.place.file or one.model))}
    if d.place.line is not None:
        properties["line"] = str(d.place.line)
        if d.place.column is not None:
            properties["col"] = str(d.place.column)
    properties["title"] = f"somac {d.code}: {d.entry.title}"
    text = [d.message]
    text += [f"have: {d.have}"] if d.have else []
    text += [f"need: {d.need}"] if d.need else []
    text += [d.hint] if d.hint else []
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{level} {given}::{_data(chr(10).join(text))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
