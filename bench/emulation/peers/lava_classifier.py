"""Lava: the recurrent classifier in its fixed-point mode. Runs in a peer's Python.

    python lava_classifier.py ARRAYS.npz SAMPLES TICKS SPIKES.npz

Lava 0.10 wants Python 3.10 or older. Every process of a model is one of the operating system's, so
that CPU seconds are those of the children too (as /proc counts them), and seconds of the clock are
given beside them. Prints JSON: CPU and wall seconds of each sample's run, without building it, and
spikes; writes which cells of `hidden` and `classes` fired, bool (samples, ticks, cells).
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import Dense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF

# it adds 1 to the decay of the current, and takes that of the membrane as it is
CURRENT_DECAY, MEMBRANE_DECAY, THRESHOLD = 1024, 200, 1500


def cpu_seconds() -> float:
    """Of this process and its children, which are alive."""
    ticks = 0
    for process in (os.getpid(), *(child.pid for child in multiprocessing.active_children())):
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def dense(weights: np.ndarray[Any, Any]) -> Dense:
    """All 8-bit weights: of both signs, Lava keeps even ones, so that they are given doubled."""
    doubled = 2 * weights.astype(np.int64)
    return Dense(weights=doubled, num_message_bits=0, num_weight_bits=8, weight_exp=-1)


def cells(count: int) -> LIF:
    return LIF(shape=(count,), du=CURRENT_DECAY, dv=MEMBRANE_DECAY, vth=THRESHOLD, bias_mant=0)


def main(arrays: str, samples: int, ticks: int, spikes: str) -> None:
    with np.load(arrays) as file:
        n = {name: file[name] for name in file.files}
    fired: dict[str, list[Any]] = {"hidden": [], "classes": []}
    seconds, wall = [], []
    for sample in n["spikes"][:samples]:
        silence = np.zeros((ticks - len(sample), sample.shape[1]), dtype=sample.dtype)
        source = Source(data=np.concatenate([sample, silence]).T.astype(np.int32))
        into, recurrent, out = (dense(n[name]) for name in ("into", "recurrent", "out"))
        hidden, classes = cells(len(n["recurrent"])), cells(len(n["out"]))
        sinks = {
            name: Sink(shape=layer.s_out.shape, buffer=ticks)
            for name, layer in (("hidden", hidden), ("classes", classes))
        }
        source.s_out.connect(into.s_in)
        into.a_out.connect(hidden.a_in)
        recurrent.a_out.connect(hidden.a_in)
        hidden.s_out.connect(recurrent.s_in)
        hidden.s_out.connect(out.s_in)
        out.a_out.connect(classes.a_in)
        hidden.s_out.connect(sinks["hidden"].a_in)
        classes.s_out.connect(sinks["classes"].a_in)
        configuration = Loihi2SimCfg(select_tag="fixed_pt", select_sub_proc_model=True)
        # the first step builds everything
        hidden.run(condition=RunSteps(num_steps=1), run_cfg=configuration)
        before = cpu_seconds(), time.perf_counter()
        hidden.run(condition=RunSteps(num_steps=ticks - 1), run_cfg=configuration)
        seconds.append(cpu_seconds() - before[0])
        wall.append(time.perf_counter() - before[1])
        for name, sink in sinks.items():
            fired[name].append(sink.data.get().T.astype(bool))
        hidden.stop()
    np.savez(spikes, **{name: np.stack(layers) for name, layers in fired.items()})
    total = int(sum(np.sum(layers) for layers in fired.values()))
    print(json.dumps({"seconds": seconds, "wall": wall, "spikes": total}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
