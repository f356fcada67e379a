"""Brian2: the network as C++ of its own, built into a folder. Runs in a peer's Python.

    python brian2_lif.py ARRAYS.npz TICKS FOLDER      builds FOLDER/main

What is timed is that program's own measurement of its main loop, in CPU seconds.
"""

from __future__ import annotations

import sys

import brian2 as b
import numpy as np


def build(arrays: str, ticks: int, folder: str) -> None:
    with np.load(arrays) as file:
        n = {name: file[name] for name in file.files}
    cells = len(n["inhibitory"])
    b.set_device("cpp_standalone", build_on_run=False)
    b.defaultclock.dt = 0.1 * b.ms
    constants = {name: float(n[name]) for name in ("tau_m", "tau_e", "tau_i", "capacity")}
    group = b.NeuronGroup(
        cells,
        """dv/dt = (-v / tau_m + (exc - inh + drive) / capacity) / ms : 1 (unless refractory)
           dexc/dt = -exc / tau_e / ms : 1
           dinh/dt = -inh / tau_i / ms : 1
           drive : 1""",
        threshold=f"v >= {float(n['threshold'])}",
        reset="v = 0",
        refractory=float(n["refractory"]) * b.ms,
        method="exact",
        namespace=constants,
    )
    group.v, group.drive = n["v_start"], n["drive_pa"]
    source = np.repeat(np.arange(cells), np.diff(n["indptr"]))
    inhibits = n["inhibitory"][source]
    parts = [group]
    for port, chosen in (("exc", ~inhibits), ("inh", inhibits)):
        synapses = b.Synapses(group, group, "w : 1", on_pre=f"{port} += w")
        synapses.connect(i=source[chosen], j=n["target"][chosen])
        synapses.w = n["weight"][chosen] * float(n["unit_pa"])
        synapses.delay = n["delay"][chosen] * 0.1 * b.ms
        parts.append(synapses)
    counter = b.SpikeMonitor(group, record=False)
    network = b.Network(*parts, counter)
    network.run(ticks * 0.1 * b.ms)
    b.device.build(directory=folder, compile=True, run=False)


if __name__ == "__main__":
    build(sys.argv[1], int(sys.argv[2]), sys.argv[3])
