"""How large the values of a plastic projection can become, and what its weights count in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.passes.quantise.affine import Interval
from somac.compiler.passes.quantise.builder import signed_bits
from somac.compiler.passes.quantise.ranges import (
    Body,
    Ranges,
    body_ranges,
    calibrated,
    prepare,
    prepare_body,
    state_ranges,
)
from somac.compiler.passes.quantise.units import Unit
from somac.ir.expr import evaluate
from somac.ir.fixed import Format, Overflow, Rounding
from somac.ir.network import Population, Projection
from somac.ir.neuron import State
from somac.ir.plasticity import PRE, WEIGHT, Plasticity

__all__ = [
    "LearningRanges",
    "LearntUnits",
    "learning_ranges",
    "learnt_units",
    "rule_constants",
    "top_of",
]

Real = NDArray[np.float64]

# stands for what nothing bounds: products with 0 stay 0, as those with infinity do not
_ENDLESS = 2.0**200
_BOUNDED = 2.0**100
# a value without a bound holds so many of its largest steps, a weight so many of its first values
_STEPS_WITHOUT_BOUND = 256.0
_WEIGHT_STEPS = 16.0
_WEIGHTS = 8.0
_MOST_BITS = 31


@dataclass(frozen=True, slots=True, eq=False)
class LearningRanges:
    """Bounds of what a plastic projection keeps, 0-d and finite.

    Parameters
    ----------
    traces, states
        By name; ``w`` is a state.
    delivered
        What times a signal is added to the port.
    saturating
        The names among them whose bound is not proven: there the format saturates.
    """

    traces: Ranges
    states: Ranges
    delivered: Interval
    saturating: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Step:
    """A step of a synapse: a signal may arrive, the target may fire, and time passes."""

    states: tuple[str, ...]
    on_pre: Body
    on_post: Body
    each_step: Body

    def update(
        self, values: Mapping[str, Interval]
    ) -> tuple[dict[str, Interval], dict[str, Interval]]:
        """Bounds after the step, and the hull of every value on the way."""
        current = dict(values)
        seen: dict[str, Interval] = {}
        moved: dict[str, Interval] = {}
        for body in (self.on_pre, self.on_post, self.each_step):
            after, on_the_way = body.update(current)
            for name, interval in on_the_way.items():
                seen[name] = seen[name].hull(interval) if name in seen else interval
            for state in [s for s in self.states if s in on_the_way]:
                if body is self.each_step:
                    moved[state] = current[state] = after[state]
                else:
                    current[state] = current[state].hull(after[state])
                    moved[state] = (
                        moved[state].hull(after[state]) if state in moved else after[state]
                    )
        # a state that stays as it is is no reason for a wider bound
        return {**current, **moved}, seen


def rule_constants(plasticity: Plasticity, dt: float) -> dict[str, NDArray[Any]]:
    """The parameters of a rule, and ``dt``."""
    return {**plasticity.parameters, "dt": np.asarray(dt)}


def learning_ranges(
    projection: Projection,
    plasticity: Plasticity,
    sent: Interval,
    target: Population,
    dt: float,
    seen: Mapping[str, float],
) -> LearningRanges:
    """Bounds that hold for ever, whatever arrives at the other ports of the target.

    Parameters
    ----------
    sent
        What a source cell sends, 0-d numbers.
    target
        The population that the projection ends at; `dt` is the time step in seconds.
    seen
        Largest magnitudes in calibration, if there was one: traces and states whose bound is
        of no use follow them, but for ``w``.
    """
    rule, constants = plasticity.rule, rule_constants(plasticity, dt)
    quiet = Interval(np.minimum(sent.low, 0.0), np.maximum(sent.high, 0.0))
    body = prepare_body(rule.trace_body, constants)
    traces = state_ranges(body, _initial(rule.traces, constants), {PRE: quiet}, 1, fading=True)
    traces = body_ranges(body, {PRE: quiet}, traces)
    traces = {s.name: _hull(traces[s.name]) for s in rule.traces}
    reads = {**traces, **_post_ranges(plasticity, target, dt), PRE: quiet}
    step = _Step(
        (WEIGHT, *(s.name for s in rule.synapse)),
        *(prepare_body(b, constants) for b in (rule.on_pre, rule.on_post, rule.each_step)),
    )
    weights = projection.connectivity.weights
    first = np.array([weights.min(initial=0.0), weights.max(initial=0.0)])
    initial = {WEIGHT: first, **_initial(rule.synapse, constants)}
    states = state_ranges(step, initial, reads, 2, fading=True)
    with np.errstate(over="ignore", invalid="ignore"):
        _, on_the_way = step.update({**reads, **states})
    found = {name: _hull(interval) for name, interval in {**traces, **states}.items()}
    # between the parts of a step a state can be larger than between steps
    found |= {
        name: _hull(states[name].hull(on_the_way[name])) for name in states if name in on_the_way
    }
    saturating = {name for name, interval in found.items() if not _is_bounded(interval)}
    moved = _moved(step, reads, initial)
    for name in saturating:
        most = _STEPS_WITHOUT_BOUND * moved.get(name, 1.0)
        if name == WEIGHT:
            far = moved.get(name, 1.0)
            most = max(_WEIGHTS * float(np.abs(first).max()), _WEIGHT_STEPS * far)
        found[name] = _clipped(found[name], max(most, 2.0**-20))
    for name in found.keys() & seen.keys() - {WEIGHT}:
        bound = float(found[name].magnitude()) if name not in saturating else np.inf
        limit = calibrated(bound, seen[name]) if seen[name] else None
        if limit is not None:
            saturating.add(name)
            found[name] = _clipped(found[name], limit)
    delivered = found[WEIGHT] if rule.deliver == WEIGHT else _hull(on_the_way[rule.deliver])
    if not _is_bounded(delivered):
        saturating.add(rule.deliver)
        delivered = _clipped(delivered, _WEIGHTS * float(found[WEIGHT].magnitude()))
    return LearningRanges(
        {s.name: found[s.name] for s in rule.traces},
        {name: found[name] for name in step.states},
        delivered,
        frozenset(saturating),
    )


def _initial(
    states: tuple[State, ...], constants: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    return {s.name: np.asarray(evaluate(s.initial, constants)) for s in states}


def _post_ranges(plasticity: Plasticity, target: Population, dt: float) -> Ranges:
    """Bounds of the target's states that hold for anything that arrives at its ports."""
    constants = {**target.parameters, "dt": np.asarray(dt)}
    anything = Interval(np.asarray(-_ENDLESS), np.asarray(_ENDLESS))
    body = prepare(target.model, constants)
    ports = dict.fromkeys(target.model.inputs, anything)
    states = state_ranges(body, target.model.initial(constants), ports, target.size)
    return {name: _clipped(_hull(states[s]), _ENDLESS) for name, s in plasticity.post.items()}


