"""Diagnostics for people."""

from __future__ import annotations

import re
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
    lines = printable(str(diagnostic)).split("\n")
    if explain:
        meaning = textwrap.wrap(diagnostic.entry.explanation, _WIDTH - 4)
        lines += [f"  = {meaning[0]}", *(f"    {line}" for line in meaning[1:])]
    if colour:
        shade = _COLOURS[diagnostic.severity]
        head, *rest = lines
        label, colon, message = head.partition(":")
        head = click.style(label, fg=shade, bold=True) + colon + message
        lines = [head, *(_coloured(line, shade) for line in rest)]
    return "\n".join(lines)


def _coloured(line: str, shade: str) -> str:
    """The parts of a line that are not the user's: margins, carets, names of what follows."""
    if caret := _CARET.fullmatch(line):
        margin, space, mark = caret.groups()
        return click.style(margin, fg="blue") + space + click.style(mark, fg=shade, bold=True)
    if margin := _MARGIN.match(line):
        return click.style(margin[0], fg="blue") + line[margin.end() :]
    if label := _LABEL.match(line):
        return click.style(label[0], bold=True) + line[label.end() :]
    return line


_CARET = re.compile(r"( +\|)(\s+)(\^+)")
_MARGIN = re.compile(r" +-->| +[0-9]* ?\|")
_LABEL = re.compile(r" +(have|need|help):")

_OUTCOMES = {
    0: "As a note or a warning it stops nothing: exit code 0.",
    1: "As an error it means that a check failed: exit code 1.",
    2: "As an error it means that the input is wrong: exit code 2.",
    3: "As an error it means that the target has no room: exit code 3.",
    70: "As an error it means that somac has a bug: exit code 70.",
}


def code_text(code: Code) -> str:
    """What `somac explain` says of a code."""
    explanation = textwrap.fill(code.explanation, _WIDTH)
    return f"{code.id}: {code.title}\n\n{explanation}\n\n{_OUTCOMES[code.exit_code]}\n"
