"""What a layer is: weights in the layout of Keras, and the formats of its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from somac.ir.digest import read_only
from somac.ir.fixed import Format

__all__ = ["Activation", "Dense", "FixedTypes", "Gru", "Layer", "Lstm", "kernels"]

TABLE = Format(18, 8)
"""Of the entries of tables, as hls4ml has them unless told otherwise."""

Activation = Literal["linear", "relu", "sigmoid", "tanh"]
"""What is made of the sums of a layer or a gate."""


@dataclass(frozen=True, slots=True)
class FixedTypes:
    """Formats of a layer.

    Parameters
    ----------
    weight
        Of kernels and recurrent kernels.
    bias
        Of all biases.
    accum
        Of products and their sums; of a recurrent layer, of gates too. It wraps.
    result
        What the layer sends, and its states.
    table
        Entries of the tables of functions.
    linear
        Of a dense layer, what its sums become before the activation; `result` if not given.
    """

    weight: Format
    bias: Format
    accum: Format
    result: Format
    table: Format = TABLE
    linear: Format | None = None

    @classmethod
    def of(cls, format: Format) -> FixedTypes:
        """One format for all but tables, as hls4ml's default precision."""
        return cls(format, format, format, format)


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """``activation(x @ kernel + bias)``.

    Parameters
    ----------
    name
        Of the population.
    kernel
        (inputs, units). Here and in all weights, floats are numbers, which the format rounds;
        integers are raw values of the format.
    bias
        (units,).
    """

    name: str
    kernel: NDArray[Any]
    bias: NDArray[Any]
    types: FixedTypes
    activation: Activation = "linear"

    def __post_init__(self) -> None:
        _freeze(self, "kernel", "bias")


@dataclass(frozen=True, slots=True, eq=False)
class Lstm:
    """Long short-term memory, gates in the order i, f, c, o.

    ``c = f * c + i * g`` and ``h = o * tanh(c)``, with ``i``, ``f`` and ``o`` by sigmoid and ``g``,
    the third, by tanh.

    Parameters
    ----------
    kernel, recurrent, bias
        (inputs, 4 * units), (units, 4 * units), (4 * units,).
    """

    name: str
    kernel: NDArray[Any]
    recurrent: NDArray[Any]
    bias: NDArray[Any]
    types: FixedTypes

    def __post_init__(self) -> None:
        _freeze(self, "kernel", "recurrent", "bias")


@dataclass(frozen=True, slots=True, eq=False)
class Gru:
    """Gated recurrent unit, gates in the order z, r, h, with the reset after the matrix.

    ``g = tanh(W x + b + r * (U h + b_r))`` and ``h = g * (1 - z) + h * z``.

    Parameters
    ----------
    kernel, recurrent, bias
        (inputs, 3 * units), (units, 3 * units), (2, 3 * units): the bias of the input's side,
        and that of the recurrent side.
    """

    name: str
    kernel: NDArray[Any]
    recurrent: NDArray[Any]
    bias: NDArray[Any]
    types: FixedTypes

    def __post_init__(self) -> None:
        _freeze(self, "kernel", "recurrent", "bias")


Layer = Dense | Gru | Lstm
"""What networks are made of here."""


def kernels(layer: Layer) -> dict[str, NDArray[Any]]:
    """The weight matrices of a layer by name."""
    if isinstance(layer, Dense):
        return {"kernel": layer.kernel}
    return {"kernel": layer.kernel, "recurrent": layer.recurrent}


def _freeze(layer: Layer, *names: str) -> None:
    for name in names:
        object.__setattr__(layer, name, read_only(np.asarray(getattr(layer, name))))
