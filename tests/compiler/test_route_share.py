"""Nets that share trees: nothing is lost, little is delivered in vain, tables fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.compiler.mapping.audit import audit
from somac.compiler.mapping.effort import Effort
from somac.compiler.mapping.problem import Machine, MappingProblem
from somac.compiler.mapping.route import routing
from somac.compiler.mapping.route.nets import PlacedNets
from somac.compiler.mapping.route.share import Shared, shared
from somac.compiler.mapping.solve import Solution, solve
from somac.compiler.targets.topology import BoardPlan, ChipPlan, topology_of
from somac.ir.errors import SomacError
from somac.ir.placement import Nets

CORES = 70


@st.composite
def nets(draw: st.DrawFn) -> PlacedNets:
    """Some nets from few nodes to cores, of which there are more than a word has bits."""
    ends = st.lists(st.integers(0, CORES - 1), unique=True, min_size=1, max_size=6).map(sorted)
    cores = draw(st.lists(ends, min_size=1, max_size=25))
    many = {"min_size": len(cores), "max_size": len(cores)}
    return PlacedNets(
        np.array(draw(st.lists(st.integers(0, 2), **many))),
        np.cumsum([0, *map(len, cores)]),
        np.concatenate(cores),
        np.array(draw(st.lists(st.integers(1, 50), **many))),
        np.array(draw(st.lists(st.integers(1, 9), **many))),
    )


def ends(nets: PlacedNets, net: int) -> set[int]:
    return set(nets.core[nets.first[net] : nets.first[net + 1]].tolist())


@given(nets(), st.integers(1, 4))
def test_every_net_is_part_of_its_tree(some: PlacedNets, most: int) -> None:
    one = shared(some, CORES, most)
    assert one.most <= most
    members: list[list[int]] = [[] for _ in range(len(one.nets))]
    for net, tree in enumerate(one.tree.tolist()):
        members[tree].append(net)
        assert some.source[net] == one.nets.source[tree]
    for tree, own in enumerate(members):
        assert ends(one.nets, tree) == set().union(*(ends(some, net) for net in own))
        assert one.nets.weight[tree] == some.weight[own].sum()
        check_keys(some, one, tree, own)


def check_keys(some: PlacedNets, one: Shared, tree: int, own: list[int]) -> None:
    """Nets have keys of their own, which the bits of `within` tell from each other."""
    block = 1 << (int(one.nets.keys[tree]) - 1).bit_length()
    taken = np.zeros(block, dtype=np.int64)
    for net in own:
        first, size = int(one.offset[net]), int(some.keys[net])
        taken[first : first + size] += 1
        room = block - int(one.within[net])
        assert room & (room - 1) == 0
        assert first % room == 0
        assert size <= room
    assert taken.max() == 1


@given(nets())
def test_nets_that_differ_keep_trees_of_their_own(some: PlacedNets) -> None:
    one = shared(some, CORES, 25)
    alike = {(int(some.source[n]), frozenset(ends(some, n))) for n in range(len(some))}
    assert len(one.nets) == len(alike)
    np.testing.assert_array_equal(np.diff(one.nets.first)[one.tree], np.diff(some.first))


def test_those_are_joined_that_cost_least() -> None:
    cores = [[1, 2, 3], [1, 2], [7, 8, 9], [7, 8]]
    some = PlacedNets(
        np.zeros(4, np.int64),
        np.cumsum([0, *map(len, cores)]),
        np.concatenate(cores),
        np.array([9, 1, 1, 9]),
        np.ones(4, np.int64),
    )
    a, b, c, d = shared(some, CORES, 2).tree.tolist()
    assert a == b != c == d
    # one packet would reach core 3 in vain, or nine core 9
    a, b, c, d = shared(some, CORES, 3).tree.tolist()
    assert a == b
    assert len({a, c, d}) == 3


def test_many_nets_of_one_node_are_joined_in_turns() -> None:
    rng = np.random.default_rng(3)
    cores = [np.unique(rng.integers(low, low + 6, 4)) for low in rng.integers(0, 60, 3000)]
    some = PlacedNets(
        np.zeros(3000, np.int64),
        np.cumsum([0, *map(len, cores)]),
        np.concatenate(cores),
        rng.integers(1, 9, 3000),
        np.ones(3000, np.int64),
    )
    one = shared(some, CORES, 12)
    assert len(one.nets) == 12
    reached = np.diff(one.nets.first)[one.tree] * some.weight
    # neighbours are joined: at random, twelve trees would reach nearly all of the cores
    assert reached.sum() < 0.2 * CORES * some.weight.sum()


def problem(entries: int, keys: int = 1) -> MappingProblem:
    """128 slices that share 16 cores, each heard by a handful."""
    rng = np.random.default_rng(1)
    plan = ["##", "@#"]
    order = [(x, y) for y in range(2) for x in range(2)]
    chip = ChipPlan(plan, (0, 0), 2, order, (), 1)
    topology = topology_of(chip, BoardPlan([(0, 1)], 4, (0, 0)))
    return MappingProblem(
        "crowd",
        Machine("two chips", topology, {"neurons": 8}, entries),
        ("neurons",),
        np.ones((128, 1), np.int64),
        Nets(
            source=np.arange(128),
            rate=rng.integers(1, 1000, 128),
            start=np.arange(129) * 5,
            target=np.concatenate([rng.choice(128, 5, replace=False) for _ in range(128)]),
        ),
        np.full(128, keys),
    )


def solved(given: MappingProblem) -> Solution:
    solution = solve(given, Effort(0).options())
    assert audit(given, solution) == ()
    return solution


@pytest.mark.parametrize("keys", [1, 3])
def test_tables_that_would_overflow_are_made_to_fit(keys: int) -> None:
    free = solved(problem(1000, keys))
    assert not free.routing.shared
    most = max(map(len, free.routing.tables))
    tight = solved(problem(most // 2, keys))
    assert tight.routing.shared
    assert max(map(len, tight.routing.tables)) <= most // 2
    for net in range(128):
        assert set(free.cores_of(net)) <= set(tight.cores_of(net))
        assert tight.routing.keys_of(net).key in tight.routing.keys_of(net)


def test_one_tree_per_node_may_still_be_too_much() -> None:
    with pytest.raises(SomacError, match="routing table") as refused:
        solve(problem(2), Effort(0).options())
    assert refused.value.diagnostics[0].code == "E0606"


def test_more_nets_than_trees_are_grown_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "MOST_TREES", 40)
    solution = solved(problem(1000))
    assert len(solution.routing.trees) <= 40
    assert solution.routing.shared
