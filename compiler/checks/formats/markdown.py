"""Markdown for the summary of a job: a section per model and target."""

from __future__ import annotations

from collections.abc import Sequence

from somac.compiler.checks.judge import Checked, Verdict, need_shown, shown
from somac.compiler.markdown import escaped
from somac.ir.errors import Diagnostic, Severity

__all__ = ["MAX_BYTES", "markdown"]

MAX_BYTES = 1 << 20
"""Size of a summary that GitHub shows."""

_ROOM = MAX_BYTES - 1000


def markdown(checked: Sequence[Checked]) -> str:
    """Broken budgets first; sections that would be too much are left out whole, and counted."""
    order = sorted(checked, key=lambda one: -one.exit_code)
    bad = sum(one.exit_code > 0 for one in checked)
    parts = [f"## somac check: {len(checked) - bad} of {len(checked)} in budget\n"]
    size, left = len(parts[0].encode()), 0
    for one in order:
        section = _section(one)
        size += len(section.encode()) + 1
        if size > _ROOM:
            left = len(order) - len(parts) + 1
            break
        parts.append(section)
    if left:
        parts.append(f"And {left:,} more, for which there is no room here.\n")
    return "\n".join(parts)


def _section(one: Checked) -> str:
    if one.exit_code == 0:
        state = "in budget"
    else:
        state = "**not in budget**" if one.verdicts else "**not checked**"
    lines = [f"### {escaped(one.title)}: {state}", ""]
    if one.verdicts:
        header = ("measure", "have", "need", "baseline", "change", "")
        lines += [f"| {' | '.join(header)} |", "|---|--:|--:|--:|--:|---|"]
        lines += [_row(verdict) for verdict in one.verdicts]
        lines.append("")
    else:
        wrong = [d for d in one.findings if d.severity is Severity.ERROR]
        lines += [_told(d) for d in wrong]
        lines += [""] if wrong else []
    if one.changes:
        lines += ["Since the baseline:", "", *(f"- {escaped(c)}" for c in one.changes), ""]
    return "\n".join(lines)


def _told(d: Diagnostic) -> str:
    where = d.place.file or ""
    if where and d.place.line is not None:
        where += f", line {d.place.line}"
    facts = (where, d.have and f"have {d.have}", d.need and f"need {d.need}", d.hint)
    return f"- {d.code}: {'; '.join(escaped(text) for text in (d.message, *facts) if text)}"


def _row(v: Verdict) -> str:
    unit = v.have.unit
    before = "" if v.before is None else shown(v.before, unit)
    word = f"**{v.word}**" if v.broken else v.word
    need = need_shown(v, ("≤", "≥"))
    cells = (v.measure, shown(v.have.value, unit), need, before, _change(v))
    return f"| {' | '.join([*map(escaped, cells), word])} |"


def _change(v: Verdict) -> str:
    """Since the baseline, as a share of what that has, where there is one."""
    if not v.before or v.have.value == v.before:
        return ""
    return f"{(v.have.value - v.before) / abs(v.before):+,.1%}".replace("%", " %")
