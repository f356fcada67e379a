"""The busiest array relieved: blocks moved to others, and copies that share their uses.

Blocks of one array never fire at the same time, and a block is used as often in a step as a
convolution has places: the array that fires most often says how long a step takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.packing.fill import Free
from somac.backends.crossbar.packing.pack import Packing

__all__ = ["Copy", "Rectangles", "Relieved", "relieved"]

Integers = NDArray[np.int64]

_MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Rectangles:
    """Blocks as arrays see them.

    Parameters
    ----------
    heights, widths
        int64 (blocks,): rows and columns of cells.
    uses
        int64 (blocks,): how often each is used in a step.
    firings
        int64 (blocks,): pulses of a use.
    single
        bool (blocks,): there can be no copy, because cells are as they were found.
    """

    heights: Integers
    widths: Integers
    uses: Integers
    firings: Integers
    single: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Copy:
    """A block on an array; number `number` of its copies serves use ``u`` mod copies."""

    block: int
    number: int
    array: int
    row: int
    column: int


@dataclass(frozen=True, slots=True, eq=False)
class Relieved:
    """Copies by block and number.

    `busiest` is how often the busiest array fires in a step, and `least` what it fires at least on
    so many arrays.
    """

    copies: tuple[Copy, ...]
    arrays: int
    busiest: int
    least: int


@dataclass(slots=True)
class _State:
    """Where copies are while they are moved; `at` per block, `on` per array."""

    blocks: Rectangles
    side: tuple[int, int]
    at: list[list[tuple[int, int, int]]]
    on: list[list[tuple[int, int]]] = field(default_factory=list)
    load: list[int] = field(default_factory=list)
    free: dict[int, Free] = field(default_factory=dict)

    def share(self, block: int, number: int, copies: int) -> int:
        """Firings of a copy."""
        uses = int(self.blocks.uses[block])
        return -(-(uses - number) // copies) * int(self.blocks.firings[block])

    def place(self, array: int, block: int) -> tuple[int, int] | None:
        size = int(self.blocks.heights[block]), int(self.blocks.widths[block])
        if array == len(self.on):
            return 0, 0
        if array not in self.free:
            free = Free(*self.side)
            for other, number in self.on[array]:
                _, row, column = self.at[other][number]
                free.take(
                    row, column, int(self.blocks.heights[other]), int(self.blocks.widths[other])
                )
            self.free[array] = free
        return self.free[array].best(*size)

    def count(self) -> None:
        """`on` and `load` anew from `at`."""
        arrays = 1 + max((array for places in self.at for array, _, _ in places), default=-1)
        self.on = [[] for _ in range(arrays)]
        self.load = [0] * arrays
        for block, places in enumerate(self.at):
            for number, (array, _, _) in enumerate(places):
                self.on[array].append((block, number))
                self.load[array] += self.share(block, number, len(places))


@dataclass(frozen=True, slots=True, order=True)
class _Step:
    """A way to relieve an array: how busy the busier of the two is then, and what is preferred."""

    after: int
    kind: int
    block: int
    number: int
    array: int
    row: int
    column: int


def relieved(
    packing: Packing, blocks: Rectangles, side: tuple[int, int], most_arrays: int
) -> Relieved:
    """Move and copy blocks as long as the busiest array becomes less busy.

    Each time the busiest array gives a block away, or a copy elsewhere takes over some of its uses,
    whichever leaves the busier of the two arrays less busy: on arrays in use, and on new ones up to
    `most_arrays`. It begins with the packing, and once more with blocks dealt to all these arrays,
    the busiest first; the better end counts.

    With one block per array nothing is better on so many arrays. Say another distribution of
    copies has a busiest array of t' firings, less than the t of block b here. Then b has more
    copies there, and some block c more copies here. When c was given the last of them, it was the
    busiest, with as many copies as there at least, so with t' firings or fewer; so had b, then and
    now.
    """
    tight = list(
        zip(packing.array.tolist(), packing.row.tolist(), packing.column.tolist(), strict=True)
    )
    found = _relieved(tight, blocks, side, most_arrays)
    loose = _dealt(blocks, side, most_arrays) if most_arrays > packing.arrays else None
    if loose is not None:
        other = _relieved(loose, blocks, side, most_arrays)
        found = min(found, other, key=lambda one: (one.busiest, one.arrays))
    return found


def _dealt(
    blocks: Rectangles, side: tuple[int, int], arrays: int
) -> list[tuple[int, int, int]] | None:
    """Blocks to the least busy array with room, the busiest first; None if that leads nowhere."""
    loads = (blocks.uses * blocks.firings).tolist()
    arrays = min(arrays, len(loads))
    free, load = [Free(*side) for _ in range(arrays)], [0] * arrays
    found = [(0, 0, 0)] * len(loads)
    for block in sorted(range(len(loads)), key=lambda n: (-loads[n], n)):
        size = int(blocks.heights[block]), int(blocks.widths[block])
        for array in sorted(range(arrays), key=lambda n: (load[n], n)):
            place = free[array].best(*size)
            if place is not None:
                free[array].take(*place, *size)
                load[array] += loads[block]
                found[block] = (array, *place)
                break
        else:
            return None
    used = {array: number for number, array in enumerate(sorted({one[0] for one in found}))}
    return [(used[array], row, column) for array, row, column in found]


def _relieved(
    places: Sequence[tuple[int, int, int]],
    blocks: Rectangles,
    side: tuple[int, int],
    most_arrays: int,
) -> Relieved:
    at = [[place] for place in places]
    state = _State(blocks, side, at)
    state.count()
    best, busiest = [list(places) for places in at], max(state.load, default=0)
    for _ in range(_MOST_STEPS):
        step = min(_steps(state, most_arrays), default=None)
        if step is None:
            break
        _take(state, step)
        # one copy more may change nothing where two do
        if max(state.load) < busiest:
            best, busiest = [list(places) for places in state.at], max(state.load)
    state.at = best
    state.count()
    arrays = len(state.on)
    loads = blocks.uses * blocks.firings
    once = np.where(blocks.single, loads, blocks.firings)
    least = max(-(-int(loads.sum()) // max(arrays, 1)), int(once.max(initial=0)))
    copies = tuple(
        Copy(block, number, *place)
        for block, places in enumerate(state.at)
        for number, place in enumerate(places)
    )
    return Relieved(copies, arrays, busiest, least)


def _steps(state: _State, most_arrays: int) -> Iterator[_Step]:
    """Ways to relieve the busiest array, the best of each kind and block."""
    if not state.load:
        return
    worst = max(range(len(state.load)), key=lambda array: state.load[array])
    before = state.load[worst]
    others = sorted(set(range(len(state.load))) - {worst}, key=lambda array: state.load[array])
    if len(state.on) < most_arrays:
        others.insert(0, len(state.on))
    for block, number in state.on[worst]:
        copies = len(state.at[block])
        own = state.share(block, number, copies)
        # moving it, where it is not all that the array does
        if own < before:
            yield from _first(state, others, block, number, 0, before, before - own, own)
        if not state.blocks.single[block] and copies < state.blocks.uses[block]:
            less = own - state.share(block, number, copies + 1)
            more = state.share(block, copies, copies + 1)
            yield from _first(state, others, block, copies, 1, before, before - less, more)


def _first(
    state: _State,
    others: Sequence[int],
    block: int,
    number: int,
    kind: int,
    before: int,
    left: int,
    more: int,
) -> Iterator[_Step]:
    """The least busy array that has room, if that helps."""
    if left > before:
        return
    for array in others:
        there = (state.load[array] if array < len(state.load) else 0) + more
        if there >= before:
            return
        # copies of one block on one array would share nothing
        if any(array == place[0] for place in state.at[block]):
            continue
        found = state.place(array, block)
        if found is not None:
            yield _Step(max(left, there), kind, block, number, array, *found)
            return


def _take(state: _State, step: _Step) -> None:
    places = state.at[step.block]
    for array in (step.array, *(place[0] for place in places)):
        state.free.pop(array, None)
    if step.kind:
        places.append((step.array, step.row, step.column))
    else:
        places[step.number] = (step.array, step.row, step.column)
    state.count()
