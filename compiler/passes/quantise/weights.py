"""Weights to integers: one scale for all that meets at a port, or one per target cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from somac.compiler.passes.quantise.affine import Interval
from somac.compiler.passes.quantise.builder import signed_bits
from somac.compiler.passes.quantise.learning import (
    LearningRanges,
    LearntUnits,
    learnt_units,
    top_of,
)
from somac.ir.connectivity import Connectivity, interval
from somac.ir.network import Projection
from somac.ir.plasticity import WEIGHT

__all__ = ["PortWeights", "Rounding", "SignalRange", "quantise_port", "sum_bits"]

Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SignalRange:
    """What a source sends: raw values `low` to `high`, each step standing for `unit`."""

    low: float
    high: float
    unit: float = 1.0

    @property
    def numbers(self) -> Interval:
        """What they stand for."""
        return Interval(np.asarray(self.low * self.unit), np.asarray(self.high * self.unit))


@dataclass(frozen=True, slots=True)
class Rounding:
    """What rounding did to the weights of a projection, in units of the model.

    `worst` is the largest error, `rms` the root mean square of all, `weights` that of the weights.
    """

    projection: str
    worst: float
    rms: float
    weights: float

    @classmethod
    def of(cls, projection: str, weights: Real, error: Real, unit: float = 1.0) -> Rounding:
        """Of weights and their errors, both in units of the model times `unit`."""
        worst = float(np.abs(error).max(initial=0.0))
        return cls(projection, worst / unit, _rms(error) / unit, _rms(weights) / unit)


def _rms(values: Real) -> float:
    flat = values.ravel()
    # not a product of BLAS, whose sums depend on its threads
    return float(np.sqrt(np.mean(flat * flat))) if flat.size else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class PortWeights:
    """What arrives at one port.

    Parameters
    ----------
    connectivity
        Per projection, in the order given: int32 weights.
    scale
        float64, 0-d or (cells,): what one raw unit at the port stands for.
    low, high
        float64 (cells,): bounds of the raw sum in one tick.
    rounding
        Per projection, in the order given.
    learnt
        Per projection that learns, what its weights count in; then `scale` is 0-d.
    """

    connectivity: tuple[Connectivity, ...]
    scale: Real
    low: Real
    high: Real
    rounding: tuple[Rounding, ...]
    learnt: Mapping[str, LearntUnits] = field(default_factory=dict)

    @property
    def error(self) -> float:
        """Largest difference between a weight and what its integer stands for."""
        return max((r.worst for r in self.rounding), default=0.0)

    def arriving(self, bias: Real) -> Interval:
        """Bounds of what arrives, as numbers, with the bias."""
        return Interval(self.low * self.scale + bias, self.high * self.scale + bias)


def quantise_port(
    projections: Sequence[Projection],
    sources: Mapping[str, SignalRange],
    cells: int,
    bits: int,
    *,
    per_channel: bool,
    learning: Mapping[str, LearningRanges] | None = None,
    learning_bits: int = 16,
    accumulator_bits: int = 32,
) -> PortWeights:
    """Integer weights for all projections that end at one port.

    The scale is the largest magnitude over ``2**(bits - 1) - 1``; rounding is to nearest
    even. A number's unit is taken into its weights, so that sums of raw products mean the
    same whatever they come from.

    Where one of them learns (`learning` has its ranges), the scale is the finest in which all
    that is delivered has `learning_bits` bits at most and the sum has `accumulator_bits`.
    """
    if learning:
        scale = _learning_scale(projections, sources, learning_bits, learning)
        while True:
            found = _learning_port(projections, sources, cells, learning_bits, learning, scale)
            excess = sum_bits(found) - accumulator_bits
            if excess <= 0 or excess >= learning_bits:
                return found
            # a weight keeps its bits, and is delivered without the last of them
            scale = scale * 2.0**excess
    top = (1 << (bits - 1)) - 1
    units = [sources[p.source].unit for p in projections]
    channels = [p.connectivity.target_channel() for p in projections]
    channelled = per_channel and all(channel is not None for channel in channels)
    largest = np.zeros(cells if channelled and projections else ())
    if largest.ndim:
        for p, unit, channel in zip(projections, units, channels, strict=True):
            weights = np.abs(p.connectivity.weights) * unit
            by_channel = weights.reshape(len(weights), -1).max(axis=1, initial=0.0)
            np.maximum(largest, by_channel[channel], out=largest)
        largest = _uniform_per_channel(largest, channels)
    else:
        tops = [
            np.abs(p.connectivity.weights).max(initial=0.0) * unit
            for p, unit in zip(projections, units, strict=True)
        ]
        largest = np.asarray(max(tops, default=0.0))
    scale = np.where(largest > 0, largest, float(top)) / top
    integer: list[Connectivity] = []
    rounding: list[Rounding] = []
    low, high = np.zeros(cells), np.zeros(cells)
    for p, unit, channel in zip(projections, units, channels, strict=True):
        weights = p.connectivity.weights * unit
        step = scale if scale.ndim == 0 else _per_weight(scale, channel, weights)
        raw = np.clip(np.rint(weights / step), -top, top)
        rounding.append(Rounding.of(p.name, weights, raw * step - weights, unit))
        rounded = p.connectivity.with_weights(raw.astype(np.int32))
        integer.append(rounded)
        sent = sources[p.source]
        ends = np.full(rounded.source_size, sent.low), np.full(rounded.source_size, sent.high)
        least, most = interval(rounded, *ends)
        low, high = low + least, high + most
    return PortWeights(tuple(integer), scale, low, high, tuple(rounding))


def sum_bits(port: PortWeights) -> int:
    """Bits of the sum at a port."""
    return max(signed_bits(float(np.maximum(-port.low, port.high).max())), 2)


def _learning_scale(
    projections: Sequence[Projection],
    sources: Mapping[str, SignalRange],
    bits: int,
    learning: Mapping[str, LearningRanges],
) -> Real:
    """The finest scale in which what is delivered, and every fixed weight, has so many bits."""
    needs = []
    for p in projections:
        weights = p.connectivity.weights
        reach = Interval(np.asarray(-1.0), np.asarray(np.abs(weights).max(initial=0.0)))
        if p.name in learning:
            reach = learning[p.name].delivered
        top = top_of(reach, bits)
        largest = float(reach.magnitude() if p.name in learning else reach.high)
        needs.append(largest * sources[p.source].unit / top)
    return np.asarray(max(needs) or 1.0)


def _learning_port(
    projections: Sequence[Projection],
    sources: Mapping[str, SignalRange],
    cells: int,
    bits: int,
    learning: Mapping[str, LearningRanges],
    scale: Real,
) -> PortWeights:
    """Integer weights for the projections of a port, some of which learn."""
    integer: list[Connectivity] = []
    learnt: dict[str, LearntUnits] = {}
    rounding: list[Rounding] = []
    low, high = np.zeros(cells), np.zeros(cells)
    for p in projections:
        sent, one = sources[p.source], np.asarray(scale / sources[p.source].unit)
        step = float(one)
        least, most = -np.inf, np.inf
        if p.name in learning:
            delivers = p.plasticity is not None and p.plasticity.rule.deliver == WEIGHT
            units = learnt_units(learning[p.name], one, bits, delivers_weight=delivers)
            learnt[p.name], step = units, float(units.weight.step)
            least, most = units.weight.format.minimum, units.weight.format.maximum
        weights = p.connectivity.weights
        raw = np.clip(np.rint(weights / step), least, most)
        rounding.append(Rounding.of(p.name, weights, raw * step - weights))
        rounded = p.connectivity.with_weights(raw.astype(np.int32))
        integer.append(rounded)
        if p.name in learning:
            format = learnt[p.name].delivered.format
            ends = np.array([format.minimum, format.maximum], dtype=np.float64)
            products = np.outer(ends, [sent.low, sent.high, 0.0])
            # every synapse adds one of these
            rounded = rounded.with_weights(np.ones_like(rounded.weights))
            sums = products.min(), products.max()
        else:
            sums = sent.low, sent.high
        down, up = interval(rounded, *(np.full(rounded.source_size, end) for end in sums))
        low, high = low + down, high + up
    return PortWeights(tuple(integer), scale, low, high, tuple(rounding), learnt)


def _uniform_per_channel(largest: Real, channels: Sequence[NDArray[np.int64] | None]) -> Real:
    """Raise `largest` until it is one value within every channel of every connectivity."""
    while True:
        before = largest
        for channel in channels:
            if channel is not None:
                top = np.zeros(int(channel.max(initial=0)) + 1)
                np.maximum.at(top, channel, largest)
                largest = top[channel]
        if np.array_equal(before, largest):
            return largest


def _per_weight(scale: Real, channel: NDArray[np.int64] | None, weights: Real) -> Real:
    """The scale of each stored weight, shaped to divide `weights`."""
    if channel is None:
        raise ValueError("weights without channels have one scale")
    by_channel = np.ones(weights.shape[0])
    by_channel[channel] = scale
    return by_channel.reshape(-1, *(1,) * (weights.ndim - 1))
