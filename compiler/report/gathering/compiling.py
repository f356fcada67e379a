"""How good the placement is, and the search was: ``mapping.json`` and ``build-info.json``."""

from __future__ import annotations

from somac.compiler.record.build import BuildInfo
from somac.compiler.record.mapping import MappingRecord
from somac.compiler.report.data import Search
from somac.ir.mapping import Proof

__all__ = ["search_of"]


def search_of(record: MappingRecord, build: BuildInfo | None) -> Search | None:
    """The placement; None of circuits, which are placed by other tools."""
    if record.place == "engine":
        return None
    proof = Proof(*record.proof)
    return Search(
        proof.cost,
        proof.bound,
        proof.gap,
        proof.status,
        proof.solver,
        () if build is None else build.search,
    )
