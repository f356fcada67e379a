"""Multicast keys: a block per slice that sends."""

from __future__ import annotations

from collections.abc import Sequence

from somac.ir.errors import SomacError
from somac.ir.mapping import KeyBlock

__all__ = ["KEY_BITS", "allocate_keys"]

KEY_BITS = 32


def allocate_keys(sizes: Sequence[int], bits: int = KEY_BITS) -> tuple[KeyBlock, ...]:
    """Blocks of consecutive keys, each a power of two and aligned to its size.

    The largest blocks come first, so that alignment leaves no gap between them.

    Parameters
    ----------
    sizes
        Keys that each block must have, at least 1.
    bits
        Width of a key.

    Returns
    -------
    A block per size, in the order given.

    Raises
    ------
    SomacError
        E0605 if there are not enough keys.
    """
    room = [1 << (size - 1).bit_length() for size in sizes]
    need, have = sum(room), 1 << bits
    if need > have:
        raise SomacError(
            "E0605",
            f"{len(sizes)} slices of {sum(sizes)} neurons need more keys than {bits} bits count",
            have=f"{have} keys",
            need=f"{need} keys, in blocks of powers of two",
            hint="cut populations at powers of two, or use fewer neurons",
        )
    blocks: dict[int, KeyBlock] = {}
    key = 0
    for index in sorted(range(len(room)), key=lambda index: (-room[index], index)):
        blocks[index] = KeyBlock(key, (have - 1) ^ (room[index] - 1))
        key += room[index]
    return tuple(blocks[index] for index in range(len(room)))
