"""How the compilation went: from ``build-info.json`` and the proof of ``mapping.json``."""

from __future__ import annotations

from somac.compiler.record.build import BuildInfo
from somac.compiler.record.mapping import MappingRecord
from somac.compiler.report.data import PassTime, Point, Search, Timings
from somac.ir.mapping import Proof

__all__ = ["search_of", "timings_of"]


def timings_of(build: BuildInfo) -> Timings:
    """Times and memory."""
    passes = tuple(PassTime(row.name, row.wall, row.cpu) for row in build.passes)
    return Timings(passes, build.version, build.peak_bytes)


def search_of(record: MappingRecord, build: BuildInfo | None) -> Search | None:
    """The placement; None of circuits, which are placed by other tools."""
    if record.place == "engine":
        return None
    proof = Proof(*record.proof)
    points = () if build is None else build.search
    return Search(
        proof.cost,
        proof.bound,
        proof.gap,
        proof.status,
        proof.solver,
        tuple(Point(row.seconds, row.cost, row.bound) for row in points),
    )
