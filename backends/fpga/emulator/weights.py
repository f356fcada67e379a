"""What the row memories of an engine hold, by link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.description import Cast, Engine, Link, Section, Sender
from somac.backends.fpga.emulator.images import field, read_image
from somac.ir.errors import Place, SomacError
from somac.ir.fixed import Rounding, round_shift
from somac.ir.program import Program

__all__ = ["LinkWeights", "SparseWeights", "engine_weights", "rounded"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SparseWeights:
    """Synapses by source cell: int64 (synapses,) each, `indptr` (cells + 1,).

    `place` counts the cells of the section; `delay` is on top of that of the link.
    """

    indptr: Integers
    place: Integers
    weight: Integers
    delay: Integers


@dataclass(frozen=True, slots=True, eq=False)
class LinkWeights:
    """The weights of a link.

    Parameters
    ----------
    lengths
        int64 (cells,): words that an event of each source cell takes; per word of the source
        if its cells are read at once.
    matrix
        int64 (cells, ports, places), unless it is sparse.
    sparse
        The synapses of a sparse link.
    """

    lengths: Integers
    matrix: Integers | None = None
    sparse: SparseWeights | None = None

    def changed(self, change: Callable[[Integers], Integers]) -> LinkWeights:
        """With other weights."""
        if self.matrix is not None:
            return replace(self, matrix=change(self.matrix))
        assert self.sparse is not None  # a link has one or the other
        return replace(self, sparse=replace(self.sparse, weight=change(self.sparse.weight)))


def rounded(products: Integers, cast: Cast) -> Integers:
    """Products as they are added."""
    return round_shift(products, cast.shift, Rounding(cast.rounding)) if cast.shift else products


def engine_weights(
    program: Program, engine: Engine, senders: Mapping[str, Sender]
) -> tuple[LinkWeights, ...]:
    """The weights of every link of an engine.

    Raises
    ------
    SomacError
        E0703, E0711 if an image is missing or not as the design says.
    """
    factors = 1
    if engine.whole:
        factors = max((senders[link.source].width for link in engine.links), default=1)
    dense = _dense(program, engine, factors)
    sparse = _sparse(program, engine)
    found = []
    for section in engine.sections:
        for link in engine.links[slice(*section.links)]:
            sender = senders[link.source]
            if link.kind == "sparse":
                found.append(_sparse_link(engine, section, link, sender, sparse))
            else:
                found.append(_dense_link(engine, section, link, sender, dense))
    return tuple(found)


def _dense(program: Program, engine: Engine, factors: int) -> Integers:
    """int64 (words, lanes, factors)."""
    if "dense" not in engine.memories:
        return np.zeros((0, engine.lanes, factors), np.int64)
    words, width = engine.depths.get("dense", 0), engine.weight_bits
    bits = read_image(program, engine.memories["dense"], words, engine.lanes * factors * width)
    return field(bits.reshape(-1, width), 0, width).reshape(words, engine.lanes, factors)


def _sparse(program: Program, engine: Engine) -> tuple[Integers, Integers]:
    """Pointers (cells, 2): where rows begin and how long they are; entries (words, lanes, 3)."""
    if "sparse" not in engine.memories or "pointers" not in engine.memories:
        return np.zeros((0, 2), np.int64), np.zeros((0, engine.lanes, 3), np.int64)
    weight, index, delay = engine.weight_bits, engine.index_bits, engine.delay_bits
    each = weight + index + delay
    words = engine.depths.get("sparse", 0)
    bits = read_image(program, engine.memories["sparse"], words, engine.lanes * each)
    entries = bits.reshape(-1, each)
    columns = [field(entries, 0, weight), field(entries, weight, index, signed=False)]
    if delay:
        columns.append(field(entries, weight + index, delay, signed=False))
    else:
        columns.append(np.zeros(len(entries), np.int64))
    address, cells = engine.address_bits, engine.depths.get("pointers", 0)
    pointer = read_image(program, engine.memories["pointers"], cells, 2 * address)
    begins = field(pointer, address, address, signed=False)
    counts = field(pointer, 0, address, signed=False)
    if (begins + counts > words).any():
        raise _beyond(engine.memories["pointers"])
    stacked = np.stack(columns, axis=1).reshape(words, engine.lanes, 3)
    return np.stack([begins, counts], axis=1), stacked


def _beyond(file: str) -> SomacError:
    return SomacError("E0711", "a row is beyond the end of its memory", place=Place(file=file))


def _dense_link(
    engine: Engine, section: Section, link: Link, sender: Sender, dense: Integers
) -> LinkWeights:
    rows = link.ports * link.groups
    count = sender.words if engine.whole else sender.cells
    taken = dense[link.base : link.base + count * rows]
    if len(taken) != count * rows:
        raise _beyond(engine.memories.get("dense", engine.name))
    shape = (count, link.ports, link.groups * engine.lanes)
    if engine.whole:
        # (words, ports, places, factors) to a row per cell
        by_factor = taken[:, :, : sender.width].reshape(*shape, sender.width)
        matrix = by_factor.transpose(0, 3, 1, 2).reshape(-1, *shape[1:])[: sender.cells]
    else:
        matrix = taken[:, :, 0].reshape(shape)
    lengths = np.full(count, rows, np.int64)
    return LinkWeights(lengths, matrix=matrix[:, :, : section.cells])


def _sparse_link(
    engine: Engine,
    section: Section,
    link: Link,
    sender: Sender,
    memories: tuple[Integers, Integers],
) -> LinkWeights:
    pointers, entries = memories
    own = pointers[link.base : link.base + sender.cells]
    if len(own) != sender.cells:
        raise _beyond(engine.memories.get("pointers", engine.name))
    begins, lengths = own[:, 0], own[:, 1]
    total = int(lengths.sum())
    first = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    words = np.repeat(begins - first, lengths) + np.arange(total)
    cells = np.repeat(np.arange(sender.cells), lengths)
    weight, index, delay = (entries[words, :, column] for column in range(3))
    place = (index - link.index) * engine.lanes + np.arange(engine.lanes)
    kept = weight != 0
    if ((place < 0) | (place >= section.cells))[kept].any() or (delay >= engine.ring)[kept].any():
        raise SomacError(
            "E0711",
            f"a row leads out of {section.id}",
            place=Place(file=engine.memories.get("sparse", engine.name)),
        )
    source = np.broadcast_to(cells[:, None], weight.shape)[kept]
    indptr = np.concatenate(([0], np.cumsum(np.bincount(source, minlength=sender.cells))))
    return LinkWeights(
        lengths, sparse=SparseWeights(indptr, place[kept], weight[kept], delay[kept])
    )
