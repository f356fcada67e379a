"""Device effects of crossbars: what they cost in CPU time, and how large noise is.

    python -m bench.device_noise              everything, in half a minute
    python -m bench.device_noise --batch 64   products of so many inputs

The product is 1024 x 1024 int8, bit-serial inputs of 8 bits with sign, two slices of 4 bits in
differential cells, arrays of 128 rows: 114,688 conversions.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.device.cells import drifted, faults, programmed, stuck, targets
from somac.backends.crossbar.device.columns import (
    ColumnNoise,
    draw_read_noise,
    exact_in_products,
)
from somac.backends.crossbar.device.effects import Drift, Faults
from somac.backends.crossbar.device.kernels import draw_cells
from somac.backends.crossbar.device.model import GRID, DeviceModel
from somac.backends.crossbar.device.places import Corner, Firings, Purpose
from somac.backends.crossbar.device.reading import moments, read_cells, read_sigmas
from somac.backends.crossbar.device.spreads import Spread

ROWS, COLUMNS, TILES, PULSES, SLICES = 128, 1024, 8, 7, 2
MODEL = DeviceModel.of(
    0,
    15,
    16,
    programming=Spread.constant("0.02", 15),
    read=Spread.constant("0.01", 15),
    drift=Drift.pcm(),
    faults=Faults.of("0.0175", "0.0904"),
)


def seconds(call: Callable[[], object], repeats: int = 5) -> float:
    """CPU time of a call, the least of a few, after one that compiles."""
    call()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return min(taken)


def report(what: str, taken: float, count: int, unit: str) -> None:
    print(f"{what:<44}{taken / count * 1e9:10.2f} ns per {unit}")


def cells() -> None:
    codes = np.random.default_rng(1).integers(0, 16, (1024, 1024)).astype(np.uint8)
    corner, shape = Corner(), codes.shape
    words = np.empty(shape, np.uint32)
    where = (0, 0, 0)
    purpose = int(Purpose.PROGRAMMING)
    grid = programmed(codes, MODEL, 1, corner)
    later = drifted(grid, MODEL, 3600, 1, corner)
    kinds = faults(shape, MODEL, 1, corner)
    sigmas = read_sigmas(grid, MODEL)
    for what, call in (
        ("random words", lambda: draw_cells(words, where, 1, purpose, 0, 0, 0, 0)),
        ("programming", lambda: programmed(codes, MODEL, 1, corner)),
        ("drift", lambda: drifted(grid, MODEL, 3600, 1, corner)),
        ("faults", lambda: stuck(later, MODEL, faults(shape, MODEL, 1, corner))),
        ("moments of reading", lambda: moments(grid, read_sigmas(grid, MODEL))),
        ("reading every cell once", lambda: read_cells(grid, sigmas, 1, corner)),
    ):
        report(what, seconds(call, 3), codes.size, "cell")
    print(f"{'faulty cells':<44}{(kinds > 0).mean():10.4f}")


def columns(batch: int) -> None:
    rng = np.random.default_rng(1)
    weights = rng.integers(-127, 128, (TILES, ROWS, COLUMNS))
    x = rng.integers(-127, 128, (batch, TILES, ROWS))
    when = np.zeros(batch, np.int64)
    noises, variances, means = [], [], []
    for tile in range(TILES):
        planes = []
        for k in range(SLICES):
            sides = [
                np.where(side * weights[tile] > 0, np.abs(weights[tile]) >> 4 * k & 15, 0)
                for side in (1, -1)
            ]
            read = [
                moments(grid, read_sigmas(grid, MODEL))
                for grid in (
                    programmed(codes.astype(np.uint8), MODEL, 1, Corner(tile, 0, n * COLUMNS))
                    for n, codes in enumerate(sides, 2 * k)
                )
            ]
            planes.append(read[0].variance + read[1].variance)
            means.append(read[0].mean.astype(float) - read[1].mean)
        variances.append(np.stack(planes))
        noises.append(ColumnNoise(variances[-1], 1, PULSES, "bipolar", 1))
    room = np.empty((batch, PULSES, SLICES, COLUMNS), np.int64)

    def read_all() -> None:
        for tile, noise in enumerate(noises):
            noise.draw(x[:, tile], Firings(tile, np.arange(batch), when, when), room)

    taken = seconds(read_all)
    report("read noise of columns", taken, batch * TILES * room[0].size, "conversion")
    print(f"{'the same':<44}{taken / batch * 1e6:10.1f} us per product of 1024 x 1024")


def clipped(mean: float, sigma: float) -> tuple[float, float]:
    """Mean and variance of max(0, N(mean, sigma)), by functions of the library of C."""
    a = mean / sigma
    below, density = math.erfc(-a / math.sqrt(2)) / 2, math.exp(-a * a / 2) / math.sqrt(2 * math.pi)
    first = mean * below + sigma * density
    return first, (mean**2 + sigma**2) * below + mean * sigma * density - first**2


def fidelity() -> None:
    """RMS of the error of sums of 128 pairs of cells, over that of the closed form."""
    rng = np.random.default_rng(3)
    weights = rng.integers(-15, 16, (ROWS, COLUMNS))
    sides = [np.maximum(side * weights, 0).astype(np.uint8) for side in (1, -1)]
    x = rng.integers(-127, 128, (8, ROWS))

    def expected(sigma: float) -> float:
        table = np.array([clipped(c * GRID, sigma * 15 * GRID) for c in range(16)])
        shift = table[:, 0] - np.arange(16) * GRID
        mean = x @ (shift[sides[0]] - shift[sides[1]])
        return float((mean**2 + x**2 @ (table[sides[0], 1] + table[sides[1], 1])).mean() ** 0.5)

    def measured(sampled: Callable[[int], list[NDArray[np.int32]]], count: int) -> float:
        total = 0.0
        for n in range(count):
            plus, minus = sampled(n)
            error = x.astype(float) @ (plus.astype(float) - minus - weights * float(GRID))
            total += float((error**2).mean())
        return float((total / count) ** 0.5)

    def program(seed: int) -> list[NDArray[np.int32]]:
        return [programmed(codes, MODEL, seed, Corner(n)) for n, codes in enumerate(sides)]

    exact = [targets(codes, MODEL) for codes in sides]
    sigmas = [read_sigmas(grid, MODEL) for grid in exact]

    def read(sample: int) -> list[NDArray[np.int32]]:
        return [
            read_cells(grid, sigma, 1, Corner(n), sample=sample)
            for n, (grid, sigma) in enumerate(zip(exact, sigmas, strict=True))
        ]

    def at_once(count: int) -> float:
        of = [moments(grid, sigma) for grid, sigma in zip(exact, sigmas, strict=True)]
        spread, unit = exact_in_products(of[0].variance + of[1].variance, 127**2)
        sums = x @ (of[0].mean.astype(np.int64) - of[1].mean - weights.astype(np.int64) * GRID)
        variances = (x**2).astype(spread.dtype) @ spread
        shape = (count, 1, len(x), COLUMNS)
        noise = np.empty(shape, np.int64)
        when, now = np.arange(count), np.zeros(count, np.int64)
        draw_read_noise(
            noise, np.broadcast_to(variances, shape), unit, 1, Firings(0, when, now, now)
        )
        return float(((noise + sums).astype(float) ** 2).mean() ** 0.5)

    for what, found, sigma in (
        ("programming 2 %", measured(program, 64), 0.02),
        ("reading 1 %, cells", measured(read, 64), 0.01),
        ("reading 1 %, columns", at_once(64), 0.01),
    ):
        print(f"{what + ': rms over closed form':<44}{found / expected(sigma):10.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=32)
    cells()
    fidelity()
    columns(parser.parse_args().batch)


if __name__ == "__main__":
    main()
