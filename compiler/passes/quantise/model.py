"""The equations of a population to its `Datapath`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.passes.quantise.affine import Interval
from somac.compiler.passes.quantise.builder import Builder
from somac.compiler.passes.quantise.ends import Arriving, Lowered
from somac.compiler.passes.quantise.lower import Lowering
from somac.compiler.passes.quantise.options import QuantiseOptions
from somac.compiler.passes.quantise.units import Unit, choose_units
from somac.ir.expr import Name
from somac.ir.fixed import Format, Overflow, Rounding, quantise
from somac.ir.neuron import Emission, NeuronModel

__all__ = ["lower_model"]

Real = NDArray[np.float64]

_ONE = np.asarray(1.0)


def lower_model(
    name: str,
    model: NeuronModel,
    constants: Mapping[str, NDArray[Any]],
    ports: Mapping[str, Arriving],
    ranges: Mapping[str, Interval],
    must_hold: Mapping[str, Real],
    sent_unit: float,
    options: QuantiseOptions,
    shared: Collection[str] = (),
) -> Lowered:
    """Lower one population's model.

    Parameters
    ----------
    name
        Of the population, for messages.
    constants
        Parameters and ``dt``, float64.
    ports
        What arrives at each input.
    ranges
        Bounds per port, state and local, finite.
    must_hold
        Magnitudes that are certain, for the names whose bounds are not proven.
    sent_unit
        What one raw step of a number sent stands for, a power of two: the weights of the
        projections that carry it were made for it.
    shared
        States that synapses read, whose unit is one for all cells.
    """
    states = [s.name for s in model.states]
    units = choose_units(
        states,
        model.body,
        constants,
        {port: arriving.one for port, arriving in ports.items()},
        ranges,
        must_hold,
        options.state_bits,
        shared,
    )
    builder = Builder()
    biases = {port: arriving.bias for port, arriving in ports.items()}
    for port in model.inputs:
        bits = ports[port].bits
        units[port] = Unit(ports[port].one, Format(bits, bits))
    lowering = Lowering(name, states, constants, biases, ranges, units, options, builder)
    for opcode, some in (("input", model.inputs), ("state", states)):
        for read in some:
            lowering.read(opcode, read, units[read])
    for statement in model.body:
        lowering.statement(statement.name, statement.value)
    output, scale = _output(lowering, model.output, sent_unit)
    initial = {
        state: quantise(value / units[state].one, units[state].format)
        for state, value in model.initial(constants).items()
    }
    datapath = builder.finish(model.name, lowering.next_states(), output, model.output.kind)
    scales = {state: units[state].step for state in states}
    return Lowered(datapath, builder.parameters, initial, scales | {"output": scale})


def _output(lowering: Lowering, emission: Emission, sent_unit: float) -> tuple[int, Real]:
    """The instruction that is sent, and what one raw step of it stands for."""
    value, options = Name(emission.name), lowering.options
    if emission.kind == "spike":
        return lowering.condition(value), _ONE
    if emission.kind == "count":
        bits = options.count_bits
        counted = Format(bits, bits, False, Rounding.TRN, Overflow.SAT)
        return lowering.sent(value, Unit(_ONE, counted)), _ONE
    bits = options.value_bits
    fraction = -int(np.log2(sent_unit))
    sent = Format(bits, bits - fraction, True, Rounding.RND, Overflow.SAT)
    unit = Unit(_ONE, sent)
    return lowering.sent(value, unit), unit.step
