"""A report that was written, for people."""

from __future__ import annotations

from somac.compiler.cli.render.layout import fields, printable
from somac.compiler.cli.views.reported import ReportedView

__all__ = ["reported_text"]


def reported_text(view: ReportedView) -> str:
    """What was written, and what could be there besides."""
    head = f"{view.bundle}: {view.model} for {view.target}, {', '.join(view.sections)}"
    text = printable(head) + "\n" + fields((f.path, _size(f.bytes)) for f in view.files)
    if view.missing:
        text += "\nnot in it:\n"
        text += fields((m.section, m.why + (f"; {m.hint}" if m.hint else "")) for m in view.missing)
    return text


def _size(count: int) -> str:
    return f"{count / 1e3:,.0f} kB"
