"""The order of things inside a tick: one loop for the float reference and the golden model.

In every tick, populations update in topological order of the zero-delay projections; what a
projection of delay d brings was sent d ticks before. Plain and vectorised over samples.
`docs/reference/semantics.md` is the specification.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.cells import Cells, IntegerCells, RealCells
from somac.ir.connectivity import Arithmetic, Connectivity, Operator, reach
from somac.ir.digest import integers
from somac.ir.expr import Precision
from somac.ir.graph import Edge, update_order
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.learning import Learner, Rule, integer_rule, real_rule
from somac.ir.network import Network, Projection

__all__ = ["Trace", "golden", "reference"]

Array = NDArray[Any]

# float64 is exact below 2**53; half of that, because the bound itself is rounded
_EXACT = 2.0**52


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Recorded signals and states.

    Parameters
    ----------
    signals
        Per recorded population or output: (samples, steps, cells).
    states
        Per population and state: (samples, steps, cells), after each update.
    weights
        Per recorded plastic projection and state of its synapses, ``w`` among them:
        (samples, synapses) after the last step, in the order of
        `somac.ir.connectivity.synapses`.
    largest
        Per recorded plastic projection, the largest magnitude of each state of its synapses and
        of each trace after any step.
    """

    signals: Mapping[str, Array]
    states: Mapping[str, Mapping[str, Array]]
    weights: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    largest: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def reference(
    network: Network,
    inputs: Mapping[str, Array],
    *,
    record: Iterable[str] = (),
    record_states: Iterable[str] = (),
    record_weights: Iterable[str] = (),
    precision: Precision = np.float64,
) -> Trace:
    """Simulate a `Network` in floating point: what the model means.

    Parameters
    ----------
    inputs
        Per network input: (samples, steps, channels), any real dtype.
    record
        Populations whose signals are wanted besides those of the network's outputs.
    record_states
        Populations whose states are wanted.
    record_weights
        Plastic projections whose weights are wanted.
    precision
        float32 repeats what a framework computed that rounds so: a membrane within its
        rounding error of the threshold may fire there and not in float64, or the other way.
        Sums depend on the order in which BLAS adds.

    Raises
    ------
    ValueError
        If the inputs do not fit the network, or what is to be recorded is not there.
    """
    given = {name: np.asarray(value, dtype=precision) for name, value in inputs.items()}
    cells = [RealCells.of(p, network.dt, precision) for p in network.populations]
    sums: dict[tuple[str, str], Arithmetic] = {
        (p.target, p.port): precision for p in network.projections
    }
    rules = {
        p.name: real_rule(p.plasticity, network.dt, precision)
        for p in network.projections
        if p.plasticity is not None
    }
    loop = _Loop(network, cells, rules, sums, 1, precision)
    return loop.run(given, record, record_states, record_weights)


def golden(
    network: IntegerNetwork,
    inputs: Mapping[str, Array],
    *,
    record: Iterable[str] = (),
    record_states: Iterable[str] = (),
    record_weights: Iterable[str] = (),
) -> Trace:
    """Simulate an `IntegerNetwork`: the golden bits.

    Parameters are those of `reference`; `inputs` are raw integers. Signals and states are
    int64, one entry per step of the model, so that they compare with those of the network
    before retiming.

    Raises
    ------
    TypeError
        If the inputs are not integers.
    ValueError
        If they do not fit the network or their formats, or what is to be recorded is not
        there.
    """
    given = {name: integers(value) for name, value in inputs.items()}
    for i in network.inputs:
        raw = given.get(i.name)
        if raw is not None and ((raw < i.format.minimum) | (raw > i.format.maximum)).any():
            raise ValueError(f"input {i.name} has values that are not in {i.format}")
    cells = [IntegerCells.of(p) for p in network.populations]
    rules = {
        p.name: integer_rule(p.plasticity) for p in network.projections if p.plasticity is not None
    }
    loop = _Loop(network, cells, rules, _arithmetic(network), network.period, np.int64)
    return loop.run(given, record, record_states, record_weights)


