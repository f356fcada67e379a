"""Plastic projections in the plain engine: NumPy over samples and synapses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import NumpyKernel, numpy_kernel
from somac.backends.manycore.emulator.parts import PlasticPart
from somac.ir.fixed import fit_overflow
from somac.ir.plasticity import PRE

__all__ = ["Learner", "rule_kernels"]

Integers = NDArray[np.int64]
States = Mapping[str, Integers]


def rule_kernels(part: PlasticPart) -> Mapping[str, NumpyKernel]:
    """The updates of a part's rule, compiled."""
    return {name: numpy_kernel(path) for name, path in part.rule.updates.items()}


class Learner:
    """The synapses and traces of a part, of some samples."""

    def __init__(self, part: PlasticPart, kernels: Mapping[str, NumpyKernel], samples: int) -> None:
        self.part = part
        self._kernels = kernels
        self._target, self._cell = part.target, part.cell
        self.traces = {n: np.tile(v, (samples, 1)) for n, v in part.traces.items()}
        self.states = {n: np.tile(v, (samples, 1)) for n, v in part.states.items()}

    def arrive(self, arrived: NDArray[np.int32], sums: NDArray[np.int32], post: States) -> None:
        """Before the targets are updated.

        Parameters
        ----------
        arrived
            (samples, source cells).
        sums
            (samples, cells): what arrives is added to these.
        post
            States of the group, (samples, cells) each.
        """
        part = self.part
        if "trace" in self._kernels:
            path = part.rule.updates["trace"]
            inputs = {
                name: fit_overflow(arrived.astype(np.int64), path.format_of("input", name))
                for name in path.names("input")
            }
            after, _ = self._kernels["trace"](inputs, self.traces, part.parameters)
            self.traces = {n: np.broadcast_to(after[n], v.shape) for n, v in self.traces.items()}
        sample, cell = np.nonzero(arrived)
        length = part.begin[cell + 1] - part.begin[cell]
        own = np.cumsum(length) - length
        synapse = np.repeat(part.begin[cell] - own, length) + np.arange(int(length.sum()))
        signal = np.repeat(arrived[sample, cell].astype(np.int64), length)
        delivered = self._update("on_pre", np.repeat(sample, length), synapse, post, signal)
        place = np.repeat(sample, length), self._target[synapse]
        # sums wrap as accumulators do
        np.add.at(sums, place, (delivered * signal).astype(np.int32))

    def adapt(self, signal: Integers, post: States) -> None:
        """After the targets were updated and have sent `signal`, (samples, cells)."""
        if "on_post" in self._kernels:
            sample, synapse = np.nonzero(signal[:, self._target])
            self._update("on_post", sample, synapse, post, None)
        if "each_step" in self._kernels:
            samples = len(signal)
            sample = np.repeat(np.arange(samples), self.part.synapses)
            synapse = np.tile(np.arange(self.part.synapses), samples)
            self._update("each_step", sample, synapse, post, None)

    def _update(
        self,
        update: str,
        sample: Integers,
        synapse: Integers,
        post: States,
        signal: Integers | None,
    ) -> Integers:
        """Update some synapses; the output for each."""
        part = self.part
        given = dict(part.parameters)
        for name, values in self.traces.items():
            given[name] = values[sample, self._cell[synapse]]
        for name, state in part.post.items():
            given[name] = post[state][sample, self._target[synapse]]
        if signal is not None:
            given[PRE] = signal
        states = {name: values[sample, synapse] for name, values in self.states.items()}
        after, output = self._kernels[update]({}, states, given)
        for name, values in after.items():
            self.states[name][sample, synapse] = values
        return np.broadcast_to(output, sample.shape)
