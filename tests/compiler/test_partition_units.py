"""Partition of units into clusters: all that a result says is counted again, the slow way."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from somac.compiler.mapping.partition import (
    NO_SOURCE,
    Hypergraph,
    PartitionOptions,
    PartitionProblem,
    PartitionResult,
    measure,
    multilevel,
    partition_units,
)
from somac.ir.errors import SomacError
from somac.ir.progress import Progress

Nets = list[tuple[int, list[int], int]]
"""Source, targets, weight."""


def graph_of(units: int, nets: Nets) -> Hypergraph:
    start = np.cumsum([0, *(len(targets) for _, targets, _ in nets)])
    target = [unit for _, targets, _ in nets for unit in targets]
    return Hypergraph.of_targets(
        units, [s for s, _, _ in nets], [w for _, _, w in nets], start, np.array(target, np.int64)
    )


def problem_of(
    units: int, nets: Nets, room: int, demand: list[int] | None = None, **more: object
) -> PartitionProblem:
    need = np.array(demand or [1] * units, np.int64)[:, None]
    graph = graph_of(units, nets)
    return PartitionProblem(graph, ("neurons",), need, np.array([room]), **more)  # type: ignore[arg-type]


def pins_of(nets: Nets) -> list[set[int]]:
    """Source and targets of each net that somebody else hears."""
    pins = []
    for source, targets, _ in nets:
        heard = set(targets) - {source}
        pins.append(heard | ({source} - {NO_SOURCE}) if heard else set())
    return pins


def connectivity(nets: Nets, cluster: NDArray[np.int32]) -> int:
    total = 0
    for pins, (_, _, weight) in zip(pins_of(nets), nets, strict=True):
        total += weight * max(len({int(cluster[pin]) for pin in pins}) - 1, 0)
    return total


def entering(nets: Nets, cluster: NDArray[np.int32], clusters: int) -> list[int]:
    """Nets that come into each cluster from outside."""
    count = [0] * clusters
    for pins, (source, _, _) in zip(pins_of(nets), nets, strict=True):
        home = None if source == NO_SOURCE else int(cluster[source])
        for there in {int(cluster[pin]) for pin in pins} - {home}:
            count[there] += 1
    return count


def random_nets(units: int, fan_out: int, seed: int, near: int) -> Nets:
    """A ring: each unit is heard by some near it, and one anywhere."""
    rng = np.random.default_rng(seed)
    nets: Nets = []
    for unit in range(units):
        targets = (unit + rng.integers(-near, near + 1, fan_out)) % units
        nets.append((unit, [*targets.tolist(), int(rng.integers(units))], int(rng.integers(1, 9))))
    return nets


def check(problem: PartitionProblem, nets: Nets, result: PartitionResult) -> None:
    """Everything that must hold of a result, by other means than those that made it."""
    cluster = result.cluster
    assert cluster.shape == (problem.graph.units,)
    assert cluster.min() >= 0
    assert cluster.max() < result.clusters <= problem.most
    assert result.least_clusters <= result.clusters
    assert connectivity(nets, cluster) == result.connectivity
    assert 0 <= result.bound <= result.connectivity
    load = np.zeros((result.clusters, len(problem.resources)), np.int64)
    for unit, home in enumerate(cluster.tolist()):
        load[home] += problem.demand[unit]
    if problem.entering is not None:
        # in the tests every net takes the same
        load += np.outer(entering(nets, cluster, result.clusters), problem.entering[0])
    assert (load <= problem.capacity).all()
    for group in problem.together:
        assert len(set(cluster[list(group)].tolist())) == 1
    for one, other in problem.apart:
        assert cluster[one] != cluster[other]
    for unit, home in problem.pinned:
        assert cluster[unit] == home


@given(data=st.data())
@settings(max_examples=40)
def test_small_problems_with_every_kind_of_constraint(data: st.DataObject) -> None:
    units = data.draw(st.integers(1, 14), "units")
    unit = st.integers(0, units - 1)
    nets = data.draw(
        st.lists(
            st.tuples(
                st.integers(NO_SOURCE, units - 1), st.lists(unit, max_size=5), st.integers(0, 9)
            ),
            max_size=16,
        ),
        "nets",
    )
    wishes = {
        "together": tuple(
            data.draw(st.lists(st.lists(unit, min_size=2, max_size=3).map(tuple), max_size=1))
        ),
        "apart": tuple(data.draw(st.lists(st.tuples(unit, unit), max_size=2))),
        "pinned": tuple(data.draw(st.lists(st.tuples(unit, st.integers(0, 1)), max_size=2))),
        "clusters": data.draw(st.none() | st.integers(2, 14)),
    }
    demand = data.draw(st.lists(st.integers(0, 4), min_size=units, max_size=units), "demand")
    problem = problem_of(units, nets, 7, demand, **(wishes if units > 1 else {}))
    try:
        result = partition_units(problem, PartitionOptions(effort=0))
    except SomacError as error:
        codes = {diagnostic.code for diagnostic in error.diagnostics}
        assert codes <= {"E0601", "E0602", "E0620", "E0621"}
        assert wishes["apart"] or wishes["together"] or wishes["pinned"] or wishes["clusters"]
        return
    check(problem, nets, result)


@pytest.mark.parametrize("effort", [0, 1])
def test_a_full_machine(effort: int) -> None:
    nets = random_nets(640, 8, 3, near=10)
    problem = problem_of(640, nets, 32, clusters=20)
    result = partition_units(problem, PartitionOptions(effort))  # type: ignore[arg-type]
    check(problem, nets, result)
    assert result.clusters == 20
    # the ring cut into arcs, which is about as good as it gets
    arcs = (np.arange(640) // 32).astype(np.int32)
    assert result.connectivity < 1.05 * connectivity(nets, arcs)


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param({"LEVEL_PINS": 1000, "UNIT_PINS": 1}, id="levels"),
        pytest.param({"LOOKS": 20_000, "LOOKS_PER_UNIT": 1}, id="growing"),
    ],
)
def test_some_of_the_nets_lead_to_a_partition_of_all(
    monkeypatch: pytest.MonkeyPatch, limits: dict[str, int]
) -> None:
    for name, limit in limits.items():
        monkeypatch.setattr(multilevel, name, limit)
    nets = random_nets(600, 12, 5, near=12)
    problem = problem_of(600, nets, 32)
    result = partition_units(problem, PartitionOptions(1))
    check(problem, nets, result)
    arcs = (np.arange(600) // 32).astype(np.int32)
    assert result.connectivity < 1.1 * connectivity(nets, arcs)


def test_several_resources_and_what_nets_take() -> None:
    rng = np.random.default_rng(2)
    nets = random_nets(200, 6, 4, near=8)
    graph = graph_of(200, nets)
    demand = np.stack([np.ones(200, np.int64), rng.integers(1, 9, 200), np.zeros(200, np.int64)], 1)
    takes = np.tile(np.array([[0, 1, 1]]), (200, 1))
    names = ("neurons", "bytes", "sources")
    problem = PartitionProblem(graph, names, demand, np.array([32, 200, 60]), takes)
    result = partition_units(problem)
    check(problem, nets, result)
    measured = measure(problem, result.cluster)
    assert measured.connectivity == result.connectivity
    assert measured.fan_in.tolist() == entering(nets, result.cluster, result.clusters)
    assert measured.fan_in.max() <= 60
    np.testing.assert_array_equal(
        measured.load[:, 2], entering(nets, result.cluster, result.clusters)
    )
    # without the limit on sources there are fewer clusters, and more come into each
    free = partition_units(PartitionProblem(graph, names[:2], demand[:, :2], np.array([32, 200])))
    assert free.clusters <= result.clusters


@pytest.mark.parametrize("seed", range(4))
def test_exact_is_the_best_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nets: Nets = [
        (unit, rng.integers(0, 8, 3).tolist(), int(rng.integers(1, 9))) for unit in range(8)
    ]
    problem = problem_of(8, nets, 3)
    result = partition_units(problem)
    check(problem, nets, result)
    best = min(
        connectivity(nets, np.array(all_of, np.int32))
        for all_of in itertools.product(range(3), repeat=8)
        if max(np.bincount(all_of)) <= 3
    )
    assert result.connectivity == result.bound == best
    assert result.status == "optimal"


def test_the_same_every_time_and_another_seed_is_another_search() -> None:
    nets = random_nets(300, 8, 1, near=30)
    problem = problem_of(300, nets, 24)
    first = partition_units(problem, PartitionOptions(0, seed=1))
    again = partition_units(problem, PartitionOptions(0, seed=1))
    np.testing.assert_array_equal(first.cluster, again.cluster)
    other = partition_units(problem, PartitionOptions(0, seed=2))
    check(problem, nets, other)
    assert (other.cluster != first.cluster).any()


def neighbours(units: int, seed: int) -> PartitionProblem:
    """Every unit heard by eight near it, in cores of 16."""
    near = np.random.default_rng(seed).integers(-12, 13, (units, 8))
    nets = [(unit, ((unit + near[unit]) % units).tolist(), 1 + unit % 5) for unit in range(units)]
    return problem_of(units, nets, 16)


def test_more_effort_is_never_worse() -> None:
    for seed in range(3):
        found = [
            partition_units(neighbours(200, seed), PartitionOptions(effort, seed))
            for effort in (0, 1, 2)
        ]
        assert [one.clusters for one in found] == [13, 13, 13]
        costs = [one.connectivity for one in found]
        assert costs == sorted(costs, reverse=True)


def test_progress_falls_and_ends_with_the_result() -> None:
    seen: list[Progress] = []
    found = partition_units(neighbours(300, 1), PartitionOptions(2, progress=seen.append))
    costs = [progress.cost for progress in seen]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == found.connectivity
    assert not found.interrupted


def test_a_time_limit_ends_the_search() -> None:
    problem = neighbours(3000, 1)
    found = partition_units(problem, PartitionOptions(3, work=1000, time_limit=0.1))
    assert np.bincount(found.cluster).max() <= 16
    assert measure(problem, found.cluster).connectivity == found.connectivity


@pytest.mark.usefixtures("interruptible")
def test_the_best_is_kept_on_interrupt() -> None:
    """Ctrl-C comes inside a sweep of an effort that would take hours."""
    problem = neighbours(3000, 1)
    begin = time.monotonic()
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    partition_units(problem, PartitionOptions(0))  # loads what is compiled: that may be cut short
    timer.start()
    found = partition_units(problem, PartitionOptions(1, work=10_000))
    assert time.monotonic() - begin < 60
    assert found.interrupted
    assert np.bincount(found.cluster).max() <= 16
    assert measure(problem, found.cluster).connectivity == found.connectivity


def test_an_interrupt_before_there_is_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(multilevel, "_grown", interrupted)
    with pytest.raises(KeyboardInterrupt):
        partition_units(neighbours(40, 1))


def test_small_problems_are_searched_exactly_where_annealing_fails() -> None:
    # the four cores must be full to the last place
    demand = [7, 6, 5, 5, 4, 4, 3, 3, 2, 1]
    problem = problem_of(10, [(0, [9], 1)], 10, demand, clusters=4)
    check(problem, [(0, [9], 1)], partition_units(problem, PartitionOptions(effort=0)))


def test_no_units_and_no_nets() -> None:
    assert partition_units(problem_of(0, [], 4)).clusters == 0
    result = partition_units(problem_of(9, [], 4))
    check(problem_of(9, [], 4), [], result)
    assert (result.clusters, result.connectivity, result.status) == (3, 0, "optimal")


def failure(problem: PartitionProblem) -> SomacError:
    with pytest.raises(SomacError) as caught:
        partition_units(problem)
    return caught.value


def test_a_unit_that_fits_no_core() -> None:
    error = failure(problem_of(3, [], 4, [1, 5, 1]))
    assert error.diagnostics[0].code == "E0601"
    assert "unit 1" in str(error)
    assert "have: 4 neurons" in str(error)
    assert "need: 5 neurons" in str(error)
    together = failure(problem_of(3, [], 4, [2, 2, 2], together=((0, 1, 2),)))
    assert together.diagnostics[0].code == "E0601"
    assert "3 units that are to be together" in str(together)


def test_more_than_all_cores_hold() -> None:
    error = failure(problem_of(9, [], 4, clusters=2))
    assert error.diagnostics[0].code == "E0602"
    assert "have: 2 cores with 4 neurons each" in str(error)
    assert "at least 3 cores, or 5 neurons on each of 2" in str(error)
    # in total they would fit, but no two share a core
    large = failure(problem_of(3, [], 10, [6, 6, 6], clusters=2))
    assert large.diagnostics[0].code == "E0602"
    assert "no two share a core" in str(large)


def test_wishes_that_contradict_each_other() -> None:
    error = failure(problem_of(4, [], 4, together=((0, 1), (1, 2)), apart=((0, 2),)))
    assert error.diagnostics[0].code == "E0620"
    assert "units 0 and 2" in str(error)
    pins = failure(problem_of(4, [], 4, together=((0, 1),), pinned=((0, 0), (1, 1))))
    assert pins.diagnostics[0].code == "E0620"
    assert "clusters 0 and 1" in str(pins)


def test_packing_that_cannot_be_done_though_no_bound_says_so() -> None:
    # five of 4 in two cores of 10: one core would have to take 12
    error = failure(problem_of(5, [], 10, [4] * 5, clusters=2))
    assert error.diagnostics[0].code == "E0621"
    assert "no partition into 2 cores exists" in str(error)
    assert partition_units(problem_of(5, [], 10, [4] * 5)).clusters == 3


@pytest.mark.parametrize(
    ("source", "start", "pin", "weight", "complaint"),
    [
        ([0], [0, 2], [0, 3], [1], "within 0..2"),
        ([0], [0, 2], [0, 0], [1], "net 0 has a unit twice"),
        ([0], [0, 2], [1, 2], [1], "not its source"),
        ([0], [0, 1], [0, 1], [1], "do not span 2 pins"),
        ([0, 1], [0, 2, 1], [0], [1, 1], "ends before it starts"),
        ([0], [0, 2], [0, 1], [-1], "negative weight"),
        ([5], [0, 0], [], [1], "sources are not within"),
        ([0], [0, 2], [0, 1], [1, 1], "2 weights for 1 nets"),
    ],
)
def test_a_hypergraph_that_is_none(
    source: list[int], start: list[int], pin: list[int], weight: list[int], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Hypergraph(
            3,
            np.array(source),
            np.array(weight),
            np.array(start),
            np.array(pin, np.int64),
        )


def test_a_hypergraph_cannot_be_changed_and_has_a_digest() -> None:
    pin = np.array([0, 1, 2], np.int32)
    graph = Hypergraph(3, np.array([0]), np.array([2]), np.array([0, 3]), pin)
    pin[0] = 2
    assert graph.pin.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="read-only"):
        graph.pin[0] = 1
    assert graph.digest() == graph_of(3, [(0, [1, 2, 1, 0], 2)]).digest()
    assert graph.digest() != graph_of(3, [(0, [1, 2], 3)]).digest()
    assert (graph.nets, graph.pins) == (1, 3)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"demand": np.ones((2, 1), np.int64)}, "demand has shape"),
        ({"capacity": np.array([-1])}, "capacity has a negative"),
        ({"apart": ((0, 3),)}, "names unit 3 of 3"),
        ({"pinned": ((0, 9),)}, "pinned to cluster 9 of 3"),
    ],
)
def test_a_problem_that_is_none(change: dict[str, object], complaint: str) -> None:
    given = {
        "graph": graph_of(3, [(0, [1], 1)]),
        "resources": ("neurons",),
        "demand": np.ones((3, 1), np.int64),
        "capacity": np.array([2]),
    }
    with pytest.raises(ValueError, match=complaint):
        PartitionProblem(**{**given, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(3))
def test_a_matrix_is_cut_into_tiles_by_rows_and_columns(seed: int) -> None:
    """Of a crossbar: pieces of columns are units, rows are nets that take a line of each tile.

    A column with more entries than a tile has lines is several pieces, whose sums are added.
    """
    side = 16
    rng = np.random.default_rng(seed)
    hidden = rng.permutation(48)
    near = np.abs(np.arange(64)[:, None] * 48 / 64 - np.arange(48)[None, :]) < 3
    near[:, 7] |= rng.random(64) < 0.6
    matrix = np.where(near, rng.integers(1, 9, near.shape), 0)[:, hidden]
    pieces = [
        (column, lines[first : first + side].tolist())
        for column in range(48)
        for lines in [np.flatnonzero(matrix[:, column])]
        for first in range(0, len(lines), side)
    ]
    nets: Nets = [
        (NO_SOURCE, [piece for piece, (_, lines) in enumerate(pieces) if row in lines], 1)
        for row in range(64)
    ]
    need = np.tile(np.array([[1, 0]]), (len(pieces), 1))
    takes = np.tile(np.array([[0, 1]]), (64, 1))
    problem = PartitionProblem(
        graph_of(len(pieces), nets), ("columns", "rows"), need, np.array([side, side]), takes
    )
    result = partition_units(problem)
    check(problem, nets, result)
    tiled = np.zeros_like(matrix)
    for tile in range(result.clusters):
        inside = [piece for piece, home in zip(pieces, result.cluster, strict=True) if home == tile]
        assert len(inside) <= side
        assert len({row for _, lines in inside for row in lines}) <= side
        for column, lines in inside:
            tiled[lines, column] += matrix[lines, column]
    np.testing.assert_array_equal(tiled, matrix)
    # a grid of tiles in the order of the matrix has 4 x 3, none of them empty
    assert result.clusters < 12
