"""Columns, numbers, and text that a terminal can be trusted with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from somac.compiler.words import count

__all__ = ["count", "fields", "number", "percent", "printable", "table"]


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[int] = ()
) -> str:
    """Columns two spaces apart, as wide as their widest cell; those in `right` end flush."""
    cells = [tuple(header), *(tuple(printable(cell) for cell in row) for row in rows)]
    flush = frozenset(right)
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = (
        "  ".join(
            cell.rjust(width) if i in flush else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    )
    return "\n".join(line.rstrip() for line in lines) + "\n"


def fields(pairs: Iterable[tuple[str, str]]) -> str:
    """A line per name and value, the values one below the other."""
    given = list(pairs)
    width = max((len(name) for name, _ in given), default=0)
    return "".join(f"{name.ljust(width)}  {printable(value)}\n" for name, value in given)


def number(value: float) -> str:
    """Up to four significant digits."""
    return f"{value:.4g}"


def percent(share: float) -> str:
    """A share of 1 in per cent, with one digit after the point."""
    return f"{100 * share:.1f} %"


def printable(text: str) -> str:
    """The text with control characters (but line ends and tabs) as escapes.

    Names and lines of untrusted files are shown: none of them may command the terminal.
    """
    return "".join(c if c.isprintable() or c in "\n\t" else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
