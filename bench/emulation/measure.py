"""Contestants in turn, so that a busy machine slows all of them: median CPU seconds of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from somac.backends.api import Emulation
from somac.backends.manycore.emulator import ManycoreEmulator
from somac.compiler.api import Program

__all__ = ["Contestant", "Emulated", "brian2", "medians", "peer", "spikes_of", "told_by"]

Contestant = Callable[[], float]
"""Runs the workload once and gives the CPU seconds it took."""

PEERS = Path(__file__).parent / "peers"

_ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


class Emulated:
    """The emulator of a bundle as a contestant: one thread, its whole work."""

    def __init__(self, program: Program, inputs: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """Runs once, so that everything is compiled and decoded."""
        self._emulator = ManycoreEmulator(program.files, engine="fast", threads=1)
        self._inputs = inputs
        self.seen: Emulation = self._emulator.run(inputs)

    def __call__(self) -> float:
        """CPU seconds of a run."""
        before = time.process_time()
        self.seen = self._emulator.run(self._inputs)
        return time.process_time() - before

    @property
    def bytes_per_synapse(self) -> float:
        """Of the tables that deliver."""
        return self._emulator.table_bytes / max(1, self._emulator.synapses)


def spikes_of(
    program: Program, inputs: Mapping[str, np.ndarray[Any, Any]], populations: tuple[str, ...]
) -> Mapping[str, np.ndarray[Any, Any]]:
    """Per population its spikes, bool (samples, steps, cells)."""
    emulator = ManycoreEmulator(program.files, engine="fast", threads=1)
    seen = emulator.run(inputs, record=populations)
    return {name: signal.astype(bool) for name, signal in seen.signals.items()}


def told_by(python: str, script: str, *arguments: object) -> dict[str, Any]:
    """What a script of `peers` prints."""
    command = [python, str(PEERS / script), *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | _ONE_THREAD, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def peer(python: str, script: str, *arguments: object, spikes: list[float]) -> Contestant:
    """A script of `peers`, one round at a time; adds to `spikes` what it counted."""

    def run() -> float:
        result = told_by(python, script, *arguments)
        spikes.append(float(np.sum(result["spikes"])))
        return float(median(result["seconds"]))

    return run


def brian2(python: str, arrays: Path, ticks: int, folder: Path, spikes: list[float]) -> Contestant:
    """Brian2's C++ of a network, built unless it is there; its own measurement of its loop."""
    if not (folder / "main").exists():
        command = [python, str(PEERS / "brian2_lif.py"), str(arrays), str(ticks), str(folder)]
        subprocess.run(command, check=True, capture_output=True)

    def run() -> float:
        subprocess.run(["./main"], cwd=folder, check=True, capture_output=True)
        results = folder / "results"
        (counted,) = results.glob("_array_spikemonitor_N_*")
        spikes.append(float(np.fromfile(counted, np.int32)[0]))
        return float((results / "last_run_info.txt").read_text().split()[0])

    return run


def medians(contestants: Mapping[str, Contestant], rounds: int) -> dict[str, float]:
    """Each of them once per round."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            seconds[name].append(run())
    return {name: median(values) for name, values in seconds.items()}
