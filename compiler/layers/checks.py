"""What is wrong with layers, all of it at once, before anything is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from somac.compiler.layers.datapaths import update
from somac.compiler.layers.model import Activation, Dense, Gru, Layer, kernels
from somac.ir.errors import Diagnostic, Place
from somac.ir.fixed import MAX_BITS, Format, Overflow

__all__ = ["layer_problems"]

_WEIGHT_BITS = 32


def layer_problems(layers: Sequence[Layer], source: Format) -> Iterator[Diagnostic]:
    """Problems of layers that follow one another, the first of them on `source`."""
    if not layers:
        yield Diagnostic("E0505", "a model without layers", need="at least one layer")
    inputs: int | None = None
    for layer in layers:
        place = Place(node=layer.name)
        for problem, have, need in _problems(layer, inputs, source):
            yield Diagnostic("E0505", f"layer {layer.name}: {problem}", place, have, need)
        accum = layer.types.accum
        if accum.overflow is Overflow.SAT:
            yield Diagnostic(
                "E0506",
                f"layer {layer.name}: its accumulator saturates",
                place,
                have=str(accum),
                need="an accumulator that wraps",
                hint="let it wrap, and give it so many bits that it does not; results may saturate",
            )
        inputs, source = _units(layer), layer.types.result


def _units(layer: Layer) -> int:
    """Cells of a layer, by its last matrix."""
    shape = list(kernels(layer).values())[-1].shape
    return int(shape[-1]) if isinstance(layer, Dense) and shape else int(shape[0]) if shape else 0


def _problems(layer: Layer, inputs: int | None, source: Format) -> Iterator[tuple[str, str, str]]:
    """Each as what is wrong, have and need."""
    units = _units(layer)
    gates = {Dense: 1, Gru: 3}.get(type(layer), 4)
    kernel = layer.kernel.shape
    first = inputs if inputs is not None else kernel[0] if kernel else 0
    need: dict[str, tuple[int, ...]] = {"kernel": (first, gates * units)}
    if not isinstance(layer, Dense):
        need["recurrent"] = units, gates * units
    need["bias"] = (2, gates * units) if isinstance(layer, Gru) else (gates * units,)
    for name, shape in need.items():
        array: NDArray[Any] = getattr(layer, name)
        if array.shape != shape or not array.size:
            yield f"{name} of another shape", f"{array.shape}", f"{shape}, none of them 0"
        elif array.dtype.kind not in "iuf":
            yield f"{name} is not of numbers", f"{array.dtype}", "floats, or raw integers"
        elif array.dtype.kind == "f" and not np.isfinite(array).all():
            yield f"{name} is not finite everywhere", "inf or NaN", "finite numbers"
        elif array.dtype.kind in "iu":
            format = layer.types.bias if name == "bias" else layer.types.weight
            low, high = int(array.min()), int(array.max())
            if low < format.minimum or high > format.maximum:
                range_ = f"{format.minimum} to {format.maximum}, raw values of {format}"
                yield f"{name} out of range", f"{low} to {high}", range_
    if isinstance(layer, Dense) and layer.activation not in get_args(Activation):
        yield "no such activation", f"{layer.activation}", ", ".join(get_args(Activation))
        return
    if layer.types.accum.overflow is Overflow.WRAP:
        yield from _width_problems(layer, source)


def _width_problems(layer: Layer, source: Format) -> Iterator[tuple[str, str, str]]:
    types = layer.types
    arriving = {"its input": source}
    if not isinstance(layer, Dense):
        arriving["its output"] = types.result
    for what, sent in arriving.items():
        shift = sent.fraction + types.weight.fraction - types.accum.fraction
        bits = _bits(types.weight) + max(0, -shift)
        if bits > _WEIGHT_BITS:
            yield (
                f"weights on {what}, with the fraction of the accumulator",
                f"{_WEIGHT_BITS} bits",
                f"{bits} bits",
            )
        if bits + _bits(sent) > MAX_BITS or shift > MAX_BITS:
            wide = max(bits + _bits(sent), shift)
            yield f"products of weights and {what}", f"{MAX_BITS} bits", f"{wide} bits"
    try:
        # no half of a cell and no step of it is wider
        update(layer)
    except ValueError as error:
        yield "numbers of its update are too wide", str(error), f"{MAX_BITS} bits"


def _bits(format: Format) -> int:
    """In two's complement."""
    return format.width + (not format.signed)
