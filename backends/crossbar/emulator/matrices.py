"""A projection on arrays, ready to be used: which signals drive it, and where its sums go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.emulator.conductances import Placed
from somac.backends.crossbar.emulator.decode import Matrix
from somac.backends.crossbar.emulator.firing import Columns, Firing, firing_of

__all__ = ["Driven", "Work", "driven"]

Integers = NDArray[np.int64]

# what is driven at once, in signals
_AT_ONCE = 1 << 22


@dataclass(slots=True, eq=False)
class Work:
    """What arrays have done: firings of each, int64 (arrays,); conversions, and how many of these
    were clipped."""

    firings: Integers
    conversions: int = 0
    clipped: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Driven:
    """Blocks side by side that the same signals drive.

    Parameters
    ----------
    sources
        int32 (uses, rows): the cells, -1 for none.
    targets
        int32 (uses, columns): where sums go, -1 for nowhere.
    firing, conversions
        The columns, and how many conversions one use of them takes.
    arrays, pulses
        That fire in a use, and how often.
    """

    sources: NDArray[np.int32]
    targets: NDArray[np.int32]
    firing: Firing
    conversions: int
    arrays: tuple[int, ...]
    pulses: int

    def add(self, signals: Integers, out: Integers, work: Work) -> None:
        """Add what int64 (n, source) signals give to (n, target), and to what arrays did."""
        some = max(1, _AT_ONCE // self.sources.size)
        for start in range(0, len(signals), some):
            part = slice(start, start + some)
            self._add(signals[part], out[part], work)

    def _add(self, signals: Integers, out: Integers, work: Work) -> None:
        uses, rows = self.sources.shape
        driving = signals[:, self.sources]
        driving[:, self.sources < 0] = 0
        flat = driving.reshape(-1, rows)
        # where nothing drives a row, nothing flows
        active = flat.any(axis=1)
        uses_now = int(np.count_nonzero(active))
        sums = np.zeros((len(flat), self.targets.shape[1]), np.int64)
        if uses_now:
            sums[active], clipped = self.firing.run(flat[active])
            work.clipped += clipped
        for array in self.arrays:
            work.firings[array] += uses_now * self.pulses
        work.conversions += uses_now * self.conversions
        sums = sums.reshape(len(signals), -1)
        targets = self.targets.ravel()
        there = np.flatnonzero(targets >= 0)
        named = targets[there]
        if len(there) < len(targets):
            sums = sums[:, there]
        if uses == 1 or len(np.unique(named)) == len(named):
            out[:, named] += sums
        else:
            np.add.at(out.T, named, sums.T)


def driven(
    matrix: Matrix,
    placed: Sequence[Placed],
    columns_of: Callable[[Placed], Columns],
) -> Iterator[tuple[int, Driven]]:
    """The projection by delay, with that of its blocks: what is driven alike side by side."""
    alike: dict[tuple[int, bytes], list[Placed]] = {}
    for one in placed:
        key = one.tables.block.delay, one.tables.sources[one.uses].tobytes()
        alike.setdefault(key, []).append(one)
    for (delay, _), some in alike.items():
        parts = [columns_of(one) for one in some]
        whole = Columns(
            parts[0].converters,
            np.concatenate([p.planes for p in parts], axis=2),
            np.concatenate([p.steps for p in parts], axis=1),
            parts[0].unit,
        )
        firings = whole.converters.pulses * (2 if whole.converters.signs == "phases" else 1)
        yield (
            matrix.way.delay + delay,
            Driven(
                some[0].tables.sources[some[0].uses],
                np.concatenate([one.tables.targets[one.uses] for one in some], axis=1),
                firing_of(whole),
                firings * whole.planes.shape[0] * whole.planes.shape[2],
                tuple(one.array for one in some),
                firings,
            ),
        )
