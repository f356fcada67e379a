"""Multicast keys: a block per net, chosen so that routing tables become small.

An entry of a table matches all keys that agree in the bits of its mask. Nets with which a
router does the same can share an entry if their keys agree in enough bits to tell them from
the others. So every bit of the keys is made a cut of all nets into two halves that keep
together nets with which some router does the same; as keys have more bits than it takes to
tell nets apart, this costs nothing. Nets with which all routers do the same take a block of
blocks, and are as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.route.stops import Stops
from somac.ir.errors import SomacError
from somac.ir.mapping import KeyBlock

__all__ = ["KEY_BITS", "allocate_keys", "compressible_keys"]

KEY_BITS = 32

_SEED = 0x9E3779B9
_SPARE_BITS = 6
"""Bits that codes of things shall have beyond those that tell things apart."""

_LARGEST_GROUP = 64
"""Nets of a larger group end up below the others in tables, where nothing is in their way."""


def compressible_keys(
    sizes: Sequence[int], stops: Stops, bits: int = KEY_BITS
) -> tuple[KeyBlock, ...]:
    """Blocks of keys, all of one size, with codes that let routers merge entries.

    Where the bits do not suffice for twice as many blocks of the largest size, blocks are
    dense (`allocate_keys`).

    Parameters
    ----------
    sizes
        Keys that each net must have, at least 1.
    stops
        What routers do with the nets.
    bits
        Width of a key.

    Raises
    ------
    SomacError
        E0605 if there are not enough keys.
    """
    low = max((size - 1).bit_length() for size in sizes) if sizes else 0
    width = bits - low
    if width < 1 or 2 * len(sizes) > 1 << width:
        return allocate_keys(sizes, bits)
    from somac.compiler.mapping.route.table_kernels import likeness_codes

    thing, rank, inside = _things(stops, len(sizes), width)
    things = int(thing.max()) + 1 if len(thing) else 0
    codes = likeness_codes(*_groups(stops, thing, things), width - inside, _SEED)
    code = np.array(list(_apart(codes.tolist(), width - inside)), dtype=np.int64)
    mask = ((1 << width) - 1) << low
    blocks = ((code[thing] << inside) | rank) << low if things else thing
    return tuple(KeyBlock(key, mask) for key in blocks.tolist())


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


def _things(
    stops: Stops, nets: int, width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Nets with which all routers do the same, as one thing.

    Returns
    -------
    thing, rank
        int64 (nets,): the thing that a net belongs to, and its number there.
    inside
        Bits of a code that tell nets of a thing apart; as many as the largest needs, unless too
        few would be left to tell things apart.
    """
    order = np.argsort(stops.net, kind="stable")
    what = (stops.chip * max(len(stops.actions), 1) + stops.action)[order]
    begin = np.searchsorted(stops.net[order], np.arange(nets + 1)).tolist()
    known: dict[bytes, int] = {}
    alike = np.array(
        [known.setdefault(what[a:b].tobytes(), len(known)) for a, b in pairwise(begin)],
        dtype=np.int64,
    )
    by_thing = np.argsort(alike, kind="stable")
    size = np.bincount(alike, minlength=1)
    rank = np.empty(nets, dtype=np.int64)
    rank[by_thing] = np.arange(nets) - np.repeat(np.cumsum(size) - size, size)
    inside = int(size.max(initial=1) - 1).bit_length()
    while inside and int((-(-size >> inside)).sum()) << (inside + _SPARE_BITS) > 1 << width:
        inside -= 1
    _, thing = np.unique(alike * max(nets, 1) + (rank >> inside), return_inverse=True)
    return thing.astype(np.int64), rank & ((1 << inside) - 1), inside


def _groups(
    stops: Stops, thing: NDArray[np.int64], things: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Things with which a router does the same: members of groups, and groups of members."""
    group = stops.chip * len(stops.actions) + stops.action
    pairs = np.unique(group * max(things, 1) + thing[stops.net])
    group, who = pairs // max(things, 1), pairs % max(things, 1)
    _, size = np.unique(group, return_counts=True)
    matters = (size > 1) & (size <= _LARGEST_GROUP)
    kept = np.repeat(matters, size)
    number = np.repeat(np.cumsum(matters) - 1, size)[kept]
    member = who[kept]
    groups = int(number[-1]) + 1 if len(number) else 0
    by_thing = np.argsort(member, kind="stable")
    return (
        np.searchsorted(number, np.arange(groups + 1)).astype(np.int64),
        member,
        np.searchsorted(member[by_thing], np.arange(things + 1)).astype(np.int64),
        number[by_thing].astype(np.int64),
    )


def _apart(codes: Sequence[int], bits: int) -> Iterator[int]:
    """The codes, those that were there before changed in as few bits as possible."""
    taken: set[int] = set()
    for code in codes:
        free = next(
            other
            for flips in range(bits + 1)
            for which in combinations(range(bits), flips)
            if (other := code ^ sum(1 << bit for bit in which)) not in taken
        )
        taken.add(free)
        yield free
