"""The row memories of an engine, decoded to the entries that its links lead to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from somac.backends.damage import require
from somac.backends.fpga.description import FILE, Engine, Link, Section, Sender
from somac.backends.fpga.verify.images import FOLDER, Integers, fields, words
from somac.ir.program import Program

__all__ = ["Entries", "engine_entries"]


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """What a link adds, an element per weight that is not 0: int64 (n,) each.

    `source` and `target` count the places of the sender and of the section; `delay` is that of
    the link and that of the entry.
    """

    engine: Engine
    section: Section
    link: Link
    source: Integers
    target: Integers
    port: Integers
    delay: Integers
    weight: Integers


@dataclass(frozen=True, slots=True, eq=False)
class _Memories:
    """int64 (words, lanes, factors), (words, lanes) of sparse ones, (cells,) of pointers."""

    dense: Integers
    weight: Integers
    index: Integers
    delay: Integers
    begin: Integers
    count: Integers


def engine_entries(
    program: Program, engine: Engine, senders: dict[str, Sender]
) -> Iterator[Entries]:
    """The entries of every link in turn.

    Raises
    ------
    DamagedError
        If a memory is missing or not as the design has it, a row is beyond its end, a word
        belongs to no row, or adds to a cell that is not there.
    """
    memories = _memories(program, engine, senders)
    dense = np.zeros(len(memories.dense), np.bool_)
    pointers = np.zeros(len(memories.begin), np.bool_)
    sparse = np.zeros(len(memories.weight), np.bool_)
    for section in engine.sections:
        for link in engine.links[slice(*section.links)]:
            sender = senders[link.source]
            if link.kind == "sparse":
                yield _sparse(engine, section, link, sender, memories, pointers, sparse)
            else:
                require(
                    (link.kind == "whole") == engine.whole,
                    FILE,
                    f"{engine.name}: a link of kind {link.kind}, where whole is {engine.whole}",
                )
                yield _dense(engine, section, link, sender, memories, dense)
    # memories have at least one word
    if not sparse.any() and not memories.weight.any():
        sparse[:1] = True
    for kind, read in (("dense", dense), ("pointers", pointers), ("sparse", sparse)):
        if not read.all():
            file = FOLDER + _file(engine, kind)
            require(False, file, f"word {int(np.argmin(read))} belongs to no row")


def _file(engine: Engine, kind: str) -> str:
    return {str(k): v for k, v in engine.memories.items()}.get(kind, kind)


def _memories(program: Program, engine: Engine, senders: dict[str, Sender]) -> _Memories:
    kinds = {"sparse" if link.kind == "sparse" else "dense" for link in engine.links}
    if "sparse" in kinds:
        kinds.add("pointers")
    require(
        set(engine.memories) == kinds == set(engine.depths),
        FILE,
        f"{engine.name}: memories for other kinds of rows than those of its links",
    )
    lanes, weight = engine.lanes, engine.weight_bits
    none = np.zeros(0, np.int64)
    dense = np.zeros((0, lanes, 1), np.int64)
    entries = [np.zeros((0, lanes), np.int64)] * 3
    begin, count = none, none
    if "dense" in kinds:
        depth = engine.depths["dense"]
        factors = 1
        if engine.whole:
            factors = max(senders[link.source].width for link in engine.links)
        bits = words(program, engine.memories["dense"], depth, lanes * factors * weight)
        (flat,) = fields(bits.reshape(-1, weight), [(weight, True)])
        dense = flat.reshape(depth, lanes, factors)
    if "sparse" in kinds:
        depth = engine.depths["sparse"]
        each = [(weight, True), (engine.index_bits, False)]
        if engine.delay_bits:
            each.append((engine.delay_bits, False))
        width = sum(bits for bits, _ in each)
        bits = words(program, engine.memories["sparse"], depth, lanes * width)
        found = fields(bits.reshape(-1, width), each)
        if not engine.delay_bits:
            found.append(np.zeros(len(found[0]), np.int64))
        entries = [f.reshape(depth, lanes) for f in found]
        _require_inside(engine, entries)
        address = engine.address_bits
        bits = words(program, engine.memories["pointers"], engine.depths["pointers"], 2 * address)
        count, begin = fields(bits, [(address, False), (address, False)])
    weights, index, delay = entries
    return _Memories(dense, weights, index, delay, begin, count)


def _require_inside(engine: Engine, entries: list[Integers]) -> None:
    """Entries of weight 0, which fill rows up, stay within the accumulators too."""
    file = FOLDER + engine.memories["sparse"]
    cells = sum(s.groups for s in engine.sections)
    for found, limit, problem in (
        (entries[1], cells, "an accumulator that is not there"),
        (entries[2], engine.ring, "a delay that the ring has no slot for"),
    ):
        require(bool(((found >= 0) & (found < limit)).all()), file, problem)


def _dense(
    engine: Engine,
    section: Section,
    link: Link,
    sender: Sender,
    memories: _Memories,
    read: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> Entries:
    file = FOLDER + _file(engine, "dense")
    rows = link.ports * link.groups
    count = sender.words if engine.whole else sender.cells
    end = link.base + count * rows
    require(end <= len(memories.dense), file, f"a row of {link.source} is beyond the end")
    read[link.base : end] = True
    taken = memories.dense[link.base : end]
    word, lane, factor = np.nonzero(taken)
    weight = taken[word, lane, factor]
    row, within = np.divmod(word, rows)
    port, group = np.divmod(within, link.groups)
    source = row * (sender.width if engine.whole else 1) + factor
    target = group * engine.lanes + lane
    # a factor beyond the word of the sender has no cell
    alien = (source >= sender.cells) | (target >= section.cells)
    if engine.whole:
        alien |= factor >= sender.width
    if alien.any():
        at = link.base + int(word[alien][0])
        require(False, file, f"word {at} has a weight of a cell that is not there")
    delay = np.full(len(weight), link.delay, np.int64)
    return Entries(engine, section, link, source, target, link.port + port, delay, weight)


def _sparse(
    engine: Engine,
    section: Section,
    link: Link,
    sender: Sender,
    memories: _Memories,
    pointed: np.ndarray[tuple[int], np.dtype[np.bool_]],
    read: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> Entries:
    pointers, file = (FOLDER + _file(engine, kind) for kind in ("pointers", "sparse"))
    require(not engine.whole, FILE, f"{engine.name}: sparse rows, where words are read whole")
    require(link.ports == 1, FILE, f"{engine.name}: sparse rows to several ports")
    end = link.base + sender.cells
    require(end <= len(memories.begin), pointers, f"pointers of {link.source} beyond the end")
    pointed[link.base : end] = True
    begin, count = memories.begin[link.base : end], memories.count[link.base : end]
    end = len(memories.weight)
    inside = (begin >= 0) & (begin <= end) & (count >= 0) & (count <= end - begin)
    require(bool(inside.all()), pointers, f"a row of {link.source} is beyond the end")
    total = int(count.sum())
    # rows may share words, but no more than there can be synapses
    require(total <= max(len(memories.weight), 1) * 2, pointers, "rows that overlap")
    cell = np.repeat(np.arange(sender.cells), count)
    at = np.arange(total) + np.repeat(begin - (np.cumsum(count) - count), count)
    read[at] = True
    weights = memories.weight[at]
    word, lane = np.nonzero(weights)
    index = memories.index[at[word], lane]
    target = (index - link.index) * engine.lanes + lane
    outside = (index < link.index) | (target >= section.cells)
    if outside.any():
        number = int(at[word[outside]][0])
        require(False, file, f"word {number} adds to a cell that {section.id} has not")
    delay = link.delay + memories.delay[at[word], lane]
    port = np.full(len(word), link.port, np.int64)
    return Entries(engine, section, link, cell[word], target, port, delay, weights[word, lane])
