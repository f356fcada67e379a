"""Learning in the emulator: updates of synapses per second, `RESULTS.md#plasticity`.

    python -m bench.learning

1,000 channels that send at random teach 500 cells by half a million synapses, with a rule of the
library; compiled for `spinnaker2`, and run by the fast engine in one thread. CPU seconds, the
median of five runs; the same network without learning stands beside it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

import somac
from somac.backends.manycore.emulator import ManycoreEmulator

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
input x[1000]: spikes
population p[500]: LIF(tau = 10 ms, r = 1, v_leak = 0, v_threshold = 9, v_reset = 0)
projection x -> p: dense(uniform(0, 1), seed = 1) delay 1 tick {rule}
output p
"""


def main() -> None:
    """Print the table."""
    spikes = (np.random.default_rng(3).random((1, STEPS, 1000)) < RATE).astype(np.uint8)
    print("| rule | cores | spikes of p | on_pre | on_post | CPU s | million synapses a second |")
    print("|---|---|---|---|---|---|---|")
    for name, rule in RULES.items():
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "learning.snn"
            file.write_text(TEXT.format(rule=rule), encoding="utf-8")
            program = somac.compile(file).files
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


if __name__ == "__main__":
    main()
