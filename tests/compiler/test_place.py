"""Placers: one list, every test over all of them; nothing they say of themselves is believed."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mapping_cases import PLACERS, NetList, check, machine, price, problem

from somac.compiler.mapping.place.assign import assign
from somac.compiler.mapping.place.bound import lower_bound
from somac.compiler.mapping.place.cpsat import is_small, solve
from somac.compiler.mapping.place.instance import instance_of
from somac.compiler.mapping.place.local import descend, tabu_search
from somac.compiler.mapping.place.start import greedy_start
from somac.compiler.targets import load_targets
from somac.ir.errors import SomacError
from somac.ir.placement import HOST, PlacementProblem, PlaceOptions

every_placer = pytest.mark.parametrize("placer", sorted(PLACERS))


MESH = machine(["###", "#R#", "###"], cores=1)
WIDE = machine(["##", "@#"], cores=2)
BOARD = machine(["##", "@#"], cores=1, board=[(0, 1)])


def optimum(given: PlacementProblem) -> int:
    """The least cost, by trying every placement."""
    cores = np.flatnonzero(given.free).tolist()
    least = None
    for chosen in itertools.permutations(cores, given.slices):
        if any(chosen[part] != core for part, core in given.pins.items()):
            continue
        cost = price(given, np.array(chosen))
        least = cost if least is None else min(least, cost)
    assert least is not None
    return least


def layers(sizes: list[int], seed: int = 0, host: int = 3000) -> NetList:
    """Layers, each slice to its nearest three of the next."""
    rng = np.random.default_rng(seed)
    first = np.cumsum([0, *sizes]).tolist()
    nets: NetList = [(HOST, list(range(sizes[0])), host)]
    for level, (here, there) in enumerate(itertools.pairwise(sizes)):
        for part in range(here):
            middle = part * there // here
            near = {min(there - 1, max(0, middle + step)) for step in (-1, 0, 1)}
            targets = sorted(first[level + 1] + other for other in near)
            nets.append((first[level] + part, targets, int(rng.integers(200, 3000))))
    return nets


@st.composite
def problems(draw: st.DrawFn, most: int = 12) -> PlacementProblem:
    topology = draw(st.sampled_from([MESH, WIDE, BOARD]))
    usable = np.array(
        draw(st.lists(st.sampled_from([True, True, True, False]), min_size=8, max_size=8))
    )
    room = int(usable.sum())
    slices = draw(st.integers(0, min(room, most)))
    nets: NetList = []
    if slices:
        part = st.integers(0, slices - 1)
        nets = draw(
            st.lists(
                st.tuples(
                    st.integers(HOST, slices - 1),
                    st.lists(part, max_size=5),
                    st.integers(0, 100),
                ),
                max_size=8,
            )
        )
    pins = {}
    for number in range(draw(st.integers(0, min(2, slices)))):
        pins[number] = int(np.flatnonzero(usable)[number])
    return problem(topology, slices, nets, usable=usable, pins=pins)


# every placer


@every_placer
@settings(max_examples=40)
@given(given_problem=problems())
def test_random_problems(placer: str, given_problem: PlacementProblem) -> None:
    check(given_problem, PLACERS[placer](given_problem, PlaceOptions(work=0.2)))


@every_placer
@settings(max_examples=10)
@given(given_problem=problems(most=4))
def test_bound_optimum_cost(placer: str, given_problem: PlacementProblem) -> None:
    result = PLACERS[placer](given_problem, PlaceOptions())
    best = optimum(given_problem)
    assert result.bound <= best <= result.cost
    if placer == "cpsat":
        assert (result.bound, result.cost, result.status) == (best, best, "optimal")


@every_placer
def test_nothing_and_one(placer: str) -> None:
    empty = PLACERS[placer](problem(MESH, 0, []), PlaceOptions())
    assert (empty.cost, empty.bound, empty.status) == (0, 0, "optimal")
    one = problem(MESH, 1, [(0, [0], 5), (HOST, [0], 7)])
    result = PLACERS[placer](one, PlaceOptions())
    check(one, result)
    assert (result.cost, result.status) == (7, "optimal")  # one hop from the router


@every_placer
def test_a_full_machine(placer: str) -> None:
    full = problem(MESH, 8, [(part, [(part + 1) % 8], 1) for part in range(8)])
    result = PLACERS[placer](full, PlaceOptions())
    check(full, result)
    assert result.cost >= 8  # a ring round the router


@every_placer
def test_all_pinned(placer: str) -> None:
    pinned = problem(MESH, 3, [(0, [1, 2], 9)], pins={0: 7, 1: 0, 2: 3})
    result = PLACERS[placer](pinned, PlaceOptions())
    check(pinned, result)
    assert result.status == "optimal"


@every_placer
@pytest.mark.parametrize("name", ["spinnaker2", "spinnaker2-48"])
def test_layers_on_the_shipped_machines(placer: str, name: str) -> None:
    topology = load_targets()[name].topology
    given_problem = problem(topology, 20, layers([8, 6, 4, 2]))
    result = PLACERS[placer](given_problem, PlaceOptions(work=0.3))
    check(given_problem, result)
    assert topology.node_chip[topology.core_node[result.cores]].std() == 0  # one chip will do
    assert result.bound > 0.4 * result.cost


@every_placer
def test_the_same_again(placer: str) -> None:
    topology = load_targets()["spinnaker2"].topology
    given_problem = problem(topology, 12, layers([6, 4, 2]))
    options = PlaceOptions(work=0.3, seed=3)
    first, second = (PLACERS[placer](given_problem, options) for _ in range(2))
    np.testing.assert_array_equal(first.cores, second.cores)
    assert (first.cost, first.bound) == (second.cost, second.bound)


def test_the_same_in_another_process() -> None:
    code = (
        "import numpy as np\n"
        "from somac.compiler.targets import find_target\n"
        "from somac.compiler.plugins import find_placer\n"
        "from somac.compiler.mapping.placed import place\n"
        "from somac.ir.placement import *\n"
        "rng = np.random.default_rng(1)\n"
        "rates, ends = rng.integers(1, 99, 9), rng.integers(0, 9, 27)\n"
        "n = Nets(np.arange(9), rates, np.arange(0, 30, 3), ends)\n"
        "p = PlacementProblem(find_target('spinnaker2').topology, 9, n)\n"
        "for name in ('cpsat', 'greedy', 'search'):\n"
        "    r = place(p, PlaceOptions(work=0.2), find_placer(name), name)\n"
        "    print(name, r.cores.tolist(), r.cost, r.bound, r.status)\n"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, threads in (("1", "1"), ("2", "2"))
    ]
    assert said[0] == said[1]
    assert len(said[0].splitlines()) == len(PLACERS)


# what a search is made of


@settings(max_examples=40)
@given(given_problem=problems())
def test_a_search_never_makes_it_worse(given_problem: PlacementProblem) -> None:
    instance = instance_of(given_problem)
    start = greedy_start(instance)
    lower = descend(instance, start, 5)
    assert instance.cost(lower) <= instance.cost(start)
    if instance.slices:
        assert instance.cost(tabu_search(instance, lower, 30, 1)) <= instance.cost(lower)


def test_search_is_better_than_its_start() -> None:
    topology = load_targets()["spinnaker2"].topology
    given_problem = problem(topology, 40, layers([16, 12, 8, 4]))
    costs = [
        PLACERS[name](given_problem, PlaceOptions(work=0.3)).cost for name in ("greedy", "search")
    ]
    assert costs[1] < 0.85 * costs[0]


@settings(max_examples=30)
@given(given_problem=problems(most=4))
def test_cpsat_proves_by_itself(given_problem: PlacementProblem) -> None:
    instance = instance_of(given_problem)
    assume(instance.slices > 0)
    assert is_small(instance, 1.0)
    proven = solve(instance, greedy_start(instance), 1.0, 0)
    assert proven.bound == instance.cost(proven.at) == optimum(given_problem)


def test_large_problems_are_not_for_cpsat() -> None:
    topology = load_targets()["spinnaker2"].topology
    assert not is_small(instance_of(problem(topology, 60, layers([30, 20, 10]))), 1.0)


@settings(max_examples=30)
@given(st.data())
def test_assignment_is_the_cheapest(data: st.DataObject) -> None:
    slices, places = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    room = data.draw(st.lists(st.integers(0, 4), min_size=places, max_size=places))
    assume(sum(room) >= slices)
    values = st.lists(st.integers(0, 50), min_size=places, max_size=places)
    prices = np.array(data.draw(st.lists(values, min_size=slices, max_size=slices)))
    at, total = assign(prices, np.array(room))
    best = min(
        sum(int(prices[part, place]) for part, place in enumerate(chosen))
        for chosen in itertools.product(range(places), repeat=slices)
        if all(chosen.count(place) <= room[place] for place in range(places))
    )
    assert total == best == int(prices[np.arange(slices), at].sum())


def test_the_bound_is_exact_for_a_star() -> None:
    star = problem(MESH, 4, [(0, [1, 2, 3], 10)])
    instance = instance_of(star)
    assert lower_bound(instance, 10_000) == optimum(star)


# what cannot be placed


def refusal(*args: object, **rest: object) -> str:
    with pytest.raises(SomacError) as caught:
        instance_of(problem(*args, **rest))  # type: ignore[arg-type]
    assert caught.value.exit_code == 3
    return str(caught.value)


def test_a_machine_in_pieces() -> None:
    said = refusal(machine(["#.#", "#.@"]), 2, [])
    assert "E0604" in said
    assert "no way leads from chip(0,0) core" in said
    alone = machine(["#.R", "#.."])
    assert "from the host to chip(0,0) core " in refusal(alone, 1, [(HOST, [0], 1)])
    assert instance_of(problem(alone, 1, [])).slices == 1  # which the host says nothing to


def test_rates_that_are_too_large() -> None:
    with pytest.raises(ValueError, match="too large"):
        instance_of(problem(MESH, 2, [(0, [1], 1 << 52)]))
