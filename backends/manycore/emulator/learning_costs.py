"""What learning costs on each core, from how often each source has sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emulator.parts import PlasticPart

__all__ = ["LearningCosts", "learning_costs"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _PerSignal:
    """What one signal of a source costs on a core: int64 (entries,) each."""

    core: Integers
    source: Integers
    count: Integers

    def of(self, sent: Integers, cores: int) -> Integers:
        """Per core, where each source has sent so often."""
        found = np.zeros(cores, dtype=np.int64)
        np.add.at(found, self.core, sent[self.source] * self.count)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class LearningCosts:
    """Updates of synapses and traces.

    `pre` are by source cell, `post` by target cell; `steps` and `traces` are int64 (cores,), of
    one step.
    """

    pre: _PerSignal
    post: _PerSignal
    steps: Integers
    traces: Integers

    KINDS: ClassVar = ("on_pre", "on_post", "each_step", "trace_updates")

    def per_core(self, kind: str, sent: Integers, steps: int) -> Integers:
        """Updates of a kind per core, in so many steps over all samples."""
        cores = len(self.steps)
        match kind:
            case "on_pre":
                return self.pre.of(sent, cores)
            case "on_post":
                return self.post.of(sent, cores)
            case "each_step":
                return np.asarray(self.steps * steps)
            case _:
                return np.asarray(self.traces * steps)


def learning_costs(
    parts: Sequence[PlasticPart], first: Sequence[int], cores: int, sources: int
) -> LearningCosts:
    """Those of plastic projections; `first` is the first source of each group."""
    pre, post = [], []
    steps, traces = np.zeros(cores, dtype=np.int64), np.zeros(cores, dtype=np.int64)
    for part in parts:
        source = part.source[part.cell]
        heard = source >= 0
        pre.append((part.core[heard], source[heard]))
        if "on_post" in part.rule.updates:
            post.append((part.core, first[part.group] + part.target))
        if "each_step" in part.rule.updates:
            steps += np.bincount(part.core, minlength=cores)
        if "trace" in part.rule.updates:
            traces += part.cells_per_core
    return LearningCosts(_counted(pre, sources), _counted(post, sources), steps, traces)


def _counted(pairs: Sequence[tuple[Integers, Integers]], sources: int) -> _PerSignal:
    none = np.zeros(0, dtype=np.int64)
    core = np.concatenate([none, *(core for core, _ in pairs)])
    source = np.concatenate([none, *(source for _, source in pairs)])
    both, count = np.unique(core * sources + source, return_counts=True)
    return _PerSignal(both // sources, both % sources, count)
