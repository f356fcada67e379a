"""Wire resistance of crossbars: the tables of `RESULTS.md#wire-resistance`.

    python -m bench.irdrop [--peers-python PATH] [--sizes 32,64,128,256,512]

PATH is a Python with CrossSim (github.com/sandialabs/cross-sim, `pip install` of a clone), whose
solver iterates for every batch of inputs. CPU seconds of one thread; cells of 10 kΩ to 1 MΩ behind
1 kΩ of access resistance, inputs of 0 to 0.2 V, 64 of them.

Then what wires do to products: 5-bit signed weights as pairs of cells in 128 × 128, inputs 0 or 1;
and to read noise of the same deviation in every cell.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

# before NumPy is there: matrix products of one thread
os.environ |= {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.device.wires import Wires, effective_conductance

Floats = NDArray[np.float64]
Nodes = NDArray[np.int64]
_Result = TypeVar("_Result")

VECTORS: Final = 64
OHMS: Final = (0.5, 2.5)
TOLERANCES: Final = (1e-3, 1e-6)
"""CrossSim's own, and one whose error is as small as that of a 16-bit converter."""

LARGEST: Final = 256
"""Rows, above which sparse factors of all cells take gigabytes, and CrossSim minutes."""

PATIENCE_S: Final = 150
"""CPU seconds for both calls."""
PEER: Final = Path(__file__).parent / "peers" / "crosssim_wires.py"


def nodes(cells: Floats, ohm: float) -> tuple[Any, Nodes, Nodes]:
    """All nodes as one sparse system, factorised, and the numbers of those of rows and columns."""
    from scipy.sparse import csc_matrix
    from scipy.sparse.linalg import splu

    upper = np.arange(cells.size).reshape(cells.shape)
    lower = upper + cells.size
    pairs = [(upper[:, :-1], upper[:, 1:], 1 / ohm), (lower[:-1], lower[1:], 1 / ohm)]
    matrix = csc_matrix((2 * cells.size, 2 * cells.size))
    for a, b, conductance in (*pairs, (upper, lower, cells)):
        p, q = a.ravel(), b.ravel()
        value = np.broadcast_to(conductance, a.shape).ravel()
        entries = np.concatenate([value, value, -value, -value])
        places = np.concatenate([p, q, p, q]), np.concatenate([p, q, q, p])
        matrix += csc_matrix((entries, places), shape=matrix.shape)
    ends = np.concatenate([upper[:, 0], lower[-1]])
    matrix += csc_matrix((np.full(len(ends), 1 / ohm), (ends, ends)), shape=matrix.shape)
    solver = splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    return solver, upper, lower


def across(solver: Any, into: Nodes, currents: Floats, upper: Nodes, lower: Nodes) -> Floats:
    """Voltages across all cells when currents go into some nodes: (rows, columns, cases)."""
    right = np.zeros((2 * upper.size, currents.shape[1]))
    right[into] = currents
    voltages: Floats = solver.solve(right)
    return voltages[upper] - voltages[lower]


def by_sparse_lu(cells: Floats, ohm: float) -> Floats:
    """A sparse factorisation, and a solution per column."""
    solver, upper, lower = nodes(cells, ohm)
    found = np.empty(cells.shape)
    for first in range(0, cells.shape[1], 32):
        chosen = lower[-1, first : first + 32]
        right = np.zeros((2 * cells.size, len(chosen)))
        right[chosen, np.arange(len(chosen))] = 1 / ohm
        found[:, first : first + 32] = solver.solve(right)[upper[:, 0]] / ohm
    return found


