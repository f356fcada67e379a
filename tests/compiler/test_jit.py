"""Kernels: the same result from the interpreter and from machine code."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from somac.compiler.mapping.jit import Kernel, interpreted, njit
from somac.compiler.mapping.route.nets import PlacedNets
from somac.compiler.mapping.route.routing import route_nets
from somac.compiler.targets import find_target

TOPOLOGY = find_target("spinnaker2").topology


@njit
def _twice(x: int) -> int:
    return 2 * x


@njit
def _sum_of_doubles(values: NDArray[np.int64]) -> int:
    total = 0
    for value in values:
        total += _twice(value)
    return total


def test_kernels_call_kernels_either_way() -> None:
    values = np.arange(5)
    assert isinstance(_sum_of_doubles, Kernel)
    with interpreted(True):
        assert _sum_of_doubles(values) == 20
    assert "compiled" not in vars(_twice)
    assert _sum_of_doubles(values) == 20
    assert "compiled" in vars(_twice)


@settings(max_examples=20)
@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_routing_is_the_same_interpreted(nets: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    usable = np.flatnonzero(TOPOLOGY.core_usable)
    ends = [np.unique(rng.choice(usable, int(rng.integers(1, 8)))) for _ in range(nets)]
    placed = PlacedNets(
        source=TOPOLOGY.core_node[rng.choice(usable, nets)],
        first=np.cumsum([0, *map(len, ends)]),
        core=np.concatenate(ends),
        weight=rng.integers(1, 1000, nets),
        keys=rng.integers(1, 300, nets),
    )
    compiled = route_nets(TOPOLOGY, placed)
    with interpreted(True):
        same = route_nets(TOPOLOGY, placed)
    np.testing.assert_array_equal(same.trees.link, compiled.trees.link)
    assert same.keys == compiled.keys
    assert same.tables == compiled.tables
