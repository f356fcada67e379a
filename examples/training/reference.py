"""Evaluate an example with nothing but NumPy: an independent reading of its `.nir` file.

    python -m examples.training.reference examples/digits

prints the accuracy on the example's recorded test inputs, with the weights as stored and with the
weights of every layer rounded to 8 bits. Nothing here is shared with the training.

The rule, per tick of `dt` seconds, in double precision, all states zero at the start::

    LIF      v += dt / tau * (v_leak - v + r * x)
    CubaLIF  i += dt / tau_syn * (w_in * x - i)
             v += dt / tau_mem * (v_leak - v + r * i)      with the new i
    both     spike if v > v_threshold, then v = v_reset

A spike crosses an edge in the same tick, and arrives one tick later if the edge closes a loop.
The class is the read-out neuron with the most spikes, in a tie the first of them.
"""

import argparse
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from pathlib import Path

import nir
import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Spikes = NDArray[np.uint8]

RECORDING = "test.npz"


@dataclass(frozen=True, slots=True)
class Score:
    """How many samples came out right, how many by a tie, and how busy the hidden layer was."""

    samples: int
    right: int
    ties: int
    hidden_spikes: float

    def __str__(self) -> str:
        return (
            f"{100 * self.right / self.samples:.2f} % ({self.right} of {self.samples}; "
            f"{self.ties} ties; {self.hidden_spikes:.0f} hidden spikes per digit)"
        )


class Neurons:
    """The state of one LIF or CubaLIF node for many samples.

    Attributes
    ----------
    spikes
        0 or 1 of the last tick (samples, neurons).
    counts
        Spikes of all ticks so far (samples, neurons).
    """

    def __init__(self, node: nir.LIF | nir.CubaLIF, samples: int) -> None:
        dt = float(node.metadata["dt"])
        self._current_based = isinstance(node, nir.CubaLIF)
        if self._current_based:
            self._k_syn = dt / _doubles(node.tau_syn)
            self._w_in = _doubles(node.w_in)
        self._k_mem = dt / _doubles(node.tau_mem if self._current_based else node.tau)
        self._r, self._v_leak = _doubles(node.r), _doubles(node.v_leak)
        self._v_threshold, self._v_reset = _doubles(node.v_threshold), _doubles(node.v_reset)
        self._i = np.zeros((samples, len(self._r)))
        self._v = np.zeros_like(self._i)
        self.spikes = np.zeros_like(self._i)
        self.counts = np.zeros(self._i.shape, np.int64)

    def advance(self, x: Doubles) -> Doubles:
        """Take the summed input (samples, neurons) of one tick and return its spikes."""
        if self._current_based:
            self._i += self._k_syn * (self._w_in * x - self._i)
            x = self._i
        self._v += self._k_mem * (self._v_leak - self._v + self._r * x)
        fired = self._v > self._v_threshold
        self._v = np.where(fired, self._v_reset, self._v)
        self.spikes = fired.astype(np.float64)
        self.counts += fired
        return self.spikes


def simulate(graph: nir.NIRGraph, inputs: Spikes) -> dict[str, Neurons]:
    """Run a flat graph of Affine, Linear, LIF and CubaLIF nodes between an Input and an Output.

    Parameters
    ----------
    graph
        The network; every neuron node has `dt` (seconds) in its metadata.
    inputs
        Spikes (samples, steps, channels).

    Returns
    -------
    dict
        The neurons of every spiking node, by its name, after the last step.
    """
    samples, steps, _ = inputs.shape
    neurons = {
        name: Neurons(node, samples)
        for name, node in graph.nodes.items()
        if isinstance(node, nir.LIF | nir.CubaLIF)
    }
    late = {(a, b) for a, b in graph.edges if a in neurons and _reaches(graph, b, a)}
    sources = {name: [a for a, b in graph.edges if b == name] for name in graph.nodes}
    prompt = {name: [a for a in sources[name] if (a, name) not in late] for name in sources}
    order = [name for name in TopologicalSorter(prompt).static_order() if sources[name]]

    for step in range(steps):
        value = {name: inputs[:, step].astype(np.float64) for name in graph.inputs}
        last = {name: population.spikes for name, population in neurons.items()}
        for name in order:
            x = sum(last[a] if (a, name) in late else value[a] for a in sources[name])
            if name in neurons:
                value[name] = neurons[name].advance(x)
            else:
                value[name] = _affine(graph.nodes[name], x)
    return neurons


def evaluate(graph: nir.NIRGraph, inputs: Spikes, labels: NDArray[np.uint8]) -> Score:
    """Classify samples by the spike counts of node `readout` and compare with the labels."""
    neurons = simulate(graph, inputs)
    counts = neurons["readout"].counts
    winners = counts == counts.max(axis=1, keepdims=True)
    return Score(
        samples=len(labels),
        right=int(np.sum(counts.argmax(axis=1) == labels)),
        ties=int(np.sum(winners.sum(axis=1) > 1)),
        hidden_spikes=float(neurons["hidden"].counts.sum(axis=1).mean()),
    )


def round_weights(graph: nir.NIRGraph, bits: int) -> nir.NIRGraph:
    """Return the graph with the weights of each layer on a symmetric grid of 2**bits - 1 values."""
    levels = 2 ** (bits - 1) - 1
    nodes = dict(graph.nodes)
    for name, node in graph.nodes.items():
        if isinstance(node, nir.Affine | nir.Linear):
            step = np.abs(node.weight).max() / levels
            nodes[name] = replace(node, weight=np.round(node.weight / step) * step)
    return nir.NIRGraph(nodes, graph.edges)


def compare(graph: nir.NIRGraph, inputs: Spikes, labels: NDArray[np.uint8]) -> str:
    """Evaluate with the weights as they are and with 8-bit weights; return what to print."""
    stored = evaluate(graph, inputs, labels)
    rounded = evaluate(round_weights(graph, bits=8), inputs, labels)
    return f"weights as stored: {stored}\n8-bit weights:     {rounded}"


def report(folder: Path) -> str:
    """Evaluate the model and the recording in an example's folder; return what to print."""
    graph = nir.read(folder / f"{folder.name}.nir")
    with np.load(folder / RECORDING) as recording:
        return compare(graph, recording["x"], recording["label"])


def _reaches(graph: nir.NIRGraph, start: str, goal: str) -> bool:
    seen, pending = {start}, [start]
    while pending:
        node = pending.pop()
        following = {b for a, b in graph.edges if a == node} - seen
        seen |= following
        pending += following
    return goal in seen


def _affine(node: nir.NIRNode, x: Doubles) -> Doubles:
    if isinstance(node, nir.Output):
        return x
    y = x @ _doubles(node.weight).T
    return y + _doubles(node.bias) if isinstance(node, nir.Affine) else y


def _doubles(values: NDArray[np.floating]) -> Doubles:
    return np.asarray(values, np.float64)


def main() -> None:
    """Print the accuracy of the examples named on the command line."""
    parser = argparse.ArgumentParser(description="Evaluate an example with NumPy alone.")
    parser.add_argument("folder", type=Path, help="such as examples/digits")
    print(report(parser.parse_args().folder.resolve()))


if __name__ == "__main__":
    main()
