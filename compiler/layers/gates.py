"""The weights of a layer by port, in integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.layers.model import Dense, FixedTypes, Layer, Lstm
from somac.ir import connectivity
from somac.ir.fixed import Format, cast, fit_overflow, quantise
from somac.ir.product import ProductCast

__all__ = ["Gates", "Map", "gates_of"]

Raw = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """What a projection does: its weights, and what becomes of products."""

    weights: connectivity.Dense
    product: ProductCast | None


@dataclass(frozen=True, slots=True, eq=False)
class Gates:
    """By port of the layer's update: from the input, from its own output, and biases.

    A bias is int64 (units,), raw in the format of the accumulator.
    """

    kernel: Mapping[str, Map]
    recurrent: Mapping[str, Map]
    bias: Mapping[str, Raw]


def gates_of(layer: Layer, source: Format) -> Gates:
    """The gates of a layer without problems (`layer_problems`), whose input has format `source`.

    Biases that are added at one port are so modulo the width of the accumulator.
    """
    types = layer.types
    kernel = _raw(layer.kernel, types.weight)
    added = _raw(layer.bias, types.bias)
    bias = cast(added, types.bias.fraction, types.accum)
    if isinstance(layer, Dense):
        return Gates(_maps(kernel, ("x",), types, source), {}, {"x": bias})
    recurrent = _raw(layer.recurrent, types.weight)
    near: Sequence[str] = ("i", "f", "c", "o")
    far = near
    if isinstance(layer, Lstm):
        biases = _split(bias, near)
    else:
        near, far = ("z", "r", "x"), ("z", "r", "h")
        biases = _split(bias[0], near)
        for port, more in _split(bias[1], far).items():
            biases[port] = fit_overflow(biases.get(port, 0) + more, types.accum)
    return Gates(
        _maps(kernel, near, types, source), _maps(recurrent, far, types, types.result), biases
    )


def _raw(values: NDArray[Any], format: Format) -> Raw:
    """Integers are raw values already."""
    if values.dtype.kind in "iu":
        return values.astype(np.int64)
    return quantise(values, format)


def _split(values: Raw, ports: Sequence[str]) -> dict[str, Raw]:
    return dict(zip(ports, np.split(values, len(ports), axis=-1), strict=True))


def _maps(matrix: Raw, ports: Sequence[str], types: FixedTypes, source: Format) -> dict[str, Map]:
    """Products with the fraction of the accumulator: they lose bits, or the weights gain some."""
    shift = source.fraction + types.weight.fraction - types.accum.fraction
    product = ProductCast(shift, types.accum.rounding) if shift > 0 else None
    scaled = matrix << max(0, -shift)
    return {
        port: Map(connectivity.Dense(part.T.astype(np.int32)), product)
        for port, part in _split(scaled, ports).items()
    }
