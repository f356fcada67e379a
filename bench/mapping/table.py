"""Tables as text, for the terminal and for `bench/RESULTS.md`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

__all__ = ["markdown", "stream"]


def markdown(rows: Sequence[Mapping[str, object]]) -> str:
    """A table with a column per key of the first row; what a row lacks is a dash."""
    if not rows:
        return ""
    names = list(rows[0])
    cells = [[_text(row.get(name)) for name in names] for row in rows]
    wide = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    lines = [names, ["-" * width for width in wide], *cells]
    return "\n".join(_line(line, wide) for line in lines)


def stream(rows: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Print a table row by row as they come, and return them.

    Columns are as wide as the first row needs.
    """
    printed: list[Mapping[str, object]] = []
    wide: list[int] = []
    names: list[str] = []
    for row in rows:
        if not printed:
            names = list(row)
            wide = [max(len(name), len(_text(row[name]))) for name in names]
            print(_line(names, wide), _line(["-" * width for width in wide], wide), sep="\n")
        print(_line([_text(row.get(name)) for name in names], wide), flush=True)
        printed.append(row)
    return printed


def _line(cells: Sequence[str], wide: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, wide, strict=True)]
    return "| " + " | ".join(padded) + " |"


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
