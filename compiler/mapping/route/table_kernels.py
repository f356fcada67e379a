"""Compiled searches for routing tables: codes that compress, and entries that cover them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit
from somac.compiler.mapping.random_kernels import next_bits

__all__ = ["cover", "likeness_codes"]

Integers = NDArray[np.int64]

_UNIT = 1 << 16


@njit
def likeness_codes(
    member_first: Integers,
    member: Integers,
    group_first: Integers,
    group: Integers,
    bits: int,
    seed: int,
) -> Integers:
    """Codes in which things of a group have many bits in common, and others few.

    Every bit is a cut of all things into two halves of about equal size. It begins at random,
    and then each thing in turn goes to the side of those that share a group with it.

    Parameters
    ----------
    member_first, member
        Things of group g: ``member[member_first[g]:member_first[g + 1]]``, at least two.
    group_first, group
        Groups of thing i: ``group[group_first[i]:group_first[i + 1]]``.
    bits
        Number of cuts.
    seed
        Not 0.

    Returns
    -------
    int64 (things,): codes of `bits` bits, some of which may be equal.
    """
    things, groups = len(group_first) - 1, len(member_first) - 1
    code = np.zeros(things, np.int64)
    side = np.zeros(things, np.int64)
    total = np.zeros(groups, np.int64)
    state = np.uint64(seed)
    for bit in range(bits):
        balance = 0
        for i in range(things):
            state = next_bits(state)
            side[i] = 1 if (state >> np.uint64(33)) & np.uint64(1) else -1
            balance += side[i]
        for g in range(groups):
            total[g] = 0
            for at in range(member_first[g], member_first[g + 1]):
                total[g] += side[member[at]]
        begin = int((state >> np.uint64(20)) % np.uint64(max(things, 1)))
        for step in range(things):
            i = (begin + step) % things
            pull = 0
            for at in range(group_first[i], group_first[i + 1]):
                g = group[at]
                others = member_first[g + 1] - member_first[g] - 1
                pull += (total[g] - side[i]) * _UNIT // others
            pull -= 4 * _UNIT * (balance - side[i]) // things
            goes = side[i]
            if pull > 0:
                goes = 1
            elif pull < 0:
                goes = -1
            if goes != side[i]:
                balance += goes - side[i]
                for at in range(group_first[i], group_first[i + 1]):
                    total[group[at]] += goes - side[i]
                side[i] = goes
        for i in range(things):
            if side[i] > 0:
                code[i] |= 1 << bit
    return code


@njit
def cover(
    key: Integers, mask: Integers, first: Integers, silent: bool, window: int
) -> tuple[Integers, Integers, Integers]:
    """Entries for groups of blocks, from the last of the table to the first.

    An entry must match no block of the groups before its own, which stand below it in the
    table; blocks of later groups have entries above, so it may match those. Blocks of a group
    are merged one after the other, the most alike first, as long as that is so.

    Parameters
    ----------
    key, mask
        int64 (blocks,).
    first
        int64 (groups + 1,): blocks of group g are ``first[g]`` to ``first[g + 1]``.
    silent
        Whether the first group needs no entries: no entry may match its blocks.
    window
        Blocks that are tried in vain before an entry is closed.

    Returns
    -------
    key, mask, group
        int64 (entries,).
    """
    blocks = len(key)
    out_key, out_mask = np.empty(blocks, np.int64), np.empty(blocks, np.int64)
    out_group = np.empty(blocks, np.int64)
    alike, waiting = np.empty(blocks, np.int64), np.empty(blocks, np.int64)
    done = np.zeros(blocks, np.bool_)
    made = 0
    for g in range(1 if silent else 0, len(first) - 1):
        for seed in range(first[g], first[g + 1]):
            if done[seed]:
                continue
            some, fixed = key[seed], mask[seed]
            found = 0
            for other in range(seed + 1, first[g + 1]):
                if not done[other]:
                    differs = (key[other] ^ some) & fixed & mask[other]
                    bits = 0
                    while differs:
                        differs &= differs - 1
                        bits += 1
                    waiting[found], alike[found] = other, bits
                    found += 1
            vain = 0
            for at in np.argsort(alike[:found], kind="mergesort"):
                other = waiting[at]
                common = fixed & mask[other] & ~(some ^ key[other])
                free = True
                for below in range(first[g]):
                    if (some ^ key[below]) & common & mask[below] == 0:
                        free = False
                        break
                if free:
                    some, fixed = some & common, common
                    done[other] = True
                    vain = 0
                else:
                    vain += 1
                    if vain > window:
                        break
            out_key[made], out_mask[made], out_group[made] = some, fixed, g
            made += 1
    return out_key[:made], out_mask[:made], out_group[:made]
