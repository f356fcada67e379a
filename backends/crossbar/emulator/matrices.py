"""A projection on arrays, ready to be used: which signals drive it, and where its sums go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import Converters
from somac.backends.crossbar.emulator.conductances import Placed
from somac.backends.crossbar.emulator.decode import Matrix
from somac.backends.crossbar.emulator.products.fast import Noise, Products
from somac.backends.crossbar.emulator.products.firing import Firing, Pulses

__all__ = ["Driven", "Moments", "NoiseOf", "Work", "driven", "firing_of"]

Integers = NDArray[np.int64]

# signals that drive rows at once
_AT_ONCE = 1 << 22


@dataclass(slots=True, eq=False)
class Work:
    """What arrays have done: firings of each, int64 (arrays,), and conversions of all."""

    firings: Integers
    conversions: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """When columns are read: sample, step and use of each product, int64 (batch,)."""

    samples: Integers
    steps: Integers
    uses: Integers

    def only(self, which: NDArray[np.bool_]) -> Moments:
        """Some of them."""
        return Moments(self.samples[which], self.steps[which], self.uses[which])


class NoiseOf(Protocol):
    """Read noise of columns."""

    def __call__(self, signals: Integers, moments: Moments) -> Noise:
        """That of products of int64 (batch, rows) signals."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Driven:
    """Blocks side by side that the same signals drive.

    Parameters
    ----------
    sources
        int32 (uses, rows): the cells, -1 for none.
    targets
        int32 (uses, columns): where sums go, -1 for nowhere.
    products
        The columns.
    arrays
        That fire in a use.
    noise
        That of reading them, if any.
    """

    sources: NDArray[np.int32]
    targets: NDArray[np.int32]
    products: Products
    arrays: tuple[int, ...]
    noise: NoiseOf | None = None

    def add(self, signals: Integers, out: Integers, first: tuple[int, int], work: Work) -> None:
        """Add what int64 (steps, samples, source) signals give to (steps, samples, target).

        `first` are the numbers of the first sample and step.
        """
        samples = signals.shape[1]
        given, found = signals.reshape(-1, signals.shape[2]), out.reshape(-1, out.shape[2])
        some = max(1, _AT_ONCE // self.sources.size)
        for start in range(0, len(given), some):
            part = slice(start, min(start + some, len(given)))
            numbers = np.arange(part.start, part.stop)
            when = first[0] + numbers % samples, first[1] + numbers // samples
            self._add(given[part], found[part], when, work)

    def _add(
        self, signals: Integers, out: Integers, when: tuple[Integers, Integers], work: Work
    ) -> None:
        uses, rows = self.sources.shape
        driving = signals[:, self.sources]
        driving[:, self.sources < 0] = 0
        flat = driving.reshape(-1, rows)
        # where nothing drives a row, nothing flows
        active: NDArray[np.bool_] = np.asarray(flat.any(axis=1))
        count = int(np.count_nonzero(active))
        firing = self.products.firing
        for array in self.arrays:
            work.firings[array] += count * firing.pulses.firings
        work.conversions += count * int(np.prod(firing.shape))
        if not count:
            return
        samples, steps = (np.repeat(numbers, uses) for numbers in when)
        moments = Moments(samples, steps, np.tile(np.arange(uses), len(signals))).only(active)
        targets = self.targets.ravel()
        if uses == 1 and (targets >= 0).all() and _ascends(targets):
            # the columns are neighbours
            where = slice(int(targets[0]), int(targets[-1]) + 1)
            found = self._sums(flat[active], moments)
            out[active, where] += found
            return
        sums = np.zeros((len(flat), self.targets.shape[1]), np.int64)
        sums[active] = self._sums(flat[active], moments)
        sums = sums.reshape(len(signals), -1)
        there = np.flatnonzero(targets >= 0)
        named = targets[there]
        if len(there) < len(targets):
            sums = sums[:, there]
        if uses == 1 or len(np.unique(named)) == len(named):
            out[:, named] += sums
        else:
            np.add.at(out.T, named, sums.T)

    def _sums(self, signals: Integers, moments: Moments) -> Integers:
        noise = None if self.noise is None else self.noise(signals, moments)
        return self.products.run(signals, noise)


def _ascends(targets: NDArray[np.int32]) -> bool:
    return bool((np.diff(targets) == 1).all())


def firing_of(planes: Integers, steps: Sequence[int], how: Converters, *, unit: int = 1) -> Firing:
    """Columns of a block.

    Parameters
    ----------
    planes
        int64 (planes, rows, columns): what a cell adds, `unit` for one of its codes.
    steps
        What a code of the converters stands for, per plane.
    """
    factors = np.left_shift(1, np.arange(how.slices, dtype=np.int64) * how.cell_bits)
    if how.polarity == "separate":
        factors = np.stack((factors, -factors), axis=1).ravel()
    shape = planes.shape[0], planes.shape[2]
    return Firing(
        planes.astype(np.int32),
        factors,
        Pulses(how.pulse_bits, how.pulses, how.signs),
        np.ascontiguousarray(np.broadcast_to(np.array(steps, np.int64)[:, None], shape)),
        how.low,
        how.high,
        1 << (how.cell_bits * how.slices - 1) if how.polarity == "offset" else 0,
        unit,
    )


def driven(
    matrix: Matrix, placed: Sequence[Placed], planes_at: Callable[[Placed], Integers]
) -> Iterator[tuple[int, Driven]]:
    """The projection by delay, with that of its blocks: what is driven alike side by side."""
    alike: dict[tuple[int, bytes], list[Placed]] = {}
    for one in placed:
        key = one.tables.block.delay, one.tables.sources[one.uses].tobytes()
        alike.setdefault(key, []).append(one)
    for (delay, _), some in alike.items():
        firings = [
            firing_of(planes_at(one), one.tables.block.steps, matrix.converters) for one in some
        ]
        whole = Firing(
            np.concatenate([f.planes for f in firings], axis=2),
            firings[0].plane_factors,
            firings[0].pulses,
            np.concatenate([f.steps for f in firings], axis=1),
            firings[0].low,
            firings[0].high,
            firings[0].offset,
        )
        yield (
            matrix.way.delay + delay,
            Driven(
                some[0].tables.sources[some[0].uses],
                np.concatenate([one.tables.targets[one.uses] for one in some], axis=1),
                Products(whole),
                tuple(one.array for one in some),
            ),
        )
