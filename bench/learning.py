"""Learning in the emulator: updates of synapses per second, `RESULTS.md#plasticity`.

    python -m bench.learning

1,000 channels that send at random teach 500 cells by half a million synapses, with a rule of the
library; compiled for `spinnaker2`, and run by the fast engine in one thread. CPU seconds, the
median of five runs; the same network without learning stands beside it.

Then what the C of a core takes on a Cortex-M4 under qemu, in instructions, by least squares over
the ticks of a small core: an update of all neurons and traces, and each synapse at which a signal
arrives, or whose target has sent one.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

import somac
from somac.backends.manycore.emulator import ManycoreEmulator
from somac.backends.manycore.machines.cortex_m4 import cortex_cores
from somac.ir.program import Program

STEPS, RATE = 1000, 0.02
RULES = {
    "none": "",
    "pair_stdp": "learns pair_stdp(tau_plus = 20 ms, tau_minus = 20 ms, a_plus = 0.001, "
    "a_minus = 0.0012)",
    "triplet_stdp": "learns triplet_stdp(tau_plus = 17 ms, tau_minus = 34 ms, tau_x = 100 ms, "
    "tau_y = 114 ms, a2_plus = 0.0005, a2_minus = 0.0007, a3_plus = 0.0006, a3_minus = 0.00002)",
}
TEXT = """\
network learning:
    dt 1 ms
    integrator exponential
input x[{channels}]: spikes
population p[{cells}]: LIF(tau = 10 ms, r = 1, v_leak = 0, v_threshold = {threshold}, v_reset = 0)
projection x -> p: dense(uniform(0, 1), seed = 1) delay 1 tick {rule}
output p
"""
_TIMER = 40
"""Instructions of a tick of the simulator's timer."""


def _compiled(channels: int, cells: int, threshold: float, rule: str) -> Program:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "learning.snn"
        text = TEXT.format(channels=channels, cells=cells, threshold=threshold, rule=rule)
        file.write_text(text, encoding="utf-8")
        return somac.compile(file).files


def instructions(rule: str) -> tuple[int, tuple[float, float, float]]:
    """Bytes of code; instructions of an update, of an arrival and of a target at a synapse."""
    channels, cells, steps = 32, 16, 400
    program = _compiled(channels, cells, 2, rule)
    spikes = (np.random.default_rng(4).random((1, steps, channels)) < 0.1).astype(np.int64)
    with cortex_cores(program, counting=True) as cores:
        ((_, done),) = cores.replay({"x": spikes})
        size = cores.code_bytes[0]
    arrived = np.append(0, spikes[0].sum(axis=1))[:steps] * cells
    sent = done.record.signals[0].sum(axis=1) * channels
    time_ = _TIMER * done.update[done.update > 0][:steps].astype(np.float64)
    amounts = np.stack([np.ones(steps), arrived, sent], axis=1)
    (update, pre, post), *_ = np.linalg.lstsq(amounts, time_, rcond=None)
    return size, (float(update), float(pre), float(post))


def main() -> None:
    """Print the table."""
    spikes = (np.random.default_rng(3).random((1, STEPS, 1000)) < RATE).astype(np.uint8)
    print("| rule | cores | spikes of p | on_pre | on_post | CPU s | million synapses a second |")
    print("|---|---|---|---|---|---|---|")
    for name, rule in RULES.items():
        program = _compiled(1000, 500, 9, rule)
        emulator = ManycoreEmulator(program, engine="fast", threads=1)
        emulator.run({"x": spikes[:, :10]})
        seconds = []
        for _ in range(5):
            begin = time.process_time()
            seen = emulator.run({"x": spikes})
            seconds.append(time.process_time() - begin)
        median = statistics.median(seconds)
        counts = dict(seen.counts)
        visited = counts.get("on_pre", counts["synaptic_events"]) + counts.get("on_post", 0)
        cores = len(program.json("experiment.json")["cores"])
        print(
            f"| {name} | {cores} | {counts['spikes']:,} | {counts.get('on_pre', 0):,} "
            f"| {counts.get('on_post', 0):,} | {median:.3f} | {visited / median / 1e6:,.0f} |"
        )
    print("\n| rule | bytes of code | an update | an arrival at a synapse | a target that sends |")
    print("|---|---|---|---|---|")
    for name, rule in RULES.items():
        if rule:
            size, costs = instructions(rule)
            print(f"| {name} | {size:,} | " + " | ".join(f"{c:,.1f}" for c in costs) + " |")


if __name__ == "__main__":
    main()
