"""``python -m examples.compare``: models on three kinds of hardware, side by side.

Compiles every model for a many-core chip, a programmable part and a chip of memory cells, runs its
recordings on the emulators, and prints accuracy, what a step takes, and what is in use:
a table of Markdown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import somac
from somac.backends.api import Account, Amount, Costs
from somac.compiler.inputs import read_recording
from somac.ir.simulate import reference

__all__ = ["main"]

HERE = Path(__file__).resolve().parent
MODELS = ("digits/digits.nir", "digits_rows/digits_rows.nir", "rhythms/rhythms.snn")

SAMPLES = 100
"""Recordings of each model that are run: the first ones."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """A target, which amounts of its cost model are time and energy of a step, and what is used.

    What is used is called as the account of a bundle calls it, or as the cost model does.
    """

    target: str
    time: str
    energy: str | None
    used: Mapping[str, str]


TARGETS = (
    Hardware(
        "spinnaker2", "tick_low_us", "energy_cores_low_nj", {"cores": "cores", "bytes": "bytes"}
    ),
    Hardware(
        "ulx3s-85f",
        "interval_us",
        None,
        {"LUT": "area_lut", "flip-flops": "area_ff", "DSP": "area_dsp", "BRAM": "area_bram"},
    ),
    Hardware("neurram", "step_us", "energy_nj", {"arrays": "arrays", "cells": "cells used"}),
)


def compared(model: str) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """For each target a row of the table, and what its figures are."""
    path = HERE / model
    network = somac.load(path)
    recording = read_recording(path.parent / "test.npz", [i.name for i in network.inputs])
    inputs = {name: values[:SAMPLES] for name, values in recording.inputs.items()}
    labels = np.asarray(recording.labels)[:SAMPLES]
    meant = reference(network, inputs).signals[network.outputs[0].name].sum(axis=1).argmax(axis=1)
    for hardware in TARGETS:
        program = somac.compile(network, target=hardware.target)
        run = program.run(inputs)
        costs = run.costs or Costs({})
        time = costs.amounts[hardware.time]
        energy = None if hardware.energy is None else costs.amounts[hardware.energy]
        total = Account.of(program.files).total
        found = {**total, **{name: amount.value for name, amount in costs.amounts.items()}}
        used = (f"{name} {found[key]:,}" for name, key in hardware.used.items() if key in found)
        row = (
            path.stem,
            hardware.target,
            f"{(meant == labels).mean():.0%}",
            f"{(run.classes() == labels).mean():.0%}",
            f"{program.agreement(inputs).differing:,}",
            _figure(time),
            _figure(energy),
            ", ".join(used),
        )
        what = {
            f"{hardware.target}, {name}": amount.title
            for name, amount in (("time", time), ("energy", energy))
            if amount is not None
        }
        yield row, what


def _figure(amount: Amount | None) -> str:
    return "not known" if amount is None else f"{amount.value:.3g} {amount.unit}, {amount.status}"


def main() -> None:
    """Print the table, figures with the status of the weakest they come from, and what they are."""
    header = (
        "model",
        "target",
        "accuracy, float",
        "emulated",
        "values that differ",
        "time of a step",
        "energy of a step",
        "in use",
    )
    print(f"| {' | '.join(header)} |")
    print(f"|{'---|' * len(header)}")
    meanings: dict[str, str] = {}
    for model in MODELS:
        for row, what in compared(model):
            print(f"| {' | '.join(row)} |", flush=True)
            meanings |= what
    print()
    for name, meaning in meanings.items():
        print(f"- {name}: {meaning}")


if __name__ == "__main__":
    main()
