"""Every synapse of the machine in flat arrays: keys are sent, routed, and looked up on cores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emulator.cells import Cells
from somac.backends.manycore.emulator.columns import BLOCK
from somac.backends.manycore.emulator.decode import CoreMemory
from somac.backends.manycore.emulator.files import Files
from somac.backends.manycore.emulator.parts import PlasticPart, join_parts
from somac.backends.manycore.emulator.routing import Deliveries, follow

__all__ = ["FlatSynapses", "Reach", "flatten"]

Integers = NDArray[np.int64]
Column = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Who reaches each core.

    Parameters
    ----------
    begin
        int64 (cores + 1,): entries ``begin[c]`` to ``begin[c + 1]`` are those of core c.
    source, synapses, words
        int32 (entries,): a source with synapses on the core, how many, and how many of them are
        words of rows.
    way
        int64 (sources,): the way that packets of each source take, or -1 if it sends none.
    way_begin
        int64 (cores + 1,): as `begin`, for `ways`.
    ways
        int64: the ways that lead to each core, even where there are no synapses.
    neurons
        int64 (cores,): how many each core has.
    passes, products
        int64 (cores,): of the MAC array of each core, in an update.
    """

    begin: Integers
    source: Column
    synapses: Column
    words: Column
    way: Integers
    way_begin: Integers
    ways: Integers
    neurons: Integers
    passes: Integers
    products: Integers


@dataclass(frozen=True, slots=True, eq=False)
class FlatSynapses:
    """Synapses ordered by source, int32 (synapses,) each, and what sources cost.

    What a plastic projection is sent arrives by synapses of weight 1, in accumulators of its own.

    Parameters
    ----------
    source
        Number of the cell or channel that sends.
    target
        Accumulator.
    weight, delay
        Weight, and ticks until it arrives.
    sends
        bool (sources,): whether a source sends packets at all.
    heard
        int64 (sources,): cores that each of its packets reaches.
    crossings
        int64 (sources,): links between chips that each of its packets takes.
    events
        int64 (sources,): synaptic events of each signal, those of plastic projections too.
    reach
        The cores that each source reaches.
    """

    source: Column
    target: Column
    weight: Column
    delay: Column
    sends: NDArray[np.bool_]
    heard: Integers
    crossings: Integers
    events: Integers
    reach: Reach


def flatten(files: Files, cells: Cells) -> tuple[FlatSynapses, tuple[PlasticPart, ...]]:
    """Follow every packet that can be sent; plastic projections are put together apart.

    Raises
    ------
    SomacError
        E0710 if plastic blocks do not fit together, E0712, E0714 if routes lead nowhere or in
        circles.
    """
    keys, chips = _senders(files, cells)
    (sending,) = np.nonzero(keys >= 0)
    # in the order of their keys, so that rows are found by theirs
    sending = sending[np.argsort(keys[sending], kind="stable")]
    found = follow(files.experiment.chips, files.tables, keys[sending], chips[sending])
    reaching = _by_core(files, found.deliveries)
    leads = np.concatenate([np.zeros(0, dtype=np.int64), *reaching])
    known = len(found.deliveries.crossings)
    way = np.full(len(keys), -1, dtype=np.int64)
    way[sending] = found.of
    crossings, heard = np.zeros((2, len(keys)), dtype=np.int64)
    crossings[sending] = found.deliveries.crossings[found.of]
    # a packet reaches a core once, or its route would come back to a chip
    heard[sending] = np.bincount(leads, minlength=known)[found.of]
    parts: list[tuple[Column, ...]] = [(np.zeros(0, dtype=np.int32),) * 4]
    senders = sending.astype(np.int32)
    ordered = keys[sending]
    words: list[int] = []

    def comes(core: int) -> NDArray[np.bool_]:
        """Per source, whether its packets come to a core."""
        taken = np.zeros(known + 1, dtype=np.bool_)
        taken[reaching[core]] = True
        # those that send nothing take the way -1, which nobody takes
        return taken[way]

    for core, memory in enumerate(files.memories):
        arriving, in_words = _arriving(memory, cells, core, senders, ordered, comes(core)[sending])
        parts.append(arriving)
        words.append(in_words)
    plastic = join_parts(files, cells, keys, comes, cells.accumulators, BLOCK)
    by_core = [
        np.concatenate([part[0], own])
        for part, own in zip(parts[1:], _rows_by_core(plastic, len(reaching)), strict=True)
    ]
    reached: list[tuple[Column, Column, Column]] = [(np.zeros(0, dtype=np.int32),) * 3]
    reached += [_counted(*given) for given in zip(by_core, words, strict=True)]
    events = np.zeros(len(keys), dtype=np.int64)
    for own, counts, _ in reached:
        events[own] += counts
    parts += [_to_arrivals(part) for part in plastic]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    source, target, weight, delay = (column[order] for column in columns)
    reach = Reach(
        np.cumsum([len(own) for own, *_ in reached]),
        np.concatenate([own for own, _, _ in reached]),
        np.concatenate([counts for _, counts, _ in reached]),
        np.concatenate([counts for _, _, counts in reached]),
        way,
        np.cumsum([0, *map(len, reaching)]),
        leads,
        np.array([memory.neurons for memory in files.memories], dtype=np.int64),
        np.array([sum(m.passes for m in memory.matrices) for memory in files.memories]),
        np.array([sum(m.products for m in memory.matrices) for memory in files.memories]),
    )
    flat = FlatSynapses(source, target, weight, delay, keys >= 0, heard, crossings, events, reach)
    return flat, plastic


