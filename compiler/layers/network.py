"""From layers to an `IntegerNetwork`: one population per layer, or one per layer and step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from somac.compiler.layers.checks import layer_problems
from somac.compiler.layers.datapaths import CELL, PREVIOUS, step_updates, update
from somac.compiler.layers.gates import Gates, Map, gates_of
from somac.compiler.layers.model import Dense, Layer
from somac.ir import connectivity
from somac.ir.connectivity import Connectivity
from somac.ir.datapath import Datapath
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.fixed import Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.product import ProductCast

__all__ = ["static_network", "unrolled_inputs", "unrolled_network"]

_Number = TypeVar("_Number", bound=np.generic)

OUTPUT = "out"
INPUT = "x"


def static_network(
    name: str, layers: Sequence[Layer], source: Format, *, dt: float = 1.0
) -> IntegerNetwork:
    """A population per layer: step n of the network is step n of the sequence.

    The input ``x`` has the channels of one step. States begin at 0, and what recurrent layers
    sent in the step before arrives with a delay of 1. All layers send in every step, the output
    ``out`` too: where a model has a sequence's last step only (``return_sequences`` False in
    Keras), its answer is what the output sends in the last step.

    Parameters
    ----------
    source
        Format of the input.
    dt
        Seconds that a step stands for; no integer depends on it.

    Raises
    ------
    SomacError
        E0505 and E0506, with everything that is wrong with the layers.
    """
    _check(layers, source)
    parts = _Parts()
    before = parts.input(INPUT, layers[0].kernel.shape[0], source)
    for layer in layers:
        gates = gates_of(layer, before.format)
        cells = parts.populations_of(layer, {layer.name: update(layer)}, gates)
        parts.connect(before, cells, gates.kernel)
        parts.connect(cells[0], cells, gates.recurrent, delay=1)
        before = cells[0]
    return parts.network(name, dt, before)


def unrolled_network(
    name: str, layers: Sequence[Layer], source: Format, steps: int, *, dt: float = 1.0
) -> IntegerNetwork:
    """A population per layer and step of the sequence, without states: all in one step.

    The inputs ``x_0``, ``x_1``, ... are the steps of the sequence (`unrolled_inputs`). Layers up to
    the last recurrent one are there once per step; those after it see its last step only, and
    so is the output ``out``. Cells of an LSTM are two populations, ``NAME_STEP_cell`` and
    ``NAME_STEP``, because both their state and their output go to others.

    Parameters and errors are those of `static_network`; `steps` is the length of the sequence.
    """
    problems = [Diagnostic("E0505", f"a sequence of {steps} steps", need="1 or more")]
    _check(layers, source, problems if steps < 1 else ())
    parts = _Parts()
    channels = layers[0].kernel.shape[0]
    sequence = [parts.input(f"{INPUT}_{step}", channels, source) for step in range(steps)]
    recurrent = [n for n, layer in enumerate(layers) if not isinstance(layer, Dense)]
    last = max(recurrent, default=-1)
    for number, layer in enumerate(layers):
        if number > last:
            sequence = sequence[-1:]
        gates = gates_of(layer, sequence[0].format)
        outputs: list[_Source] = []
        before: tuple[_Source, ...] = ()
        for step, arriving in enumerate(sequence):
            label = layer.name if number > last else f"{layer.name}_{step}"
            before = parts.step(layer, label, gates, arriving, before)
            outputs.append(before[-1])
        sequence = outputs
    return parts.network(name, dt, sequence[-1])


def unrolled_inputs(sequences: NDArray[_Number]) -> dict[str, NDArray[_Number]]:
    """The inputs of an unrolled network for sequences (samples, steps, channels)."""
    return {f"{INPUT}_{step}": sequences[:, step : step + 1] for step in range(sequences.shape[1])}


def _check(layers: Sequence[Layer], source: Format, more: Sequence[Diagnostic] = ()) -> None:
    found = [*more, *layer_problems(layers, source)]
    if found:
        raise SomacError.of(found)


@dataclass(frozen=True, slots=True)
class _Source:
    """What sends: an input or population."""

    name: str
    format: Format
    size: int
    ports: tuple[str, ...] = ()


class _Parts:
    """The parts of a network under construction."""

    def __init__(self) -> None:
        self.inputs: list[IntegerInput] = []
        self.populations: list[IntegerPopulation] = []
        self.projections: list[IntegerProjection] = []

    def network(self, name: str, dt: float, last: _Source) -> IntegerNetwork:
        return IntegerNetwork(
            name,
            dt,
            tuple(self.inputs),
            tuple(self.populations),
            tuple(self.projections),
            (Output(OUTPUT, last.name),),
        )

    def input(self, name: str, channels: int, format: Format) -> _Source:
        self.inputs.append(IntegerInput(name, (channels,), "value", format, format.step))
        return _Source(name, format, channels)

    def step(
        self,
        layer: Layer,
        name: str,
        gates: Gates,
        arriving: _Source,
        before: tuple[_Source, ...],
    ) -> tuple[_Source, ...]:
        """A step of a layer, which hears the step before (nothing at first) without delay."""
        updates = step_updates(layer)
        names = [f"{name}_cell", name][-len(updates) :]
        cells = self.populations_of(layer, dict(zip(names, updates, strict=True)), gates)
        self.connect(arriving, cells, gates.kernel)
        if before:
            self.connect(before[-1], cells, gates.recurrent)
            self._hand_on(before[0], cells, PREVIOUS)
        self._hand_on(cells[0], cells, CELL)
        return cells

    def populations_of(
        self, layer: Layer, updates: Mapping[str, Datapath], gates: Gates
    ) -> tuple[_Source, ...]:
        """The populations of a layer, each with the biases of its ports."""
        sources = []
        for name, path in updates.items():
            ports = path.names("input")
            bias = {f"bias_{port}": gates.bias[port] for port in ports if port in gates.bias}
            (units,) = next(iter(gates.bias.values())).shape
            result = layer.types.result
            states = path.names("state")
            scales = dict.fromkeys((*states, "output"), np.asarray(result.step))
            initial = dict.fromkeys(states, np.zeros((), np.int64))
            self.populations.append(IntegerPopulation(name, (units,), path, bias, initial, scales))
            sources.append(_Source(name, result, units, ports))
        return tuple(sources)

    def connect(
        self, source: _Source, targets: Sequence[_Source], maps: Mapping[str, Map], delay: int = 0
    ) -> None:
        """Maps to the targets that have their ports."""
        for port, map_ in maps.items():
            self._project(source, targets, port, map_.weights, delay, map_.product)

    def _hand_on(self, source: _Source, targets: Sequence[_Source], port: str) -> None:
        """What the source sends, as it is, where there is such a port."""
        one = connectivity.OneToOne(np.ones((), np.int32), source.size)
        self._project(source, targets, port, one)

    def _project(
        self,
        source: _Source,
        targets: Sequence[_Source],
        port: str,
        wiring: Connectivity,
        delay: int = 0,
        product: ProductCast | None = None,
    ) -> None:
        for target in targets:
            if port in target.ports:
                name = f"{source.name}_{target.name}_{port}"
                self.projections.append(
                    IntegerProjection(
                        name, source.name, target.name, port, wiring, delay, product=product
                    )
                )
