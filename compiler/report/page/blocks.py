"""A report as blocks: headings, sentences, pictures, tables; what they look like is the page's."""

from __future__ import annotations

from dataclasses import dataclass

from somac.compiler.report.data import Fact, Report
from somac.compiler.report.figures.canvas import COLUMN, PAGE
from somac.compiler.report.figures.costs import base_value
from somac.compiler.report.figures.gallery import PICTURES
from somac.compiler.report.figures.text import compact, counted, readable_unit, shown, si
from somac.compiler.report.page.tables import Table, tables_of

__all__ = ["Block", "Figure", "blocks_of", "fact_text"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture for windows and one for phones, as SVG elements, and what they are."""

    name: str
    wide: str
    narrow: str
    title: str
    caption: str
    description: str


@dataclass(frozen=True, slots=True)
class Block:
    """A section of the page."""

    name: str
    title: str
    sentences: tuple[str, ...]
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]


_PREFIXED = frozenset({"B", "F", "Hz", "J", "S", "V", "W", "bit/s", "s"})
_TITLES = {
    "placement": "Placement",
    "utilisation": "Utilisation",
    "traffic": "Traffic",
    "raster": "Signals",
    "traces": "States",
    "energy": "Time and energy",
    "area": "Area",
    "quantisation": "Error budget of the quantisation",
    "devices": "Imperfect devices",
    "timings": "Compile time",
    "search": "Search for the placement",
}


def blocks_of(report: Report) -> list[Block]:
    """A block for each section that there is, in the order of the page."""
    found = []
    for name, title in _TITLES.items():
        if getattr(report, name) is not None:
            tables = tuple(tables_of(report, name))
            figures = _figures(report, name)
            found.append(Block(name, title, _sentences(report, name), figures, tables))
    return found


def title_of(section: str) -> str:
    """The heading of a section."""
    return _TITLES.get(section, section.replace("_", " "))


def _figures(report: Report, section: str) -> tuple[Figure, ...]:
    found = []
    for picture in PICTURES:
        draw = picture.of(report) if picture.section == section else None
        if draw is None:
            continue
        wide, narrow = draw(PAGE), draw(COLUMN)
        found.append(
            Figure(
                picture.name,
                wide.inline(f"{picture.name}-"),
                narrow.inline(f"{picture.name}-n-", titles=narrow.marks != wide.marks),
                wide.title,
                picture.caption,
                wide.description,
            )
        )
    return tuple(found)


def _sentences(report: Report, section: str) -> tuple[str, ...]:
    """What the section says without a picture."""
    match section:
        case "raster" if report.raster is not None:
            raster = report.raster
            label = "" if raster.label is None else f", of class {raster.label}"
            where = f"Sample {raster.sample} of {raster.samples:,}{label}, "
            where += f"{counted(raster.steps, 'step')} of {si(raster.dt, 's')}"
            if raster.steps < raster.steps_given:
                where += f", the first of {raster.steps_given:,}"
            where += "."
            if raster.differing:
                return (
                    where,
                    f"{counted(raster.differing, 'value')} differ from the golden model.",
                )
            return (where, "Every value of the emulator is that of the golden model.")
        case "search" if report.search is not None:
            s = report.search
            return (
                f"Hop-weighted traffic {s.cost:,}; no placement has less than {s.bound:,}. "
                f"Gap {100 * s.gap:.1f} %, {s.status}, by {s.solver}.",
            )
        case "quantisation" if report.quantisation is not None:
            q = report.quantisation
            if q.accuracy is None or q.accuracy_float is None:
                return ()
            return (
                f"Accuracy {100 * q.accuracy:.1f} % in integers, {100 * q.accuracy_float:.1f} % in "
                f"floats, on {counted(q.samples, 'sample')}.",
            )
        case "timings" if report.timings is not None and report.timings.peak_bytes is not None:
            return (
                f"somac {report.timings.version}, at most "
                f"{report.timings.peak_bytes / 1e6:,.0f} MB of memory.",
            )
        case "devices" if report.devices is not None:
            d = report.devices
            exact = (
                ""
                if d.exact_accuracy is None
                else (f"; exact hardware is right in {100 * d.exact_accuracy:.1f} %")
            )
            return (f"{counted(d.devices, 'device')}, {counted(d.samples, 'sample')}{exact}.",)
        case _:
            return ()


def fact_text(fact: Fact) -> str:
    """Value and unit."""
    value, unit = fact.value, readable_unit(fact.unit)
    if isinstance(value, str):
        return shown(f"{value} {unit}".strip())
    if isinstance(value, float) and base_value(value, unit)[1] in ("J", "s"):
        return si(*base_value(value, unit))
    text = compact(value) if isinstance(value, float) else f"{value:,}"
    # the letter of a thousand belongs to a unit that takes prefixes
    glue = "" if unit in _PREFIXED and text[-1:].isalpha() else " "
    return shown(f"{text}{glue}{unit}".strip())
