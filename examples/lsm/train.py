"""Train the readout of a liquid state machine whose weights are what devices happen to conduct.

    python -m examples.lsm.train RECORDINGS.npz -o out/lsm

in the root of the repository (with `pip install somac[train]`; of that, scikit-learn is enough).
RECORDINGS.npz has recordings of N-MNIST as events: see `recordings.py`. A fifth of them, every
class in proportion, is held out: nothing is chosen by it. For each of ten devices the script

1. runs `nmnist.snn` in floating point, and compiled for the target, in integers;
2. trains readouts on the others' spikes, by ridge and by logistic regression, and takes what
   cross-validates better;
3. compiles the network with this readout, and runs the recordings that were held out.

The network of the first device is written to the folder, with the recordings that were held out as
`test.npz`, for the command line:

    somac compile out/lsm/network.snn -o out/lsm/bundle
    somac run out/lsm/bundle --input out/lsm/test.npz

With `--target crossbar-40nm --imperfect` the compiled networks run with the imperfections of
devices of the same seeds, and readouts are trained for what these send; `somac run --device 0`
repeats it. `--mac never` leaves the readout to adders, as the paper does, here and in
`somac compile`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import somac
from examples.lsm.network import classifier, write_classifier
from examples.lsm.readout import Readout, rates, train
from examples.lsm.recordings import View, read_recordings, spikes_of
from somac.backends.api import DeviceChoice
from somac.backends.manycore.options import UseOfArrays
from somac.compiler.pipeline import CompileOptions
from somac.ir.network import Network
from somac.ir.simulate import reference

__all__ = ["RESERVOIR", "Split", "Trained", "main", "run_device", "spikes_in_float", "split"]

RESERVOIR = Path(__file__).parent / "nmnist.snn"
TARGET = "spinnaker2"
DEVICES = 10
PARTS = 3
"""One for each of the three saccades of a recording."""

HELD_OUT = 0.2
PAPER = "89.66 % on its chip, 89.11 % in software: 60,000 recordings to train on, 10,000 to test"


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Spikes (samples, steps, channels) and classes to train on, and those that are held out."""

    train: NDArray[np.uint8]
    train_label: NDArray[np.int64]
    test: NDArray[np.uint8]
    test_label: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A device with the readouts trained for it, and shares of right answers on what was held out.

    `real` and `whole` are the readouts by kind, on spikes in floating point and of the compiled
    reservoir, `best` is that of `whole` which cross-validated best, `network` the network with it.
    `tested` has the shares by readout, and under ``compiled`` that of `network` from its bundle.
    """

    seed: int
    real: dict[str, Readout]
    whole: dict[str, Readout]
    best: Readout
    network: Network
    tested: dict[str, float]
    rate: float


def split(spikes: NDArray[np.uint8], label: NDArray[np.int64]) -> Split:
    """Hold out a fifth, every class in proportion, always the same."""
    from sklearn.model_selection import train_test_split

    order = np.arange(len(label))
    kept, held = train_test_split(order, test_size=HELD_OUT, stratify=label, random_state=0)
    return Split(spikes[kept], label[kept], spikes[held], label[held])


def run_device(
    seed: int,
    data: Split,
    *,
    parts: int = PARTS,
    target: str = TARGET,
    imperfect: bool = False,
    arrays: UseOfArrays = "auto",
) -> Trained:
    """Everything of one device; `imperfect` is for targets whose cells are analogue."""
    device = DeviceChoice(seed) if imperfect else None
    options = CompileOptions(options={"mac": arrays})
    reservoir = somac.load(RESERVOIR, device_seed=seed)
    steps = data.train.shape[1]
    program = somac.compile(reservoir, target=target, options=options)
    everything = np.concatenate([data.train, data.test])
    spikes = {
        "float": spikes_in_float(reservoir, everything),
        "emulated": program.run(everything, device=device).outputs[reservoir.outputs[0].name],
    }
    cut = len(data.train)
    readouts = {}
    tested = {}
    for arithmetic, found in spikes.items():
        features = rates(found, parts)
        readouts[arithmetic] = train(features[:cut], data.train_label)
        for kind, readout in readouts[arithmetic].items():
            tested[f"{arithmetic} {kind}"] = readout.accuracy(features[cut:], data.test_label)
    best = max(readouts["emulated"].values(), key=lambda readout: readout.validated)
    network = classifier(reservoir, best, parts, steps)
    whole = somac.compile(network, target=target, options=options)
    answers = whole.run(data.test, device=device).classes()
    tested["compiled"] = float((answers == data.test_label).mean())
    rate = float(spikes["emulated"].mean())
    return Trained(seed, readouts["float"], readouts["emulated"], best, network, tested, rate)


def spikes_in_float(network: Network, spikes: NDArray[np.uint8]) -> NDArray[Any]:
    """What the reservoir sends, (samples, steps, cells)."""
    name = network.inputs[0].name
    return reference(network, {name: spikes}).signals[network.outputs[0].source]


def report(devices: Sequence[Trained], data: Split, view: View, parts: int) -> Iterator[str]:
    """What was done, and what came of it."""
    yield (
        f"\n{len(data.test_label)} recordings held out, {len(data.train_label)} to train on; "
        f"{view.window} 16 x 16 pixels, polarity {view.polarity}"
    )
    fire = np.mean([d.rate for d in devices])
    yield f"rates in {parts} parts of {view.steps} steps; {fire:.1%} of the neurons fire in a step"
    yield from table(devices)
    for name, of in (("float", "real"), ("emulated", "whole")):
        validated = {
            kind: np.mean([getattr(d, of)[kind].validated for d in devices])
            for kind in devices[0].whole
        }
        shares = ", ".join(f"{kind} {share:.1%}" for kind, share in validated.items())
        yield f"cross-validated on those to train on, {name}: {shares}"
    yield f"published: {PAPER}"


def table(devices: Sequence[Trained]) -> Iterator[str]:
    """A line per device, and their mean and standard deviation."""
    columns = list(devices[0].tested)
    yield "device  " + "  ".join(f"{name:>16}" for name in columns)
    for d in devices:
        yield f"{d.seed:6}  " + "  ".join(f"{d.tested[name]:16.1%}" for name in columns)
    for name, of in (("mean", np.mean), ("spread", _spread)):
        values = [of([d.tested[column] for d in devices]) for column in columns]
        yield f"{name:>6}  " + "  ".join(f"{value:16.1%}" for value in values)


def _spread(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def main(arguments: list[str] | None = None) -> None:
    """Train, print, write."""
    plain = View()
    parser = argparse.ArgumentParser(description="Train the readout of a liquid state machine.")
    parser.add_argument("recordings", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--devices", type=int, default=DEVICES, metavar="N")
    parser.add_argument("--parts", type=int, default=PARTS, choices=range(1, 11), metavar="N")
    parser.add_argument("--window", choices=["centre", "halved"], default=plain.window)
    parser.add_argument("--polarity", type=int, choices=[0, 1, 2], default=plain.polarity)
    parser.add_argument("--target", default=TARGET)
    parser.add_argument("--imperfect", action="store_true", help="with imperfections of devices")
    parser.add_argument("--mac", choices=["auto", "never", "always"], default="auto")
    given = parser.parse_args(arguments)
    view = View(given.polarity, given.window)
    try:
        recordings = read_recordings(given.recordings)
        data = split(spikes_of(recordings, view), recordings.label)
        devices: list[Trained] = []
        for seed in range(given.devices):
            devices.append(
                run_device(
                    seed,
                    data,
                    parts=given.parts,
                    target=given.target,
                    imperfect=given.imperfect,
                    arrays=given.mac,
                )
            )
            print(f"device {seed}: {devices[-1].tested['compiled']:.1%}", flush=True)
    except (OSError, ValueError, somac.SomacError) as error:
        raise SystemExit(f"{error}") from None
    print("\n".join(report(devices, data, view, given.parts)))
    written = write_classifier(devices[0].network, given.output)
    test = data.test.reshape(*data.test.shape[:2], 16, 16)
    np.savez_compressed(given.output / "test.npz", events=test, label=data.test_label)
    print(f"device {devices[0].seed} with its readout: {written}")


if __name__ == "__main__":
    main()
