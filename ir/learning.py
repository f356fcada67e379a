"""Plastic projections in a simulation: the parts of a step, `docs/reference/semantics.md` (4).

A `Learner` keeps the weights and traces of one projection, for all samples. What the four bodies
of its rule compute is handed in: by the equations of a rule, or by integer datapaths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir import datapath
from somac.ir.connectivity import AllToAll, Connectivity, OneToOne, synapses
from somac.ir.datapath import Datapath
from somac.ir.expr import Precision, evaluate
from somac.ir.fixed import fit_overflow
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Network
from somac.ir.neuron import Assign
from somac.ir.plasticity import PRE, WEIGHT, IntegerPlasticity, Plasticity

__all__ = ["Body", "Learner", "Rule", "integer_rule", "learnt_values", "real_rule"]

Array = NDArray[Any]

Body = Callable[[Mapping[str, Array], Mapping[str, Array]], tuple[Mapping[str, Array], Array]]
"""From states and what else is read, by name, to the states after and what is delivered."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """What a `Learner` computes with.

    Parameters
    ----------
    trace, on_pre, on_post, each_step
        The bodies that there are.
    traces, synapse
        Initial values, 0-d: of a source cell's traces, and of a synapse's states besides ``w``.
    post
        Per name that the bodies read, the target's state that it stands for.
    dtype
        Of all values.
    """

    trace: Body | None
    on_pre: Body | None
    on_post: Body | None
    each_step: Body | None
    traces: Mapping[str, Array]
    synapse: Mapping[str, Array]
    post: Mapping[str, str]
    dtype: type[np.number[Any]]


def real_rule(plasticity: Plasticity, dt: float, precision: Precision) -> Rule:
    """The equations of a rule in floating point."""
    rule = plasticity.rule
    constants = {
        name: np.asarray(value, dtype=precision)
        for name, value in {**plasticity.parameters, "dt": np.asarray(dt)}.items()
    }

    def body(statements: Sequence[Assign], deliver: str = WEIGHT) -> Body | None:
        def apply(
            states: Mapping[str, Array], reads: Mapping[str, Array]
        ) -> tuple[Mapping[str, Array], Array]:
            values = {**constants, **reads, **states}
            # both sides of a `select` are computed: the one not taken may divide by zero
            with np.errstate(all="ignore"):
                for s in statements:
                    values[s.name] = np.asarray(evaluate(s.value, values, precision), precision)
            delivered = states if deliver == WEIGHT else values
            return {name: values[name] for name in states}, delivered.get(deliver, np.zeros(()))

        return apply if statements else None

    def initial(states: Sequence[Any]) -> dict[str, Array]:
        return {s.name: np.asarray(evaluate(s.initial, constants, precision)) for s in states}

    return Rule(
        body(rule.trace_body),
        body(rule.on_pre, rule.deliver),
        body(rule.on_post),
        body(rule.each_step),
        initial(rule.traces),
        initial(rule.synapse),
        plasticity.post,
        precision,
    )


def integer_rule(plasticity: IntegerPlasticity) -> Rule:
    """The datapaths of a rule, by their interpreter."""

    def body(path: Datapath | None) -> Body | None:
        if path is None:
            return None
        inputs = {name: path.format_of("input", name) for name in path.names("input")}
        own = path.names("state")

        def apply(
            states: Mapping[str, Array], reads: Mapping[str, Array]
        ) -> tuple[Mapping[str, Array], Array]:
            arrived = {name: fit_overflow(reads[name], f) for name, f in inputs.items()}
            before = {name: states[name] for name in own}
            result = datapath.run(path, arrived, before, {**plasticity.parameters, **reads})
            return result.state, result.output

        return apply

    initial = plasticity.initial
    return Rule(
        body(plasticity.trace),
        body(plasticity.on_pre),
        body(plasticity.on_post),
        body(plasticity.each_step),
        {name: initial[name] for name in plasticity.traces},
        {name: initial[name] for name in plasticity.synapse if name != WEIGHT},
        plasticity.post,
        np.int64,
    )


def learnt_values(network: Network | IntegerNetwork) -> int:
    """How many weights and states of synapses that learn a simulation keeps for each sample."""
    values = 0
    for p in network.projections:
        match p.plasticity:
            case Plasticity(rule):
                values += _synapses(p.connectivity) * (1 + len(rule.synapse))
            case IntegerPlasticity() as rule:
                values += _synapses(p.connectivity) * len(rule.synapse)
            case None:
                pass
    return values


def _synapses(connectivity: Connectivity) -> int:
    if isinstance(connectivity, AllToAll):
        return connectivity.source_size * connectivity.target_size
    return connectivity.size if isinstance(connectivity, OneToOne) else connectivity.weights.size


class Learner:
    """The weights and traces of a plastic projection, (samples, synapses) and (samples, cells)."""

    def __init__(self, rule: Rule, connectivity: Connectivity, samples: int) -> None:
        every = synapses(connectivity)
        self.rule = rule
        self.source, self.target = every.source, every.target
        self.sums = samples, connectivity.target_size
        cells = samples, connectivity.source_size
        initial = {WEIGHT: every.weight, **rule.synapse}
        self.states = {
            name: np.broadcast_to(value, (samples, len(every.target))).astype(rule.dtype)
            for name, value in initial.items()
        }
        self.traces: dict[str, Array] = {
            name: np.broadcast_to(value, cells).astype(rule.dtype)
            for name, value in rule.traces.items()
        }

    def magnitudes(self) -> dict[str, float]:
        """The largest magnitude among all values of each state and trace, as they are now."""
        values = {**self.states, **self.traces}
        return {name: float(np.abs(value).max(initial=0)) for name, value in values.items()}

    def arrive(self, signal: Array, post: Mapping[str, Array]) -> Array:
        """Parts 1 and 2: what the projection adds to its port, (samples, target cells).

        Parameters
        ----------
        signal
            (samples, source cells): what arrives in this step.
        post
            States of the target before its update, of shapes that broadcast to
            (samples, target cells).
        """
        if self.rule.trace is not None:
            after, _ = self.rule.trace(self.traces, {PRE: signal})
            self.traces = {
                name: np.broadcast_to(value, signal.shape) for name, value in after.items()
            }
        sums = np.zeros(self.sums, self.rule.dtype)
        where = np.nonzero(signal[:, self.source])
        if len(where[0]):
            arrived = signal[:, self.source][where]
            delivered = self.states[WEIGHT][where]
            if self.rule.on_pre is not None:
                delivered = self._run(self.rule.on_pre, where, post, {PRE: arrived})
            np.add.at(sums, (where[0], self.target[where[1]]), delivered * arrived)
        return sums

    def adapt(self, sent: Array, post: Mapping[str, Array]) -> None:
        """Parts 4 and 5.

        Parameters
        ----------
        sent
            (samples, target cells): what the target sent in this step.
        post
            States of the target after its update.
        """
        if self.rule.on_post is not None:
            where = np.nonzero(sent[:, self.target])
            if len(where[0]):
                self._run(self.rule.on_post, where, post)
        if self.rule.each_step is not None:
            where = np.nonzero(np.ones_like(self.states[WEIGHT], dtype=np.bool_))
            self._run(self.rule.each_step, where, post)

    def _run(
        self,
        body: Body,
        where: tuple[Array, ...],
        post: Mapping[str, Array],
        reads: Mapping[str, Array] | None = None,
    ) -> Array:
        """Run a body at the synapses ``where`` (sample and synapse), and set their states."""
        sample, synapse = where
        cell = self.target[synapse]
        read = {
            **{
                n: np.broadcast_to(post[s], self.sums)[sample, cell]
                for n, s in self.rule.post.items()
            },
            **{n: value[sample, self.source[synapse]] for n, value in self.traces.items()},
            **(reads or {}),
        }
        after, delivered = body({name: value[where] for name, value in self.states.items()}, read)
        for name, value in after.items():
            self.states[name][where] = value
        return delivered
