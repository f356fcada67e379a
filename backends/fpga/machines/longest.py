"""How long a run may take, so that a design that hangs is found out."""

from __future__ import annotations

from somac.backends.fpga.description import Description, Engine

__all__ = ["longest"]

_MARGIN = 16
"""Cycles of a handover, more than any takes."""


def longest(description: Description, steps: int) -> int:
    """Cycles of a sample if all cells sent in every step, and one thing were done at a time."""
    d = description
    words = {s.id: s.words for s in d.senders()}
    step = sum(i.words + _MARGIN for i in d.inputs)
    step += sum(words[o.source] + _MARGIN for o in d.outputs)
    step += sum(_step(engine, d) for engine in d.engines)
    return steps * step + sum(engine.clear for engine in d.engines) + _MARGIN


def _step(engine: Engine, d: Description) -> int:
    senders = {s.id: s for s in d.senders()}
    found = 0
    for link in engine.links:
        sender = senders[link.source]
        if link.kind == "sparse":
            rows = engine.depths.get("sparse", 0)
        else:
            rows = sender.cells * link.ports * link.groups
        # an event is offered, located in two stages, and then has its row
        found += sender.words + 3 * sender.cells + rows + _MARGIN
    return found + sum(s.words + engine.drain + engine.flight + _MARGIN for s in engine.sections)
