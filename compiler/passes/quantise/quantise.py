"""The pass: `Network` to `IntegerNetwork`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from somac.compiler.passes.quantise.affine import Interval, decompose
from somac.compiler.passes.quantise.ends import Arriving, Lowered
from somac.compiler.passes.quantise.learning import LearningRanges, learning_ranges
from somac.compiler.passes.quantise.magnitudes import check_magnitudes, expressible
from somac.compiler.passes.quantise.model import lower_model
from somac.compiler.passes.quantise.options import QuantiseOptions
from somac.compiler.passes.quantise.ranges import (
    body_ranges,
    calibrated,
    prepare,
    state_ranges,
)
from somac.compiler.passes.quantise.report import LearningReport, PopulationReport
from somac.compiler.passes.quantise.reporting import learning_report, population_report
from somac.compiler.passes.quantise.rules import lower_rule
from somac.compiler.passes.quantise.units import Unit
from somac.compiler.passes.quantise.weights import PortWeights, SignalRange, quantise_port, sum_bits
from somac.ir.errors import Place, SomacError
from somac.ir.expr import Name
from somac.ir.fixed import Format
from somac.ir.integer import (
    IntegerInput,
    IntegerNetwork,
    IntegerPopulation,
    IntegerProjection,
)
from somac.ir.network import Input, Network, Population, Projection
from somac.ir.plasticity import IntegerPlasticity, Plasticity
from somac.ir.random_device import ReadBack

__all__ = ["Quantised", "Seen", "quantise"]

Real = NDArray[np.float64]

Seen = Mapping[str, Mapping[str, float]]
"""Largest magnitude per population and state (or input, under its own name) in calibration."""

# ticks of the strongest input that a state without a bound holds before it saturates
_TICKS_WITHOUT_BOUND = 256.0
_ROUNDS = 12
# times what it would be without feedback, a fed-back number is given room for
_FEEDBACK = 256.0


@dataclass(frozen=True, slots=True)
class Quantised:
    """The integers, and what quantising did per population, and per projection that learns."""

    network: IntegerNetwork
    report: Mapping[str, PopulationReport] = field(default_factory=dict)
    learning: Mapping[str, LearningReport] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Bounded:
    """A population with integer weights and bounds, before its equations are lowered.

    `must_hold` has the names whose bounds are not proven, with what is certain of them.
    """

    ports: Mapping[str, PortWeights]
    arriving: Mapping[str, Arriving]
    ranges: Mapping[str, Interval]
    must_hold: Mapping[str, Real]
    learning: Mapping[str, LearningRanges]


def quantise(
    network: Network,
    options: QuantiseOptions | None = None,
    seen: Seen | None = None,
    learnt: Seen | None = None,
) -> Quantised:
    """Replace every float by integers.

    Parameters
    ----------
    seen
        What a run of the float reference on calibration data saw, if there was one
        (`somac.compiler.passes.calibrate`): formats of states without a useful bound follow it.
    learnt
        The same per projection that learns, and trace or state of its synapses.

    Raises
    ------
    SomacError
        E0502 for an equation that cannot be computed in integers, E0503 for a sum at a port
        that does not fit the accumulator, E0504 for numbers that no format holds.
    """
    check_magnitudes(network)
    options = options or QuantiseOptions()
    seen, learnt = seen or {}, learnt or {}
    inputs = {i.name: _integer_input(i, options, seen) for i in network.inputs}
    signals = {
        name: SignalRange(float(i.format.minimum), float(i.format.maximum), i.scale)
        for name, i in inputs.items()
    }
    for p in network.populations:
        signals[p.name] = _assumed_signal(p, options)
    first: dict[str, float] = {}
    for _ in range(_ROUNDS):
        bounded = {
            p.name: _bound(p, network, signals, options, seen, learnt) for p in network.populations
        }
        sent = dict(signals)
        for p in network.populations:
            now = _sent(p, bounded[p.name], options)
            # numbers that feed back and grow without end saturate
            if now and now.unit <= _FEEDBACK * first.setdefault(p.name, now.unit):
                sent[p.name] = now
        if sent == signals:
            break
        signals = sent
    else:
        bounded = {
            p.name: _bound(p, network, signals, options, seen, learnt) for p in network.populations
        }
    lowered = {}
    for p in network.populations:
        with expressible(f"population {p.name}", p.name):
            lowered[p.name] = lower_model(
                p.name,
                p.model,
                _constants(p, network.dt),
                bounded[p.name].arriving,
                bounded[p.name].ranges,
                bounded[p.name].must_hold,
                signals[p.name].unit,
                options,
                {s for q in network.projections if q.target == p.name for s in _read(q)},
            )
    formats = {i.name: i.format for i in inputs.values()}
    formats |= {name: low.datapath.sent for name, low in lowered.items()}
    rules = {
        q.name: _lowered_rule(q, q.plasticity, network, bounded, lowered, signals, formats, options)
        for q in network.projections
        if q.plasticity is not None
    }
    integer = IntegerNetwork(
        network.name,
        network.dt,
        tuple(inputs.values()),
        tuple(_integer_population(p, lowered[p.name]) for p in network.populations),
        _integer_projections(network, bounded, rules, signals),
        network.outputs,
        origin=network.digest(),
    )
    report = {
        p.name: population_report(
            bounded[p.name].ports,
            bounded[p.name].arriving,
            bounded[p.name].ranges,
            bounded[p.name].must_hold,
            lowered[p.name],
            seen.get(p.name, {}),
        )
        for p in network.populations
    }
    learning = {
        q.name: learning_report(
            rules[q.name],
            bounded[q.target].learning[q.name],
            learnt.get(q.name, {}),
            q.connectivity.weights,
            integer.projections[number].connectivity.weights,
        )
        for number, q in enumerate(network.projections)
        if q.name in rules
    }
    return Quantised(integer, report, learning)


def _read(q: Projection) -> Collection[str]:
    """The states of its target that a projection reads."""
    return () if q.plasticity is None else q.plasticity.post.values()


def _lowered_rule(
    q: Projection,
    plasticity: Plasticity,
    network: Network,
    bounded: Mapping[str, _Bounded],
    lowered: Mapping[str, Lowered],
    signals: Mapping[str, SignalRange],
    formats: Mapping[str, Format],
    options: QuantiseOptions,
) -> IntegerPlasticity:
    target = bounded[q.target]
    with expressible(f"projection {q.name}", q.name):
        return lower_rule(
            q.name,
            plasticity,
            network.dt,
            target.learning[q.name],
            target.ports[q.port].learnt[q.name],
            signals[q.source],
            formats[q.source],
            lowered[q.target],
            target.ranges,
            options,
        )


def _integer_input(i: Input, options: QuantiseOptions, seen: Seen) -> IntegerInput:
    if i.kind == "spike":
        return IntegerInput(i.name, i.shape, i.kind, Format(1, 1, signed=False))
    if i.kind == "count":
        bits = options.count_bits
        return IntegerInput(i.name, i.shape, i.kind, Format(bits, bits, signed=False))
    largest = seen.get(i.name, {}).get("", 1.0)
    integer = int(np.ceil(np.log2(max(largest, 2.0**-20)))) + 1
    format = Format(options.value_bits, integer)
    return IntegerInput(i.name, i.shape, i.kind, format, format.step)


def _constants(p: Population, dt: float) -> dict[str, NDArray[np.float64]]:
    return {**p.parameters, "dt": np.asarray(dt)}


def _assumed_signal(p: Population, options: QuantiseOptions) -> SignalRange:
    """What a population sends, as far as its kind of output says."""
    most = {"spike": 1.0, "count": 2.0**options.count_bits - 1, "value": 0.0}
    return SignalRange(0.0, most[p.model.output.kind])


def _sent(p: Population, bounded: _Bounded, options: QuantiseOptions) -> SignalRange | None:
    """What a population of numbers sends, as its output is lowered; None for spikes."""
    if p.model.output.kind != "value":
        return None
    magnitude = np.asarray(bounded.ranges[p.model.output.name].magnitude().max())
    with expressible(f"population {p.name}", p.name):
        unit = Unit.for_range(np.asarray(1.0), magnitude, options.value_bits)
    format = unit.format
    return SignalRange(float(format.minimum), float(format.maximum), float(unit.step))


def _bound(
    p: Population,
    network: Network,
    signals: Mapping[str, SignalRange],
    options: QuantiseOptions,
    seen: Seen,
    learnt: Seen,
) -> _Bounded:
    weights, arriving, at_port = {}, {}, {}
    learning = {
        q.name: learning_ranges(
            q, q.plasticity, signals[q.source].numbers, p, network.dt, learnt.get(q.name, {})
        )
        for q in network.projections
        if q.target == p.name and q.plasticity is not None
    }
    for port in p.model.inputs:
        ending = [q for q in network.projections if (q.target, q.port) == (p.name, port)]
        found = quantise_port(
            ending,
            signals,
            p.size,
            options.weight_bits,
            per_channel=options.per_channel,
            learning={q.name: learning[q.name] for q in ending if q.name in learning},
            learning_bits=options.learning_bits,
            accumulator_bits=options.accumulator_bits,
        )
        bits = sum_bits(found)
        if bits > options.accumulator_bits:
            raise SomacError(
                "E0503",
                f"population {p.name}: the sum at port {port} does not fit its accumulator",
                place=Place(node=p.name),
                have=f"{options.accumulator_bits} bits",
                need=f"{bits} bits",
                hint="use fewer weight bits (--bits), or split the population's inputs",
            )
        bias = p.bias.get(port, np.asarray(0.0))
        weights[port] = found
        arriving[port] = Arriving(found.scale, bias, bits)
        at_port[port] = found.arriving(bias)
    constants = _constants(p, network.dt)
    body = prepare(p.model, constants)
    states = state_ranges(body, p.model.initial(constants), at_port, p.size)
    # on the way through the body a state can be larger than between ticks
    free = body_ranges(body, at_port, states)
    limits = {
        name: largest
        for name in states
        if (largest := _largest(p, name, free[name], constants, at_port, seen)) is not None
    }
    limited = {
        name: _clipped(interval, limits[name]) if name in limits else interval
        for name, interval in states.items()
    }
    ranges = dict(body_ranges(body, at_port, limited))
    # it saturates at its limit, so the update does not take it further
    ranges |= {name: _clipped(ranges[name], largest) for name, largest in limits.items()}
    must_hold = {
        name: np.asarray(min(_certain(free[name]), largest)) for name, largest in limits.items()
    }
    return _Bounded(weights, arriving, {**at_port, **ranges}, must_hold, learning)


def _clipped(interval: Interval, largest: float) -> Interval:
    return Interval(np.maximum(interval.low, -largest), np.minimum(interval.high, largest))


def _certain(interval: Interval) -> float:
    """The largest magnitude among the ends that are bounded."""
    ends = np.concatenate([interval.low.ravel(), interval.high.ravel()])
    return float(np.abs(ends[np.isfinite(ends)]).max(initial=0.0))


def _largest(
    p: Population,
    name: str,
    interval: Interval,
    constants: Mapping[str, NDArray[np.float64]],
    ports: Mapping[str, Interval],
    seen: Seen,
) -> float | None:
    """Where a value saturates, if its bound is not proven or of no use; else None."""
    bounded = bool(np.isfinite(interval.magnitude()).all())
    observed = seen.get(p.name, {}).get(name)
    if observed:
        return calibrated(float(interval.magnitude().max()) if bounded else np.inf, observed)
    if bounded:
        return None
    step = _one_tick(p, name, constants, ports)
    return max(_TICKS_WITHOUT_BOUND * step, _certain(interval), 2.0**-20)


def _one_tick(
    p: Population,
    name: str,
    constants: Mapping[str, NDArray[np.float64]],
    ports: Mapping[str, Interval],
) -> float:
    """How far the ports can move a state in one tick, by its first statement."""
    statement = next((s for s in p.model.body if s.name == name), None)
    if statement is None:
        return 0.0
    form = decompose(statement.value, constants)
    moved = np.abs(form.constant).max()
    for term, coefficient in form.terms.items():
        if isinstance(term, Name) and term.id in ports:
            moved = moved + float((np.abs(coefficient) * ports[term.id].magnitude()).max())
    return float(moved)


def _integer_population(p: Population, lowered: Lowered) -> IntegerPopulation:
    return IntegerPopulation(
        p.name, p.shape, lowered.datapath, lowered.parameters, lowered.initial, lowered.scales
    )


def _integer_projections(
    network: Network,
    bounded: Mapping[str, _Bounded],
    rules: Mapping[str, IntegerPlasticity],
    signals: Mapping[str, SignalRange],
) -> tuple[IntegerProjection, ...]:
    found = {}
    for p in network.populations:
        for port, weights in bounded[p.name].ports.items():
            ending = [q for q in network.projections if (q.target, q.port) == (p.name, port)]
            for projection, connectivity in zip(ending, weights.connectivity, strict=True):
                found[projection.name] = connectivity
    return tuple(
        IntegerProjection(
            q.name,
            q.source,
            q.target,
            q.port,
            found[q.name],
            q.delay,
            rules.get(q.name),
            device=_read_back(q, bounded[q.target].ports[q.port], signals[q.source]),
        )
        for q in network.projections
    )


def _read_back(q: Projection, port: PortWeights, sent: SignalRange) -> ReadBack | None:
    return None if q.device is None else ReadBack(q.device, port.scale / sent.unit)
