"""Tables of a page: the numbers behind every picture, for those who read or hear them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from somac.backends import api
from somac.compiler.devices import Spread
from somac.compiler.record.build import BuildInfo
from somac.compiler.report import data
from somac.compiler.report.figures.costs import amount_name
from somac.compiler.report.figures.text import compact, place_of, readable_unit

__all__ = ["MOST_ROWS", "Cell", "Table", "tables_of"]

MOST_ROWS = 200

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title; `left_out` says how many rows more there would be."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...] = field(default=())
    left_out: int = 0


def tables_of(report: data.Report, section: str) -> list[Table]:
    """The tables of a section."""
    found = getattr(report, section)
    match found:
        case data.Placement():
            return _placement(found)
        case data.Utilisation():
            return _utilisation(found)
        case data.Traffic():
            return _traffic(found)
        case data.Raster():
            return _raster(found)
        case data.Traces():
            return _traces(found)
        case data.Energy():
            return _energy(found)
        case data.Area():
            return _area(found)
        case data.Quantisation():
            return _quantisation(found)
        case data.Devices():
            return _devices(found)
        case BuildInfo():
            return _timings(found)
        case data.Search():
            return _search(found)
        case _:
            return []


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    """A table of these cells; a column of numbers alone is flush right."""
    numeric = tuple(
        bool(rows) and all(not isinstance(row[i], str) for row in rows) for i in range(len(columns))
    )
    shown = tuple(tuple(_text(cell) for cell in row) for row in rows[:MOST_ROWS])
    return Table(title, tuple(columns), shown, numeric, max(0, len(rows) - MOST_ROWS))


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return compact(cell) if isinstance(cell, float) else f"{cell:,}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{compact(100 * share)} %"


def _number(value: float | None) -> str:
    return "–" if value is None else compact(value)


def _placement(section: data.Placement) -> list[Table]:
    place = section.place
    slices: list[tuple[Cell, ...]] = [
        (share.population, share.start, share.stop - 1, core.name)
        for core in section.cores
        for share in core.shares
    ]
    found = []
    if slices:
        columns = ("population", "first cell", "last cell", place)
        found.append(table("Slices of populations", columns, slices))
    if len(section.chips) > 1:
        chips: list[tuple[Cell, ...]] = [
            (
                chip.name,
                chip.used,
                chip.cores,
                ", ".join(f"{n}: {c:,}" for n, c in chip.cells.items()),
            )
            for chip in section.chips
            if chip.used
        ]
        columns = ("chip", f"{place}s in use", "of", "cells")
        found.append(table("Chips in use", columns, chips))
    if section.links:
        found.append(
            table("Links, the busiest first", ("from", "to", "packets per tick"), _links(section))
        )
    return found


def _links(section: data.Placement) -> list[tuple[Cell, ...]]:
    def end(place: tuple[int, float, float]) -> str:
        chip, x, y = place
        return f"{section.chips[chip].name} ({x:g}, {y:g})"

    ordered = sorted(section.links, key=lambda link: -link.load)
    return [(end(link.source), end(link.target), float(link.load)) for link in ordered]


def _utilisation(section: data.Utilisation) -> list[Table]:
    share = section.share
    columns = [place_of(section.labels)]
    for r in section.resources:
        columns += [f"{r.name}" + (f", {r.unit}" if r.unit else ""), "share"]
    rows: list[list[Cell]] = []
    for index in np.argsort(-share.max(axis=1, initial=0), kind="stable"):
        row: list[Cell] = [section.labels[index]]
        for k in range(len(section.resources)):
            row += [int(section.need[index, k]), f"{100 * share[index, k]:.1f} %"]
        rows.append(row)
    have = [(r.name, r.capacity, r.unit) for r in section.resources]
    return [
        table("What each has", ("resource", "have", "unit"), have),
        table("What is needed, the fullest first", columns, rows),
    ]


def _traffic(section: data.Traffic) -> list[Table]:
    pairs = np.argwhere(section.packets > 0)
    sizes = section.packets[tuple(pairs.T)]
    rows: list[tuple[Cell, ...]] = [
        (section.labels[pairs[i, 0]], section.labels[pairs[i, 1]], float(sizes[i]))
        for i in np.argsort(-sizes, kind="stable")
    ]
    return [table("Pairs, the busiest first", ("from", "to", "packets per tick"), rows)]


def _raster(section: data.Raster) -> list[Table]:
    rows: list[tuple[Cell, ...]] = [
        (
            s.name,
            "input" if s.is_input else s.kind,
            s.cells,
            s.total,
            s.total_reference,
            s.differing,
        )
        for s in section.populations
    ]
    columns = (
        "population",
        "kind",
        "cells",
        "sent by the emulator",
        "by the golden model",
        "differ",
    )
    return [table("Signals", columns, rows)]


def _traces(section: data.Traces) -> list[Table]:
    rows: list[tuple[Cell, ...]] = []
    for t in section.traces:
        real = t.real
        differ = int(np.count_nonzero(t.raw != t.reference))
        ends = f"{compact(t.low * t.scale)} to {compact(t.high * t.scale)}"
        seen = f"{compact(float(real.min(initial=0)))} to {compact(float(real.max(initial=0)))}"
        rows.append((t.population, t.cell, t.state, t.format, ends, seen, differ))
    columns = ("population", "cell", "state", "format", "range", "seen", "steps that differ")
    return [table("States", columns, rows)]


def _energy(section: data.Energy) -> list[Table]:
    names = dict.fromkeys(a.name for case in section.cases for a in case.amounts)
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        found = {c.name: a for c in section.cases for a in c.amounts if a.name == name}
        first = next(iter(found.values()))
        values = [compact(found[c.name].value) if c.name in found else "–" for c in section.cases]
        title = amount_name(first)
        rows.append((title, *values, readable_unit(first.unit), first.status, ", ".join(first.of)))
    cases = [case.name for case in section.cases]
    columns = ("amount", *cases, "unit", "status", "from figures")
    tables = [table("Amounts", columns, rows)]
    for case in section.cases:
        kinds: list[tuple[Cell, ...]] = [
            (e.title, e.total, e.busiest, e.price, e.takes) for e in case.events if e.total > 0
        ]
        if kinds:
            columns = ("event", "in all", "on the busiest core", "price", "takes there")
            tables.append(table(f"Events, {case.name}", columns, kinds))
    return tables


def _area(section: data.Area) -> list[Table]:
    rows: list[tuple[Cell, ...]] = [
        (
            p.name,
            float(p.used),
            p.have,
            _percent(p.used / p.have if p.have else None),
            p.status,
            p.source,
        )
        for p in section.pools
    ]
    columns = ("element", "need", "have", "share", "status", "source")
    return [table("Elements", columns, rows), *(account(t) for t in section.folding)]


def account(given: api.Table) -> Table:
    """A table of a backend as the page has them."""
    return table(given.title, given.columns, given.rows)


def _quantisation(section: data.Quantisation) -> list[Table]:
    weights: list[tuple[Cell, ...]] = [
        (w.projection, w.synapses, w.bits, f"{w.low:,} to {w.high:,}", _number(w.rms),
         _number(w.worst), _percent(w.relative))
        for w in section.weights
    ]  # fmt: skip
    formats: list[tuple[Cell, ...]] = [
        (f.population, f.state, f.format, f"{compact(f.low)} to {compact(f.high)}", _number(f.step),
         _number(f.bound), _number(f.headroom_bits), _number(f.seen), _number(f.free_bits),
         _percent(f.clipped))
        for f in section.formats
    ]  # fmt: skip
    errors: list[tuple[Cell, ...]] = [
        (e.population, e.quantity, e.rms, e.worst, e.scale, _percent(e.differing))
        for e in section.errors
    ]
    found = []
    if errors:
        title = f"Integers against floats, {section.samples} samples"
        columns = "population, quantity, RMS error, worst, RMS of floats, differ"
        found.append(table(title, columns.split(", "), errors))
    if weights:
        columns = "projection, weights, bits, raw, RMS error, worst, relative"
        found.append(table("Weights", columns.split(", "), weights))
    if formats:
        columns = (
            "population, state, format, range, step, at most, bits of headroom, "
            "largest in the run, bits free in it, clipped"
        )
        found.append(table("Formats", columns.split(", "), formats))
    return found


def _devices(section: data.Devices) -> list[Table]:
    def shown(value: Spread | None) -> str:
        return "–" if value is None else f"{100 * value.mean:.1f} ± {100 * value.deviation:.1f} %"

    rows: list[tuple[Cell, ...]] = [
        (c.title, shown(c.values), shown(c.classes), shown(c.accuracy)) for c in section.costs
    ]
    columns = ("effect", "values that change", "classes that change", "accuracy")
    return [table("Effects", columns, rows)]


def _timings(section: BuildInfo) -> list[Table]:
    rows: list[tuple[Cell, ...]] = [(p.name, p.wall, p.cpu) for p in section.passes]
    return [table("Passes", ("pass", "seconds", "seconds of the processor"), rows)]


def _search(section: data.Search) -> list[Table]:
    rows: list[tuple[Cell, ...]] = [
        (p.seconds, p.cost, p.bound, _percent((p.cost - p.bound) / p.cost if p.cost else 0.0))
        for p in section.points
    ]
    return (
        [table("Course of the search", ("seconds", "cost", "bound", "gap"), rows)] if rows else []
    )
