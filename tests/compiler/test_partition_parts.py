"""The parts of partitioning: bounds against enumeration, levels of nets against their meaning."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.compiler.mapping.partition import Hypergraph
from somac.compiler.mapping.partition.bounds import connectivity_bound, least_clusters
from somac.compiler.mapping.partition.nets import NO_SOURCE, renumbered, thinned, transposed


def fewest(sizes: list[int], room: int) -> int:
    """Bins needed, by trying every way to fill them."""
    for bins in range(1, len(sizes) + 1):
        for chosen in itertools.product(range(bins), repeat=len(sizes)):
            if max(np.bincount(chosen, weights=sizes)) <= room:
                return bins
    raise AssertionError("one bin each is enough")


@given(sizes=st.lists(st.integers(0, 10), min_size=1, max_size=6))
def test_no_packing_is_below_the_bound(sizes: list[int]) -> None:
    bound = least_clusters(np.array(sizes)[:, None], np.array([10]))
    assert bound <= fewest(sizes, 10)
    assert bound >= -(-sum(sizes) // 10)


@pytest.mark.parametrize(
    ("sizes", "bound"),
    [([], 0), ([0, 0], 1), ([6, 6, 6], 3), ([7, 7, 4, 4], 3), ([10, 1], 2), ([5, 5, 5, 5], 2)],
)
def test_bounds_on_clusters(sizes: list[int], bound: int) -> None:
    assert least_clusters(np.array(sizes, np.int64).reshape(-1, 1), np.array([10])) == bound


def test_the_scarcest_resource_gives_the_bound() -> None:
    demand = np.array([[1, 5, 0], [1, 5, 0], [1, 5, 0]])
    assert least_clusters(demand, np.array([3, 5, 0])) == 3


def test_a_net_larger_than_a_core_is_in_several() -> None:
    graph = Hypergraph.of_targets(7, [0, NO_SOURCE], [3, 2], [0, 6, 8], [*range(1, 7), 0, 1])
    demand = np.ones((7, 1), np.int64)
    assert connectivity_bound(graph.bare(), demand, np.array([3])) == 2 * 3
    assert connectivity_bound(graph.bare(), demand, np.array([7])) == 0


def graph_of(units: int, seed: int) -> Hypergraph:
    rng = np.random.default_rng(seed)
    weight = np.rint(rng.lognormal(4, 1, units)).astype(np.int64)
    start = np.arange(units + 1) * 5
    return Hypergraph.of_targets(
        units, np.arange(units), weight, start, rng.integers(0, units, 5 * units)
    )


def test_thinned_nets_stand_for_all() -> None:
    whole = graph_of(4000, 1)
    thin = thinned(whole.bare(), 4, np.random.default_rng(2))
    assert abs(len(thin.source) - 1000) < 100
    # each stands for at least itself, and together they weigh what all do
    assert abs(thin.weight.sum() / whole.weight.sum() - 1) < 0.02
    for net in range(0, len(thin.source), 97):
        old = int(thin.source[net])
        assert thin.weight[net] >= whole.weight[old]
        np.testing.assert_array_equal(
            thin.pin[thin.start[net] : thin.start[net + 1]],
            whole.pin[whole.start[old] : whole.start[old + 1]],
        )


def test_new_numbers_are_only_names() -> None:
    graph = graph_of(50, 3)
    order = np.random.default_rng(4).permutation(50).astype(np.int32)
    moved, rows = renumbered(graph.bare(), order)
    assert (np.diff(moved.source) >= 0).all()
    for net, old in enumerate(rows.tolist()):
        assert order[moved.source[net]] == graph.source[old]
        assert moved.weight[net] == graph.weight[old]
        np.testing.assert_array_equal(
            order[moved.pin[moved.start[net] : moved.start[net + 1]]],
            graph.pin[graph.start[old] : graph.start[old + 1]],
        )
    nets = transposed(moved, 50)
    for unit in range(50):
        heard = nets.net[nets.first[unit] : nets.first[unit + 1]]
        is_in = [n for n in range(50) if unit in moved.pin[moved.start[n] : moved.start[n + 1]]]
        assert heard.tolist() == is_in
