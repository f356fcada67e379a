"""Every synapse once: what codes and tables, or the files of adders, join with what."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import FILE, Description, Digital, Tiled
from somac.backends.crossbar.verify.arrays import Codes, weights_of
from somac.backends.crossbar.verify.files import array, require
from somac.backends.crossbar.verify.tilings import Tables
from somac.ir.connectivity import Connectivity
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

__all__ = ["check_synapses"]

Integers = NDArray[np.int64]

_SHOWN = 3


def check_synapses(
    program: Program, network: IntegerNetwork, d: Description, codes: Codes, tables: Tables
) -> Iterator[Diagnostic]:
    """E0804 and E0805; DamagedError for a digital projection that cannot be read."""
    wirings = {p.name: p.connectivity for p in network.projections}
    for tiled in d.tiled:
        yield from _differences(
            tiled, wirings[tiled.projection], _on_arrays(d, tiled, codes, tables)
        )
    for digital in d.digital:
        wiring = wirings[digital.projection]
        yield from _differences(digital, wiring, _by_adders(program, digital, wiring))


def _on_arrays(d: Description, way: Tiled, codes: Codes, tables: Tables) -> Integers:
    """int64 (4, synapses): source, target, delay, weight, of the first copies."""
    how = d.converters[way.converters]
    found = [np.zeros((4, 0), np.int64)]
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
        delay = np.full(len(weight), b.delay)
        found.append(np.stack((source[there], target[there], delay, weight)).astype(np.int64))
    return np.concatenate(found, axis=1)


def _by_adders(program: Program, way: Digital, wiring: Connectivity) -> Integers:
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
    return np.stack((sources, targets, delays, weights)).astype(np.int64)


def _differences(
    way: Tiled | Digital, wiring: Connectivity, have: Integers
) -> Iterator[Diagnostic]:
    rows = wiring.rows(0, wiring.source_size)
    source = np.repeat(np.arange(wiring.source_size), np.diff(rows.indptr))
    need = np.stack((source, rows.target, rows.delay, rows.weight)).astype(np.int64)
    # the same synapses with opposite weights, so that what is left over is what differs
    both = np.concatenate((have, need), axis=1)
    both[3, have.shape[1] :] *= -1
    left = _summed(both, wiring.target_size)
    for s, t, delay, weight in left.T[:_SHOWN].tolist():
        own = _weight(have, s, t, delay)
        meant = own - weight
        yield Diagnostic(
            "E0804" if own == 0 else "E0805",
            f"projection {way.projection}: another weight from {way.source}[{s}] to "
            f"{way.target}[{t}], delay {delay} ({left.shape[1]} such synapses)",
            Place(file=FILE, node=way.projection),
            have=f"weight {own}",
            need=f"weight {meant}",
        )


def _summed(synapses: Integers, targets: int) -> Integers:
    """Synapses of one way added up, those of weight 0 left out."""
    delays, delay = np.unique(synapses[2], return_inverse=True)
    key = (synapses[0] * targets + synapses[1]) * len(delays) + delay
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1]))[: len(key)])
    if not len(first):
        return synapses
    weight = np.add.reduceat(synapses[3, order], first)
    whole = synapses[:, order[first]]
    whole[3] = weight
    return np.asarray(whole[:, weight != 0])


def _weight(synapses: Integers, source: int, target: int, delay: int) -> int:
    here = (synapses[0] == source) & (synapses[1] == target) & (synapses[2] == delay)
    return int(synapses[3, here].sum())
