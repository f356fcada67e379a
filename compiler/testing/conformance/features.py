"""What can be declared of a target, each with a network that needs it: at the limit and beyond."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from somac.compiler.passes.quantise import quantise
from somac.compiler.testing.conformance.probes import (
    WIRES,
    fan_in,
    probe,
    with_delay,
    with_weights,
)
from somac.compiler.testing.conformance.subject import Subject
from somac.compiler.testing.zoo import animal
from somac.ir.connectivity import AllToAll
from somac.ir.integer import IntegerNetwork
from somac.ir.neuron import SignalKind

__all__ = ["Feature", "features"]

_SIGNALS: tuple[SignalKind, ...] = ("spike", "count", "value")
_VALUE_BITS = (16, 8, 4)
_MOST_SYNAPSES = 2048
_MOST_CELLS = 2048
_WORD = 32


@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """Something that a network may need.

    Parameters
    ----------
    name
        For people.
    declared
        Whether the capabilities of the target have it.
    networks
        Each of which needs it. Who has it takes at least one: they differ in widths that nobody
        declares.
    """

    name: str
    declared: bool
    networks: tuple[IntegerNetwork, ...]


def features(subject: Subject, usual: str) -> Iterator[Feature]:
    """Everything that can be declared, with a neuron that the target has."""
    can, plain = subject.can, subject.quantised(probe("usual", usual))
    for kind, wires in WIRES.items():
        network = subject.quantised(probe(kind, usual, wires=wires))
        yield Feature(f"a projection: {kind}", kind in can.projections, (network,))
    for signal in _SIGNALS:
        yield Feature(f"{signal}s as inputs", signal in can.signals, _sent(subject, usual, signal))
    loop = subject.quantised(probe("loop", usual, loop=True))
    yield Feature("a loop", can.recurrent, (loop,))
    yield Feature("learning", can.learning, (subject.quantised(animal("learning")),))
    least, most = can.delays
    for ticks, declared in ((least, True), (most, True), (most + 1, False)):
        yield Feature(f"a delay of {ticks} ticks", declared, (with_delay(plain, ticks),))
    if can.weight_bits is not None and can.weight_bits < _WORD:
        largest = (1 << (can.weight_bits - 1)) - 1
        wide = with_weights(plain, largest, -largest)
        yield Feature(f"weights of {can.weight_bits} bits", True, (wide,))
        if can.weight_bits < _WORD - 1:
            wider = with_weights(plain, largest + 1, 0)
            yield Feature(f"weights of {can.weight_bits + 1} bits", False, (wider,))
    yield from _fans(subject, usual)


def _sent(subject: Subject, usual: str, signal: SignalKind) -> tuple[IntegerNetwork, ...]:
    """Inputs of a kind; numbers as wide as usual, and narrower ones."""
    network, options = probe(f"{signal}s", usual, signal=signal), subject.options.quantise
    widths = _VALUE_BITS if signal == "value" else (options.value_bits,)
    return tuple(quantise(network, replace(options, value_bits=bits)).network for bits in widths)


def _fans(subject: Subject, usual: str) -> Iterator[Feature]:
    can = subject.can
    if can.fan_in is not None and can.fan_in < _MOST_SYNAPSES:
        for more in (0, 1):
            network = subject.quantised(fan_in(can.fan_in + more, usual))
            yield Feature(f"{can.fan_in + more} synapses on a cell", not more, (network,))
    if can.fan_out is not None and can.fan_out < _MOST_SYNAPSES:
        for more in (0, 1):
            yield _one_to_many(subject, usual, can.fan_out + more, "synapses from a cell", not more)
    if can.cells is not None and can.cells < _MOST_CELLS:
        for more in (0, 1):
            yield _one_to_many(subject, usual, can.cells + more, "cells", not more)


def _one_to_many(subject: Subject, usual: str, cells: int, what: str, declared: bool) -> Feature:
    network = probe(f"one_to_{cells}", usual, wires=AllToAll(np.asarray(1.0), 1, cells))
    return Feature(f"{cells} {what}", declared, (subject.quantised(network),))
