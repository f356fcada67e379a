"""Spiking layers in plain PyTorch, trained through a surrogate of the threshold's derivative.

The forward pass is the rule that `reference.py` states: sequential forward Euler, strict
threshold, reset to a value, states zero, a recurrent spike arrives one tick later. Time constants
are held in ticks (tau / dt), so that training needs no unit; `to_nir` writes seconds.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import nir
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

DT = 1e-4
"""One tick in seconds."""

METADATA: Mapping[str, Any] = {"dt": DT, "reset": "value", "reset_delay": 0, "threshold_cmp": ">"}
"""What NIR's equations leave open, written into every neuron node."""

Step = Callable[[Tensor], Tensor]


class _Spike(torch.autograd.Function):
    """Heaviside step forwards, 1 / (1 + slope |x|)^2 backwards.

    The derivative of a fast sigmoid: Zenke and Ganguli, "SuperSpike: Supervised Learning in
    Multilayer Spiking Neural Networks", Neural Computation 30, 2018, equation 4.
    """

    SLOPE = 10.0

    @staticmethod
    def forward(ctx: Any, distance: Tensor) -> Tensor:
        ctx.save_for_backward(distance)
        return (distance > 0).to(distance.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (distance,) = ctx.saved_tensors
        return gradient / (1 + _Spike.SLOPE * distance.abs()) ** 2


def _spike_and_reset(v: Tensor, threshold: Tensor) -> tuple[Tensor, Tensor]:
    # relative distance: the surrogate is as wide for a low threshold as for a high one
    spikes = _Spike.apply(v / threshold - 1)
    return spikes, v * (1 - spikes.detach())


class _Tau(nn.Module):
    """Trained time constants in ticks, kept above one tick; drawn log-uniformly from a range."""

    def __init__(self, size: int, shortest: float, longest: float) -> None:
        super().__init__()
        limits = torch.tensor([shortest - 1, longest - 1]).log()
        self.excess = nn.Parameter(limits[0] + (limits[1] - limits[0]) * torch.rand(size))

    def forward(self) -> Tensor:
        return 1 + self.excess.exp()


class Lif(nn.Module):
    """LIF neurons with a time constant and a threshold of their own each; resistance 1.

    Parameters
    ----------
    size
        Number of neurons.
    tau
        Shortest and longest time constant at the start, ticks.
    threshold
        Threshold at the start.
    """

    def __init__(self, size: int, tau: tuple[float, float], threshold: float) -> None:
        super().__init__()
        self.size = size
        self.tau = _Tau(size, *tau)
        self.log_threshold = nn.Parameter(torch.full((size,), threshold).log())

    def start(self, samples: int) -> Step:
        """Return the neurons at rest, as a function from one tick's current to its spikes."""
        leak, threshold = 1 / self.tau(), self.log_threshold.exp()
        v = torch.zeros(samples, self.size)

        def step(current: Tensor) -> Tensor:
            nonlocal v
            v = v + leak * (current - v)
            spikes, v = _spike_and_reset(v, threshold)
            return spikes

        return step

    def to_nir(self) -> nir.LIF:
        """Return the neurons as a NIR node, in seconds."""
        zero = np.zeros(self.size, np.float32)
        return nir.LIF(
            tau=_array(DT * self.tau()),
            r=np.ones_like(zero),
            v_leak=zero,
            v_threshold=_array(self.log_threshold.exp()),
            v_reset=zero,
            metadata=dict(METADATA),
        )


class CubaLif(nn.Module):
    """CubaLIF neurons with two time constants of their own each; w_in and r 1.

    Parameters
    ----------
    size
        Number of neurons.
    tau_syn, tau_mem
        Shortest and longest time constant at the start, ticks.
    threshold
        Of all neurons.
    """

    def __init__(
        self,
        size: int,
        tau_syn: tuple[float, float],
        tau_mem: tuple[float, float],
        threshold: float,
    ) -> None:
        super().__init__()
        self.size = size
        self.threshold = threshold
        self.tau_syn = _Tau(size, *tau_syn)
        self.tau_mem = _Tau(size, *tau_mem)

    def start(self, samples: int) -> Step:
        """Return the neurons at rest, as a function from one tick's current to its spikes."""
        leak_i, leak_v = 1 / self.tau_syn(), 1 / self.tau_mem()
        threshold = torch.full((self.size,), self.threshold)
        i = v = torch.zeros(samples, self.size)

        def step(current: Tensor) -> Tensor:
            nonlocal i, v
            i = i + leak_i * (current - i)
            v = v + leak_v * (i - v)
            spikes, v = _spike_and_reset(v, threshold)
            return spikes

        return step

    def to_nir(self) -> nir.CubaLIF:
        """Return the neurons as a NIR node, in seconds."""
        zero = np.zeros(self.size, np.float32)
        return nir.CubaLIF(
            tau_syn=_array(DT * self.tau_syn()),
            tau_mem=_array(DT * self.tau_mem()),
            r=np.ones_like(zero),
            v_leak=zero,
            v_threshold=np.full_like(zero, self.threshold),
            v_reset=zero,
            w_in=np.ones_like(zero),
            metadata=dict(METADATA),
        )


class Classifier(nn.Module):
    """Input, affine, hidden neurons (recurrent if asked), affine, one read-out neuron per class.

    In training, a share `dropout` of the hidden neurons is silent for a whole recording.
    """

    def __init__(
        self,
        inputs: int,
        hidden: Lif | CubaLif,
        readout: Lif | CubaLif,
        recurrent: bool,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.inputs = inputs
        self.to_hidden = nn.Linear(inputs, hidden.size)
        self.hidden = hidden
        # no bias: simulators disagree whether a recurrent bias is there at the first tick
        self.loop = nn.Linear(hidden.size, hidden.size, bias=False) if recurrent else None
        self.to_readout = nn.Linear(hidden.size, readout.size)
        self.readout = readout

    def forward(self, inputs: Tensor) -> Tensor:
        """Run all ticks.

        Parameters
        ----------
        inputs
            Spikes (samples, steps, inputs).

        Returns
        -------
        Tensor
            Spikes of every read-out neuron, summed over the steps (samples, classes).
        """
        samples = len(inputs)
        fire_hidden, fire_readout = self.hidden.start(samples), self.readout.start(samples)
        hidden = torch.zeros(samples, self.hidden.size)
        counts = torch.zeros(samples, self.readout.size)
        heard = self.dropout(torch.ones_like(hidden))
        for current in self.to_hidden(inputs).unbind(dim=1):
            hidden = fire_hidden(current if self.loop is None else current + self.loop(hidden))
            hidden = hidden * heard
            counts = counts + fire_readout(self.to_readout(hidden))
        return counts

    def to_nir(self) -> nir.NIRGraph:
        """Return the network as a NIR graph."""
        nodes: dict[str, nir.NIRNode] = {
            "input": nir.Input(np.array([self.inputs])),
            "to_hidden": _affine(self.to_hidden),
            "hidden": self.hidden.to_nir(),
            "to_readout": _affine(self.to_readout),
            "readout": self.readout.to_nir(),
            "output": nir.Output(np.array([self.readout.size])),
        }
        names = list(nodes)
        edges = list(pairwise(names))
        if self.loop is not None:
            nodes["loop"] = nir.Linear(_array(self.loop.weight))
            edges += [("hidden", "loop"), ("loop", "hidden")]
        return nir.NIRGraph(nodes, edges)


def _affine(layer: nn.Linear) -> nir.Affine:
    return nir.Affine(_array(layer.weight), _array(layer.bias))


def _array(values: Tensor) -> NDArray[np.float32]:
    return values.detach().numpy().astype(np.float32)
