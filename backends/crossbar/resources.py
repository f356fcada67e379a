"""What cells of populations take of a core, besides arrays: the neurons that its unit updates."""

from __future__ import annotations

from collections.abc import Mapping

from somac.backends.crossbar.packing import NEURONS

__all__ = ["UnitResources"]


class UnitResources:
    """Neurons, one each."""

    def demand(self, population: str, start: int, stop: int) -> Mapping[str, int]:
        """See `somac.backends.api.ResourceModel`."""
        return {NEURONS: stop - start}
