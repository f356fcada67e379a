"""SANA-FE: the recurrent classifier on its Loihi, sample after sample. Runs in a peer's Python.

    python sanafe_classifier.py ARRAYS.npz ROUNDS SAMPLES

Its neuron computes in floating point and has no current that decays, so that it fires otherwise:
what compares is events per second, of which it counts its own.
Prints JSON: CPU seconds of each round, how often cells fired, and synaptic events of each round.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import sanafe

CELL = {"threshold": 1500 * (1 - 1025 / 4096), "leak_decay": 1 - 200 / 4096}
INPUTS_PER_CORE = 350


def main(arrays: str, rounds: int, samples: int) -> None:
    with np.load(arrays) as file:
        n = {name: file[name] for name in file.files}
    # every round hears the same samples: inputs are given for all of its time before it begins
    heard = np.tile(n["spikes"][:samples].reshape(-1, n["spikes"].shape[2]), (rounds, 1))
    architecture = sanafe.load_loihi()
    cores = [core for tile in architecture.tiles for core in tile.cores]
    network = sanafe.Network()
    inputs = network.create_neuron_group("inputs", heard.shape[1], {})
    hidden = network.create_neuron_group("hidden", len(n["recurrent"]), CELL)
    classes = network.create_neuron_group("classes", len(n["out"]), CELL)
    for source, target, weights in (
        (inputs, hidden, n["into"]),
        (hidden, hidden, n["recurrent"]),
        (hidden, classes, n["out"]),
    ):
        by_source = weights.T.astype(float).ravel().tolist()
        source.connect_neurons_dense(target, {"weight": by_source})
    for channel in range(heard.shape[1]):
        core, place = divmod(channel, INPUTS_PER_CORE)
        spikes = heard[:, channel].astype(int).tolist()
        inputs[channel].set_attributes(
            soma_hw_name=f"loihi_inputs[{place}]", model_attributes={"spikes": spikes}
        )
        inputs[channel].map_to_core(cores[core])
    for group, size, core in ((hidden, len(n["recurrent"]), 4), (classes, len(n["out"]), 5)):
        for cell in range(size):
            group[cell].set_attributes(soma_hw_name="loihi_lif")
            group[cell].map_to_core(cores[core])
    chip = sanafe.SpikingChip(architecture)
    chip.load(network)
    seconds, events, fired = [], [], 0
    for _ in range(rounds):
        before = time.process_time()
        result = chip.sim(len(heard) // rounds, timing_model="simple", processing_threads=1)
        seconds.append(time.process_time() - before)
        events.append(int(result["spikes"]))
        fired = int(result["neurons_fired"])
    counts = {"spikes": fired, "events": float(np.median(events))}
    print(json.dumps({"seconds": seconds, **counts}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
