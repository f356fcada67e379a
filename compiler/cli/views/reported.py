"""A report that was written, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from somac.compiler.report.data import Missing, Report

__all__ = ["FileView", "ReportedView", "reported_view"]


@dataclass(frozen=True, slots=True)
class FileView:
    """A file that was written."""

    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class ReportedView:
    """What was written of which bundle; `sections` that there are, `missing` that could be."""

    bundle: str
    model: str
    target: str
    files: tuple[FileView, ...]
    sections: tuple[str, ...]
    missing: tuple[Missing, ...]


def reported_view(bundle: str, report: Report, texts: Mapping[Path, str]) -> ReportedView:
    """The files in the order in which they were written."""
    names = [f.name for f in fields(report) if f.name not in {"summary", "missing"}]
    return ReportedView(
        bundle,
        report.summary.model,
        report.summary.target,
        tuple(FileView(str(path), len(text.encode())) for path, text in texts.items()),
        tuple(name for name in names if getattr(report, name) is not None),
        report.missing,
    )
