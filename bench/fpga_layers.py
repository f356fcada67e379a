"""Cycles of recurrent layers on an FPGA, static and unrolled: a table of RESULTS.md.

    python -m bench.fpga_layers

The networks are those of `bench.hls4ml` of the size of top tagging, in ap_fixed<16,6>, folded for
two parts by the compiler itself. Cycles are those of the emulator, which are those of the RTL. A
static network takes a step of a sequence after the other; of an unrolled one a sequence is a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.hls4ml import CASES, TOP_TAGGING, WIDE, Case, drawn, network_of
from somac.backends.fpga.emulator import FpgaEmulator
from somac.compiler.pipeline import CompileOptions, compile_integer
from somac.compiler.targets import load_targets

__all__ = ["Cycles", "cycles_of"]

PARTS = ("xcku115", "xcvu9p")
CLOCK_MHZ = 200
SEQUENCES = 8
"""How many an unrolled network is given, one after the other, until none waits longer."""


@dataclass(frozen=True, slots=True)
class Cycles:
    """Of a network on a part.

    Parameters
    ----------
    engines, lanes
        How many, and of all engines.
    step
        From an output to the next, at the end: of steps if static, of sequences if not.
    latency
        From the first beat of a sequence to its output, first after reset.
    interval
        From a sequence to the next.
    """

    engines: int
    lanes: int
    step: int
    latency: int
    interval: int


def cycles_of(case: Case, part: str) -> Cycles:
    """Compile, and emulate one sample, whose values do not matter."""
    network = network_of(TOP_TAGGING, case, drawn(TOP_TAGGING, case))
    target = load_targets()[part]
    program = compile_integer(network, target, CompileOptions(options={"fit": 100})).program
    emulator = FpgaEmulator(program)
    steps = TOP_TAGGING.steps if case.static else SEQUENCES
    inputs = {i.name: np.zeros((1, steps, i.size), np.int64) for i in network.inputs}
    timing = emulator.timed(inputs)[1]
    out: NDArray[np.int64] = timing.outputs[0, 0]
    begin = int(timing.accepted[:, 0, 0].min())
    step = int(out[-1] - out[-2])
    # the state of a static network is cleared between sequences: the next begins with a reset
    interval, end = (int(timing.cycles[0]), -1) if case.static else (step, 0)
    engines = emulator.description.engines
    lanes = sum(e.lanes for e in engines)
    return Cycles(len(engines), lanes, step, int(out[end]) - begin, interval)


def main() -> None:
    """Print the table."""
    head = (
        "network",
        "part",
        "engines",
        "lanes",
        "a step",
        "latency",
        "interval",
        "latency",
        "interval",
    )
    units = "", "", "", "", *["cycles"] * 3, *[f"us at {CLOCK_MHZ} MHz"] * 2
    print(f"| {' | '.join(f'{h}, {u}' if u else h for h, u in zip(head, units, strict=True))} |")
    print(f"|{'---|' * len(head)}")
    for case in (c for c in CASES if c.weight == c.result == WIDE):
        for part in PARTS:
            found = cycles_of(case, part)
            us = [f"{cycles / CLOCK_MHZ:.2f}" for cycles in (found.latency, found.interval)]
            step = f"{found.step}" if case.static else "-"
            counts = [f"{n:,}" for n in (found.engines, found.lanes)]
            cycles = [step, f"{found.latency:,}", f"{found.interval:,}"]
            print(f"| {' | '.join([case.name, part, *counts, *cycles, *us])} |", flush=True)


if __name__ == "__main__":
    main()
