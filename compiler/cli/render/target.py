"""Targets for people."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import count, fields, table

if TYPE_CHECKING:
    from somac.compiler.cli.views.target import TargetLine, TargetView

__all__ = ["described_text", "listed_text"]

_WIDTH = 100


def listed_text(lines: Sequence[TargetLine]) -> str:
    """A line per target."""
    rows = [(t.name, t.backend, f"{t.chips:,}", f"{t.usable_cores:,}", t.title) for t in lines]
    return table(("target", "backend", "chips", "cores", "what"), rows, right=(2, 3))


def described_text(target: TargetView) -> str:
    """What it can do, then every figure with its unit, status and the number of its source."""
    line = target.line
    sources = list(dict.fromkeys(figure.source for figure in target.figures))
    head = fields(
        [
            (line.name, line.title),
            ("backend", line.backend),
            (
                "cores",
                f"{line.usable_cores:,} usable of {line.cores:,} on {count(line.chips, 'chip')}",
            ),
            ("a core has", ", ".join(f"{v:,} {k}" for k, v in target.core.items())),
            ("a chip routes", count(target.router_entries, "entry", "entries")),
            ("delays", f"{target.min_delay} to {target.max_delay} ticks from core to core"),
            (
                "integers",
                f"weights of {target.weight_bits} bits, accumulators of "
                f"{target.accumulator_bits}, words of {target.word_bits}",
            ),
            (
                "synaptic words",
                ", ".join(w.name for w in target.layouts) + " (weight/delay/type/target bits)",
            ),
            ("cores send", ", ".join(target.outputs)),
            ("operations", ", ".join(target.operations)),
        ]
    )
    rows = [
        (f.name, f"{f.value:,.10g}", f.unit, f.status, f"[{sources.index(f.source) + 1}]")
        for f in target.figures
    ]
    figures = table(("figure", "value", "unit", "status", "source"), rows, right=(1,))
    notes = "".join(
        textwrap.fill(text, _WIDTH, initial_indent=f"[{i}] ", subsequent_indent="    ") + "\n"
        for i, text in enumerate(sources, 1)
    )
    return f"{head}\n{figures}\n{notes}"
