"""Comments and blank lines of a text: what stands around each of its logical lines.

A logical line is a statement with the lines that its brackets span. The parser never sees
comments; it looks up the `Layout` of a statement by where the statement begins, so that a
formatter can put every comment back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from somac.grammar.ast import Layout, Position

__all__ = ["layouts", "open_bracket"]

_PIECE = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|[()\[\]]|\n|[ \t\r\f]+|[^"#()\[\]\s]+|.', re.DOTALL
)


@dataclass(frozen=True, slots=True)
class _Note:
    """A comment, or nothing for a blank line, that stands between statements."""

    text: str
    column: int


@dataclass(slots=True)
class _Statement:
    """A logical line: where it begins, its comments inside brackets and at its end."""

    start: Position
    inside: list[str] = field(default_factory=list)
    beside: str = ""


def layouts(text: str) -> tuple[Mapping[Position, Layout], tuple[str, ...]]:
    """The layout of every logical line by its position, and what follows the last."""
    found: dict[Position, Layout] = {}
    previous: _Statement | None = None
    below: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    for notes, statement in _gaps(text):
        column = 1 if statement is None else statement.start.column
        split = _end_of_block(notes, previous, column)
        below = _tidy(notes[:split])
        rest = notes[split:]
        opens = statement is not None and (
            previous is None or statement.start.column > previous.start.column
        )
        if previous is not None:
            found[previous.start] = Layout(above, previous.beside, below)
        above = _tidy(rest, strip_start=opens or previous is None, strip_end=statement is None)
        if statement is not None:
            above += tuple(statement.inside)
            previous = statement
    return found, above


def open_bracket(text: str, end: int) -> Position | None:
    """The innermost bracket that is still open at offset `end`."""
    opened: list[Position] = []
    for piece, position in _pieces(text[:end]):
        if piece in ("(", "["):
            opened.append(position)
        elif piece in (")", "]") and opened:
            opened.pop()
    return opened[-1] if opened else None


def _pieces(text: str) -> Iterator[tuple[str, Position]]:
    line, begin = 1, 0
    for match in _PIECE.finditer(text):
        yield match.group(), Position(line, match.start() - begin + 1)
        if match.group() == "\n":
            line, begin = line + 1, match.end()


def _gaps(text: str) -> Iterator[tuple[list[_Note], _Statement | None]]:
    """Every logical line with the notes before it; last, the notes after all."""
    notes: list[_Note] = []
    statement: _Statement | None = None
    before: list[_Note] = []
    depth = 0
    comment: tuple[str, int] | None = None
    for piece, position in _pieces(text if text.endswith("\n") else text + "\n"):
        if piece.startswith("#"):
            comment = (piece.rstrip(), position.column)
        elif piece == "\n":
            if statement is None:
                notes.append(_Note(*comment) if comment else _Note("", 0))
            elif depth > 0:
                statement.inside += [comment[0]] if comment else []
            else:
                statement.beside = comment[0] if comment else ""
                yield before, statement
                statement = None
            comment = None
        elif not piece.isspace():
            if statement is None:
                statement, before, notes = _Statement(position), notes, []
            depth += (piece in ("(", "[")) - (piece in (")", "]"))
    yield notes, None


def _end_of_block(notes: Sequence[_Note], previous: _Statement | None, column: int) -> int:
    """How many notes still belong to the block that ends before `column`."""
    if previous is None or column >= previous.start.column:
        return 0
    inside = [index for index, note in enumerate(notes) if note.column > column]
    return inside[-1] + 1 if inside else 0


def _tidy(
    notes: Sequence[_Note], *, strip_start: bool = False, strip_end: bool = False
) -> tuple[str, ...]:
    """Whole lines, at most one blank line in a row."""
    lines: list[str] = []
    for note in notes:
        if note.text or (lines and lines[-1]) or (not lines and not strip_start):
            lines.append(note.text)
    while strip_end and lines and not lines[-1]:
        lines.pop()
    return tuple(lines)
