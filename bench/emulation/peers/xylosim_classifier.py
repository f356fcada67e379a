"""Xylosim: the recurrent classifier, sample by sample. Runs in a peer's Python.

    python xylosim_classifier.py ARRAYS.npz ROUNDS SAMPLES

Its neurons decay by shifts of bits, so that it fires otherwise: what compares is events per second.
Prints JSON: CPU seconds of each round, spikes of the hidden cells, and synaptic events.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
from xylosim.v2 import XyloLayer, XyloSynapse

THRESHOLD, CURRENT_SHIFT, MEMBRANE_SHIFT = 1500, 2, 4


def main(arrays: str, rounds: int, samples: int) -> None:
    with np.load(arrays) as file:
        n = {name: file[name] for name in file.files}
    hidden, classes = n["recurrent"].shape[0], n["out"].shape[0]

    def synapses(weights: np.ndarray[Any, Any]) -> list[list[Any]]:
        rows = weights.T.astype(int).tolist()
        return [[XyloSynapse(j, 0, w) for j, w in enumerate(row) if w] for row in rows]

    # the simulator keeps pointers to them: they must outlive it
    kept = [synapses(n[name]) for name in ("into", "recurrent", "out")]
    layer = XyloLayer(
        synapses_in=kept[0],
        synapses_rec=kept[1],
        synapses_out=kept[2],
        aliases=[[] for _ in range(hidden)],
        threshold=[THRESHOLD] * hidden,
        threshold_out=[THRESHOLD] * classes,
        has_bias=False,
        bias=[0] * hidden,
        bias_out=[0] * classes,
        weight_shift_inp=0,
        weight_shift_rec=0,
        weight_shift_out=0,
        dash_mem=[MEMBRANE_SHIFT] * hidden,
        dash_mem_out=[MEMBRANE_SHIFT] * classes,
        dash_syns=[[CURRENT_SHIFT] * 2] * hidden,
        dash_syns_out=[[CURRENT_SHIFT]] * classes,
        name="classifier",
    )
    inputs = [sample.astype(int).tolist() for sample in n["spikes"][:samples]]
    seconds, spikes, events = [], 0, 0
    for _ in range(rounds):
        spikes = 0
        elapsed = 0.0
        for sample in inputs:
            layer.reset_all()
            before = time.process_time()
            layer.evolve(sample)
            elapsed += time.process_time() - before
            spikes += int(np.sum(layer.rec_recurrent_spikes))
        seconds.append(elapsed)
        events = int(n["spikes"][:samples].sum()) * hidden + spikes * (hidden + classes)
    print(json.dumps({"seconds": seconds, "spikes": spikes, "events": events}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
