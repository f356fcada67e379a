"""Connectivity as linear nodes of NIR."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.nir.shape import Shape, shape_text
from somac.ir.connectivity import (
    Chain,
    Connectivity,
    Convolution,
    Dense,
    OneToOne,
    Pool,
    Sparse,
)

__all__ = [
    "Stage",
    "UnsayableError",
    "delay_stage",
    "ends",
    "flatten_stage",
    "split",
    "stages",
    "with_bias",
]

_MAX_WEIGHTS = 2**24
"""Weights of a matrix that NIR needs where the network has something smaller."""


class UnsayableError(ValueError):
    """NIR has no node for it; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A linear node: its type and parameters, and the shape of what it sends."""

    type: str
    parameters: Mapping[str, NDArray[Any]]
    gives: Shape


def split(connectivity: Connectivity) -> Iterator[tuple[Connectivity, int]]:
    """The connectivity as maps whose synapses all have one delay, each with it in ticks.

    What is delayed cell by cell stays one map. Of a chain it is every way through the maps
    that its parts are split into.
    """
    if isinstance(connectivity, Chain):
        for pieces in product(*map(split, connectivity.parts)):
            yield Chain(tuple(part for part, _ in pieces)), sum(ticks for _, ticks in pieces)
    elif isinstance(connectivity, OneToOne) or connectivity.delays == (0,):
        yield connectivity, 0
    else:
        rows = connectivity.rows(0, connectivity.source_size)
        source = np.repeat(np.arange(connectivity.source_size), np.diff(rows.indptr))
        shape = (connectivity.source_size, connectivity.target_size)
        for ticks in connectivity.delays:
            at = rows.delay == ticks
            yield (
                Sparse.from_coordinates(source[at], rows.target[at], rows.weight[at], None, shape),
                ticks,
            )


def ends(connectivity: Connectivity) -> tuple[Shape | None, Shape | None]:
    """The shapes in which the map reads and sends, where its nodes leave no choice."""
    shaped = [part for part in _parts(connectivity) if not isinstance(part, OneToOne)]
    if not shaped:
        return None, None
    first, last = shaped[0], shaped[-1]
    reads = first.input_shape if isinstance(first, Convolution | Pool) else None
    grid = last.output_shape if isinstance(last, Convolution | Pool) else (last.target_size,)
    return reads, grid


def stages(connectivity: Connectivity, source: Shape, target: Shape, dt: float) -> list[Stage]:
    """The nodes between cells of shape `source` and cells of shape `target`.

    Raises
    ------
    UnsayableError
        If there are none.
    """
    found: list[Stage] = []
    shape = source
    for part in _parts(connectivity):
        if not isinstance(part, OneToOne | Convolution | Pool) and len(shape) > 1:
            found.append(flatten_stage(shape))
            shape = found[-1].gives
        found += _nodes(part, shape, dt)
        shape = found[-1].gives if found else shape
    if shape != target and len(target) == 1:
        found.append(flatten_stage(shape))
    elif shape != target:
        raise UnsayableError(
            f"signals of shape {shape_text(shape)} would have to become {shape_text(target)}, "
            "and NIR has no node for that"
        )
    return found


def with_bias(last: Sequence[Stage], bias: NDArray[np.float64]) -> list[Stage] | None:
    """The stages with a bias, (cells,), in the last one; None if that cannot have it."""
    if not last:
        return None
    stage = last[-1]
    if stage.type == "Linear":
        new = replace(stage, type="Affine", parameters={**stage.parameters, "bias": bias})
    elif stage.type in ("Conv1d", "Conv2d"):
        channels = bias.reshape(stage.gives[0], -1)
        if (channels != channels[:, :1]).any():
            return None
        new = replace(stage, parameters={**stage.parameters, "bias": channels[:, 0].copy()})
    else:
        return None
    return [*last[:-1], new]


def delay_stage(ticks: int | NDArray[np.int64], shape: Shape, dt: float) -> Stage:
    """Signals of that shape, later."""
    seconds = np.broadcast_to(np.asarray(ticks) * dt, (prod(shape),)).reshape(shape).copy()
    return Stage("Delay", {"delay": seconds}, shape)


def flatten_stage(shape: Shape) -> Stage:
    """Signals of that shape as a vector."""
    parameters = {
        "input_type": np.array(shape),
        "start_dim": np.asarray(0),
        "end_dim": np.asarray(-1),
    }
    return Stage("Flatten", parameters, (prod(shape),))


def _parts(connectivity: Connectivity) -> Iterator[Connectivity]:
    if isinstance(connectivity, Chain):
        for part in connectivity.parts:
            yield from _parts(part)
    else:
        yield connectivity


def _nodes(part: Connectivity, shape: Shape, dt: float) -> Iterator[Stage]:
    match part:
        case OneToOne():
            if (part.weight != 1).any():
                scale = np.broadcast_to(part.weight, (part.size,)).reshape(shape).copy()
                yield Stage("Scale", {"scale": scale}, shape)
            if part.delay is not None and part.delay.any():
                yield delay_stage(part.delay, shape, dt)
        case Dense():
            yield Stage("Linear", {"weight": part.weight}, (part.target_size,))
        case Convolution():
            yield _convolution(part, shape)
        case Pool():
            yield from _pooling(part, shape)
        case _:
            yield Stage("Linear", {"weight": _matrix(part)}, (part.target_size,))


def _matrix(part: Connectivity) -> NDArray[np.float64]:
    """A map without delays as (target, source)."""
    size = part.source_size * part.target_size
    if size > _MAX_WEIGHTS:
        raise UnsayableError(
            f"NIR has no sparse weights, and {size:,} of a matrix are more than {_MAX_WEIGHTS:,}"
        )
    rows = part.rows(0, part.source_size)
    matrix = np.zeros((part.target_size, part.source_size))
    source = np.repeat(np.arange(part.source_size), np.diff(rows.indptr))
    # several synapses between two cells add up
    np.add.at(matrix, (rows.target, source), rows.weight)
    return matrix


def _read_grid(part: Convolution | Pool, shape: Shape) -> int:
    """The number of spatial dimensions, after checking what is read."""
    if shape != part.input_shape:
        raise UnsayableError(
            f"signals of shape {shape_text(shape)} would have to become "
            f"{shape_text(part.input_shape)}, and NIR has no node for that"
        )
    return len(shape) - 1


def _convolution(part: Convolution, shape: Shape) -> Stage:
    rank = _read_grid(part, shape)
    if rank > 2:
        raise UnsayableError(f"a convolution over {rank} dimensions; NIR has 1 and 2")

    def per_axis(values: Sequence[int]) -> NDArray[Any]:
        return np.array(values[0] if rank == 1 else values)

    totals = [step * (k - 1) for step, k in zip(part.dilation, part.weight.shape[2:], strict=True)]
    same = max(part.stride) == 1 and list(part.padding) == [(t // 2, t - t // 2) for t in totals]
    if all(before == after for before, after in part.padding):
        padding = per_axis([before for before, _ in part.padding])
    elif same:
        padding = np.array("same")
    else:
        raise UnsayableError(f"padding of {part.padding}, which is not the same on both sides")
    parameters = {
        "input_shape": per_axis(shape[1:]),
        "weight": part.weight,
        "stride": per_axis(part.stride),
        "padding": padding,
        "dilation": per_axis(part.dilation),
        "groups": np.asarray(part.groups),
        "bias": np.zeros(part.weight.shape[0]),
    }
    return Stage(f"Conv{rank}d", parameters, part.output_shape)


def _pooling(part: Pool, shape: Shape) -> Iterator[Stage]:
    rank = _read_grid(part, shape)
    if rank != 2:
        raise UnsayableError(f"pooling over {rank} dimensions; NIR has 2")
    weight = float(part.weight)
    average = weight == 1.0 / prod(part.kernel) and weight != 1.0
    parameters = {
        "kernel_size": np.array(part.kernel),
        "stride": np.array(part.stride),
        "padding": np.array(part.padding),
    }
    yield Stage("AvgPool2d" if average else "SumPool2d", parameters, part.output_shape)
    if not average and weight != 1.0:
        yield Stage("Scale", {"scale": np.full(part.output_shape, weight)}, part.output_shape)
