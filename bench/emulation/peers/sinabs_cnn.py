"""Sinabs: the CNN of the NIR paper, all samples side by side. Runs in a peer's Python.

    python sinabs_cnn.py ARRAYS.npz ROUNDS

Prints JSON: CPU seconds of each round, and spikes of each layer.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import torch
from sinabs import layers
from torch.nn import functional


def main(arrays: str, rounds: int) -> None:
    torch.set_num_threads(1)
    with np.load(arrays) as file:
        n = {name: torch.tensor(file[name].astype(np.float32)) for name in file.files}
    x = n["x"]
    samples = x.shape[0]
    weights = [n[f"w{layer}"] for layer in range(5)]
    neurons = [
        layers.IAFSqueeze(batch_size=samples, spike_threshold=torch.tensor(1.0), min_v_mem=-1.0)
        for _ in weights
    ]

    def pooled(z: torch.Tensor) -> torch.Tensor:
        return 4 * functional.avg_pool2d(z, 2)

    maps = [
        lambda z: functional.conv2d(z, weights[0], stride=2, padding=1),
        lambda z: functional.conv2d(z, weights[1], padding=1),
        lambda z: functional.conv2d(pooled(z), weights[2], padding=1),
        lambda z: pooled(z).flatten(1) @ weights[3].T,
        lambda z: z @ weights[4].T,
    ]

    def run() -> list[float]:
        z, counts = x.flatten(0, 1), []
        for layer, neuron in zip(maps, neurons, strict=True):
            neuron.reset_states()
            z = neuron(layer(z))
            counts.append(float(z.sum()))
        return counts

    seconds, counts = [], []
    with torch.no_grad():
        run()
        for _ in range(rounds):
            before = time.process_time()
            counts = run()
            seconds.append(time.process_time() - before)
    print(json.dumps({"seconds": seconds, "spikes": counts}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
