"""Synaptic words: weight, delay, sign and target in a few bits, by the target's layouts.

A word holds the magnitude of the weight and its sign apart, as published many-core software
does. Its delay field counts ticks on top of a base delay, which is kept once for a whole
block of rows: delays further apart than the field reaches go into several blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.target import WordLayout

__all__ = ["LayoutChoice", "base_delays", "choose_layout", "pack", "word_type"]

Integers = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class LayoutChoice:
    """The layout of a projection's words, and the base delay of each block, ascending."""

    layout: WordLayout
    bases: tuple[int, ...]


def word_type(layout: WordLayout) -> np.dtype[Any]:
    """The little-endian unsigned type that a word of the layout is stored as."""
    return np.dtype(f"<u{layout.bits // 8}")


def base_delays(delays: Sequence[int], delay_bits: int) -> tuple[int, ...]:
    """The fewest bases from which a field of so many bits reaches all `delays` (ascending).

    >>> base_delays([1, 2, 8, 9, 30], 3)
    (1, 9, 30)
    """
    bases: list[int] = []
    for delay in delays:
        if not bases or delay - bases[-1] >= 1 << delay_bits:
            bases.append(delay)
    return tuple(bases)


def choose_layout(
    layouts: Sequence[WordLayout], magnitude: int, delays: Sequence[int], targets: int
) -> LayoutChoice | None:
    """The smallest word that fits; of equals the one with the fewest blocks, then the first.

    Parameters
    ----------
    layouts
        In order of preference.
    magnitude
        The largest weight magnitude to hold.
    delays
        Total delays in ticks, ascending.
    targets
        Neurons on the core.

    Returns
    -------
    None where no layout has bits enough.
    """
    fitting = [
        LayoutChoice(layout, base_delays(delays, layout.delay_bits))
        for layout in layouts
        if magnitude <= layout.max_magnitude and targets <= 1 << layout.target_bits
    ]
    return min(fitting, key=lambda c: (c.layout.bits, len(c.bases)), default=None)


def pack(
    layout: WordLayout, weight: Integers, delay: Integers, target: Integers
) -> NDArray[np.unsignedinteger[Any]]:
    """Words of weights (not 0), delays beyond the base, and target neurons, all in range."""
    fields = (
        (np.abs(weight.astype(np.int64)), layout.weight_bits),
        (delay.astype(np.int64), layout.delay_bits),
        ((weight < 0).astype(np.int64), layout.type_bits),
        (target.astype(np.int64), layout.target_bits),
    )
    words = np.zeros(len(weight), dtype=np.int64)
    for values, bits in fields:
        words = words << bits | values
    return words.astype(word_type(layout))
