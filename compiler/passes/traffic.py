"""Which slice talks to which, and how much: the nets that placement and routing work on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import EXPECTED_RATE
from somac.compiler.mapping.partition import Cut
from somac.ir.integer import IntegerNetwork

__all__ = ["listeners", "slice_rates"]


def listeners(network: IntegerNetwork, slices: Sequence[Cut]) -> dict[int, NDArray[np.int64]]:
    """Per slice index, the indices of the slices that have a synapse from it, ascending.

    Slices without any are left out. Rows are expanded a slice at a time.
    """
    by_name: dict[str, list[int]] = {}
    for index, part in enumerate(slices):
        by_name.setdefault(part.population, []).append(index)
    found: dict[int, list[NDArray[np.int64]]] = {}
    for projection in network.projections:
        targets = np.asarray(by_name[projection.target], dtype=np.int64)
        starts = np.asarray([slices[t].start for t in targets])
        for source in by_name[projection.source]:
            begin, end = slices[source].start, slices[source].stop
            rows = projection.structure.rows(begin, end)
            hit = np.searchsorted(starts, np.unique(rows.target), side="right") - 1
            if hit.size:
                found.setdefault(source, []).append(targets[np.unique(hit)])
    return {source: np.unique(np.concatenate(parts)) for source, parts in sorted(found.items())}


def slice_rates(
    network: IntegerNetwork,
    slices: Sequence[Cut],
    rates: Mapping[str, NDArray[np.float64]],
) -> list[float]:
    """Expected signals per hardware tick of each slice.

    `rates` has signals per cell and step of the model, (cells,), per population and input
    that was calibrated; `EXPECTED_RATE` stands for the others.
    """
    expected = []
    for part in slices:
        known = rates.get(part.population)
        per_step = (
            EXPECTED_RATE * part.size
            if known is None
            else float(known[part.start : part.stop].sum())
        )
        expected.append(per_step / network.period)
    return expected
