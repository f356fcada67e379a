"""Exact sums on the MAC arrays: what sources send, against how the arrays add it up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.verify.description import Description
from somac.backends.manycore.verify.matrices import accumulator_problem
from somac.ir.errors import Diagnostic, Place
from somac.ir.fixed import Format
from somac.ir.integer import IntegerNetwork

__all__ = ["check_arrays"]

Integers = NDArray[np.int64]


def check_arrays(network: IntegerNetwork, description: Description) -> Iterator[Diagnostic]:
    """E0814; a key that nobody sends is named elsewhere, and counts as one that sends 0."""
    begin, end, low, high = _ranges(_formats(network), description)
    for core in description.cores:
        for number, block in enumerate(core.image.blocks):
            if block.matrix is None:
                continue
            at = np.searchsorted(begin, block.keys, side="right") - 1
            sent = (at >= 0) & (block.keys < end[at])
            problem = accumulator_problem(
                block.matrix, np.where(sent, low[at], 0), np.where(sent, high[at], 0)
            )
            if problem is not None:
                yield Diagnostic("E0814", f"block {number}: {problem}", Place(file=core.image.file))


def _formats(network: IntegerNetwork) -> dict[str, Format]:
    """Of what inputs and populations send."""
    found = {i.name: i.format for i in network.inputs}
    for p in network.populations:
        found[p.name] = p.datapath.instructions[p.datapath.output].format
    return found


def _ranges(formats: dict[str, Format], description: Description) -> tuple[Integers, ...]:
    """First key and end of each block of keys, ascending, and the least and most they send."""
    sending = sorted(
        (b.key, b.key + b.stop - b.start, formats[b.source].minimum, formats[b.source].maximum)
        for b in description.blocks
        if b.key is not None and b.source in formats
    )
    table = np.array([(-1, -1, 0, 0), *sending], dtype=np.int64)
    return tuple(table.T)
