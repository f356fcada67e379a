"""PyTorch and Norse: the recurrent classifier, all samples side by side. Runs in a peer's Python.

    python torch_classifier.py ARRAYS.npz ROUNDS torch|norse

Prints JSON: CPU seconds of each round, and spikes of the hidden cells.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

CURRENT_DECAY, MEMBRANE_DECAY, THRESHOLD = 1025 / 4096, 200 / 4096, 1500.0


def by_hand(n: dict[str, torch.Tensor]) -> Callable[[], float]:
    """The loop that one writes: nothing but what the network needs."""
    x = n["spikes"]
    into, recurrent, out = (n[name].T.contiguous() for name in ("into", "recurrent", "out"))

    def run() -> float:
        samples = x.shape[0]
        hidden, classes = into.shape[1], out.shape[1]
        u, v = torch.zeros(samples, hidden), torch.zeros(samples, hidden)
        y, w = torch.zeros(samples, classes), torch.zeros(samples, classes)
        spikes = torch.zeros(samples, hidden)
        total = torch.zeros(())
        for step in range(x.shape[1]):
            arrived = x[:, step] @ into + spikes @ recurrent
            at_classes = spikes @ out
            u = u * (1 - CURRENT_DECAY) + arrived
            v = v * (1 - MEMBRANE_DECAY) + u
            spikes = (v > THRESHOLD).float()
            v = v * (1 - spikes)
            y = y * (1 - CURRENT_DECAY) + at_classes
            w = w * (1 - MEMBRANE_DECAY) + y
            w = w * (w <= THRESHOLD)
            total += spikes.sum()
        return float(total)

    return run


def by_norse(n: dict[str, torch.Tensor]) -> Callable[[], float]:
    """Norse's recurrent and feed-forward LIF cells, dt = 1 ms."""
    import norse.torch as norse

    into, recurrent, out = n["into"], n["recurrent"], n["out"]
    parameters = norse.LIFParameters(
        tau_syn_inv=torch.tensor(CURRENT_DECAY * 1e3),
        tau_mem_inv=torch.tensor(MEMBRANE_DECAY * 1e3),
        v_th=torch.tensor(THRESHOLD * MEMBRANE_DECAY),
    )
    hidden = norse.LIFRecurrentCell(
        into.shape[1], into.shape[0], p=parameters, input_weights=into, recurrent_weights=recurrent
    )
    classes = norse.LIFCell(p=parameters)
    x = n["spikes"]

    def run() -> float:
        state, last, total = None, None, torch.zeros(())
        for step in range(x.shape[1]):
            spikes, state = hidden(x[:, step], state)
            _, last = classes(spikes @ out.T, last)
            total += spikes.sum()
        return float(total)

    return run


def main(arrays: str, rounds: int, peer: str) -> None:
    torch.set_num_threads(1)
    with np.load(arrays) as file:
        n = {name: torch.tensor(file[name].astype(np.float32)) for name in file.files}
    run = {"torch": by_hand, "norse": by_norse}[peer](n)
    seconds, spikes = [], 0.0
    with torch.no_grad():
        run()
        for _ in range(rounds):
            before = time.process_time()
            spikes = run()
            seconds.append(time.process_time() - before)
    print(json.dumps({"seconds": seconds, "spikes": spikes}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
