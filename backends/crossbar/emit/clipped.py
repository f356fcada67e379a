"""How often converters had no code for a sum, column by column, as samples show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Table
from somac.backends.crossbar.tiling.seen import clipped_by_column, signals_of
from somac.ir.integer import IntegerNetwork, IntegerProjection

__all__ = ["Shares", "clipped_shares", "clipped_table"]

Shares = Mapping[str, Sequence[NDArray[np.float64]]]
"""Per projection and block, float64 (columns,): the share of a column's conversions."""


def clipped_shares(
    network: IntegerNetwork,
    tiled: Sequence[IntegerProjection],
    samples: Mapping[str, NDArray[np.int64]],
) -> Shares:
    """Of every projection on arrays; nothing without samples."""
    if not samples or not tiled:
        return {}
    signals = signals_of(network, samples, {p.source for p in tiled})
    return {
        p.name: clipped_by_column(p.tiling, signals[p.source])
        for p in tiled
        if p.tiling is not None
    }


def clipped_table(shares: Shares) -> tuple[Table, ...]:
    """A row for every block of which a column is clipped at all."""
    rows = tuple(
        (
            f"{name}[{number}]",
            len(columns),
            _percent(float(columns.mean())),
            int(columns.argmax()),
            _percent(float(columns.max())),
        )
        for name, blocks in shares.items()
        for number, columns in enumerate(blocks)
        if columns.any()
    )
    head = ("block", "columns", "clipped", "worst column", "clipped there")
    return (Table(head, rows),) if rows else ()


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
