"""A comparison for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import fields, number, percent, table
from somac.compiler.cli.render.run import number_of

if TYPE_CHECKING:
    from somac.compiler.cli.views.compared import ComparedView
    from somac.compiler.differences import Difference

__all__ = ["compared_text"]

_HEADER = ("signal", "values", "sum of a", "sum of b", "differ", "by at most", "first")


def compared_text(view: ComparedView) -> str:
    """Both sides, a line per signal, then where they part and how well each does."""
    head = fields([("a", view.a), ("b", view.b)])
    body = table(_HEADER, map(_row, view.signals), right=(1, 2, 3, 4, 5))
    return f"{head}\n{body}\n{fields(_facts(view))}"


def _row(d: Difference) -> tuple[str, ...]:
    return (
        d.name,
        f"{d.values:,}",
        number_of(d.total_a),
        number_of(d.total_b),
        f"{d.differing:,}",
        number(d.largest) if d.differing else "",
        _first(d),
    )


def _first(d: Difference) -> str:
    if d.first is None:
        return ""
    at = d.first
    return f"step {at.step}, sample {at.sample}, cell {at.cell}: {number(at.a)} and {number(at.b)}"


def _facts(view: ComparedView) -> Iterator[tuple[str, str]]:
    if view.earliest is None:
        yield "verdict", "no value differs"
    else:
        yield "verdict", f"{view.differing:,} values differ, first in {view.earliest}"
    for name, only in (("only in a", view.only_a), ("only in b", view.only_b)):
        if only:
            yield name, ", ".join(only)
    shares = [(n, s) for n, s in (("a", view.accuracy_a), ("b", view.accuracy_b)) if s is not None]
    if shares:
        yield "accuracy", ", ".join(f"{name} {percent(share)}" for name, share in shares)
