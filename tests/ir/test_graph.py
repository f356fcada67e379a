"""The order of updates, and loops without delay."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from somac.ir.graph import Edge, update_order, zero_delay_cycle

names = st.sampled_from("abcdef")
graphs = st.lists(st.builds(Edge, names, names, st.integers(0, 1)), max_size=12)


def reachable(edges: list[Edge], start: str) -> set[str]:
    """What zero-delay edges lead to, `start` itself only around a loop."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        here = waiting.pop()
        new = {e.target for e in edges if e.source == here and e.delay == 0} - found
        found |= new
        waiting += new
    return found


@given(graphs)
def test_a_cycle_is_found_exactly_if_there_is_one(edges: list[Edge]) -> None:
    cycle = zero_delay_cycle(edges)
    assert (cycle is not None) == any(name in reachable(edges, name) for name in "abcdef")
    if cycle is not None:
        assert cycle[0] == cycle[-1]
        assert len(set(cycle)) == len(cycle) - 1
        direct = {(e.source, e.target) for e in edges if e.delay == 0}
        assert set(pairwise(cycle)) <= direct


@given(graphs, st.permutations("abcdef"))
def test_sources_update_before_targets(edges: list[Edge], order: list[str]) -> None:
    edges = [e for e in edges if zero_delay_cycle([*edges]) is None or e.delay]
    found = update_order(order, edges)
    assert sorted(found) == sorted(order)
    for edge in edges:
        if edge.delay == 0:
            assert found.index(edge.source) < found.index(edge.target)


def test_ties_keep_the_given_order() -> None:
    assert update_order(["c", "a", "b"], []) == ("c", "a", "b")
    edges = [Edge("b", "c", 0), Edge("a", "b", 1), Edge("outside", "a", 0)]
    assert update_order(["c", "a", "b"], edges) == ("a", "b", "c")


def test_a_long_way_is_no_recursion() -> None:
    chain = [Edge(str(n), str(n + 1), 0) for n in range(5000)]
    assert zero_delay_cycle(chain) is None
    cycle = zero_delay_cycle([*chain, Edge("5000", "0", 0)])
    assert cycle is not None
    assert len(cycle) == 5002
