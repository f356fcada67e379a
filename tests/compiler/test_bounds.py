"""Lower bounds never exceed the best placement; branch and bound finds it, and proves it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapping_cases import machine, problem
from scipy.optimize import linear_sum_assignment

from somac.compiler.mapping.place.bound import lower_bound, multicast_bound, two_way
from somac.compiler.mapping.place.bound.assign_kernels import reduce_by_assignment
from somac.compiler.mapping.place.bound.certificate import Division, prove, seated
from somac.compiler.mapping.place.bound.eigen import least_product, spectrum
from somac.compiler.mapping.place.bound.gilmore_lawler import gilmore_lawler
from somac.compiler.mapping.place.bound.metric import metric_bound
from somac.compiler.mapping.place.bound.metric_kernels import majorised
from somac.compiler.mapping.place.bound.spectral import spectral_bound
from somac.compiler.mapping.place.exact import branch_and_bound, is_small
from somac.compiler.mapping.place.exact.symmetry import representatives, symmetries
from somac.compiler.mapping.place.instance import Instance, instance_of
from somac.ir.placement import HOST, PlacementProblem
from somac.ir.target import Topology

PLENTY = 1 << 40
NOTHING_KNOWN = 1 << 30

NUG12 = """
0 5 2 4 1 0 0 6 2 1 1 1
5 0 3 0 2 2 2 0 4 5 0 0
2 3 0 0 0 0 0 5 5 2 2 2
4 0 0 0 5 2 2 10 0 0 5 5
1 2 0 5 0 10 0 0 0 5 1 1
0 2 0 2 10 0 5 1 1 5 4 0
0 2 0 2 0 5 0 10 5 2 3 3
6 0 5 10 0 1 10 0 0 0 5 0
2 4 5 0 0 1 5 0 0 0 10 10
1 5 2 0 5 5 2 0 0 0 5 0
1 0 2 5 1 4 3 5 10 5 0 2
1 0 2 5 1 0 3 0 10 0 2 0
"""
"""Traffic of the instance nug12 of QAPLIB, for a mesh of 3 x 4; the optimum is 578."""


MACHINES = [
    machine(["##", "@#"]),
    machine(["###", "@##"]),
    machine(["##.", "###", "@##"]),
    machine(["##", "@#"], cores=2),
    machine(["@####"]),
]


def by_pairs(flow: np.ndarray, topology: Topology) -> Instance:
    """Traffic between slices, of which a matrix says how much in both directions."""
    nets = [
        (int(i), [int(j)], int(flow[i, j])) for i, j in zip(*np.triu(flow).nonzero(), strict=True)
    ]
    return instance_of(problem(topology, len(flow), nets))


@st.composite
def problems(draw: st.DrawFn, most: int = 5) -> PlacementProblem:
    topology = draw(st.sampled_from(MACHINES))
    slices = draw(st.integers(1, min(topology.cores, most)))
    nets = draw(
        st.lists(
            st.tuples(
                st.integers(HOST, slices - 1),
                st.lists(st.integers(0, slices - 1), min_size=1, max_size=4),
                st.integers(0, 100),
            ),
            max_size=7,
            unique_by=lambda net: net[0],
        )
    )
    pins = draw(st.sampled_from([{}, {}, {0: 1}]))
    return problem(topology, slices, nets, pins=pins)


def placements(instance: Instance) -> itertools.chain[np.ndarray]:
    seats = np.repeat(np.arange(instance.places), instance.room).tolist()
    for at in sorted(set(itertools.permutations(seats, instance.slices))):
        if all(pin in (-1, place) for pin, place in zip(instance.fixed.tolist(), at, strict=True)):
            yield np.array(at)


def optimum(instance: Instance) -> int:
    return min(instance.cost(at) for at in placements(instance))


# bounds for pairs


@settings(max_examples=60)
@given(problems())
def test_bounds_do_not_exceed_the_optimum(given_problem: PlacementProblem) -> None:
    instance = instance_of(given_problem)
    best = optimum(instance)
    whole = seated(instance)
    assert 0 <= gilmore_lawler(instance, NOTHING_KNOWN) <= best
    assert metric_bound(whole, NOTHING_KNOWN, 1 << 26) <= best
    assert spectral_bound(whole, NOTHING_KNOWN) <= best
    assert 0 <= lower_bound(instance, best, 0.05) <= best


@settings(max_examples=60)
@given(problems(most=4), st.integers(0, 1 << 32))
def test_any_division_proves_a_bound(given_problem: PlacementProblem, seed: int) -> None:
    instance = instance_of(given_problem)
    whole, rng = seated(instance), np.random.default_rng(seed)
    seats = whole.seats
    eigen = rng.normal(0, 30, (seats, seats))
    number = np.zeros((seats, seats), dtype=np.int64)
    number[np.triu_indices(seats, 1)] = np.arange(seats * (seats - 1) // 2)
    number = number + number.T
    ways = [[number[i, j], number[i, k], number[k, j]] for i, j, k in [(0, 1, 2), (1, 3, 2)]]
    division = Division(
        eigen=eigen + eigen.T,
        rows=rng.normal(0, 30, (seats, seats - 1)),
        triangles=np.array(ways),
        around=rng.normal(0, 30, 2),
    )
    assert whole.metric
    assert prove(whole, division) <= optimum(instance)


def test_the_metric_bound_is_near_the_optimum() -> None:
    flow = np.array([list(map(int, row.split())) for row in NUG12.strip().splitlines()])
    instance = by_pairs(flow, machine(["####", "####", "@###"]))
    bounds = [
        gilmore_lawler(instance, 289),
        spectral_bound(seated(instance), 289),
        metric_bound(seated(instance), 289, PLENTY),
    ]
    assert max(bounds) == bounds[2] == lower_bound(instance, 289)
    assert 255 <= bounds[2] <= 289


def test_traffic_as_in_the_mesh_is_proven_optimal() -> None:
    """Neighbours in a hidden mesh: every packet makes one hop at best."""
    rng = np.random.default_rng(1)
    topology = machine([*["#####"] * 4, "@####"])
    hidden = rng.permutation(25)
    hops = instance_of(problem(topology, 25, [])).hops
    flow = np.zeros((25, 25), dtype=np.int64)
    flow[np.ix_(hidden, hidden)] = (hops == 1) * 7
    instance = by_pairs(flow, topology)
    best = int(flow.sum()) // 2
    assert metric_bound(seated(instance), best, PLENTY) > 0.99 * best
    assert lower_bound(instance, best) == best


def test_large_machines_are_bounded_slice_by_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    topology = machine([*["####"] * 3, "@###"])
    nets = [(part, [(part + 1) % 9, (part + 4) % 9], 3 + part) for part in range(9)]
    instance = instance_of(problem(topology, 9, [*nets, (HOST, [0, 5], 9)], pins={2: 3}))
    from somac.compiler.mapping.place.bound import gilmore_lawler as module

    monkeypatch.setattr(module, "MAX_PRICES", 0)
    alone = gilmore_lawler(instance, NOTHING_KNOWN)
    monkeypatch.undo()
    assert 0 < alone <= gilmore_lawler(instance, NOTHING_KNOWN)


def test_numbers_too_large_for_a_proof() -> None:
    instance = by_pairs(np.array([[0, 1 << 46], [1 << 46, 0]]), machine(["##", "@#"]))
    whole = seated(instance)
    assert spectral_bound(whole, 1 << 48) <= 1 << 46
    assert lower_bound(instance, 1 << 46) == 1 << 46


# what bounds are made of


@settings(max_examples=80)
@given(st.data())
def test_assignments_leave_no_negative_cost(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 5))
    room = np.array(data.draw(st.lists(st.integers(0, 3), min_size=columns, max_size=columns)))
    room[0] += max(0, rows - int(room.sum()))
    line = st.lists(st.integers(-50, 50), min_size=columns, max_size=columns)
    cost = np.array(data.draw(st.lists(line, min_size=rows, max_size=rows)))
    left, column = cost.copy(), np.empty(rows, dtype=np.int64)
    total = reduce_by_assignment(left, room, column)
    seats = np.repeat(np.arange(columns), room)
    chosen = linear_sum_assignment(cost[:, seats])
    assert total == cost[:, seats][chosen].sum() == cost[np.arange(rows), column].sum()
    assert (np.bincount(column, minlength=columns) <= room).all()
    assert (left[:, room > 0] >= 0).all()
    assert (left[np.arange(rows), column] == 0).all()


@settings(max_examples=60)
@given(st.integers(2, 5), st.integers(0, 1 << 32), st.sampled_from([1, 100, 1 << 20]))
def test_no_rearrangement_beats_the_eigenvalues(n: int, seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = (rng.integers(-size, size + 1, (n, n)) for _ in range(2))
    first, second = first + first.T, second + second.T
    least = min(
        int((first * second[np.ix_(order, order)]).sum())
        for order in map(list, itertools.permutations(range(n)))
    )
    assert least_product(spectrum(first), spectrum(second)) <= least


def test_eigenvalues_have_a_proven_error() -> None:
    ring = np.array([[2, -1, 0, -1], [-1, 2, -1, 0], [0, -1, 2, -1], [-1, 0, -1, 2]])
    found = spectrum(ring)
    assert np.abs(found.values / 16 - [2, 2, 4]).max() <= found.error < 1e-8
    # the same ring of traffic and of hops: the bound is tight
    hops = np.array([[0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 2, 1, 0]])
    assert -16 - 1 <= least_product(spectrum(-ring), spectrum(hops)) <= 8
    with pytest.raises(OverflowError, match="too large"):
        spectrum(ring << 50)


@settings(max_examples=60)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=6), st.integers(0, 99), st.booleans())
def test_nearest_rows(row: list[float], seed: int, equal: bool) -> None:
    """Feasible, and no feasible row of a sample is on the far side of the nearest one."""
    rng = np.random.default_rng(seed)
    least = np.sort(rng.integers(0, 5, len(row))).astype(np.float64)
    rows = np.array([row])
    near = majorised(rows, np.argsort(rows, axis=1), least, equal)[0]
    prefix = np.cumsum(np.sort(near))
    assert (prefix >= np.cumsum(least) - 1e-9).all()
    if equal:
        assert prefix[-1] == pytest.approx(least.sum())
    for _ in range(20):
        other = rng.permutation(least) + (0 if equal else rng.random(len(row)))
        assert (np.array(row) - near) @ (other - near) <= 1e-9


# trees


@cache
def connected(topology_number: int) -> list[frozenset[int]]:
    """Sets of nodes that links connect, the smallest first."""
    topology = MACHINES[topology_number]
    ends = list(zip(topology.link_source.tolist(), topology.link_target.tolist(), strict=True))
    found = []
    for mask in range(1, 1 << topology.nodes):
        nodes = frozenset(node for node in range(topology.nodes) if mask >> node & 1)
        seen, stack = set(), [min(nodes)]
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                stack += [b for a, b in ends if a == node and b in nodes]
        if seen == nodes:
            found.append(nodes)
    return sorted(found, key=len)


@settings(max_examples=40)
@given(problems(most=4), st.booleans())
def test_tree_bounds_do_not_exceed_the_best_trees(
    given_problem: PlacementProblem, both: bool
) -> None:
    instance = instance_of(given_problem)
    topology = given_problem.topology
    trees = connected(next(n for n, other in enumerate(MACHINES) if other is topology))
    assert two_way(topology)

    def cost(at: np.ndarray) -> int:
        total, nets = 0, given_problem.nets
        home = {HOST: topology.host_node, **dict(enumerate(instance.node[at].tolist()))}
        for net, source in enumerate(nets.source.tolist()):
            parts = nets.target[nets.start[net] : nets.start[net + 1]].tolist()
            ends = {home[part] for part in [source, *parts]}
            total += int(nets.rate[net]) * (next(len(t) for t in trees if ends <= t) - 1)
        return total

    best = min(cost(at) for at in placements(instance))
    assert 0 <= multicast_bound(instance, NOTHING_KNOWN, 0.05, two_way=both) <= best
    assert multicast_bound(instance, best, 0.05, two_way=both) <= best


def test_a_large_net_fills_several_places() -> None:
    wide = machine(["##", "@#"], cores=2)
    instance = instance_of(problem(wide, 6, [(0, [1, 2, 3, 4, 5], 10)]))
    assert multicast_bound(instance, 100) == 20  # three places


def test_links_that_lead_one_way() -> None:
    topology = machine(["##", "@#"])
    assert two_way(topology)
    kept = np.arange(len(topology.link_source)) != 1
    one_way = replace(
        topology,
        link_source=topology.link_source[kept],
        link_target=topology.link_target[kept],
        link_cost=topology.link_cost[kept],
    )
    assert not two_way(one_way)


# branch and bound


@settings(max_examples=60)
@given(problems())
def test_branch_and_bound_finds_the_optimum(given_problem: PlacementProblem) -> None:
    instance = instance_of(given_problem)
    start = next(iter(placements(instance)))
    if not is_small(instance):
        assert (instance.fixed >= 0).all()
        return
    proven = branch_and_bound(instance, start, 1.0)
    assert instance.cost(proven.at) == proven.bound == optimum(instance)
    assert (np.bincount(proven.at, minlength=instance.places) <= instance.room).all()
    pinned = instance.fixed >= 0
    np.testing.assert_array_equal(proven.at[pinned], instance.fixed[pinned])


def test_nug12() -> None:
    flow = np.array([list(map(int, row.split())) for row in NUG12.strip().splitlines()])
    instance = by_pairs(flow, machine(["####", "####", "@###"]))
    proven = branch_and_bound(instance, np.arange(12), 1.0)
    assert 2 * proven.bound == 2 * instance.cost(proven.at) == 578
    again = branch_and_bound(instance, np.arange(12), 1.0)
    np.testing.assert_array_equal(proven.at, again.at)
    assert proven.nodes == again.nodes < 1000


def test_little_work_gives_a_bound_all_the_same() -> None:
    flow = np.array([list(map(int, row.split())) for row in NUG12.strip().splitlines()])
    instance = by_pairs(flow, machine(["####", "####", "@###"]))
    bounds = []
    for work in (0.0, 0.0005, 1.0):
        proven = branch_and_bound(instance, np.arange(12), work)
        assert proven.bound <= 289 <= instance.cost(proven.at)
        bounds.append(proven.bound)
    assert 240 < bounds[0] < bounds[-1] == 289


def test_symmetries() -> None:
    def of(rows: list[str], cores: int = 1, host: bool = False) -> np.ndarray:
        nets = [(HOST if host else 1, [0], 1)]
        return symmetries(instance_of(problem(machine(rows, cores), 2, nets)))

    assert len(of(["###", "###", "@##"])) == 8
    assert len(of(["###", "@##"], cores=2)) == 4
    assert len(of(["###", "###", "@##"], host=True)) == 2  # the host is in a corner
    assert len(of(["##.", "###", "@##"])) == 2
    assert len(of(["###.", "@###"])) == 1
    assert representatives(of(["###", "###", "@##"])).sum() == 3
