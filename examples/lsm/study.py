"""What the accuracy of the liquid state machine depends on: a table of README.md.

    python -m examples.lsm.study RECORDINGS.npz

Cross-validated in floating point on the four fifths of the recordings that `train.py` trains on,
three devices each: the fifth that it holds out is not looked at. It takes about five minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import somac
from examples.lsm.readout import rates, train
from examples.lsm.recordings import Recordings, View, read_recordings, spikes_of
from examples.lsm.train import RESERVOIR, Split, spikes_in_float, split
from somac.ir.connectivity import Dense
from somac.ir.network import Network, Projection

__all__ = ["VARIANTS", "Variant", "main", "validated"]

DEVICES = 3

PUBLISHED = View()
HALVED = View(window="halved")


@dataclass(frozen=True, slots=True)
class Variant:
    """What is done otherwise than published.

    Parameters
    ----------
    parts
        Of a recording, that have rates of their own.
    gain
        Times the scale of the weights from the input.
    recurrent
        Whether the reservoir hears itself.
    reservoir
        Whether there is one; without it the rates are those of the pixels.
    share
        Of the recordings to train on.
    """

    name: str
    view: View = PUBLISHED
    parts: int = 1
    gain: float = 1.0
    recurrent: bool = True
    reservoir: bool = True
    share: float = 1.0


VARIANTS = (
    Variant("as published: centre, polarity 0, 50 frames of 6 ms, rates of the whole"),
    Variant("polarity 1", replace(PUBLISHED, polarity=1)),
    Variant("both polarities as one", replace(PUBLISHED, polarity=2)),
    Variant("25 frames of 12 ms", replace(PUBLISHED, steps=25, step_us=12000)),
    Variant("100 frames of 3 ms", replace(PUBLISHED, steps=100, step_us=3000)),
    Variant("weights from the input halved", gain=0.5),
    Variant("weights from the input doubled", gain=2.0),
    Variant("without recurrence", recurrent=False),
    Variant("no reservoir: rates of the pixels", reservoir=False),
    Variant("32 x 32 pixels, halved", HALVED),
    Variant("rates in 2 parts", parts=2),
    Variant("rates in 3 parts, one for each saccade", parts=3),
    Variant("rates in 5 parts", parts=5),
    Variant("3 parts, without recurrence", parts=3, recurrent=False),
    Variant("3 parts, no reservoir", parts=3, reservoir=False),
    Variant("3 parts, halved", HALVED, 3),
    Variant("3 parts, halved, 100 frames", replace(HALVED, steps=100, step_us=3000), 3),
    Variant("3 parts, halved, without recurrence", HALVED, 3, recurrent=False),
    Variant("3 parts, halved, no reservoir", HALVED, 3, reservoir=False),
    Variant("3 parts, halved, half of the recordings", HALVED, 3, share=0.5),
    Variant("3 parts, halved, a quarter of the recordings", HALVED, 3, share=0.25),
)


def validated(variant: Variant, data: Split, devices: int = DEVICES) -> dict[str, float]:
    """Share of right answers by kind of readout, on average over devices."""
    count = round(variant.share * len(data.train))
    spikes, label = data.train[:count], data.train_label[:count]
    found = [train(each, label) for each in _features(variant, spikes, devices)]
    return {k: float(np.mean([r[k].validated for r in found])) for k in found[0]}


def _features(
    variant: Variant, spikes: NDArray[np.uint8], devices: int
) -> Iterator[NDArray[np.float64]]:
    if not variant.reservoir:
        yield rates(spikes, variant.parts)
        return
    for seed in range(devices):
        network = _changed(somac.load(RESERVOIR, device_seed=seed), variant)
        yield rates(spikes_in_float(network, spikes), variant.parts)


def _changed(network: Network, variant: Variant) -> Network:
    kept = [p for p in network.projections if variant.recurrent or p.source != p.target]
    return replace(network, projections=tuple(_amplified(p, variant.gain) for p in kept))


def _amplified(p: Projection, gain: float) -> Projection:
    """The same cells, which weigh more or less, if they are those from the input."""
    if p.device is None or p.source == p.target:
        return p
    device = replace(p.device, scale=p.device.scale * gain)
    size = p.connectivity.target_size, p.connectivity.source_size
    return replace(p, device=device, connectivity=Dense(device.weights(p.name, *size)))


def table(recordings: Recordings) -> Iterator[str]:
    """The rows, as Markdown."""
    yield "| | ridge | logistic |"
    yield "|---|---|---|"
    for variant in VARIANTS:
        data = split(spikes_of(recordings, variant.view), recordings.label)
        shares = validated(variant, data)
        yield f"| {variant.name} | " + " | ".join(f"{s:.1%}" for s in shares.values()) + " |"


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="What the accuracy depends on.")
    parser.add_argument("recordings", type=Path)
    try:
        recordings = read_recordings(parser.parse_args(arguments).recordings)
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from None
    for line in table(recordings):
        print(line, flush=True)


if __name__ == "__main__":
    main()
