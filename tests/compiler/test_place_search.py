"""The search for many slices: distances, kernels and drawings against their definitions."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapping_cases import PLACERS, check, has_price, price

from somac.compiler.mapping.place import distance as distance_module
from somac.compiler.mapping.place.anneal import Schedule, anneal
from somac.compiler.mapping.place.distance import distance_between
from somac.compiler.mapping.place.embed import Drafts, Style
from somac.compiler.mapping.place.instance import Instance, instance_of
from somac.compiler.mapping.place.objective import (
    NetTraffic,
    PairTraffic,
    objective_of,
    pairs_of,
    seated,
    seats_of,
)
from somac.compiler.mapping.place.placers import place_search
from somac.compiler.mapping.place.search import search
from somac.compiler.mapping.place.watch import Watch
from somac.compiler.targets import load_targets
from somac.ir.paths import find_paths
from somac.ir.placement import EFFORT_WORK, HOST, Nets, Objective, PlacementProblem, PlaceOptions
from somac.ir.progress import Progress
from somac.ir.target import Topology

SQUARE = ((1, 0), (0, 1), (-1, 0), (0, -1))
QUICK = PlaceOptions(work=0.05, prove=False)


def grid(
    width: int,
    height: int,
    cores: int = 1,
    chips: tuple[int, int] = (1, 1),
    wrapped: bool = False,
    gone: tuple[int, ...] = (),
    costs: tuple[int, ...] = (1,),
) -> Topology:
    """Chips in a grid, each a full mesh whose router is node 0, less the links in `gone`.

    Links inside chips cost `costs` by the gap they cross, those between chips 3.
    """
    inside = [(x, y) for y in range(height) for x in range(width)]
    outside = [(x, y) for y in range(chips[1]) for x in range(chips[0])]
    links: list[tuple[int, int, int]] = []
    for chip, here in itertools.product(range(len(outside)), inside):
        for dx, dy in SQUARE:
            there = (here[0] + dx, here[1] + dy)
            if there in inside:
                base = chip * len(inside)
                gap = min(here[0], there[0]) if dx else min(here[1], there[1])
                cost = costs[gap % len(costs)]
                links.append((base + inside.index(here), base + inside.index(there), cost))
    for here in outside:
        for dx, dy in SQUARE:
            there = (here[0] + dx, here[1] + dy)
            if wrapped:
                there = (there[0] % chips[0], there[1] % chips[1])
            if there in outside and there != here:
                ends = (outside.index(here) * len(inside), outside.index(there) * len(inside), 3)
                links += [ends] if ends not in links else []
    kept = np.array([link for at, link in enumerate(links) if at not in gone], dtype=np.int64)
    kept = kept.reshape(-1, 3)
    nodes = len(inside) * len(outside)
    return Topology(
        node_position=np.array(inside * len(outside), dtype=np.int64),
        node_chip=np.repeat(np.arange(len(outside)), len(inside)),
        core_node=np.repeat(np.arange(nodes), cores),
        core_local=np.tile(np.arange(cores * len(inside)), len(outside)),
        core_usable=np.ones(nodes * cores, dtype=np.bool_),
        link_source=kept[:, 0],
        link_target=kept[:, 1],
        link_cost=kept[:, 2],
        chip_position=np.array(outside, dtype=np.int64),
        chip_router=np.arange(len(outside)) * len(inside),
        host_node=0,
    )


MACHINES = {
    "mesh": grid(5, 4),
    "mesh of uneven gaps": grid(4, 4, cores=2, costs=(1, 3)),
    "one-way links": grid(3, 3, cores=2, gone=(0, 7)),  # some ways back are longer
    "board": grid(3, 2, cores=2, chips=(3, 2)),
    "torus": grid(1, 1, cores=6, chips=(4, 3), wrapped=True),
}

every_machine = pytest.mark.parametrize("name", sorted(MACHINES))


@st.composite
def problems(draw: st.DrawFn) -> PlacementProblem:
    topology = MACHINES[draw(st.sampled_from(sorted(MACHINES)))]
    slices = draw(st.integers(1, topology.cores))
    part = st.integers(0, slices - 1)
    nets = draw(
        st.lists(
            st.tuples(
                st.integers(HOST, slices - 1), st.lists(part, max_size=6), st.integers(0, 100)
            ),
            max_size=12,
        )
    )
    pinned = draw(st.integers(0, min(2, slices)))
    objective = draw(st.sampled_from(["unicast", "multicast"]))
    return PlacementProblem(
        topology,
        slices,
        Nets.of(nets),
        pins={number: topology.cores - 1 - number for number in range(pinned)},
        objective=objective,
    )


def random_places(instance: Instance, seed: int) -> np.ndarray:
    """Slices on random seats, pinned ones on theirs."""
    room = instance.room - np.bincount(
        instance.fixed[instance.fixed >= 0], minlength=instance.places
    )
    seats = np.random.default_rng(seed).permutation(np.repeat(np.arange(instance.places), room))
    at = instance.fixed.copy()
    free = at < 0
    at[free] = seats[: int(free.sum())]
    return at


def planted(side: int, seed: int = 1) -> tuple[Nets, int]:
    """Traffic between neighbours of a hidden placement, and so its optimum."""
    rng = np.random.default_rng(seed)
    hidden = rng.permutation(side * side).reshape(side, side)
    ends = [(hidden[:, :-1], hidden[:, 1:]), (hidden[:-1], hidden[1:])]
    source = np.concatenate([pair[0].ravel() for pair in ends])
    target = np.concatenate([pair[1].ravel() for pair in ends])
    rate = rng.integers(10, 100, len(source))
    return Nets(source, rate, np.arange(len(source) + 1), target), int(rate.sum())


# distances


@every_machine
def test_every_form_of_distance_is_the_distance(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    topology = MACHINES[name]
    node = np.arange(topology.nodes)
    paths = find_paths(topology)
    expected = paths.hops(node[:, None], node[None, :])
    for most in (512, 0):
        monkeypatch.setattr(distance_module, "MAX_DENSE", most)
        made = distance_between(topology, node)
        assert made.dense == (most > 0)
        np.testing.assert_array_equal(made.matrix(), expected)
        assert made.most >= expected.max()
        assert not made.symmetric or np.array_equal(expected, expected.T)
        some = node[::-2]
        np.testing.assert_array_equal(made.restricted(some).matrix(), expected[np.ix_(some, some)])


def test_a_large_mesh_takes_little_memory() -> None:
    instance = instance_of(PlacementProblem(grid(40, 30), 5, Nets.of([])))
    assert sum(np.asarray(part).nbytes for part in instance.distance) < 100_000
    assert instance.distance.symmetric


def test_chips_that_differ_have_tables_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distance_module, "MAX_DENSE", 0)
    topology = grid(3, 2, chips=(2, 1), gone=(0, 1))
    node = np.arange(topology.nodes)
    made = distance_between(topology, node)
    assert not made.symmetric
    np.testing.assert_array_equal(
        made.matrix(), find_paths(topology).hops(node[:, None], node[None, :])
    )


# kernels: what they count is what there is


@settings(max_examples=60)
@given(given_problem=problems(), seed=st.integers(0, 99), dense=st.booleans())
def test_changes_add_up_to_the_cost(
    given_problem: PlacementProblem, seed: int, dense: bool
) -> None:
    from somac.compiler.mapping.place.anneal_kernels import FREE, HELD, Proposals
    from somac.compiler.mapping.random_kernels import seeded

    instance = instance_of(given_problem)
    if not dense:
        instance = Instance(
            **{name: getattr(instance, name) for name in Instance.__slots__}
            | {"distance": instance.distance._replace(dense=False)}
        )
    objective = objective_of(instance)
    at = random_places(instance, seed)
    seats = seats_of(instance)
    seating = seated(instance, seats, at)
    before = objective.cost(at)
    neglog = -np.log((np.arange(4096) + 0.5) / 4096)
    number = 300 if len(seating.mobile) else 0
    how = Proposals(number, objective.unit, neglog, 2, 64, 1e18)
    change = objective.anneal(seats, seating, how, seeded(seed))
    assert objective.cost(seating.at) == before + change
    np.testing.assert_array_equal(seats.place[seating.seat], seating.at)
    np.testing.assert_array_equal(seating.at[instance.fixed >= 0], at[instance.fixed >= 0])
    held = np.where(instance.fixed < 0, np.arange(instance.slices), HELD)
    np.testing.assert_array_equal(seating.taken[seating.seat], held)
    assert (seating.taken == FREE).sum() == len(seating.taken) - instance.slices
    cores = instance.cores(seating.at, given_problem)
    if has_price(given_problem):
        assert before + change == price(given_problem, cores)


def test_nets_of_very_many_places_are_estimated() -> None:
    topology = grid(12, 12)
    nets = Nets.of([(0, list(range(144)), 2)])
    instance = instance_of(PlacementProblem(topology, 144, nets, objective="multicast"))
    assert NetTraffic(instance).cost(np.arange(144)) == 2 * 143


# the search


@settings(max_examples=40)
@given(given_problem=problems())
def test_random_problems(given_problem: PlacementProblem) -> None:
    instance = instance_of(given_problem)
    watch = Watch(QUICK)
    at = search(instance, QUICK.work, QUICK.seed, watch)
    assert watch.cost == objective_of(instance).cost(at)
    assert (np.bincount(at, minlength=instance.places) <= instance.room).all()
    held = instance.fixed >= 0
    np.testing.assert_array_equal(at[held], instance.fixed[held])
    check(given_problem, place_search(given_problem, QUICK))


@pytest.mark.parametrize("objective", ["unicast", "multicast"])
def test_no_slices(objective: str) -> None:
    empty = PlacementProblem(MACHINES["mesh"], 0, Nets.of([]), objective=objective)  # type: ignore[arg-type]
    for placer in PLACERS.values():
        found = placer(empty, QUICK)
        assert (found.cost, found.bound, found.status) == (0, 0, "optimal")


@pytest.mark.parametrize("side", [8, 12])
def test_a_hidden_placement_is_found(side: int) -> None:
    nets, optimum = planted(side)
    given_problem = PlacementProblem(grid(side, side), side * side, nets)
    found = place_search(given_problem, PlaceOptions(prove=False, seed=1))
    check(given_problem, found)
    assert found.cost == optimum


def test_a_thousand_slices() -> None:
    nets, optimum = planted(34)
    given_problem = PlacementProblem(grid(34, 34), 34 * 34, nets)
    options = PlaceOptions(work=0.1, prove=False)
    begin = time.process_time()
    found = place_search(given_problem, options)
    assert time.process_time() - begin < 30  # kernels may have to be compiled first
    assert len(set(found.cores.tolist())) == given_problem.slices
    source, target = (
        given_problem.topology.node_position[found.cores[ends]]
        for ends in (nets.source, nets.target)
    )
    assert found.cost == (nets.rate * np.abs(source - target).sum(axis=1)).sum()
    assert found.cost == optimum
    again = place_search(given_problem, options)
    np.testing.assert_array_equal(found.cores, again.cores)


def tangle(slices: int, seed: int, objective: Objective = "unicast") -> PlacementProblem:
    """Slices on a mesh of as many places, six random targets each."""
    rng, side = np.random.default_rng(seed), round(slices**0.5)
    nets = Nets.of([(part, rng.integers(0, slices, 6).tolist(), 5) for part in range(slices)])
    return PlacementProblem(grid(side, side), slices, nets, objective=objective)


@pytest.mark.parametrize("objective", ["unicast", "multicast"])
@pytest.mark.parametrize("slices", [25, 64])
def test_more_effort_is_never_worse(slices: int, objective: Objective) -> None:
    given_problem = tangle(slices, 7, objective)
    for seed in range(2):
        costs = [
            place_search(given_problem, PlaceOptions(work=work, seed=seed, prove=False)).cost
            for work in EFFORT_WORK[:3]
        ]
        assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]


def test_seeds_are_other_searches() -> None:
    first, second = (place_search(tangle(64, 7), replace(QUICK, seed=seed)) for seed in (0, 1))
    assert (first.cores != second.cores).any()


def test_greedy_for_many_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("somac.compiler.mapping.place.placers.MAX_PRICES", 100)
    nets, optimum = planted(12)
    given_problem = PlacementProblem(grid(12, 12), 144, nets)
    found = PLACERS["greedy"](given_problem, PlaceOptions(prove=False))
    check(given_problem, found)
    assert found.cost < 2 * optimum


def test_multicast_on_a_board_is_better_than_unicast_for_it() -> None:
    """By nets a shared link counts once, which the placement makes use of."""
    topology = load_targets()["spinnaker2"].topology
    rng = np.random.default_rng(3)
    parts = 120
    nets = Nets.of(
        [(part, sorted(set(rng.integers(0, parts, 8).tolist())), 5) for part in range(parts)]
    )
    costs = []
    for objective in ("multicast", "unicast"):
        given_problem = PlacementProblem(topology, parts, nets, objective=objective)  # type: ignore[arg-type]
        found = place_search(given_problem, PlaceOptions(work=0.3, prove=False))
        check(given_problem, found)
        counted = PlacementProblem(topology, parts, nets, objective="multicast")
        costs.append(price(counted, found.cores))
    assert costs[0] < 0.97 * costs[1]


def test_slices_gather_round_the_host() -> None:
    topology = grid(9, 9)
    nets = Nets.of([(HOST, list(range(40)), 100)])
    given_problem = PlacementProblem(topology, 40, nets)
    found = place_search(given_problem, PlaceOptions(work=0.3, prove=False))
    check(given_problem, found)
    distances = np.sort(topology.node_position.sum(axis=1))
    assert found.cost == 100 * distances[:40].sum()


def test_what_fits_one_node_is_gathered_there() -> None:
    nets = Nets.of([(HOST, list(range(40)), 1), *((n, [n - 7, n - 1], 5) for n in range(7, 40))])
    given_problem = PlacementProblem(grid(4, 4, cores=40), 40, nets)
    found = place_search(given_problem, QUICK)
    check(given_problem, found)
    assert (found.cost, found.bound, found.status) == (0, 0, "optimal")
    # not where one of them is pinned elsewhere
    pinned = replace(given_problem, pins={3: 600})
    found = place_search(pinned, QUICK)
    check(pinned, found)
    assert found.cores[3] == 600


@settings(max_examples=30)
@given(given_problem=problems(), linear=st.booleans())
def test_a_drawing_seats_every_slice(given_problem: PlacementProblem, linear: bool) -> None:
    instance = instance_of(given_problem)
    drafts = Drafts(instance, pairs_of(instance))
    for drawn in drafts.by_modes(0.5, 3, lean=True, seed=0):
        at = drafts.redrawn(drawn, Style(0.5, linear), 3)
        assert drafts.cost(at) == PairTraffic(instance).cost(at)
    assert (np.bincount(at, minlength=instance.places) <= instance.room).all()
    held = instance.fixed >= 0
    np.testing.assert_array_equal(at[held], instance.fixed[held])


@settings(max_examples=15)
@given(data=st.data())
def test_bound_optimum_cost_of_trees(data: st.DataObject) -> None:
    topology = grid(3, 2)
    part = st.integers(0, 2)
    net = st.tuples(st.integers(HOST, 2), st.lists(part, max_size=4), st.integers(1, 50))
    nets = Nets.of(data.draw(st.lists(net, max_size=4)))
    given_problem = PlacementProblem(topology, 3, nets, objective="multicast")
    found = place_search(given_problem, PlaceOptions(work=0.1))
    check(given_problem, found)
    choices = itertools.permutations(range(topology.cores), 3)
    optimum = min(price(given_problem, np.array(choice)) for choice in choices)
    assert found.bound <= optimum <= found.cost


def test_few_slices_on_a_large_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("somac.compiler.mapping.place.placers.MAX_PRICES", 100)
    given_problem = PlacementProblem(grid(12, 12), 3, Nets.of([(0, [1, 2], 7), (HOST, [0], 9)]))
    for placer in PLACERS.values():
        found = placer(given_problem, PlaceOptions(work=0.1))
        check(given_problem, found)
    assert found.cost == 14  # the first beside the router, the others next to it


def test_chips_are_filled_one_by_one() -> None:
    """Two groups of slices that know nothing of each other share no chip."""
    topology = grid(2, 2, cores=2, chips=(2, 1))
    groups = [[part, [g for g in range(8) if g != part], 9] for part in range(8)]
    groups += [[part, [g for g in range(8, 16) if g != part], 9] for part in range(8, 16)]
    instance = instance_of(PlacementProblem(topology, 16, Nets.of(groups)))  # type: ignore[arg-type]
    drafts = Drafts(instance, pairs_of(instance))
    at = drafts.redrawn(drafts.by_modes(0.5, 2, lean=False, seed=0)[0], Style(0.5, True), 10)
    chip = topology.node_chip[instance.node[at]]
    assert len(set(chip[:8].tolist())) == len(set(chip[8:].tolist())) == 1


# progress, limits, Ctrl-C


def test_progress_falls_and_ends_with_the_result() -> None:
    nets, _ = planted(8)
    seen: list[Progress] = []
    given_problem = PlacementProblem(grid(8, 8), 64, nets)
    found = place_search(given_problem, PlaceOptions(work=0.3, progress=seen.append, prove=False))
    costs = [progress.cost for progress in seen]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == found.cost
    assert Progress(200, 150).gap == 0.25
    assert Progress(0, 0).gap == 0.0


@pytest.mark.parametrize("objective", ["unicast", "multicast"])
def test_the_best_is_kept_on_interrupt(objective: str) -> None:
    rng = np.random.default_rng(4)
    nets = Nets.of([(part, rng.integers(0, 64, 6).tolist(), 5) for part in range(64)])
    given_problem = PlacementProblem(grid(8, 8), 64, nets, objective=objective)  # type: ignore[arg-type]
    seen: list[int] = []

    def interrupt(progress: Progress) -> None:
        seen.append(progress.cost)
        if len(seen) == 2:
            raise KeyboardInterrupt

    found = place_search(given_problem, PlaceOptions(progress=interrupt))
    assert found.interrupted
    assert found.cost == seen[-1]
    check(given_problem, found)


def test_an_interrupt_before_there_is_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("somac.compiler.mapping.place.search.Drafts", interrupted)
    nets, _ = planted(8)
    with pytest.raises(KeyboardInterrupt):
        place_search(PlacementProblem(grid(8, 8), 64, nets), PlaceOptions())


def test_a_time_limit_ends_the_search() -> None:
    nets, _ = planted(16)
    given_problem = PlacementProblem(grid(16, 16), 256, nets)
    begin = time.monotonic()
    options = PlaceOptions(work=EFFORT_WORK[3] * 100, time_limit=0.5, prove=False)
    found = place_search(given_problem, options)
    assert time.monotonic() - begin < 20
    check(given_problem, found)


def test_annealing_from_the_best_does_not_lose_it() -> None:
    nets, optimum = planted(8)
    given_problem = PlacementProblem(grid(8, 8), 64, nets)
    instance = instance_of(given_problem)
    best = search(instance, 1.0, 1, Watch(PlaceOptions()))
    watch = Watch(PlaceOptions())
    hot = Schedule(proposals=50, first=5.0, last=4.0, reach=4)
    ended = anneal(instance, PairTraffic(instance), best, hot, 0, watch)
    assert instance.cost(ended) > watch.cost == optimum
