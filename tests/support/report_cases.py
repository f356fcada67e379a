"""A small recurrent model, compiled for any target, for tests of what is told of bundles."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from somac.compiler.pipeline import Compiled, compile_network
from somac.compiler.targets import find_target
from somac.grammar.library import library
from somac.ir.connectivity import Dense
from somac.ir.network import Input, Network, Output, Population, Projection

__all__ = ["SAMPLES", "STEPS", "compiled_for", "recording", "small"]

SAMPLES, STEPS, CHANNELS, CELLS, CLASSES = 3, 20, 5, 12, 4

_NEURON = {"tau": 5e-3, "r": 1.0, "v_leak": 0.0, "v_threshold": 0.13, "v_reset": 0.0}


def small(cells: int = CELLS) -> Network:
    """Input, hidden cells that hear each other, and an output."""
    rng = np.random.default_rng(4)
    model = library().model("nir_lif", "euler_sequential")
    parameters = {name: np.asarray(value) for name, value in _NEURON.items()}

    def dense(name: str, source: str, sizes: tuple[int, int], target: str, **more: Any) -> Any:
        weights = Dense(rng.uniform(-0.3, 1.0, sizes))
        return Projection(name, source, target, "i", weights, **more)

    return Network(
        "small",
        1e-3,
        (Input("x", (CHANNELS,), "spike"),),
        (
            Population("hidden", (cells,), model, parameters),
            Population("out", (CLASSES,), model, parameters),
        ),
        (
            dense("to_hidden", "x", (cells, CHANNELS), "hidden"),
            dense("again", "hidden", (cells, cells), "hidden", delay=1),
            dense("to_out", "hidden", (CLASSES, cells), "out"),
        ),
        (Output("out", "out"),),
    )


@cache
def compiled_for(target: str) -> Compiled:
    """The model for a target that somac ships; nothing may change it."""
    return compile_network(small(), find_target(target))


def recording() -> dict[str, np.ndarray[Any, np.dtype[np.uint8]]]:
    """Spikes (samples, steps, channels)."""
    spikes = np.random.default_rng(1).random((SAMPLES, STEPS, CHANNELS)) < 0.3
    return {"x": spikes.astype(np.uint8)}