def _arithmetic(network: IntegerNetwork) -> dict[tuple[str, str], Arithmetic]:
    """Per target and port, the fastest arithmetic in which sums of fixed weights are exact."""
    totals: dict[tuple[str, str], float] = {}
    for p in network.projections:
        if p.plasticity is not None:
            continue
        sent = network.sent(p.source)
        # what is converted is so as integers
        most = _EXACT
        if p.product is None and p.tiling is None:
            most = reach(p.connectivity, float(max(-sent.minimum, sent.maximum)))
        totals[p.target, p.port] = totals.get((p.target, p.port), 0.0) + most
    return {port: np.float64 if most < _EXACT else np.int64 for port, most in totals.items()}


def _maps(p: Projection | IntegerProjection, how: Arithmetic) -> Iterator[tuple[int, Operator]]:
    """The map of a projection of fixed weights as a sum of maps, one per delay."""
    if isinstance(p, IntegerProjection):
        for conversion in (p.product, p.tiling):
            if conversion is not None:
                return conversion.by_delay(p.connectivity)
    return p.connectivity.by_delay(how)


@dataclass(frozen=True, slots=True)
class _Arrival:
    """One share of a projection: a map and how long its signals travel."""

    source: str
    port: str
    delay: int
    arithmetic: Arithmetic
    operator: Operator


@dataclass(frozen=True, slots=True)
class _Learning:
    """A plastic projection: where its signals come from, and how its synapses learn."""

    name: str
    source: str
    port: str
    delay: int
    rule: Rule
    connectivity: Connectivity


