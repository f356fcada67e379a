"""Diagnostics for people."""

from __future__ import annotations

import textwrap

import click

from somac.compiler.cli.render.layout import printable
from somac.ir.codes import Code
from somac.ir.errors import Diagnostic, Severity

__all__ = ["code_text", "diagnostic_text"]

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_WIDTH = 78


def diagnostic_text(diagnostic: Diagnostic, *, explain: bool = False, colour: bool = False) -> str:
    """The diagnostic in lines, with what its code means if `explain`."""
    head, *rest = printable(str(diagnostic)).split("\n")
    if colour:
        label, colon, message = head.partition(":")
        head = click.style(label, fg=_COLOURS[diagnostic.severity], bold=True) + colon + message
    lines = [head, *rest]
    if explain:
        meaning = textwrap.wrap(diagnostic.entry.explanation, _WIDTH - 4)
        lines += [f"  = {meaning[0]}", *(f"    {line}" for line in meaning[1:])]
    return "\n".join(lines)


_OUTCOMES = {
    0: "This is a note: the work goes on.",
    1: "As an error it means that a check failed: exit code 1.",
    2: "As an error it means that the input is wrong: exit code 2.",
    3: "As an error it means that the target has no room: exit code 3.",
    70: "As an error it means that somac has a bug: exit code 70.",
}


def code_text(code: Code) -> str:
    """What `somac explain` says of a code."""
    explanation = textwrap.fill(code.explanation, _WIDTH)
    return f"{code.id}: {code.title}\n\n{explanation}\n\n{_OUTCOMES[code.exit_code]}\n"
