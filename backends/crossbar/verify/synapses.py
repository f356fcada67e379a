"""Every synapse once: what codes and tables, or the files of adders, join with what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import FILE, Description, Digital, Tiled
from somac.backends.crossbar.verify.arrays import Codes, weights_of
from somac.backends.crossbar.verify.files import array
from somac.backends.crossbar.verify.tilings import Tables
from somac.backends.damage import require
from somac.ir.connectivity import Connectivity
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

__all__ = ["check_synapses"]

Integers = NDArray[np.int64]
Cells = NDArray[np.int32] | Integers

_SHOWN = 3


def check_synapses(
    program: Program, network: IntegerNetwork, d: Description, codes: Codes, tables: Tables
) -> Iterator[Diagnostic]:
    """E0804 and E0805; DamagedError for a digital projection that cannot be read."""
    wirings = {p.name: p.connectivity for p in network.projections}
    for tiled in d.tiled:
        wiring = wirings[tiled.projection]
        key = _Key.of(wiring, {b.delay for b in d.blocks[tiled.first : tiled.stop]})
        parts = [key.listed(*part) for part in _on_arrays(d, tiled, codes, tables)]
        yield from _differences(tiled, wiring, key, _joined(parts))
    for digital in d.digital:
        wiring = wirings[digital.projection]
        sources, targets, delays, weights = _by_adders(program, digital, wiring)
        key = _Key.of(wiring, set(np.unique(delays).tolist()))
        yield from _differences(digital, wiring, key, key.listed(sources, targets, delays, weights))


@dataclass(frozen=True, slots=True, eq=False)
class _Listed:
    """Synapses: int64 (synapses,) numbers of whom they join with which delay, and weights."""

    key: Integers
    weight: Integers


@dataclass(frozen=True, slots=True, eq=False)
class _Key:
    """One number for source, target and delay; `delays` int64 (delays,) ascending."""

    targets: int
    delays: Integers

    @classmethod
    def of(cls, wiring: Connectivity, delays: set[int]) -> _Key:
        """Of a projection, with the delays of its own and others."""
        return cls(wiring.target_size, np.array(sorted({*delays, *wiring.delays}), np.int64))

    def listed(
        self, source: Cells, target: Cells, delay: Cells | int, weight: NDArray[Any]
    ) -> _Listed:
        """Synapses by their numbers."""
        key = source.astype(np.int64)
        key *= self.targets
        key += target
        key *= len(self.delays)
        key += np.searchsorted(self.delays, delay)
        return _Listed(key, weight.astype(np.int64))

    def meaning(self, key: int) -> tuple[int, int, int]:
        """Source, target and delay."""
        pair, delay = divmod(key, len(self.delays))
        return *divmod(pair, self.targets), int(self.delays[delay])


def _on_arrays(
    d: Description, way: Tiled, codes: Codes, tables: Tables
) -> Iterator[tuple[Cells, Cells, int, Integers]]:
    """Source, target, delay and weight of what first copies join, block by block."""
    how = d.converters[way.converters]
    for b in d.blocks[way.first : way.stop]:
        weights = weights_of(codes[b.copies[0].array], b, b.copies[0], how)
        if weights is None:
            continue
        rows, columns = np.nonzero(weights)
        sources = tables[0][b.sources : b.sources + b.uses * b.rows].reshape(b.uses, b.rows)
        targets = tables[1][b.targets : b.targets + b.uses * b.columns].reshape(b.uses, b.columns)
        source, target = sources[:, rows], targets[:, columns]
        there = (source >= 0) & (target >= 0)
        weight = np.broadcast_to(weights[rows, columns], source.shape)[there]
        yield source[there], target[there], b.delay, weight


def _joined(parts: Sequence[_Listed]) -> _Listed:
    nothing = np.zeros(0, np.int64)
    return _Listed(
        np.concatenate([nothing, *(p.key for p in parts)]),
        np.concatenate([nothing, *(p.weight for p in parts)]),
    )


def _by_adders(
    program: Program, way: Digital, wiring: Connectivity
) -> tuple[Cells, Cells, Cells, Cells]:
    sources = array(program, way.sources, "int32", None)
    targets = array(program, way.targets, "int32", len(sources))
    weights = array(program, way.weights, "int32", len(sources))
    delays = np.zeros(len(sources), np.int64)
    if way.delays is not None:
        delays = array(program, way.delays, "int64", len(sources))
    for file, cells, size in (
        (way.sources, sources, wiring.source_size),
        (way.targets, targets, wiring.target_size),
        (way.delays or FILE, delays, 1 << 31),
    ):
        inside = not len(cells) or 0 <= cells.min() <= cells.max() < size
        require(inside, file, f"numbers that are not from 0 to {size - 1}")
    return sources, targets, delays, weights


def _differences(
    way: Tiled | Digital, wiring: Connectivity, key: _Key, have: _Listed
) -> Iterator[Diagnostic]:
    rows = wiring.rows(0, wiring.source_size)
    source = np.repeat(np.arange(wiring.source_size), np.diff(rows.indptr))
    need = key.listed(source, rows.target, rows.delay, rows.weight)
    # the same synapses with opposite weights, so that what is left over is what differs
    need.weight[:] *= -1
    left = _summed(_joined([have, need]))
    for number, weight in zip(left.key[:_SHOWN].tolist(), left.weight.tolist(), strict=False):
        s, t, delay = key.meaning(number)
        own = int(have.weight[have.key == number].sum())
        yield Diagnostic(
            "E0804" if own == 0 else "E0805",
            f"projection {way.projection}: another weight from {way.source}[{s}] to "
            f"{way.target}[{t}], delay {delay} ({len(left.key)} such synapses)",
            Place(file=FILE, node=way.projection),
            have=f"weight {own}",
            need=f"weight {own - weight}",
        )


def _summed(synapses: _Listed) -> _Listed:
    """Those of one key added up, those of weight 0 left out."""
    if not len(synapses.key):
        return synapses
    order = np.argsort(synapses.key, kind="stable")
    key = synapses.key[order]
    first = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
    weight = np.add.reduceat(synapses.weight[order], first)
    keep = weight != 0
    return _Listed(key[first[keep]], weight[keep])