class _Loop:
    """A network laid out for simulation."""

    def __init__(
        self,
        network: Network | IntegerNetwork,
        cells: Sequence[Cells],
        rules: Mapping[str, Rule],
        arithmetic: Mapping[tuple[str, str], Arithmetic],
        period: int,
        dtype: Arithmetic,
    ) -> None:
        self.network, self.period, self.dtype = network, period, dtype
        self.arithmetic = arithmetic
        self.arrivals: dict[str, list[_Arrival]] = {c.name: [] for c in cells}
        self.learning: dict[str, list[_Learning]] = {c.name: [] for c in cells}
        for p in network.projections:
            if p.name in rules:
                delay = p.delay + min(p.connectivity.delays, default=0)
                self.learning[p.target].append(
                    _Learning(p.name, p.source, p.port, delay, rules[p.name], p.connectivity)
                )
                continue
            how = arithmetic[p.target, p.port]
            self.arrivals[p.target] += [
                _Arrival(p.source, p.port, p.delay + extra, how, operator)
                for extra, operator in _maps(p, how)
            ]
        edges = [Edge(a.source, n, a.delay) for n, some in self.arrivals.items() for a in some]
        edges += [Edge(p.source, n, p.delay) for n, some in self.learning.items() for p in some]
        by_name = {c.name: c for c in cells}
        self.cells = [by_name[name] for name in update_order(list(by_name), edges)]
        self.depth = 1 + max((edge.delay for edge in edges), default=0)
        self.sizes = {i.name: i.size for i in network.inputs} | {c.name: c.size for c in cells}

    def run(
        self,
        inputs: Mapping[str, Array],
        record: Iterable[str],
        record_states: Iterable[str],
        record_weights: Iterable[str],
    ) -> Trace:
        samples, steps = self._extent(inputs)
        learners = {
            p.name: Learner(p.rule, p.connectivity, samples)
            for some in self.learning.values()
            for p in some
        }
        weights = _weight_stores(record_weights, learners)
        largest = {name: learners[name].magnitudes() for name in weights}
        signals, stores = self._signal_stores(record, (samples, steps))
        states = self._state_stores(record_states, (samples, steps))
        # what was sent in the last `depth` ticks, by source and tick
        sent: dict[str, dict[int, Array]] = {name: {} for name in self.sizes}
        last = max((c.start for c in self.cells), default=0)
        for tick in range(steps * self.period + last):
            for some in sent.values():
                some.pop(tick - self.depth, None)
            for i in self.network.inputs:
                step, phase = divmod(tick, self.period)
                if not phase and step < steps:
                    sent[i.name][tick] = inputs[i.name][:, step]
                    for store in stores.get(i.name, ()):
                        store[:, step] = sent[i.name][tick]
            for cell in self.cells:
                step, phase = divmod(tick - cell.start, self.period)
                if phase or not 0 <= step < steps:
                    continue
                ports = self._sums(cell, sent, tick, samples)
                for p in self.learning[cell.name]:
                    arrived = self._arrived(p, sent, tick, samples)
                    learnt = learners[p.name].arrive(arrived, cell.state)
                    ports[p.port] = ports[p.port].astype(self.dtype, copy=False) + learnt
                signal = cell.update(ports)
                sent[cell.name][tick] = np.broadcast_to(signal, (samples, cell.size))
                for p in self.learning[cell.name]:
                    learners[p.name].adapt(sent[cell.name][tick], cell.state)
                    if p.name in largest:
                        largest[p.name] = _larger(largest[p.name], learners[p.name].magnitudes())
                for store in stores.get(cell.name, ()):
                    store[:, step] = signal
                for name, store in states.get(cell.name, {}).items():
                    store[:, step] = cell.state[name]
        return Trace(signals, states, weights, largest)

    def _sums(
        self, cell: Cells, sent: Mapping[str, Mapping[int, Array]], tick: int, samples: int
    ) -> dict[str, Array]:
        """What arrives at each port in this tick: (samples, cells)."""
        ports = {
            port: np.zeros((samples, cell.size), self.arithmetic.get((cell.name, port), self.dtype))
            for port in cell.ports
        }
        for a in self.arrivals[cell.name]:
            signal = sent[a.source].get(tick - a.delay)
            if signal is not None:
                ports[a.port] += a.operator(signal.astype(a.arithmetic, copy=False))
        return ports

    def _arrived(
        self, p: _Learning, sent: Mapping[str, Mapping[int, Array]], tick: int, samples: int
    ) -> Array:
        """What arrives at a plastic projection in this tick: (samples, source cells)."""
        signal = sent[p.source].get(tick - p.delay)
        if signal is None:
            return np.zeros((samples, self.sizes[p.source]), self.dtype)
        return signal.astype(self.dtype, copy=False)

    def _extent(self, inputs: Mapping[str, Array]) -> tuple[int, int]:
        """Samples and steps of the inputs, which must fit the network."""
        names = [i.name for i in self.network.inputs]
        if not names:
            raise ValueError("a network without inputs has no number of steps")
        if sorted(inputs) != sorted(names):
            raise ValueError(f"inputs for {sorted(inputs)}, the network has {sorted(names)}")
        for name in names:
            shape = inputs[name].shape
            if len(shape) != 3 or shape[2] != self.sizes[name]:
                raise ValueError(
                    f"input {name} has shape {shape}, not (samples, steps, {self.sizes[name]})"
                )
        extents = {inputs[name].shape[:2] for name in names}
        if len(extents) != 1:
            raise ValueError(f"inputs differ in samples and steps: {sorted(extents)}")
        samples, steps = extents.pop()
        return samples, steps

    def _signal_stores(
        self, record: Iterable[str], extent: tuple[int, int]
    ) -> tuple[dict[str, Array], dict[str, list[Array]]]:
        """Arrays for the signals by recorded name, and the same by source."""
        wanted = {o.name: o.source for o in self.network.outputs} | {n: n for n in record}
        unknown = sorted(set(wanted.values()) - self.sizes.keys())
        if unknown:
            raise ValueError(f"there is no {unknown[0]} to record")
        signals = {n: np.zeros((*extent, self.sizes[s]), self.dtype) for n, s in wanted.items()}
        stores: dict[str, list[Array]] = {}
        for name, source in wanted.items():
            stores.setdefault(source, []).append(signals[name])
        return signals, stores

    def _state_stores(
        self, record: Iterable[str], extent: tuple[int, int]
    ) -> dict[str, dict[str, Array]]:
        """Arrays for the states of the populations to record."""
        by_name = {c.name: c for c in self.cells}
        wanted = list(record)
        unknown = sorted(set(wanted) - by_name.keys())
        if unknown:
            raise ValueError(f"there is no population {unknown[0]} whose states to record")
        return {
            name: {
                state: np.zeros((*extent, by_name[name].size), self.dtype)
                for state in by_name[name].state
            }
            for name in wanted
        }


def _larger(a: Mapping[str, float], b: Mapping[str, float]) -> dict[str, float]:
    return {name: max(value, b[name]) for name, value in a.items()}


def _weight_stores(
    record: Iterable[str], learners: Mapping[str, Learner]
) -> dict[str, Mapping[str, Array]]:
    """The states of the synapses to record, which are set in place as they change."""
    wanted = list(record)
    unknown = sorted(set(wanted) - learners.keys())
    if unknown:
        raise ValueError(f"there is no plastic projection {unknown[0]} whose weights to record")
    return {name: learners[name].states for name in wanted}
