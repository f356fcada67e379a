"""Random connectivities, and networks of one projection, for tests of cutting."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

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
from somac.ir.datapath import Datapath, Instruction
from somac.ir.fixed import Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output

__all__ = ["one_projection", "wirings"]


@st.composite
def wirings(draw: st.DrawFn, most: int = 127) -> Connectivity:
    """Of every kind, and chains of pools with them; weights of up to `most` and some of 0."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def weights(*shape: int) -> Any:
        kept = rng.random(shape) < draw(st.sampled_from((0.2, 0.7, 1.0)))
        return (rng.integers(-most, most + 1, shape) * kept).astype(np.int32)

    def size(least: int, largest: int) -> int:
        return draw(st.integers(least, largest))

    kinds = ("dense", "sparse", "all", "one", "convolution", "pool", "chain", "behind")
    match draw(st.sampled_from(kinds)):
        case "dense":
            return Dense(weights(size(1, 20), size(1, 30)))
        case "all":
            return AllToAll(weights(), size(1, 9), size(1, 9))
        case "one":
            cells = size(1, 9)
            delay = rng.integers(0, 3, cells) if draw(st.booleans()) else None
            return OneToOne(weights(cells), cells, delay)
        case "convolution":
            return convolution(draw, weights, (size(1, 2) * draw(st.sampled_from((1, 2))), 5, 6))
        case "pool":
            return Pool(np.int32(size(-3, 3)), (size(1, 3), 4, 5), (2, 3), (size(1, 2), 2), (1, 0))
        case "chain":
            pool = pooling(draw, size)
            return Chain((pool, convolution(draw, weights, pool.output_shape)))
        case "behind":
            pool = pooling(draw, size)
            dense = Dense(weights(size(1, 9), pool.target_size))
            scale = OneToOne(np.int32(size(1, 2)), pool.target_size)
            return Chain((pool, scale, dense))
        case _:
            source, target = size(1, 30), size(1, 30)
            count = size(0, 120)
            delay = rng.integers(0, 3, count) if draw(st.booleans()) else None
            return Sparse.from_coordinates(
                rng.integers(0, source, count),
                rng.integers(0, target, count),
                weights(count),
                delay,
                (source, target),
            )


def pooling(draw: st.DrawFn, size: Any) -> Pool:
    window = size(1, 3), size(1, 3)
    step = size(1, 3), size(1, 3)
    return Pool(np.int32(1), (2, 6, 7), window, step, (size(0, 1), 0))


def convolution(draw: st.DrawFn, weights: Any, shape: tuple[int, ...]) -> Convolution:
    """A kernel that fits, with any groups, stride, padding and dilation."""
    groups = draw(st.sampled_from([g for g in (1, 2) if shape[0] % g == 0]))
    out = groups * draw(st.integers(1, 3))
    padding = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in shape[1:])
    kernel = tuple(
        draw(st.integers(1, min(3, cells + sum(pad))))
        for cells, pad in zip(shape[1:], padding, strict=True)
    )
    dilation = tuple(
        draw(st.integers(1, max(1, (cells + sum(pad) - 1) // max(1, k - 1))))
        for cells, pad, k in zip(shape[1:], padding, kernel, strict=True)
    )
    stride = tuple(draw(st.integers(1, 3)) for _ in shape[1:])
    return Convolution(
        weights(out, shape[0] // groups, *kernel), shape, stride, padding, dilation, groups
    )


def one_projection(
    wiring: Connectivity, sent: Format, port: Format | None = None, **more: Any
) -> IntegerNetwork:
    """An input, one projection, and a port that hands its sum on."""
    read = Instruction("input", port or Format(30, 30), name="x")
    return IntegerNetwork(
        "one",
        1.0,
        (IntegerInput("in", (wiring.source_size,), "value", sent),),
        (
            IntegerPopulation(
                "p", (wiring.target_size,), Datapath("relay", (read,), {}, 0, "value"), {}, {}
            ),
        ),
        (IntegerProjection("w", "in", "p", "x", wiring, **more),),
        (Output("out", "p"),),
    )
