"""The whole network: a reservoir that nobody programs, and the readout that was trained for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from examples.lsm.readout import Readout, ends
from somac.grammar.emit import network_text
from somac.grammar.lower import network_of
from somac.ir.connectivity import Dense
from somac.ir.network import Network, Output, Population, Projection
from somac.ir.neuron import NeuronModel

__all__ = ["classifier", "write_classifier"]

ARRAYS = "readout.npz"


def classifier(reservoir: Network, readout: Readout, parts: int, steps: int) -> Network:
    """The reservoir with a population that sends, in every step, what speaks for each class.

    Its mean over a recording of `steps` steps is the readout's answer: in each of the `parts` of
    the recording it has weights of its own.
    """
    source = reservoir.outputs[0].source
    model = _model(parts, steps)
    weight = np.split(readout.weight, parts, axis=1)
    # the mean over the steps of a recording has all of it, whatever part a step is of
    bias = dict.fromkeys(model.inputs, readout.bias)
    classes = Population("classes", (len(readout.bias),), model, {}, bias)
    return replace(
        reservoir,
        populations=(*reservoir.populations, classes),
        projections=(
            *reservoir.projections,
            *(
                Projection(f"{source}->classes.{port}", source, "classes", port, Dense(part))
                for port, part in zip(model.inputs, weight, strict=True)
            ),
        ),
        outputs=(Output("classes", "classes"),),
    )


def write_classifier(network: Network, folder: Path) -> Path:
    """Write `network.snn` and the arrays that it loads to a folder; the path of the text."""
    text, arrays = network_text(network, ARRAYS)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / ARRAYS, **arrays)
    path = folder / "network.snn"
    path.write_text(text, encoding="utf-8")
    return path


def _model(parts: int, steps: int) -> NeuronModel:
    """A neuron that sends what arrives at the port of the part of the recording that it is in."""
    ports = [f"part{number + 1}" for number in range(parts)]
    chosen = ports[-1]
    for port, end in reversed(list(zip(ports, ends(steps, parts), strict=True))[:-1]):
        chosen = f"select(tick <= {end}, {port}, {chosen})"
    clock = ["state tick", f"tick = min(tick + 1, {steps})"] if parts > 1 else []
    lines = [*(f"input {port}" for port in ports), *clock, f"answer = {chosen}", "send answer"]
    body = "\n".join(f"    {line}" for line in lines)
    text = f"network n:\n    dt 1 s\n\nneuron answers:\n{body}\n\npopulation p[1]: answers\n"
    return network_of(text).populations[0].model