def _rows_by_core(plastic: Sequence[PlasticPart], cores: int) -> list[Column]:
    """Per core the source of each of its plastic synapses at which something can arrive."""
    none = np.zeros(0, dtype=np.int64)
    every = np.concatenate([none, *(part.source[part.cell] for part in plastic)])
    core = np.concatenate([none, *(part.core for part in plastic)])
    heard = every >= 0
    every, core = every[heard], core[heard]
    order = np.argsort(core, kind="stable")
    edges = np.searchsorted(core[order], np.arange(cores + 1))
    return [every[order[a:b]].astype(np.int32) for a, b in pairwise(edges.tolist())]


def _to_arrivals(part: PlasticPart) -> tuple[Column, ...]:
    """Source, accumulator, weight and delay of what leads to the cells of a part."""
    (cell,) = np.nonzero(part.source >= 0)
    return (
        part.source[cell].astype(np.int32),
        (part.arrivals + cell).astype(np.int32),
        np.ones(len(cell), dtype=np.int32),
        np.full(len(cell), part.delay, dtype=np.int32),
    )


def _counted(source: Column, words: int) -> tuple[Column, Column, Column]:
    """The sources of synapses, how many each has, and how many of the first so many, `words`."""
    sources, place = np.unique(source, return_inverse=True)
    counts, in_words = (np.bincount(p, minlength=len(sources)) for p in (place, place[:words]))
    return sources, counts.astype(np.int32), in_words.astype(np.int32)


def _senders(files: Files, cells: Cells) -> tuple[Integers, Integers]:
    """Per source the key it sends, -1 for none, and the chip where its packets start."""
    keys = np.full(cells.edges[-1], -1, dtype=np.int64)
    chips = np.full(cells.edges[-1], files.experiment.host_chip, dtype=np.int64)
    for core, (plan, memory) in enumerate(zip(files.experiment.cores, files.memories, strict=True)):
        own = cells.sources(core)
        chips[own] = plan.chip
        if memory.key is not None:
            keys[own] = memory.key + np.arange(memory.neurons)
    inputs = cells.edges[len(cells.groups) : -1].tolist()
    for first, given in zip(inputs, files.experiment.inputs, strict=True):
        for part in given.keys:
            channels = slice(first + part.start, first + part.stop)
            keys[channels] = part.key + np.arange(part.stop - part.start)
    return keys, chips


def _by_core(files: Files, delivered: Deliveries) -> list[Integers]:
    """The ways that lead to each core; what reaches a core that is not loaded is lost."""
    span = 1 + max((plan.core for plan in files.experiment.cores), default=0)
    span = max(span, 1 + int(delivered.core.max(initial=0)))
    places = np.array([c.chip * span + c.core for c in files.experiment.cores], dtype=np.int64)
    reached = delivered.chip * span + delivered.core
    order = np.argsort(reached, kind="stable")
    low = np.searchsorted(reached[order], places, side="left")
    high = np.searchsorted(reached[order], places, side="right")
    return [delivered.packet[order[a:b]] for a, b in zip(low, high, strict=True)]


def _arriving(
    memory: CoreMemory,
    cells: Cells,
    core: int,
    source: Column,
    key: Integers,
    arrives: NDArray[np.bool_],
) -> tuple[tuple[Column, ...], int]:
    """The population table at work: source, accumulator, weight and delay of every synapse.

    `source` are all that send, in the order of their keys; `arrives` says whose packets reach
    the core. One packet may find several rows. The synapses that are words come first; their
    number comes with them.
    """
    rows, place = memory.synapses, cells.cores[core]
    group = cells.groups[place.group]
    low = np.searchsorted(key, rows.key, side="left")
    count = np.searchsorted(key, rows.key, side="right") - low
    at = _ranges(low, count)
    there = arrives[at]
    sender = source[at[there]]
    row = np.repeat(np.arange(len(rows.key)), count)[there]
    length = rows.begin[row + 1] - rows.begin[row]
    pick = _ranges(rows.begin[row], length)
    port = group.first + rows.port[pick].astype(np.int64) * group.stride
    columns = (
        np.repeat(sender, length),
        (port + place.cells[rows.target[pick]]).astype(np.int32),
        rows.weight[pick],
        rows.delay[pick],
    )
    return columns, int(length[row < rows.in_words].sum())


def _ranges(start: Integers, length: Integers) -> Integers:
    """start[0], start[0] + 1, ... (length[0] numbers), start[1], ..."""
    begin = np.cumsum(length) - length
    return np.repeat(start - begin, length) + np.arange(int(length.sum()))