def by_blocks(cells: Floats, ohm: float) -> Floats:
    """Block elimination row by row, by LAPACK: a dense system of columns per row."""
    from scipy.linalg import cho_factor, cho_solve, solveh_banded

    columns = cells.shape[1]
    wire = np.zeros((2, columns))
    wire[0, 1:] = -1 / ohm
    seen, sources = np.zeros((columns, columns)), np.zeros((columns, 0))
    for n, row in enumerate(cells):
        wire[1] = row + 2 / ohm
        wire[1, -1] = row[-1] + 1 / ohm
        driven = np.zeros((columns, 1))
        driven[0] = 1 / ohm
        inner = solveh_banded(wire, np.hstack([np.diag(row), driven]))
        if n > 0:
            factor = cho_factor(np.eye(columns) + ohm * seen)
            both = cho_solve(factor, np.hstack([seen, sources]))
            seen, sources = (both[:, :columns] + both[:, :columns].T) / 2, both[:, columns:]
        seen = seen + np.diag(row) - row[:, None] * inner[:, :-1]
        sources = np.hstack([sources, row[:, None] * inner[:, -1:]])
    result: Floats = cho_solve(cho_factor(np.eye(columns) + ohm * seen), sources).T
    return result


def timed(run: Callable[[], _Result], rounds: int = 3) -> tuple[float, _Result]:
    """Median CPU seconds, and the last result."""
    seconds = []
    for _ in range(rounds):
        before = time.process_time()
        result = run()
        seconds.append(time.process_time() - before)
    return float(np.median(seconds)), result


def figure(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.2g}" if seconds < 10 else f"{seconds:.0f}"


def crosssim(
    python: str, cells: Floats, volts: Floats, ohm: float, tolerance: float
) -> tuple[list[float], Floats] | str:
    """CPU seconds of a first and a second call, and currents (columns, vectors); or what failed."""
    with TemporaryDirectory() as folder:
        arrays, currents = Path(folder, "arrays.npz"), Path(folder, "currents.npz")
        np.savez(arrays, cells=cells, volts=volts)
        command = [python, PEER, arrays, ohm, tolerance, currents]
        limit = f"ulimit -t {PATIENCE_S}; exec {shlex.join(map(str, command))}"
        done = subprocess.run(["sh", "-c", limit], capture_output=True, text=True, check=False)
        if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            return f"not done in {PATIENCE_S} s"
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr[-2000:]}")
        told = json.loads(done.stdout.splitlines()[-1])
        if "problem" in told:
            return "does not converge"
        with np.load(currents) as file:
            return told["seconds"], file["currents"]


def row(size: int, ohm: float, python: str | None, heads: int) -> None:
    """An array by all solvers, as a line of the table."""
    rng = np.random.default_rng(7)
    bare = rng.uniform(1e-6, 1e-4, (size, size))
    cells = 1 / (1 / bare + 1e3)
    volts = rng.uniform(0.0, 0.2, (size, VECTORS))
    wires = Wires(row_ohm=ohm, column_ohm=ohm, access_ohm=1e3)
    seconds, found = timed(lambda: effective_conductance(bare, wires))
    blocks, other = timed(lambda: by_blocks(cells, ohm), 1)
    apart = float(np.abs(other / found - 1).max())
    sparse = None
    if size <= LARGEST:
        sparse, other = timed(lambda: by_sparse_lu(cells, ohm), 1)
        apart = max(apart, float(np.abs(other / found - 1).max()))
    later, currents = timed(lambda: found.T @ volts, 9)
    drop = 1 - currents / (cells.T @ volts)
    line = [f"{size}", f"{ohm:g}", f"{100 * drop.mean():.1f} / {100 * drop.max():.1f}"]
    line += [figure(seconds), figure(blocks), figure(sparse), f"{apart:.0e}", figure(1e3 * later)]
    for tolerance in TOLERANCES if python and size <= LARGEST else ():
        solved = crosssim(python or "", cells, volts, ohm, tolerance)
        if isinstance(solved, str):
            line += [solved]
            # nor will it with a smaller tolerance
            break
        (first, again), theirs = solved
        error = float(np.abs(theirs / currents - 1).max())
        ratios = f"{first / (seconds + later):,.0f} / {again / later:,.0f}"
        line += [f"{figure(first)} / {figure(again)}", f"{error:.0e}", ratios]
    line += ["-"] * (heads - len(line))
    print("| " + " | ".join(line) + " |", flush=True)


