"""Models and their budgets, for people."""

from __future__ import annotations

from collections.abc import Sequence

from somac.compiler.checks.judge import Checked, Verdict, shown
from somac.compiler.cli.render.layout import count, table

__all__ = ["checked_text"]


def checked_text(checked: Sequence[Checked]) -> str:
    """A table per model, and what changed; what is broken is told as diagnostics."""
    return "\n".join(_one(one) for one in checked)


def _one(one: Checked) -> str:
    broken = sum(v.broken for v in one.verdicts)
    if not one.verdicts:
        state = "nothing was checked"
    elif broken:
        state = f"{count(broken, 'limit')} of {len(one.verdicts)} broken"
    else:
        state = f"{count(len(one.verdicts), 'limit')} kept"
    text = f"{one.model} on {one.target}: {state}\n"
    if one.verdicts:
        header = ("measure", "have", "need", "baseline", "")
        text += table(header, [_row(v) for v in one.verdicts], right=(1, 2, 3))
    if one.changes:
        text += "since the baseline:\n" + "".join(f"  {c}\n" for c in one.changes)
    return text


def _row(v: Verdict) -> tuple[str, ...]:
    unit = v.have.unit
    return (
        v.measure,
        shown(v.have.value, unit),
        f"{'>=' if v.least else '<='} {shown(v.need, unit)}",
        "" if v.before is None else shown(v.before, unit),
        "broken" if v.broken else "ok" if v.held else "accepted",
    )
