"""The equations of a learning rule to its four `Datapath`s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.passes.quantise.affine import Interval
from somac.compiler.passes.quantise.builder import Builder
from somac.compiler.passes.quantise.ends import Lowered
from somac.compiler.passes.quantise.learning import LearningRanges, LearntUnits, rule_constants
from somac.compiler.passes.quantise.lower import Lowering
from somac.compiler.passes.quantise.options import QuantiseOptions
from somac.compiler.passes.quantise.ranges import body_ranges, prepare_body
from somac.compiler.passes.quantise.units import Unit, choose_units
from somac.compiler.passes.quantise.weights import SignalRange
from somac.ir.datapath import Datapath
from somac.ir.expr import Name, evaluate, names
from somac.ir.fixed import Format, quantise
from somac.ir.neuron import Assign, State
from somac.ir.plasticity import PRE, WEIGHT, IntegerPlasticity, Plasticity

__all__ = ["lower_rule"]

Real = NDArray[np.float64]


def lower_rule(
    name: str,
    plasticity: Plasticity,
    dt: float,
    ranges: LearningRanges,
    learnt: LearntUnits,
    sent: SignalRange,
    format: Format,
    target: Lowered,
    post: Mapping[str, Interval],
    options: QuantiseOptions,
) -> IntegerPlasticity:
    """Lower the rule of one projection.

    Parameters
    ----------
    name
        Of the projection, for messages.
    dt
        Time step in seconds.
    ranges, learnt
        Bounds of what the rule keeps, and what weights count in.
    sent, format
        What the source sends: raw values, and their format.
    target
        The target's cells in integers.
    post
        Bounds of the target's states by their names there.

    Raises
    ------
    SomacError
        E0502 for an equation that cannot be computed in integers.
    """
    return _Rule(
        name, plasticity, dt, ranges, learnt, sent, format, target, post, options
    ).integer()


@dataclass(slots=True)
class _Rule:
    """A rule on its way to integers; arguments as those of `lower_rule`.

    `parameters` are the constants so far, `units` those of traces and states.
    """

    name: str
    plasticity: Plasticity
    dt: float
    ranges: LearningRanges
    learnt: LearntUnits
    sent: SignalRange
    format: Format
    target: Lowered
    post: Mapping[str, Interval]
    options: QuantiseOptions
    parameters: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    bounds: dict[str, Interval] = field(default_factory=dict)

    def integer(self) -> IntegerPlasticity:
        rule = self.plasticity.rule
        constants = rule_constants(self.plasticity, self.dt)
        self._read_ends()
        self.bounds |= {**self.ranges.traces, **self.ranges.states}
        self.units |= self._units(rule.traces, rule.trace_body, constants)
        bodies = (*rule.on_pre, *rule.on_post, *rule.each_step)
        self.units |= self._units(rule.synapse, bodies, constants)
        self.units[WEIGHT] = self.learnt.weight
        trace = self._trace(constants) if rule.traces else None
        on_pre = None
        if rule.on_pre or not self.learnt.same:
            on_pre = self._synapse("on_pre", rule.on_pre, constants)
        kept = {WEIGHT, *(s.name for s in rule.synapse)}
        on_post, each_step = (
            self._synapse(n, body, constants) if kept & {a.name for a in body} else None
            for n, body in (("on_post", rule.on_post), ("each_step", rule.each_step))
        )
        paths = [p for p in (trace, on_pre, on_post, each_step) if p is not None]
        used = {n for p in paths for n in p.names("state")} - {WEIGHT}
        read = {n for p in paths for n in p.names("param")}
        initial = {
            s.name: quantise(
                np.asarray(evaluate(s.initial, constants)) / self.units[s.name].one,
                self.units[s.name].format,
            )
            for s in (*rule.traces, *rule.synapse)
            if s.name in used
        }
        return IntegerPlasticity(
            rule.name,
            trace,
            on_pre,
            on_post,
            each_step,
            self.parameters,
            initial,
            {n: state for n, state in self.plasticity.post.items() if n in read},
            self.learnt.weight.format,
            {n: self.units[n].step for n in (WEIGHT, *initial)},
        )

    def _read_ends(self) -> None:
        """What a synapse reads of its source and its target."""
        width = self.format.width
        raw = Format(width, width, self.format.signed)
        unit = np.asarray(self.sent.unit)
        self.units[PRE] = Unit(unit, raw)
        low, high = min(self.sent.low, 0.0), max(self.sent.high, 0.0)
        self.bounds[PRE] = Interval(np.asarray(low * unit), np.asarray(high * unit))
        for name, state in self.plasticity.post.items():
            format = self.target.datapath.format_of("state", state)
            step = np.asarray(np.max(self.target.scales[state]))
            self.units[name] = Unit(np.asarray(np.ldexp(step, format.fraction)), format)
            known = self.post[state]
            ends = np.clip(
                [np.min(known.low), np.max(known.high)],
                format.minimum * step,
                format.maximum * step,
            )
            self.bounds[name] = Interval(np.asarray(ends[0]), np.asarray(ends[1]))

    def _units(
        self, states: Sequence[State], body: Sequence[Assign], constants: Mapping[str, Any]
    ) -> dict[str, Unit]:
        """Units of traces, or of a synapse's states."""
        declared = [s.name for s in states]
        setting = [a for a in body if a.name in declared]
        ones = {name: unit.one for name, unit in self.units.items()}
        known = {n: i for n, i in self.bounds.items() if n in ones or n in declared}
        usable = [a for a in setting if set(names(a.value)) <= {*known, *constants}]
        found = choose_units(declared, usable, constants, ones, known, {}, self.options.state_bits)
        return {name: found[name] for name in declared}

    def _trace(self, constants: Mapping[str, Any]) -> Datapath:
        rule = self.plasticity.rule
        lowering = self._lowering(
            "trace", rule.trace_body, [s.name for s in rule.traces], constants
        )
        width = self.format.width + (not self.format.signed)
        arriving = Unit(self.units[PRE].one, Format(width, width))
        lowering.read("input", PRE, arriving)
        return self._finished("trace", lowering, rule.trace_body)

    def _synapse(
        self, label: str, body: Sequence[Assign], constants: Mapping[str, Any]
    ) -> Datapath:
        """A body of a synapse with what it reads; that of `on_pre` ends with what is delivered."""
        rule = self.plasticity.rule
        used = {n for a in body for n in (a.name, *names(a.value))}
        if label == "on_pre" and rule.deliver == WEIGHT:
            used.add(WEIGHT)
        states = [n for n in (WEIGHT, *(s.name for s in rule.synapse)) if n in used]
        lowering = self._lowering(label, body, states, constants)
        reads = [*(s.name for s in rule.traces), *self.plasticity.post]
        for name in [n for n in reads if n in used]:
            lowering.read("param", name, self.units[name])
        if label == "on_pre" and PRE in used:
            lowering.read("param", PRE, self.units[PRE])
        return self._finished(label, lowering, body)

    def _lowering(
        self,
        label: str,
        body: Sequence[Assign],
        states: Sequence[str],
        constants: Mapping[str, Any],
    ) -> Lowering:
        """With the states, and units for the local values, of a body."""
        known = {n: self.bounds[n] for n in self.units}
        seen = body_ranges(
            prepare_body(body, constants),
            known,
            {n: self.bounds[n] for n in states},
        )
        ranges = {**seen, **known, **{n: self.bounds[n] for n in states}}
        ones = {name: unit.one for name, unit in self.units.items()}
        found = choose_units(states, body, constants, ones, ranges, {}, self.options.state_bits)
        units = {**found, **self.units}
        if label == "on_pre":
            units[self.plasticity.rule.deliver] = (
                self.units[WEIGHT]
                if self.plasticity.rule.deliver == WEIGHT
                else self.learnt.delivered
            )
        reserved = {*self.parameters, *self.units, *self.plasticity.post}
        builder = Builder(f"{label}_", reserved)
        lowering = Lowering(self.name, states, constants, {}, ranges, units, self.options, builder)
        for state in states:
            lowering.read("state", state, units[state])
        return lowering

    def _finished(self, label: str, lowering: Lowering, body: Sequence[Assign]) -> Datapath:
        deliver = self.plasticity.rule.deliver
        output = None
        if label == "on_pre" and deliver == WEIGHT:
            # the weight before the body changes it
            output = lowering.sent(Name(WEIGHT), self.learnt.delivered)
        for statement in body:
            lowering.statement(statement.name, statement.value)
        after = lowering.next_states()
        if output is None and label == "on_pre":
            output = lowering.sent(Name(deliver), self.learnt.delivered)
        if output is None:
            output = next(iter(after.values()))
        path = lowering.builder.finish(
            f"{self.plasticity.rule.name}_{label}", after, output, "value"
        )
        self.parameters |= lowering.builder.parameters
        return path
