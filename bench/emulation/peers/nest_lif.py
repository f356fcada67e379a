"""NEST: the network with `iaf_psc_exp`, one thread. Runs in a peer's Python.

    python nest_lif.py ARRAYS.npz TICKS ROUNDS

Prints JSON: CPU seconds of each round, and spikes of the first.
"""

from __future__ import annotations

import json
import sys
import time

import nest
import numpy as np


def main(arrays: str, ticks: int, rounds: int) -> None:
    with np.load(arrays) as file:
        n = {name: file[name] for name in file.files}
    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.resolution = 0.1
    nest.local_num_threads = 1
    cells = len(n["inhibitory"])
    neurons = nest.Create(
        "iaf_psc_exp",
        cells,
        {
            "E_L": 0.0,
            "V_reset": 0.0,
            "V_th": float(n["threshold"]),
            "C_m": float(n["capacity"]),
            "tau_m": float(n["tau_m"]),
            "tau_syn_ex": float(n["tau_e"]),
            "tau_syn_in": float(n["tau_i"]),
            "t_ref": float(n["refractory"]),
        },
    )
    neurons.V_m, neurons.I_e = n["v_start"], n["drive_pa"]
    source = np.repeat(np.arange(cells), np.diff(n["indptr"]))
    sign = np.where(n["inhibitory"][source], -1.0, 1.0)
    nest.Connect(
        source + 1,
        n["target"].astype(np.int64) + 1,
        conn_spec="one_to_one",
        syn_spec={
            "synapse_model": "static_synapse",
            "weight": sign * n["weight"] * float(n["unit_pa"]),
            "delay": n["delay"] * 0.1,
        },
    )
    recorder = nest.Create("spike_recorder", params={"record_to": "memory"})
    nest.Connect(neurons, recorder)
    nest.Prepare()
    nest.Run(0.1)
    seconds, spikes = [], []
    for _ in range(rounds):
        before = time.process_time()
        nest.Run(ticks * 0.1)
        seconds.append(time.process_time() - before)
        spikes.append(int(recorder.n_events))
    print(json.dumps({"seconds": seconds, "spikes": spikes[0]}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
