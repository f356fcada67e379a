"""`Report`: all that can be shown of a bundle, a section each; what draws it reads nothing else.

A section is None where there is nothing to show, and `Report.missing` says why where the user can
change that. Arrays are read-only by convention: nobody who draws writes into them.
"""

from __future__ import annotations

from dataclasses import dataclass

from somac.compiler.record.build import BuildInfo
from somac.compiler.report.sections.accuracy import (
    Devices,
    FloatError,
    FormatOf,
    Quantisation,
    WeightError,
)
from somac.compiler.report.sections.compiling import (
    Search,
)
from somac.compiler.report.sections.costs import (
    THIS_RUN,
    Area,
    Case,
    Energy,
    Event,
    Pool,
    Quantity,
)
from somac.compiler.report.sections.placement import (
    Chip,
    Core,
    Link,
    Placement,
    Resource,
    Share,
    Traffic,
    Utilisation,
)
from somac.compiler.report.sections.runs import (
    Events,
    Raster,
    Spikes,
    Trace,
    Traces,
)
from somac.compiler.report.sections.summary import (
    Fact,
    Missing,
    Summary,
)

__all__ = [
    "THIS_RUN",
    "Area",
    "Case",
    "Chip",
    "Core",
    "Devices",
    "Energy",
    "Event",
    "Events",
    "Fact",
    "FloatError",
    "FormatOf",
    "Link",
    "Missing",
    "Placement",
    "Pool",
    "Quantisation",
    "Quantity",
    "Raster",
    "Report",
    "Resource",
    "Search",
    "Share",
    "Spikes",
    "Summary",
    "Trace",
    "Traces",
    "Traffic",
    "Utilisation",
    "WeightError",
]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything. Sections that are None have no place in the page."""

    summary: Summary
    placement: Placement | None = None
    utilisation: Utilisation | None = None
    traffic: Traffic | None = None
    raster: Raster | None = None
    traces: Traces | None = None
    energy: Energy | None = None
    area: Area | None = None
    quantisation: Quantisation | None = None
    devices: Devices | None = None
    timings: BuildInfo | None = None
    search: Search | None = None
    missing: tuple[Missing, ...] = ()
