"""The demonstration of `make demo`: both classifiers, from trained model to emulated bits.

Compiles each for `spinnaker2`, and one for arrays of memory cells, runs every recorded test input
through the float reference, the golden integer model and the emulator of the compiled bundle, and
compares.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import somac
from somac.compiler.inputs import raw_inputs, read_recording
from somac.ir.simulate import golden, reference

HERE = Path(__file__).resolve().parent
EXAMPLES = (("digits", "spinnaker2"), ("digits_rows", "spinnaker2"), ("digits", "neurram"))


def accuracy(spikes: NDArray[np.generic], labels: NDArray[np.int64]) -> float:
    """Share of samples whose most active output cell is the label."""
    return float((spikes.sum(axis=1).argmax(axis=1) == labels).mean())


def demonstrate(name: str, target: str) -> int:
    """Run one example on one target; returns the number of spikes the emulator has wrong."""
    folder = HERE / name
    begin = time.perf_counter()
    network = somac.load(folder / f"{name}.nir")
    program = somac.compile(network, target=target)
    seconds = time.perf_counter() - begin
    (source,), (output,) = network.inputs, network.outputs
    recording = read_recording(folder / "test.npz", [source.name])
    labels = recording.labels
    if labels is None:
        raise SystemExit(f"{folder / 'test.npz'} has no labels")
    integers = program.golden()
    raw = raw_inputs(recording.inputs, integers.inputs)
    populations = [p.name for p in network.populations]
    meant = golden(integers, raw, record=populations)
    emulated = program.run(recording.inputs, record=populations)
    mismatches = sum(int((emulated.signals[p] != meant.signals[p]).sum()) for p in populations)
    spikes = sum(int(meant.signals[p].sum()) for p in populations)
    found = {
        "float": reference(network, raw).signals[output.name],
        "integer": meant.signals[output.name],
        "emulated": emulated.outputs[output.name],
    }
    shares = " / ".join(f"{100 * accuracy(s, labels):.2f} %" for s in found.values())
    print(f"{name}: {len(labels)} recordings, compiled for {target} in {seconds:.1f} s")
    print(f"  accuracy {' / '.join(found)}: {shares}")
    print(f"  {mismatches} mismatching spikes of {spikes} (emulator against golden model)")
    for finding in program.verify():
        print(finding)
        mismatches += 1
    return mismatches


if __name__ == "__main__":
    sys.exit(min(1, sum(demonstrate(*example) for example in EXAMPLES)))
