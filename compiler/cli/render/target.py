"""Targets for people."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import count, fields, table

if TYPE_CHECKING:
    from somac.compiler.cli.views.target import ArrayView, PartView, TargetLine, TargetView

__all__ = ["described_text", "listed_text"]

_WIDTH = 100
_SHOWN = ("lut", "bram", "dsp")
_SIGNS = {
    "none": "none below 0",
    "bipolar": "negative ones as negative pulses",
    "phases": "negative ones in pulses of their own",
}
_POLARITY = {
    "differential": "in pairs that are subtracted before conversion",
    "separate": "in pairs that are converted one by one",
    "offset": "as they are plus an offset",
}


def listed_text(lines: Sequence[TargetLine]) -> str:
    """A line per target; who describes it where it is not somac."""
    if all(t.origin is None for t in lines):
        rows = [(t.name, t.backend, _size(t), t.title) for t in lines]
        return table(("target", "backend", "size", "what"), rows)
    told = [(t.name, t.backend, t.origin or "somac", _size(t), t.title) for t in lines]
    return table(("target", "backend", "from", "size", "what"), told)


def described_text(target: TargetView) -> str:
    """What it can do, then every figure with its unit, status and the number of its source."""
    line, place = target.line, target.place
    article = "an" if place[0] in "aeiou" else "a"
    layouts = ", ".join(w.name for w in target.layouts)
    sources = list(dict.fromkeys(figure.source for figure in target.figures))
    head = fields(
        [
            (line.name, line.title),
            ("backend", line.backend),
            *(_cores(line) if target.part is None else _pools(target.part, line.pools)),
            (
                f"{article} {place} has",
                ", ".join(f"{v:,} {k}" for k, v in target.core.items()),
            ),
            *([] if target.array is None else _cells(target.array)),
            *_limits(target),
            ("delays", f"{target.min_delay} to {target.max_delay} ticks from {place} to {place}"),
            (
                "integers",
                f"weights of {target.weight_bits} bits, accumulators of "
                f"{target.accumulator_bits}, words of {target.word_bits}",
            ),
            *(
                [("synaptic words", f"{layouts} (weight/delay/type/target bits)")]
                if target.layouts
                else []
            ),
            (f"{place}s send", ", ".join(target.outputs)),
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


def _limits(target: TargetView) -> list[tuple[str, str]]:
    """What there is at most of what all cores or engines share."""
    if target.part is not None:
        return [("engines", f"at most {target.line.usable_cores:,}, as far as they fit")]
    if target.router_entries is None:
        return []
    return [("a chip routes", count(target.router_entries, "entry", "entries"))]


def _cells(array: ArrayView) -> list[tuple[str, str]]:
    low, high = array.codes
    return [
        (
            "an array has",
            f"{array.rows:,} rows and {count(array.columns, 'column')} of cells of "
            f"{1 << array.cell_bits} levels, {array.g_min_us:g} to {array.g_max_us:g} uS",
        ),
        (
            "weights",
            f"in at most {count(array.max_slices, 'cell')} of "
            f"{count(array.cell_bits, 'bit')}, {_POLARITY[array.polarity]}",
        ),
        (
            "signals",
            f"in at most {count(array.max_pulses, 'pulse')} of "
            f"{count(array.pulse_bits, 'bit')}, {_SIGNS[array.signs]}",
        ),
        ("converters", f"of {count(array.adc_bits, 'bit')}, codes {low:,} to {high:,}"),
    ]


def _size(line: TargetLine) -> str:
    """Chips and cores, or what a part has most use for."""
    shown = [f"{n:,} {pool}" for pool, n in line.pools.items() if pool in _SHOWN]
    return ", ".join(shown) or f"{count(line.chips, 'chip')}, {count(line.usable_cores, 'core')}"


def _cores(line: TargetLine) -> list[tuple[str, str]]:
    chips = count(line.chips, "chip")
    return [("cores", f"{line.usable_cores:,} usable of {line.cores:,} on {chips}")]


def _pools(part: PartView, pools: Mapping[str, int]) -> list[tuple[str, str]]:
    return [
        ("part", f"{part.device}, package {part.package}, speed {part.speed} ({part.family})"),
        ("clock", f"{part.clock_mhz:g} MHz"),
        ("LUT", f"{pools['lut']:,} of {part.lut_inputs} inputs"),
        ("flip-flops", f"{pools['ff']:,}"),
        *(
            (
                kind,
                f"{count(memory.blocks, 'block')} of {memory.bits:,} bits, words of "
                f"{', '.join(map(str, memory.widths))}",
            )
            for kind, memory in part.memories.items()
        ),
        *(
            (kind, f"{pools[kind]:,} of {a} x {b} bits")
            for kind, (a, b) in part.multipliers.items()
        ),
        ("PLL", f"{pools['pll']:,}"),
        ("pins", ", ".join(f"{port} {pin}" for port, pin in part.pins.items()) or "not known"),
    ]