def _moved(
    step: _Step, reads: Mapping[str, Interval], initial: Mapping[str, NDArray[Any]]
) -> dict[str, float]:
    """How far one step can take each state from where it begins, by reads that are bounded.

    Those that one step can take anywhere, as a division by what may be 0 does, are left out.
    """
    one = Interval(np.asarray(-1.0), np.asarray(1.0))
    given = {name: i if _is_bounded(i) else one for name, i in reads.items()}
    begin = {name: Interval(v.min(), v.max()) for name, v in initial.items()}
    with np.errstate(over="ignore", invalid="ignore"):
        after, _ = step.update({**given, **begin})
    moved = {
        name: float(np.max(np.maximum(begin[name].low - i.low, i.high - begin[name].high)))
        for name in begin
        for i in (after[name],)
    }
    return {name: far for name, far in moved.items() if np.isfinite(far)}


def _hull(interval: Interval) -> Interval:
    """Bounds for all cells."""
    return Interval(np.asarray(np.min(interval.low)), np.asarray(np.max(interval.high)))


def _is_bounded(interval: Interval) -> bool:
    return bool(np.isfinite(interval.magnitude()).all() and interval.magnitude().max() < _BOUNDED)


def _clipped(interval: Interval, largest: float) -> Interval:
    """The part within so much of 0; an end that is no number (endless less endless) is unknown."""
    return Interval(
        np.asarray(np.nan_to_num(np.clip(interval.low, -largest, largest), nan=-largest)),
        np.asarray(np.nan_to_num(np.clip(interval.high, -largest, largest), nan=largest)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class LearntUnits:
    """What the raw values of ``w``, and of what is delivered, stand for."""

    weight: Unit
    delivered: Unit

    @property
    def same(self) -> bool:
        """Whether a raw weight can be delivered as it is."""
        return self.weight.format == self.delivered.format


def top_of(interval: Interval, bits: int) -> float:
    """The largest raw value of so many bits, which are unsigned where nothing is negative."""
    return 2.0 ** (bits - bool(interval.low < 0)) - 1.0


def learnt_units(
    ranges: LearningRanges, one: Real, bits: int, *, delivers_weight: bool
) -> LearntUnits:
    """Formats for a port at which one raw unit of this projection stands for `one`.

    A weight has `bits` bits, as many of them below the binary point as its range leaves.
    """
    weight = ranges.states[WEIGHT]
    largest = float(weight.magnitude())
    room = top_of(weight, bits) * float(one) / largest if largest > 0 else 1.0
    # what fits exactly must not miss by rounding
    fraction = int(np.floor(np.log2(room) + 1e-9))
    unit = Unit(
        one, Format(bits, bits - fraction, bool(weight.low < 0), Rounding.RND, Overflow.SAT)
    )
    if delivers_weight and fraction == 0:
        return LearntUnits(unit, unit)
    signed = bool(ranges.delivered.low < 0)
    needed = signed_bits(float(ranges.delivered.magnitude() / one)) - (not signed)
    width = min(max(needed, 2), _MOST_BITS)
    return LearntUnits(unit, Unit(one, Format(width, width, signed, Rounding.RND, Overflow.SAT)))
