"""The L2MU as its authors' framework computes it, written out: an oracle without a compiler.

Steps of a Legendre memory of LIF populations (L2MU-Braille, neuromorphic-polito), with the
neuron of snnTorch: ``mem = beta * mem + i - threshold * (mem_before > threshold)``, in float32.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["l2mu_spikes"]

_Array = NDArray[np.float32]

_DT = 1e-4
"""The time step of the file, in seconds."""


@dataclass(slots=True)
class _Cells:
    """A population of snnTorch's leaky cells: states (samples, cells)."""

    beta: _Array
    gain: _Array
    threshold: _Array
    membrane: _Array

    def step(self, current: _Array) -> _Array:
        """The spikes after one step with this input; the reset comes a step later."""
        reset = (self.membrane > self.threshold) * self.threshold
        self.membrane = self.beta * self.membrane + self.gain * current - reset
        return (self.membrane > self.threshold).astype(np.float32)


def l2mu_spikes(file: Path, inputs: NDArray[Any]) -> dict[str, NDArray[np.bool_]]:
    """Spikes of every population.

    Parameters
    ----------
    file
        The NIR file: only its arrays are used.
    inputs
        (samples, steps, 12) spikes.

    Returns
    -------
    bool (samples, steps, cells) by population.
    """
    import h5py

    with h5py.File(file, "r") as root:
        nodes = root["node/nodes"]
        weight = {
            name: np.asarray(node["weight"][()], np.float32).T
            for name, node in nodes.items()
            if "weight" in node
        }
        bias = np.asarray(nodes["W_o/bias"][()], np.float32)
        cells = {
            name: _cells(node, len(inputs)) for name, node in nodes.items() if "v_threshold" in node
        }
    x = inputs.astype(np.float32)
    seen: dict[str, list[_Array]] = {name: [] for name in cells}
    memory = np.zeros_like(cells["spk_m"].membrane)
    hidden = np.zeros_like(cells["spk_h"].membrane)
    for step in range(x.shape[1]):
        now = x[:, step]
        encoded = now @ weight["e_x"] + hidden @ weight["e_h"] + memory @ weight["e_m"]
        unit = cells["spk_u"].step(encoded)
        memory = cells["spk_m"].step(memory @ weight["A"] + unit @ weight["B"])
        hidden = cells["spk_h"].step(
            now @ weight["W_x"] + hidden @ weight["W_h"] + memory @ weight["W_m"]
        )
        out = cells["spk_out"].step(hidden @ weight["W_o"] + bias)
        for name, spikes in zip(
            ("spk_u", "spk_m", "spk_h", "spk_out"), (unit, memory, hidden, out), strict=True
        ):
            seen[name].append(spikes)
    return {name: np.stack(spikes, axis=1) > 0 for name, spikes in seen.items()}


def _cells(node: Mapping[str, Any], samples: int) -> _Cells:
    tau, r, threshold = (
        np.asarray(node[name][()], np.float64) for name in ("tau", "r", "v_threshold")
    )
    return _Cells(
        (1 - _DT / tau).astype(np.float32),
        (r * _DT / tau).astype(np.float32),
        threshold.astype(np.float32),
        np.zeros((samples, len(tau)), np.float32),
    )
