"""What a link has to do in a step, for mean rates: cells to offer, words of rows to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Rates
from somac.backends.fpga.description import Description, Engine, Link
from somac.ir.errors import Place, SomacError
from somac.ir.program import Program

__all__ = ["LinkWork", "link_works", "row_words", "sender_rates"]

Numbers = NDArray[np.float64]

_FOLDER = "mem/"


@dataclass(frozen=True, slots=True)
class LinkWork:
    """Of one link in a step, on average.

    Parameters
    ----------
    words
        Words of the source that are looked at.
    offered
        Cycles in which cells are offered, or a word without any is passed by.
    events
        Cells, or whole words, of which a row is read.
    rows
        Words of these rows.
    read
        Cycles in which they are read: an empty row takes one as well.
    """

    words: int
    offered: float
    events: float
    rows: float
    read: float


def sender_rates(d: Description, rates: Rates) -> dict[str, Numbers]:
    """float64 (cells,) per sender: how often each of its cells sends, in its places."""
    found = {}
    for i in d.inputs:
        found[i.id] = np.asarray(rates.get(i.name, np.zeros(i.cells)), np.float64)
    for e in d.engines:
        for s in e.sections:
            order = np.asarray(s.order, np.int64)
            known = rates.get(s.population)
            found[s.id] = np.zeros(s.cells) if known is None else np.asarray(known)[order]
    return found


def row_words(d: Description, program: Program) -> list[list[Numbers]]:
    """Per engine and link float64: words of the row of each cell, or of each word read whole.

    Raises
    ------
    SomacError
        E0703, E0711 if the pointers of sparse rows are missing or damaged.
    """
    cells = {s.id: s for s in d.senders()}
    found = []
    for e in d.engines:
        counts = _counts(e, program) if "pointers" in e.memories else np.zeros(0)
        lengths = []
        for link in e.links:
            sender = cells[link.source]
            if link.kind == "sparse":
                own = counts[link.base : link.base + sender.cells]
                if len(own) != sender.cells:
                    raise _damaged(e, "a link has more cells than there are pointers")
                lengths.append(own)
            else:
                count = sender.words if link.kind == "whole" else sender.cells
                lengths.append(np.full(count, float(link.ports * link.groups)))
        found.append(lengths)
    return found


def link_works(
    d: Description, lengths: list[list[Numbers]], rates: Mapping[str, Numbers]
) -> list[list[LinkWork]]:
    """Per engine and link."""
    widths = {s.id: s.width for s in d.senders()}
    return [
        [
            _work(link, own, rates[link.source], widths[link.source])
            for link, own in zip(e.links, some, strict=True)
        ]
        for e, some in zip(d.engines, lengths, strict=True)
    ]


def _work(link: Link, lengths: Numbers, rate: Numbers, width: int) -> LinkWork:
    words = -(-len(rate) // width)
    if link.kind == "whole":
        rows = float(lengths.sum())
        return LinkWork(words, float(words), float(words), rows, rows)
    padded = np.zeros(words * width)
    padded[: len(rate)] = rate
    # a word without a cell that sends takes a cycle as well
    silent = (1.0 - padded.reshape(words, width)).prod(axis=1)
    return LinkWork(
        words,
        float(rate.sum() + silent.sum()),
        float(rate.sum()),
        float((rate * lengths).sum()),
        float((rate * np.maximum(lengths, 1.0)).sum()),
    )


def _counts(engine: Engine, program: Program) -> Numbers:
    """Words of all sparse rows of an engine, by their pointers: the lower half of each word."""
    name = engine.memories["pointers"]
    content = program.files.get(_FOLDER + name)
    if content is None:
        raise SomacError("E0703", f"the bundle has no file {_FOLDER}{name}")
    mask = (1 << engine.address_bits) - 1
    try:
        found = [float(int(word, 16) & mask) for word in content.split()]
    except ValueError:
        raise _damaged(engine, "not hexadecimal digits in lines") from None
    return np.array(found)


def _damaged(engine: Engine, problem: str) -> SomacError:
    return SomacError(
        "E0711",
        f"the memory image is damaged: {problem}",
        place=Place(file=_FOLDER + engine.memories["pointers"]),
        hint="compile the model again",
    )
