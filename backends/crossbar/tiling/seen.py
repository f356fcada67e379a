"""What converters see of samples: signals of every source, and what comes of the sums."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import Arithmetic, Operator, reach
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.simulate import golden
from somac.ir.tiling import Block, Converters, Tiling, column_sums

__all__ = ["Fidelity", "clipped_by_column", "fidelity", "signals_of"]

Raw = NDArray[np.int64]

_VECTORS = 256
"""Signals of a step that are looked at per projection."""

_CONVERSIONS = 1 << 23

_RECORDED = 1 << 25
"""Signals that are kept of a run."""

_EXACT = 2.0**52


@dataclass(frozen=True, slots=True)
class Fidelity:
    """What conversion makes of samples.

    Parameters
    ----------
    clipped
        Share of conversions whose code is clipped.
    worst
        The same of the column of a block where it is largest.
    error
        Root mean square of what is added, minus that of exact sums, over that of exact sums.
    """

    clipped: float
    worst: float
    error: float


def signals_of(
    network: IntegerNetwork, samples: Mapping[str, Raw], sources: Collection[str]
) -> dict[str, Raw]:
    """What sources send for samples, without any rounding: int64 (vectors, cells) by name.

    Steps of all samples are one axis; vectors that are zero add nothing and are left out.
    """
    seen = golden(network, _few(network, samples, sources), record=sorted(sources)).signals
    found = {}
    for name in sources:
        flat = seen[name].reshape(-1, seen[name].shape[-1])
        found[name] = _spread(flat[flat.any(axis=1)], _VECTORS)
    return found


def _spread(vectors: Raw, most: int) -> Raw:
    """At most so many of them, at equal distances."""
    count = min(len(vectors), max(1, most))
    return vectors[np.linspace(0, max(len(vectors) - 1, 0), count).astype(np.int64)]


def _few(
    network: IntegerNetwork, samples: Mapping[str, Raw], sources: Collection[str]
) -> dict[str, Raw]:
    """As many samples, and if need be as many steps of one, as there is memory for."""
    recorded = {*sources, *(o.source for o in network.outputs)}
    cells = sum(i.size for i in network.inputs if i.name in recorded)
    cells += sum(p.size for p in network.populations if p.name in recorded)
    every, steps = next(iter(samples.values())).shape[:2]
    steps = min(steps, max(1, _RECORDED // cells))
    count = min(every, max(1, _RECORDED // (cells * max(1, steps))))
    return {name: _spread(given, count)[:, :steps] for name, given in samples.items()}


def clipped_by_column(tiling: Tiling, signals: Raw) -> list[NDArray[np.float64]]:
    """Share of the conversions of a column that are clipped: float64 (columns,) per block.

    `signals` are (vectors, source), as from `signals_of`.
    """
    return [
        by_column * (len(by_column) / max(1, conversions))
        for by_column, conversions in (_clipped(tiling, b, signals) for b in tiling.blocks)
    ]


def _clipped(tiling: Tiling, block: Block, signals: Raw) -> tuple[NDArray[np.float64], int]:
    """Clipped conversions of each column, and all conversions."""
    each = len(tiling.converters.pulse_factors) * block.uses * tiling.converters.planes
    each *= block.weights.shape[1]
    some = _spread(signals, _CONVERSIONS // each)
    sums = column_sums(tiling.converters, block, some)
    beyond = _beyond(tiling.converters, sums, block.steps[:, None])
    return beyond.sum(axis=(0, 1, 2, 3)).astype(np.float64), beyond.size


def fidelity(p: IntegerProjection, tiling: Tiling, signals: Raw) -> Fidelity:
    """How near a tiling comes to its projection for signals, (vectors, source)."""
    clipped = conversions = 0
    worst = 0.0
    for block in tiling.blocks:
        by_column, count = _clipped(tiling, block, signals)
        clipped += int(by_column.sum())
        conversions += count
        worst = max(worst, float(by_column.max(initial=0)) * len(by_column) / max(1, count))
    wires = p.connectivity
    fast = reach(wires, float(np.abs(signals).max(initial=0))) < _EXACT
    how: Arithmetic = np.float64 if fast else np.int64
    exact = _sum(wires.by_delay(how), signals.astype(how), wires.target_size)
    made = _sum(tiling.by_delay(wires), signals, wires.target_size)
    total = float(np.sum(exact.astype(np.float64) ** 2))
    off = float(np.sum((made - exact).astype(np.float64) ** 2))
    error = float(np.sqrt(off / total)) if total else float(off > 0)
    return Fidelity(clipped / max(1, conversions), worst, error)


def _beyond(converters: Converters, sums: Raw, steps: Raw) -> NDArray[np.bool_]:
    """Where the nearest code is not one that there is."""
    rounded = np.sign(sums) * ((2 * np.abs(sums) + steps) // (2 * steps))
    return np.asarray((rounded < converters.low) | (rounded > converters.high))


def _sum(maps: Iterator[tuple[int, Operator]], signals: NDArray[Any], size: int) -> Raw:
    """What maps add in all, their delays put aside: int64 (vectors, target)."""
    total = np.zeros((len(signals), size), np.int64)
    for _, operator in maps:
        total += np.asarray(operator(signals), np.int64)
    return total
