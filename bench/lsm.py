"""The liquid state machine on real recordings, and a large one: the rows of `RESULTS.md#lsm`.

    python -m bench.lsm [TARGET [LARGER]]

The recordings are those of `../shared/data`: a fifth is held out, and nothing is chosen by it. Each
of ten devices has its own random weights. Their reservoir runs in floating point, in the integers
that were read back (spinnaker2), and on TARGET, if it is given: there as it should be, and, if it
has imperfections, with those of a device of the same seed. Readouts are trained each on the spikes
that they are to read, as the paper trains on what its chip sends; the networks with the readouts
are compiled as a whole and run on what was held out. One column has the readout of the tiles as
they should be on what the device sends: what it costs not to train for each device.

There is no training data for the reservoir of 2,048 neurons: on spinnaker2, and on the target
LARGER, it gets spikes at random, at rates of bright and dark pixels, to see what it takes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

import somac
from bench.data import SHARED
from examples.lsm.network import classifier
from examples.lsm.readout import Readout, rates, train
from examples.lsm.recordings import View, read_recordings, spikes_of
from examples.lsm.train import PARTS, RESERVOIR, Split, spikes_in_float, split
from somac.backends.api import DeviceChoice
from somac.compiler.api import Program
from somac.ir.network import Network

__all__ = ["EMNIST", "Scored", "random_pixels", "scored"]

DEVICES: Final = 10
DIGITAL: Final = "spinnaker2"
EMNIST: Final = RESERVOIR.parent / "emnist.snn"
PUBLISHED: Final = "89.11 % in software, 89.66 % on its chip; 10,000 recordings held out of 70,000"
VIEWS: Final = {
    "centre, rates of the whole": (View(), 1),
    "centre, rates in 3 parts": (View(), PARTS),
    "halved, rates in 3 parts": (View(window="halved"), PARTS),
}

_STEPS: Final = 50
_MOST_SPIKES: Final = 20


@dataclass(frozen=True, slots=True)
class Scored:
    """Shares of right answers of one device on what was held out, by column of the table."""

    seed: int
    shares: Mapping[str, float]


def scored(seed: int, data: Split, parts: int, target: str | None) -> Scored:
    """A row: the device of that seed on every kind of hardware."""
    reservoir = somac.load(RESERVOIR, device_seed=seed)
    shares = {"float": _Read.of(spikes_in_float(reservoir, _all(data)), data, parts).share}
    shares |= _on(DIGITAL, "integers", reservoir, data, parts)[0]
    if target is None:
        return Scored(seed, shares)
    exact, program, tiles = _on(target, "tiles", reservoir, data, parts)
    shares |= exact
    if program.effects():
        device = DeviceChoice(seed)
        shares |= _on(target, "device", reservoir, data, parts, device)[0]
        sent = program.run(data.test, device=device).outputs["lsm"]
        shares["device, readout of tiles"] = tiles.readout.accuracy(
            rates(sent, parts), data.test_label
        )
    return Scored(seed, shares)


@dataclass(frozen=True, slots=True)
class _Read:
    """The readout that cross-validates best, and its share on what was held out."""

    readout: Readout
    share: float

    @classmethod
    def of(cls, sent: NDArray[np.generic], data: Split, parts: int) -> _Read:
        features = rates(sent, parts)
        cut = len(data.train)
        found = train(features[:cut], data.train_label)
        best = max(found.values(), key=lambda readout: readout.validated)
        return cls(best, best.accuracy(features[cut:], data.test_label))


def _on(
    target: str,
    label: str,
    reservoir: Network,
    data: Split,
    parts: int,
    device: DeviceChoice | None = None,
) -> tuple[dict[str, float], Program, _Read]:
    """Shares on a target: of the readout by itself, and of the network with it as a bundle."""
    program = _compiled(reservoir, target, data)
    read = _Read.of(program.run(_all(data), device=device).outputs["lsm"], data, parts)
    steps = data.train.shape[1]
    whole = _compiled(classifier(reservoir, read.readout, parts, steps), target, data)
    right = whole.run(data.test, device=device).classes() == data.test_label
    return {label: read.share, f"{label}, compiled": float(right.mean())}, program, read


def _all(data: Split) -> NDArray[np.uint8]:
    return np.concatenate([data.train, data.test])


def _compiled(network: Network, target: str, data: Split) -> Program:
    """Compiled with ranges as the recordings to train on need them."""
    return somac.compile(network, target=target, calibrate={"events": data.train})


def table(target: str | None) -> Iterator[str]:
    """The rows of all views, mean and standard deviation over devices."""
    recordings = read_recordings(SHARED / "inputs" / "nmnist_small_train.npz")
    head = False
    for name, (view, parts) in VIEWS.items():
        data = split(spikes_of(recordings, view), recordings.label)
        rows = [scored(seed, data, parts, target) for seed in range(DEVICES)]
        if not head:
            yield f"| what the readout sees | {' | '.join(rows[0].shares)} |"
            yield f"|---|{'---|' * len(rows[0].shares)}"
            head = True
        cells = []
        for column in rows[0].shares:
            values = np.array([row.shares[column] for row in rows])
            cells.append(f"{values.mean():.1%} ± {values.std(ddof=1):.1%}")
        yield f"| {name} | {' | '.join(cells)} |"


def random_pixels(samples: int, seed: int = 0) -> NDArray[np.uint8]:
    """Spikes (samples, 50, 784) at rates that are drawn for every pixel: four of five are dark."""
    rng = np.random.default_rng(seed)
    rate = _MOST_SPIKES / _STEPS * rng.random((samples, 1, 784)) * (rng.random(784) < 0.2)
    return (rng.random((samples, _STEPS, 784)) < rate).astype(np.uint8)


def large(target: str) -> str:
    """A row: what the reservoir of 2,048 neurons takes on a target."""
    begin = time.process_time()
    network = somac.load(EMNIST)
    loaded = time.process_time()
    program = somac.compile(network, target=target)
    compiled = time.process_time()
    x = random_pixels(4)
    run = program.run(x)
    emulated = time.process_time()
    agreement = program.agreement(x)
    synapses = sum(p.connectivity.weights.size for p in network.projections)
    size = sum(len(content) for content in program.files.files.values())
    return f"| {target} | {synapses:,} | {loaded - begin:.1f} | {compiled - loaded:.1f} | " + (
        f"{(emulated - compiled) / len(x):.2f} | {run.outputs['lsm'].mean():.1%} | "
        f"{size:,} | {agreement.differing} |"
    )


def main() -> None:
    """Print both tables."""
    given = sys.argv[1:]
    for line in table(given[0] if given else None):
        print(line, flush=True)
    print(f"published: {PUBLISHED}\n")
    columns = (
        "target",
        "weights",
        "load, CPU s",
        "compile, CPU s",
        "emulate, CPU s a sample",
        "fire in a step",
        "bytes of the bundle",
        "values that differ from the golden model",
    )
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for name in (DIGITAL, *given[1:]):
        print(large(name), flush=True)


if __name__ == "__main__":
    main()
