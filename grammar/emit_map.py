"""A connectivity as the generators of the text that make it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from somac.grammar import ast
from somac.grammar.emit_value import Store, unwritable
from somac.ir.connectivity import (
    AllToAll,
    Chain,
    Connectivity,
    Convolution,
    Dense,
    OneToOne,
    Pool,
    Sparse,
)

__all__ = ["map_text"]

Shape = tuple[int, ...]
Given = list[tuple[str | None, ast.Value]]


def map_text(
    connectivity: Connectivity, source: Shape, name: str, store: Store
) -> tuple[ast.Call, ...]:
    """The chain of generators that gives this map for a source of that shape.

    Raises
    ------
    SomacError
        E0226 for a chain that the language cannot write.
    """
    parts = connectivity.parts if isinstance(connectivity, Chain) else (connectivity,)
    stages = []
    shape = source
    for index, part in enumerate(parts):
        label = name if len(parts) == 1 else f"{name}.{index}"
        last = index == len(parts) - 1
        if isinstance(part, Chain) or (not last and isinstance(part, Sparse | AllToAll)):
            raise unwritable(f"a {type(part).__name__} inside a chain has no text", name)
        stages.append(_stage(part, shape, label, store))
        shape = _leaving(part, shape)
    return tuple(stages)


def _leaving(part: Connectivity, shape: Shape) -> Shape:
    match part:
        case Convolution() | Pool():
            return part.output_shape
        case OneToOne():
            return shape
        case _:
            return (part.target_size,)


def _stage(part: Connectivity, shape: Shape, label: str, store: Store) -> ast.Call:
    match part:
        case Dense(weight):
            return _call("dense", [(None, store.value(weight, f"{label}.weight"))])
        case AllToAll(weight):
            return _call("all_to_all", [(None, store.value(weight, label))])
        case OneToOne(weight, _, delay):
            given: Given = [(None, store.value(weight, f"{label}.weight"))]
            if delay is not None:
                given.append(("delay", store.value(delay, f"{label}.delay")))
            return _call("one_to_one", given)
        case Sparse():
            return _synapses(part, label, store)
        case Convolution():
            return _convolution(part, shape, label, store)
        case Pool():
            return _pool(part, shape)
        case _:
            raise unwritable(f"a {type(part).__name__} has no text", label)


def _synapses(part: Sparse, label: str, store: Store) -> ast.Call:
    source = np.repeat(np.arange(part.source_size), np.diff(part.indptr))
    columns = {"source": source, "target": part.target, "weight": part.weight}
    if part.delay is not None:
        columns["delay"] = part.delay
    given: Given = [(key, store.value(column, f"{label}.{key}")) for key, column in columns.items()]
    return _call("synapses", given)


def _convolution(part: Convolution, shape: Shape, label: str, store: Store) -> ast.Call:
    given: Given = [(None, store.value(part.weight, f"{label}.weight"))]
    ones = (1,) * len(part.stride)
    if part.stride != ones:
        given.append(("stride", _wholes(part.stride)))
    if any(map(any, part.padding)):
        given.append(("padding", _padding(part.padding)))
    if part.dilation != ones:
        given.append(("dilation", _wholes(part.dilation)))
    if part.groups != 1:
        given.append(("groups", ast.Quantity(float(part.groups))))
    if part.input_shape != shape:
        given.append(("shape", _wholes(part.input_shape)))
    return _call("conv", given)


def _pool(part: Pool, shape: Shape) -> ast.Call:
    given: Given = [("kernel", _wholes(part.kernel))]
    if part.stride != part.kernel:
        given.append(("stride", _wholes(part.stride)))
    if any(part.padding):
        given.append(("padding", _wholes(part.padding)))
    if part.weight.item() != 1:
        given.append(("weight", ast.Quantity(float(part.weight))))
    if part.input_shape != shape:
        given.append(("shape", _wholes(part.input_shape)))
    return _call("pool", given)


def _padding(padding: tuple[tuple[int, int], ...]) -> ast.Value:
    if all(before == after for before, after in padding):
        return _wholes(before for before, _ in padding)
    return ast.Array(tuple(_wholes(pair) for pair in padding))


def _wholes(numbers: Iterable[int]) -> ast.Array:
    return ast.Array(tuple(ast.Quantity(float(number)) for number in numbers))


def _call(function: str, given: Given) -> ast.Call:
    return ast.Call(function, tuple(ast.Argument(name, value) for name, value in given))
