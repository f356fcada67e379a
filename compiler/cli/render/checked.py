"""Models and their budgets, for people."""

from __future__ import annotations

from collections.abc import Sequence

from somac.compiler.checks.judge import Checked, Verdict, need_shown, shown
from somac.compiler.cli.render.layout import count, table

__all__ = ["checked_text"]


def checked_text(checked: Sequence[Checked]) -> str:
    """A table per model, and what changed; what is broken is told as diagnostics."""
    return "\n".join(_one(one) for one in checked)


def _one(one: Checked) -> str:
    broken = sum(v.broken for v in one.verdicts)
    checked = sum(v.compared for v in one.verdicts)
    left = len(one.verdicts) - checked
    if not one.verdicts:
        state = "nothing was checked"
    elif broken:
        state = f"{count(broken, 'limit')} of {checked} broken"
    else:
        state = f"{count(checked, 'limit')} kept"
    if left:
        state += f", {left} without a baseline"
    text = f"{one.title}: {state}\n"
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
        need_shown(v),
        "" if v.before is None else shown(v.before, unit),
        v.word,
    )
