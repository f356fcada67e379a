"""A run for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from somac.compiler.cli.render.costs import measured_text
from somac.compiler.cli.render.layout import count, fields, number, percent, table

if TYPE_CHECKING:
    from somac.compiler.cli.views.run import RunView

__all__ = ["run_text"]


def run_text(view: RunView) -> str:
    """What ran, a line per signal, what it costs, then accuracy, events and the file."""
    which = "" if view.device is None else f"device {view.device} of "
    head = (
        f"{count(view.samples, 'sample')} of {count(view.steps, 'step')}, emulated on "
        f"{which}{view.target} from {view.bundle}\n"
    )
    rows = [
        (s.name, s.kind, f"{s.cells:,}", number_of(s.total), number(s.mean)) for s in view.signals
    ]
    signals = table(("signal", "kind", "cells", "sum", "mean"), rows, right=(2, 3, 4))
    learnt = [
        (w.projection, f"{w.synapses:,}", number(w.least), number(w.mean), number(w.most))
        for w in view.weights
    ]
    if learnt:
        head_of = ("weights of", "synapses", "least", "mean", "most")
        signals += "\n" + table(head_of, learnt, right=(1, 2, 3, 4))
    facts = fields(_facts(view))
    costs = measured_text(view.costs, view.steps)
    return "\n".join(part for part in (head, signals, costs, facts, *_derived(view)) if part)


def number_of(total: float) -> str:
    """A sum: whole where it is a number of spikes."""
    return f"{int(total):,}" if float(total).is_integer() else number(total)


def _facts(view: RunView) -> Iterator[tuple[str, str]]:
    if view.accuracy is not None and view.right is not None:
        yield "accuracy", f"{percent(view.accuracy)} ({view.right:,} of {view.samples:,})"
    if view.counts:
        yield "events", ", ".join(f"{n:,} {kind}" for kind, n in view.counts.items())
    if view.written is not None:
        yield "written", f"{view.written}: {', '.join(view.arrays)}"


def _derived(view: RunView) -> Iterator[str]:
    for name, values in view.derived.items():
        yield f"{name}\n" + "".join(f"{_line(value)}\n" for value in values)


def _line(value: Any) -> str:
    return " ".join(number(v) for v in value) if isinstance(value, list) else str(value)
