"""What a report could show and does not: why, and what helps."""

from __future__ import annotations

from collections.abc import Iterator

from somac.compiler.api import Program
from somac.compiler.record.mapping import MAPPING
from somac.compiler.record.numbers import NUMBERS
from somac.compiler.record.target import TARGET
from somac.compiler.report.data import Missing, Report
from somac.ir.errors import SomacError
from somac.ir.network import Network
from somac.ir.program import BUILD_INFO

__all__ = ["absent"]

_AGAIN = "compile the model again with this version of somac"


def absent(
    report: Report, model: Network | None, program: Program, origin: str
) -> Iterator[Missing]:
    """In the order of the sections; `origin` is the digest of the float model, if there was one."""
    files = program.files.files
    if TARGET not in files:
        yield Missing("summary", f"the bundle has no {TARGET}: figures have no sources", _AGAIN)
    if MAPPING not in files:
        for section in ("placement", "utilisation", "traffic", "search"):
            yield Missing(section, f"the bundle has no {MAPPING}", _AGAIN)
    if report.raster is None:
        for section in ("raster", "traces"):
            yield Missing(section, "there are no data to run on", "give some with --input")
    if report.energy is None:
        yield Missing("energy", "the backend has no model of costs for this bundle")
    if NUMBERS not in files:
        why = f"the bundle has no {NUMBERS}: it was compiled from integers, or long ago"
        yield Missing("quantisation", why)
    elif model is None and origin:
        why = "what is lost from floats to integers takes data and the float model"
        lacks = "it with --model" if report.raster else "both with --input and --model"
        yield Missing("quantisation", why, f"give {lacks}")
    if report.devices is None and _may_have_devices(program):
        why = "no imperfect devices were tried"
        yield Missing("devices", why, "ask for some with --devices and --input")
    if report.timings is None:
        why = f"there is no {BUILD_INFO} beside the bundle"
        yield Missing("timings", why, "it is there where somac compile wrote the bundle")


def _may_have_devices(program: Program) -> bool:
    """Whether the backend knows of any; one that is not installed does not."""
    try:
        return bool(program.effects())
    except SomacError:
        return False
