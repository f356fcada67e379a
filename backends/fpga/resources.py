"""What slices of a network take of an engine."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["EngineResources"]


class EngineResources:
    """Cells alone: look-up tables and memories are shared by all engines of a part."""

    def demand(self, population: str, start: int, stop: int) -> Mapping[str, int]:
        """One of ``neurons`` per cell."""
        return {"neurons": stop - start}
