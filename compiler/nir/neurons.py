"""Nodes with dynamics: which parameters each type has, in which shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from somac.compiler.nir.fields import Fields, Real
from somac.compiler.nir.raw import MetadataValue
from somac.compiler.nir.report import Report
from somac.compiler.nir.shape import Shape, Shaped, read_elementwise, shape_text, spread

__all__ = ["NEURONS", "NEUTRAL", "TIME_CONSTANTS", "Neuron", "note_assumed", "read_neuron"]

NEURONS: Mapping[str, tuple[str, ...]] = {
    "I": ("r",),
    "IF": ("r", "v_threshold", "v_reset"),
    "LI": ("tau", "r", "v_leak"),
    "LIF": ("tau", "r", "v_leak", "v_threshold", "v_reset"),
    "CubaLI": ("tau_syn", "tau_mem", "r", "v_leak", "w_in"),
    "CubaLIF": ("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in"),
    "Threshold": ("threshold",),
}
"""Parameters of NIR's neurons (nir 1.0.8, ``nir/ir/neuron.py`` and ``threshold.py``)."""

_DEFAULTS: Mapping[str, float] = {"v_reset": 0.0, "w_in": 1.0}
"""What nir takes where a file of an older version has no such parameter."""

NEUTRAL: Mapping[str, float] = {"r": 1.0, "v_leak": 0.0, "v_reset": 0.0, "w_in": 1.0}
"""Values with which it makes no difference that a neuron model lacks the parameter."""

TIME_CONSTANTS = ("tau", "tau_syn", "tau_mem")


@dataclass(frozen=True, slots=True, eq=False)
class Neuron(Shaped):
    """A node that becomes a population.

    Parameters
    ----------
    name, path
        Its flat name, and where it is in the file.
    type
        Of NIR.
    parameters
        float64, in the shapes of the file.
    metadata
        Its own and those of the graphs around it.
    own
        Shape of its parameters together.
    assumed
        Parameters that the file does not have, so that NIR's default was taken.
    """

    name: str
    path: str
    type: str
    parameters: Mapping[str, Real]
    metadata: Mapping[str, MetadataValue]
    own: Shape
    assumed: tuple[str, ...]

    @property
    def demands(self) -> Shape | None:
        """The shape of its parameters, if that is more than one value."""
        return self.own if prod(self.own) > 1 else None

    def reads(self, shape: Shape, /) -> Shape | None:
        """The shape of the cells if signals of `shape` arrive; None if they do not fit."""
        return read_elementwise(self.own, shape)

    def cells(self, name: str, shape: Shape) -> Real:
        """A parameter for cells of `shape`: 0-d if all have one value, else (cells,)."""
        value = self.parameters[name]
        first = value.reshape(-1)[0]
        if (value == first).all():
            return np.asarray(first)
        return spread(np.broadcast_to(value, self.own), shape)


def read_neuron(fields: Fields) -> Neuron | None:
    """The neuron of a raw node, or None if something is wrong with it (and put down)."""
    node = fields.node
    assumed = tuple(n for n in NEURONS[node.type] if n in _DEFAULTS and not fields.has(n))
    values = {
        name: np.asarray(_DEFAULTS[name]) if name in assumed else fields.real(name, exact=True)
        for name in NEURONS[node.type]
    }
    fields.warn_unused()
    empty = [name for name, value in values.items() if value.size == 0]
    for name in empty:
        fields.refuse("E0142", name, "has no entries")
    for name in TIME_CONSTANTS:
        if name in values and not empty and (values[name] <= 0).any():
            worst = float(values[name].min())
            fields.refuse("E0143", name, f"is {worst:g}", need="a time above 0 s")
    own = _together(values, fields)
    if own is None or not fields.sound:
        return None
    return Neuron(fields.name, node.path, node.type, values, node.metadata, own, assumed)


def _together(values: Mapping[str, Real], fields: Fields) -> Shape | None:
    shapes = {name: value.shape for name, value in values.items()}
    try:
        together = np.broadcast_shapes(*shapes.values())
    except ValueError:
        fields.report.refuse(
            "E0142",
            f"{fields.name}: its parameters have different shapes",
            fields.node.path,
            have=", ".join(f"{name} {shape_text(shape)}" for name, shape in shapes.items()),
            need="one shape",
        )
        return None
    short = [
        name for name, value in values.items() if value.size < prod(together) and fields.has(name)
    ]
    if short:
        fields.report.repaired(
            "E0166",
            f"{fields.name}: {', '.join(short)} {'is' if len(short) == 1 else 'are'} spread over "
            f"cells of shape {shape_text(together)}",
            fields.node.path,
        )
    return together


def note_assumed(neurons: Mapping[str, Neuron], report: Report) -> None:
    """Say once per parameter where a default was taken (E0160)."""
    for name, default in _DEFAULTS.items():
        where = [neuron.name for neuron in neurons.values() if name in neuron.assumed]
        if where:
            report.note("E0160", f"{name} is missing, {default:g} taken: {', '.join(where)}")
