"""What devices cost, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import count, percent, table
from somac.compiler.cli.render.run import number_of

if TYPE_CHECKING:
    from somac.compiler.devices import Budget, Cost, Spread

__all__ = ["devices_text"]


def devices_text(bundle: str, target: str, budget: Budget) -> str:
    """A line per effect, after what exact hardware does."""
    head = (
        f"{count(budget.samples, 'sample')} on {count(len(budget.seeds), 'device')} of {target} "
        f"from {bundle}, {number_of(budget.seconds)} s after programming\n"
    )
    if budget.accuracy is not None:
        head += f"accuracy without imperfections: {percent(budget.accuracy)}\n"
    columns = ("effect", "values differ", "classes differ", "accuracy", "least", "most", "")
    rows = table(columns, [_row(c) for c in budget.costs], right=range(1, 6))
    return f"{head}\n{rows}"


def _row(c: Cost) -> tuple[str, ...]:
    right = ("-", "-", "-")
    if c.accuracy is not None:
        right = (_spread(c.accuracy), percent(c.accuracy.least), percent(c.accuracy.most))
    return (c.effect, _spread(c.values), _spread(c.classes), *right, c.title)


def _spread(s: Spread) -> str:
    return f"{100 * s.mean:.2f} ± {100 * s.deviation:.2f} %"
