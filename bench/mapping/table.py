"""Tables as text, for the terminal and for `bench/RESULTS.md`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["markdown"]


def markdown(rows: Sequence[Mapping[str, object]]) -> str:
    """A table with a column per key of the first row; what a row lacks is a dash."""
    if not rows:
        return ""
    names = list(rows[0])
    cells = [[_text(row.get(name)) for name in names] for row in rows]
    wide = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    lines = [names, ["-" * width for width in wide], *cells]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, wide, strict=True)) + " |"
        for line in lines
    )


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