def products() -> None:
    """Errors of products for several conductances, on/off ratios and wires, as a table."""
    rng = np.random.default_rng(5)
    weights = rng.integers(-15, 16, (128, 64))
    inputs = rng.integers(0, 2, (2000, 128)).astype(float)
    true = inputs @ weights
    heads = ["Gmax µS", "on/off", "Ω per segment", "current lost %", "RMS error %"]
    heads += ["after a gain per column %", "gains"]
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for most, ratio, ohm in product((1e-4, 1e-5), (10.0, np.inf), OHMS):
        least = most / ratio
        unit = (most - least) / 15
        pairs = np.stack([weights, -weights], axis=-1).clip(0).reshape(128, 128)
        cells = least + pairs * unit
        seen = effective_conductance(cells, Wires(row_ohm=ohm, column_ohm=ohm))
        found = inputs @ ((seen[:, 0::2] - seen[:, 1::2]) / unit)
        gains = (found * true).sum(axis=0) / (true * true).sum(axis=0)
        errors = (
            np.sqrt(((a - b) ** 2).mean() / (b * b).mean())
            for a, b in ((found, true), (found, true * gains))
        )
        line = [
            f"{most * 1e6:g}",
            f"{ratio:g}",
            f"{ohm:g}",
            f"{100 * (1 - seen.sum() / cells.sum()):.1f}",
        ]
        line += [f"{100 * error:.1f}" for error in errors]
        line += [f"{gains.min():.2f} to {gains.max():.2f}"]
        print("| " + " | ".join(line) + " |", flush=True)


def noises() -> None:
    """Read noise of columns if that of a cell shrinks as its mean does, over what it is."""
    rng = np.random.default_rng(1)
    heads = [
        "rows = columns",
        "Ω per segment",
        "access Ω",
        "current lost %",
        "sigma over true sigma",
    ]
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for size, ohm, access in product((64, 128), OHMS, (0.0, 1e3)):
        cells = rng.uniform(1e-6, 1e-4, (size, size))
        seen = cells / (1 + cells * access)
        inputs = rng.integers(0, 2, (size, 1)).astype(float)
        found = effective_conductance(cells, Wires(row_ohm=ohm, column_ohm=ohm, access_ohm=access))
        # what a cell's conductance changes of the current of a column: its own voltage, times what
        # it would be if the column were driven (Tellegen), whichever column the cell is in
        solver, upper, lower = nodes(seen, ohm)
        driven = across(solver, upper[:, 0], inputs / ohm, upper, lower)
        ends = np.eye(size)[:, ::8] / ohm
        back = across(solver, lower[-1], ends, upper, lower)
        slope = (seen / cells) ** 2
        true = (((slope[:, :, None] * driven * back) ** 2).sum(axis=(0, 1))) ** 0.5
        taken = ((inputs * found / cells) ** 2).sum(axis=0)[::8] ** 0.5
        over = taken / true
        line = [
            f"{size}",
            f"{ohm:g}",
            f"{access:g}",
            f"{100 * (1 - found.sum() / cells.sum()):.1f}",
        ]
        line += [f"{over.mean():.2f} ({over.min():.2f} to {over.max():.2f})"]
        print("| " + " | ".join(line) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--peers-python", metavar="PATH", help="an interpreter that has CrossSim")
    parser.add_argument("--sizes", default="32,64,128,256,512")
    options = parser.parse_args()
    effective_conductance(np.ones((8, 8)), Wires(row_ohm=1.0))
    heads = ["rows = columns", "Ω per segment", "IR drop, mean / max %", "somac s"]
    heads += ["blocks by LAPACK s", "sparse LU s", "apart", f"then {VECTORS} inputs ms"]
    if options.peers_python:
        for tolerance in TOLERANCES:
            heads += [f"CrossSim {tolerance:g}, first / again s", "error", "times somac"]
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for size in map(int, options.sizes.split(",")):
        for ohm in OHMS:
            row(size, ohm, options.peers_python, len(heads))
    for table in (products, noises):
        print()
        table()


if __name__ == "__main__":
    sys.exit(main())
