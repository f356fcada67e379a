"""Products on arrays of resistive cells: the rows of `RESULTS.md#crossbar-products`.

    python -m bench.crossbar                          our kernels and plain matrix products alone
    python -m bench.crossbar --peers-python PATH      beside CrossSim: every output, and CPU time

PATH is a Python with what `peers/requirements-crosssim.txt` lists. Weights and inputs are random
integers of -127 to 127, 1024 x 1024: two cells of 4 bits in a differential pair each, the inputs
bit by bit (7 pulses, with signs), converters of 8 bits that saturate, one conversion for every
column, plane, pulse and block of rows. Times are CPU seconds of one thread; ratios are of the same
run. Set OPENBLAS_NUM_THREADS=1, or the plain products start threads that wait.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.crossbar_noise import NoisyProducts, noisy_sums
from somac.backends.crossbar.emulator.products.fast import Products
from somac.backends.crossbar.emulator.products.firing import Firing, Pulses
from somac.backends.crossbar.emulator.products.lookups import lookups_here
from somac.backends.crossbar.emulator.products.paths import paths_here
from somac.backends.crossbar.emulator.products.reference import fire

Raw = NDArray[np.int64]

PEER: Final = Path(__file__).parent / "peers" / "crosssim_products.py"
SIZE: Final = 1024
FEW, MANY = 16, 256
ROUNDS: Final = 9
PULSES: Final = Pulses(1, 7, "bipolar")


@dataclass(frozen=True, slots=True)
class Run:
    """An array as CrossSim has it; the names are those of `peers/crosssim_products.py`."""

    rows: int
    columns: int
    bits: int
    step: int
    type: str
    batch: int = MANY
    programming: float = 0
    reading: float = 0

    @property
    def name(self) -> str:
        """What tells it from others in a table."""
        return f"{self.type}, {self.rows} x {self.columns}"


EXACT: Final = tuple(
    Run(rows, rows, bits, step, "float64", FEW)
    for rows, bits, step in (
        *((128, 8, step) for step in (1, 3, 5)),
        *((512, 8, step) for step in (3, 5, 7)),
        *((128, 12, 1), (512, 14, 1)),
    )
)
"""What must be equal: steps that are odd, so that no sum is half way between two codes."""

TIMED: Final = tuple(
    Run(128, columns, 8, 1, type) for type in ("float64", "float32") for columns in (128, SIZE)
)
"""Columns of different arrays do not matter to what comes out, but to the time it takes."""

NOISE: Final = {"programming": 0.02, "reading": 0.01}
"""Standard deviations relative to the largest conductance."""

NOISY: Final = tuple(replace(run, batch=8, **NOISE) for run in TIMED)
"""CrossSim takes a batch as long as it takes its vectors one by one."""

RECORDED: Final = {
    Run(128, 128, 8, 1, "float64"): 2720.0,
    Run(128, SIZE, 8, 1, "float64"): 920.0,
    Run(128, 128, 8, 1, "float32"): 2288.0,
    Run(128, SIZE, 8, 1, "float32"): 560.0,
}
"""CPU microseconds per product of CrossSim 3.2.0 for `RESULTS.md`, for want of a peer."""

NOISY_RECORDED: Final = dict(zip(NOISY, (585_276.0, 565_739.0, 594_300.0, 574_635.0), strict=True))


def drawn(batch: int) -> tuple[Raw, Raw]:
    """Weights (outputs, inputs) and signals (inputs, batch)."""
    rng = np.random.default_rng(3)
    weights = rng.integers(-127, 128, (SIZE, SIZE))
    signals = rng.integers(-127, 128, (SIZE, batch))
    weights.flat[0] = signals.flat[0] = 127
    return weights, signals


def firings(weights: Raw, run: Run) -> list[Firing]:
    """A group of columns for every block of rows."""
    limit = (1 << (run.bits - 1)) - 1
    cells = weights.T
    slices = [np.sign(cells) * (np.abs(cells) >> 4 * k & 15) for k in range(2)]
    planes = np.stack(slices).astype(np.int32)
    steps = np.full((2, SIZE), run.step)
    return [
        Firing(planes[:, first : first + run.rows], np.array([1, 16]), PULSES, steps, -limit, limit)
        for first in range(0, SIZE, run.rows)
    ]


def emulated(products: Sequence[Products], signals: Raw) -> Raw:
    """Sums of all blocks of rows, (batch, outputs), of signals (batch, inputs)."""
    sums = np.zeros((len(signals), SIZE), np.int64)
    rows = SIZE // len(products)
    for number, product in enumerate(products):
        product.add(signals[:, number * rows : (number + 1) * rows], sums)
    return sums


def timed(run: Callable[[], object], batch: int) -> float:
    """CPU microseconds per product, the median of some rounds after a first."""
    run()
    seconds = []
    for _ in range(ROUNDS):
        before = time.process_time()
        run()
        seconds.append(time.process_time() - before)
    return median(seconds) / batch * 1e6


def plain_products(batch: int) -> Callable[[], object]:
    """A matrix product by BLAS for every pulse, plane and block of rows: sums alone, float32."""
    rng = np.random.default_rng(5)
    blocks = SIZE // 128
    pulses = rng.integers(-1, 2, (7, blocks, batch, 128)).astype(np.float32)
    cells = rng.integers(-15, 16, (2, blocks, 128, SIZE)).astype(np.float32)
    sums = np.empty((batch, SIZE), np.float32)

    def run() -> None:
        for pulse in pulses:
            for plane in cells:
                for left, right in zip(pulse, plane, strict=True):
                    np.matmul(left, right, out=sums)

    return run


def peer(
    python: str, weights: Raw, signals: Raw, runs: Sequence[Run]
) -> tuple[list[NDArray[Any]], list[float]]:
    """What CrossSim gives for each run, and its CPU microseconds per product."""
    with TemporaryDirectory() as folder:
        model, result = Path(folder) / "model.npz", Path(folder) / "y.npz"
        text = json.dumps([asdict(run) for run in runs])
        np.savez(model, weights=weights, signals=signals, runs=np.array(text))
        command = [python, str(PEER), str(model), str(result)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
        with np.load(result) as file:
            found = [file[str(number)] for number in range(len(runs))]
    return found, json.loads(done.stdout.splitlines()[-1])


def exactness(python: str) -> Iterator[str]:
    """Rows: outputs that differ from CrossSim's, ours by machine code and by plain NumPy."""
    weights, signals = drawn(FEW)
    found, _ = peer(python, weights, signals, EXACT)
    for run, theirs in zip(EXACT, found, strict=True):
        made = firings(weights, run)
        own = np.ascontiguousarray(signals.T)
        # few samples by products, many by tables
        products = [Products(firing) for firing in made]
        many = np.tile(own, (MANY // FEW, 1))
        ours, tabled = emulated(products, own), emulated(products, many)[:FEW]
        plain = sum(
            fire(firing, own[:, n * run.rows : (n + 1) * run.rows]).sums
            for n, firing in enumerate(made)
        )
        rounded = np.rint(theirs).astype(np.int64).T
        differ = (ours != rounded) | (tabled != rounded)
        yield (
            f"| {run.rows} | {run.bits} | {run.step} | {differ.sum()} of {ours.size:,} "
            f"| {(plain != rounded).sum()} | {np.abs(theirs.T - rounded).max():.0e} "
            f"| {(ours != own @ weights.T).sum():,} |"
        )


def speed(python: str | None) -> Iterator[str]:
    """Rows: CPU time of a product."""
    weights, signals = drawn(MANY)
    theirs: Mapping[Run, float] = RECORDED
    if python:
        theirs = dict(zip(TIMED, peer(python, weights, signals, TIMED)[1], strict=True))
    plain = timed(plain_products(MANY), MANY)
    note = "" if python else ", recorded"
    for run in TIMED:
        yield _row(f"CrossSim, {run.name}{note}", theirs[run], plain)
    yield _row("plain products by BLAS, float32: sums alone", plain, plain)
    own = np.ascontiguousarray(signals.T)
    for name, products in ours(weights):
        taken = timed(lambda p=products: emulated(p, own), MANY)
        yield _row(name, taken, plain, [theirs[run] / taken for run in TIMED])


def ours(weights: Raw) -> Iterator[tuple[str, list[Products]]]:
    """Ways of ours, by name."""
    run = TIMED[0]
    made, odd = firings(weights, run), firings(weights, replace(run, step=3))
    for lookup in lookups_here():
        yield f"tables, {lookup.name}", [Products(f, lookup=lookup) for f in made]
        yield f"tables, {lookup.name}, step 3", [Products(f, lookup=lookup) for f in odd]
    for path in paths_here():
        yield f"products, {path.name}", [Products(f, path) for f in made]
        yield f"products, {path.name}, step 3", [Products(f, path) for f in odd]


def noisy(python: str | None) -> Iterator[str]:
    """Rows: CPU time of a product with programming and read noise, and what noise does."""
    weights, signals = drawn(MANY)
    own = np.ascontiguousarray(signals.T)
    run = NOISY[0]
    made = firings(weights, run)
    clean = emulated([Products(firing) for firing in made], own)
    theirs: Mapping[Run, float] = NOISY_RECORDED
    off = dict.fromkeys(NOISY, "")
    if python:
        found, seconds = peer(python, weights, signals, NOISY)
        theirs = dict(zip(NOISY, seconds, strict=True))
        off = {r: f"{_off(y.T, clean[: r.batch]):.4f}" for r, y in zip(NOISY, found, strict=True)}
    note = "" if python else ", recorded"
    for run in NOISY:
        yield _noisy_row(f"CrossSim, {run.name}{note}", off[run], theirs[run])
    arrays = [NoisyProducts.of(f, core, **NOISE) for core, f in enumerate(made)]
    taken = timed(lambda: noisy_sums(arrays, own), MANY)
    quiet = timed(lambda: emulated([array.products for array in arrays], own), MANY)
    few = run.batch
    error = f"{_off(noisy_sums(arrays, own[:few]), clean[:few]):.4f}"
    yield _noisy_row("somac", error, taken, [theirs[run] / taken for run in NOISY])
    yield _noisy_row("somac, programming alone", "", quiet)


def _off(found: NDArray[Any], wanted: Raw) -> float:
    """RMS of the difference over RMS."""
    difference = found.astype(float) - wanted
    return float(np.sqrt((difference**2).mean() / (wanted.astype(float) ** 2).mean()))


def _row(name: str, taken: float, plain: float, times: Sequence[float] = ()) -> str:
    return _line(name, [f"{taken:,.1f}", f"{taken / plain:.2f}"], times)


def _noisy_row(name: str, off: str, taken: float, times: Sequence[float] = ()) -> str:
    return _line(name, [off, f"{taken:,.0f}"], times)


def _line(name: str, values: Sequence[str], times: Sequence[float]) -> str:
    ratios = [f"{ratio:,.0f}" for ratio in times] or [""] * len(TIMED)
    return f"| {' | '.join([name, *values, *ratios])} |"


def _head(*names: str) -> None:
    print(f"| {' | '.join(names)} |\n|{'---|' * len(names)}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers-python", help="a Python in which CrossSim is installed")
    options = parser.parse_args()
    if options.peers_python:
        _head(
            *("rows of an array", "ADC bits", "step", "outputs that differ from CrossSim's"),
            *("plain NumPy's that differ", "CrossSim's from whole numbers"),
            "ours from the exact product",
        )
        for row in exactness(options.peers_python):
            print(row, flush=True)
        print()
    times = [f"times {run.name}" for run in TIMED]
    _head("", "CPU µs per product", "times plain products", *times)
    for row in speed(options.peers_python):
        print(row, flush=True)
    print()
    _head("with noise", "RMS of what it does", "CPU µs per product", *times)
    for row in noisy(options.peers_python):
        print(row, flush=True)


if __name__ == "__main__":
    main()
