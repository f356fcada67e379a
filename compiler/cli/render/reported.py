"""A report that was written, for people."""

from __future__ import annotations

from somac.compiler.cli.render.layout import fields, printable
from somac.compiler.cli.views.reported import ReportedView
from somac.compiler.report.data import Missing

__all__ = ["reported_text"]


def reported_text(view: ReportedView) -> str:
    """What was written, and what could be there besides."""
    text = printable(f"{view.bundle}: {view.model} for {view.target}") + "\n"
    text += fields(
        [
            ("shows", ", ".join(view.sections)),
            *(("written", f"{f.path}, {_size(f.bytes)}") for f in view.files),
        ]
    )
    if view.missing:
        text += "\nnot in it:\n"
        text += fields((_lacking(m, view), _why(m)) for m in view.missing)
    return text


def _lacking(missing: Missing, view: ReportedView) -> str:
    """A section that is there may have more to show."""
    return f"more of {missing.section}" if missing.section in view.sections else missing.section


def _why(missing: Missing) -> str:
    return f"{missing.why}; {missing.hint}" if missing.hint else missing.why


def _size(count: int) -> str:
    return f"{count / 1e3:,.0f} kB"
