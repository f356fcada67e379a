"""``python -m examples.stdp.learn``: two networks that learn on the emulated hardware.

Compiles each for `spinnaker2`, runs it from the compiled bundle, and prints what it does at first
and in the end, and what its weights have become.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import somac
from examples.stdp.stimuli import GROUP, TRIAL, cues, volleys

__all__ = ["main", "right_answers"]

HERE = Path(__file__).resolve().parent
TARGET = "spinnaker2"


def right_answers(
    answers: NDArray[np.int64], wanted: NDArray[np.int64], parts: int = 4
) -> NDArray[np.float64]:
    """Share of trials in which the wanted cell fires most: (samples, parts).

    `answers` are spikes (samples, ticks, cells), `wanted` cells (samples, trials).
    """
    samples, trials = wanted.shape
    counts = answers.reshape(samples, trials, TRIAL, 2).sum(axis=2)
    own = np.take_along_axis(counts, wanted[..., None], axis=2)[..., 0]
    right = own > counts.sum(axis=2) - own
    share: NDArray[np.float64] = right.reshape(samples, parts, -1).mean(axis=2)
    return share


def main() -> None:
    """Run both."""
    run = somac.compile(somac.load(HERE / "coincidence.snn"), target=TARGET).run(
        volleys(), record_weights=["learnt"]
    )
    weights = run.weights["learnt"]["w"][0]
    print("coincidence.snn: a neuron finds the inputs that fire together; weights began at 0.05")
    for name, group in (("in volleys", weights[:GROUP]), ("each for itself", weights[GROUP:])):
        print(f"  mean weight of those that fire {name}: {group.mean():.3f}")
    trials = cues()
    run = somac.compile(somac.load(HERE / "reward.snn"), target=TARGET).run(
        trials.inputs, record_weights=["learnt"]
    )
    print("reward.snn: two cells learn from reward which cue to answer")
    shares = right_answers(run.outputs["answer"], trials.wanted)
    for sample, which in enumerate(("its own cue", "the other's cue")):
        parts = ", ".join(f"{share:.0%}" for share in shares[sample])
        mean = run.weights["learnt"]["w"][sample].reshape(2, 10, 2).mean(axis=1)
        print(
            f"  each cell is to answer {which}: right in {parts} of the trials, quarter by quarter"
        )
        print(f"    mean weights from cue 1: {mean[0].round(2)}, from cue 2: {mean[1].round(2)}")


if __name__ == "__main__":
    main()
