"""What a bundle of a sparse engine says of itself: its size, its cycles, the balance of lanes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.account import CircuitAccount
from somac.backends.fpga.ese.area import area_of, stores
from somac.backends.fpga.ese.emit import Emitted
from somac.backends.fpga.ese.schedule import predict
from somac.ir.target import Part

__all__ = ["sparse_account"]

_STEPS = 3

_EVEN = 0.95
"""Of the fullest lane, what the mean should have."""


def sparse_account(emitted: Emitted, part: Part) -> CircuitAccount:
    """Area, figures and remarks."""
    geometry, encoded = emitted.geometry, emitted.encoded
    entries = max(1, *(len(w) for w in encoded.weights))
    made = emitted.structure, geometry, emitted.updates, entries
    return CircuitAccount(
        emitted.top,
        area_of(*made, part),
        "estimated; logic by figures of engines",
        {
            "lanes": geometry.lanes,
            "channels": geometry.channels,
            "matrices": len(emitted.structure.matrices),
            "weights": int(encoded.stored.sum()),
            "memories": sum(store.count for store in stores(*made)),
        },
        dict(_remarks(emitted, part)),
    )


def _remarks(emitted: Emitted, part: Part) -> Iterator[tuple[str, str]]:
    geometry, encoded, work = emitted.geometry, emitted.encoded, emitted.work
    yield (
        "sparse engine",
        f"{_said(geometry.lanes, 'lane')}, {_said(geometry.channels, 'sample')} side by side, "
        f"queues of {_said(geometry.depth, 'column')}, entries of {geometry.weight_bits} bits of "
        f"weight and {geometry.index_bits} that skip rows",
    )
    period = predict(work, geometry.depth, _STEPS).period
    busy = work.entries.sum(axis=1)
    yield (
        "a step",
        f"{period:,} cycles, {period / part.clock_mhz:.4g} us at {part.clock_mhz:g} MHz, of "
        f"{_said(geometry.channels, 'sample')}; lanes busy for {_percent(busy.min() / period)} to "
        f"{_percent(busy.max() / period)}, balance of all {_balance(busy)}",
    )
    if busy.mean() < _EVEN * busy.max():
        yield "lanes", f"uneven: pruned with --prune-lanes {geometry.lanes} all have as much to do"
    for number, matrix in enumerate(emitted.structure.matrices):
        size = f"{matrix.projection.connectivity.target_size:,} x {matrix.columns:,}"
        yield (
            f"matrix {matrix.projection.name}",
            f"{size}, {encoded.stored[number]:,} weights and {encoded.padding[number]:,} entries "
            f"for gaps, balance {_balance(work.entries[:, number])}",
        )


def _balance(entries: NDArray[np.int64]) -> str:
    """The mean of the lanes over the fullest."""
    return _percent(entries.mean() / max(1, int(entries.max()))) if entries.any() else "of nothing"


def _said(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
