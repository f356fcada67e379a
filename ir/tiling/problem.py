"""Whether blocks are the projection that they stand for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import Connectivity
from somac.ir.fixed import Format
from somac.ir.tiling.value import Tiling

__all__ = ["tiling_problem"]

Raw = NDArray[np.int64]


def tiling_problem(tiling: Tiling, connectivity: Connectivity, sent: Format) -> str | None:
    """Why blocks are not the projection: signals, weights, or synapses that they do not have."""
    converters = tiling.converters
    (least, most), carried = (sent.minimum, sent.maximum), converters.signals
    if least < carried[0] or most > carried[1]:
        return f"it is sent {least} to {most}, and pulses carry {carried[0]} to {carried[1]}"
    weights, kept = tiling.weights, converters.weights
    if weights.size and (weights.min() < kept[0] or weights.max() > kept[1]):
        return f"its blocks weigh {weights.min()} to {weights.max()}, cells {kept[0]} to {kept[1]}"
    for name, size in (
        ("sources", connectivity.source_size),
        ("targets", connectivity.target_size),
    ):
        cells = getattr(tiling, name)
        if cells.size and not -1 <= cells.min() <= cells.max() < size:
            return f"{name} of its blocks are not within {size} cells"
    # a number for every way there can be, and the weight that goes along it
    delays = np.unique(np.array([*tiling.delay.tolist(), *connectivity.delays], np.int64))
    if connectivity.source_size * connectivity.target_size * len(delays) >= 1 << 63:
        return "its cells and delays are more than can be numbered"
    try:
        wanted = _wanted(connectivity, delays)
    except ValueError as error:
        return str(error)
    covered = _covered(tiling, connectivity.target_size, delays)
    if not all(map(np.array_equal, wanted, covered)):
        return "its blocks do not have every synapse once"
    return None


def _covered(tiling: Tiling, targets: int, delays: Raw) -> tuple[Raw, Raw]:
    """The ways of blocks, as `_summed`."""
    none = np.zeros(0, np.int64)
    ways, weights = [none], [none.astype(np.int32)]
    for block in tiling.blocks:
        rows, columns = np.nonzero(block.weights)
        source, target = block.sources[:, rows], block.targets[:, columns]
        there = (source >= 0) & (target >= 0)
        way = source[there].astype(np.int64) * targets + target[there]
        ways.append(way * len(delays) + np.searchsorted(delays, block.delay))
        each = np.broadcast_to(block.weights[rows, columns], there.shape)
        weights.append(each[there])
    return _summed(np.concatenate(ways), np.concatenate(weights))


def _wanted(connectivity: Connectivity, delays: Raw) -> tuple[Raw, Raw]:
    """The ways of synapses, as `_summed`."""
    rows = connectivity.rows(0, connectivity.source_size)
    source = np.repeat(np.arange(connectivity.source_size), np.diff(rows.indptr))
    way = source * connectivity.target_size + rows.target
    return _summed(way * len(delays) + np.searchsorted(delays, rows.delay), rows.weight)


def _summed(ways: Raw, weights: NDArray[np.int32]) -> tuple[Raw, Raw]:
    """Ways ascending, each once, and their weights; none of weight 0."""
    if (ways[1:] < ways[:-1]).any():
        order = np.argsort(ways, kind="stable")
        ways, weights = ways[order], weights[order]
    whole = weights.astype(np.int64)
    first = np.flatnonzero(np.concatenate(([True], ways[1:] != ways[:-1]))[: len(ways)])
    if len(first) < len(ways):
        ways, whole = ways[first], np.add.reduceat(whole, first)
    there = whole != 0
    return (ways, whole) if there.all() else (ways[there], whole[there])
