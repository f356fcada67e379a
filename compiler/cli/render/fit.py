"""Results that are wider than a terminal: columns are made narrower, and their cells get lines."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest

__all__ = ["fitted"]

_GAP = re.compile(r"\S {2,}\S")
_LEAST = 8
"""Columns of text below which a column is not made narrower."""


def fitted(text: str, width: int) -> str:
    """The text, no line of which is longer than `width` characters, as far as words allow that.

    Lines that stand together, with two spaces between columns, are a table: its widest columns are
    made narrower. It stays as it is if that is not enough. Other lines are broken where they end.
    """
    blocks = groupby(text.split("\n"), key=bool)
    return "\n".join(line for _, block in blocks for line in _block([*block], width))


def _block(lines: list[str], width: int) -> Iterator[str]:
    if max(map(len, lines)) <= width:
        yield from lines
        return
    rows = [line for line in lines if _GAP.search(line)]
    spans = _spans(rows)
    widths = _narrowed(rows, spans, width)
    for line in lines:
        if len(line) > width and line not in rows:
            yield from _broken(line, width)
        elif line in rows and widths is not None:
            yield from _row(line, spans, widths)
        else:
            yield line


def _broken(line: str, width: int) -> list[str]:
    """Lines of a paragraph, below each other."""
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


def _spans(rows: Sequence[str]) -> list[tuple[int, int]]:
    """Where columns begin and end: there are two spaces between them in every row."""
    length = max(map(len, rows), default=0)
    drawn = "".join(
        " " if all(row[i : i + 1] in {"", " "} for row in rows) else "x" for i in range(length)
    )
    return [match.span() for match in re.finditer(r"x(?: ?x)*", drawn)]


def _narrowed(
    rows: Sequence[str], spans: Sequence[tuple[int, int]], width: int
) -> list[int] | None:
    """Widths of columns with which rows fit; None if words are too long for that."""
    widths = [end - begin for begin, end in spans]
    least = [
        max([_LEAST, *(len(word) for row in rows for word in row[begin:end].split())])
        for begin, end in spans
    ]
    room = width - (spans[0][0] if spans else 0) - 2 * (len(spans) - 1)
    while sum(widths) > room:
        free = [i for i, size in enumerate(widths) if size > least[i]]
        if not free:
            return None
        widths[max(free, key=lambda i: widths[i])] -= 1
    return widths


def _row(line: str, spans: Sequence[tuple[int, int]], widths: Sequence[int]) -> Iterator[str]:
    """Lines of a row; cells that end flush with their column still do."""
    cells = []
    for (begin, end), size in zip(spans, widths, strict=True):
        cell = line[begin:end]
        words = textwrap.wrap(cell, size, break_long_words=False, break_on_hyphens=False)
        flush = cell.startswith(" ") and len(cell) == end - begin
        cells.append([word.rjust(size) if flush else word.ljust(size) for word in words])
    margin = " " * spans[0][0]
    for parts in zip_longest(*cells):
        found = (part or " " * size for part, size in zip(parts, widths, strict=True))
        yield (margin + "  ".join(found)).rstrip()
