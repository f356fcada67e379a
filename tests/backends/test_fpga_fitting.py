"""Lanes are chosen as well as can be: held against every choice there is, on small networks."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from leaky_texts import leaky_text

from somac.backends.api import Guidance
from somac.backends.fpga import create
from somac.backends.fpga.emit.engines import Updates
from somac.backends.fpga.fitting import folding_for, require_room
from somac.backends.fpga.fitting.menu import Way, menus, single_ways
from somac.backends.fpga.folding import Folding, Solved, fold
from somac.compiler.passes.map import map_network
from somac.compiler.passes.quantise import quantise
from somac.compiler.targets import find_target
from somac.grammar.lower import network_of
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping
from somac.ir.target import Part, Target

TEXT = leaky_text("""
input x[24]: spikes
population a[40]: leaky
population b[30]: leaky
population c[7]: leaky
projection x -> a: dense(uniform(-0.2, 0.5), seed = 1)
projection a -> b: dense(uniform(-0.2, 0.5), seed = 2)
projection b -> b: dense(uniform(-0.2, 0.3), seed = 3) delay 1 ms
projection b -> c: dense(uniform(-0.2, 0.5), seed = 4)
projection c -> a: dense(uniform(-0.2, 0.5), seed = 5) delay 2 ms
output c
""")


@pytest.fixture(scope="module")
def target() -> Target:
    return find_target("ulx3s-25f")


@pytest.fixture(scope="module")
def network() -> IntegerNetwork:
    return quantise(network_of(TEXT)).network


@pytest.fixture(scope="module")
def placed(network: IntegerNetwork, target: Target) -> Mapping:
    backend = create()
    guidance = Guidance()
    _, found = map_network(network, target, lambda n: backend.resources(n, target, guidance), {})
    return found


def part_of(target: Target) -> Part:
    assert target.part is not None
    return target.part


def interval(network: IntegerNetwork, folding: Folding, ways: tuple[Way, ...]) -> int:
    """The shortest time from a step to the next: engines, inputs, and every loop."""
    names = [e.slices[0].population for e in folding.engines]
    by_name = dict(zip(names, ways, strict=True))
    least = max(w.busy for w in ways)
    least = max(least, *(-(-i.size // folding.inputs[i.name]) for i in network.inputs))
    while True:
        begins = dict.fromkeys(names, 0)
        for _ in range(len(names) + 1):
            before = dict(begins)
            for p in network.projections:
                if p.source in by_name:
                    source = by_name[p.source]
                    ready = begins[p.source] + source.busy + source.flight + 1
                    begins[p.target] = max(begins[p.target], ready - p.delay * least)
        if begins == before:
            return least
        least += 1


def fits(ways: tuple[Way, ...], part: Part, share: float) -> bool:
    return all(
        sum(w.area.get(pool, 0) for w in ways) <= int(units * share)
        for pool, units in part.pools.items()
    )


def solved(folding: Folding) -> Solved:
    assert folding.solved is not None
    return folding.solved


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
def test_no_choice_of_lanes_is_faster(
    network: IntegerNetwork, placed: Mapping, target: Target, share: float
) -> None:
    guidance = Guidance(options={"fit": 100 * share})
    found = folding_for(network, placed, target, guidance)
    menu = menus(network, placed.order, found, part_of(target), guidance, Updates())
    reached = [
        interval(network, found, ways)
        for ways in product(*menu)
        if fits(ways, part_of(target), share)
    ]
    assert solved(found).interval == min(reached)
    assert solved(found).value == solved(found).bound == min(reached)


def test_more_of_a_part_is_never_slower(
    network: IntegerNetwork, placed: Mapping, target: Target
) -> None:
    shares = (0.45, 0.6, 0.75, 0.9)
    intervals = [
        solved(
            folding_for(network, placed, target, Guidance(options={"fit": 100 * share}))
        ).interval
        for share in shares
    ]
    assert intervals == sorted(intervals, reverse=True)
    assert intervals[0] > intervals[-1]


def test_a_latency_is_kept_with_few_lanes(
    network: IntegerNetwork, placed: Mapping, target: Target
) -> None:
    fast = folding_for(network, placed, target, Guidance(options={"fit": 85}))
    slow = 4 * solved(fast).latency / (part_of(target).clock_mhz * 1e6)
    found = folding_for(network, placed, target, Guidance(options={"latency-us": 1e6 * slow}))
    assert solved(found).latency <= 4 * solved(fast).latency
    assert sum(e.updaters for e in found.engines) < sum(e.updaters for e in fast.engines)


def test_a_latency_that_nothing_reaches(
    network: IntegerNetwork, placed: Mapping, target: Target
) -> None:
    with pytest.raises(SomacError) as raised:
        folding_for(network, placed, target, Guidance(options={"latency-us": 1}))
    (problem,) = raised.value.diagnostics
    assert problem.code == "E0664"
    assert "us at best" in str(problem.have)
    assert problem.need == "1 us"
    assert raised.value.exit_code == 3


def test_a_part_that_is_too_small(network: IntegerNetwork, target: Target) -> None:
    part = part_of(target)
    tiny = replace(target, part=replace(part, luts=500))
    with pytest.raises(SomacError) as raised:
        require_room(network, tiny, Guidance(options={"fit": 50}))
    (problem,) = raised.value.diagnostics
    assert problem.code == "E0663"
    assert problem.have == "250 (50% of 500)"
    assert "estimated" in str(problem.need)


def test_the_usual_share_is_left_where_it_is_too_small(
    network: IntegerNetwork, placed: Mapping, target: Target
) -> None:
    # nine multipliers, of which a quarter are seven
    with pytest.raises(SomacError):
        folding_for(network, placed, target, Guidance(options={"fit": 25}))
    found = folding_for(network, placed, target, Guidance())
    assert found == folding_for(network, placed, target, Guidance(options={"fit": 85}))


def test_engines_that_read_whole_words_fit_where_they_can(target: Target) -> None:
    """Beside wide engines each takes too many multipliers, with one lane too."""
    text = """
network values:
    dt 1 ms
    profile nir-euler

neuron kept(tau [s] = 20 ms):
    input i
    dv/dt = (i - v) / tau
    send v

input x[8]: values
population a[16]: kept
population b[16]: kept
population c[16]: kept
projection x -> a: dense(uniform(-0.2, 0.2), seed = 1)
projection a -> b: dense(uniform(-0.2, 0.2), seed = 2)
projection b -> c: dense(uniform(-0.2, 0.2), seed = 3)
output c
"""
    network = quantise(network_of(text)).network
    backend, guidance = create(), Guidance(options={"fit": 85})
    _, found = map_network(network, target, lambda n: backend.resources(n, target, guidance), {})
    part = part_of(target)
    chosen = folding_for(network, found, target, guidance)
    assert all(e.whole for e in chosen.engines)
    assert fits(single_ways(network, found.order, chosen, part, guidance), part, 0.85)


def test_the_same_choice_every_time(
    network: IntegerNetwork, placed: Mapping, target: Target
) -> None:
    first, second = (folding_for(network, placed, target, Guidance()) for _ in range(2))
    assert first == second


def test_lanes_can_be_given(placed: Mapping, network: IntegerNetwork) -> None:
    cores = [s.core for s in placed.slices if s.core is not None]
    found = fold(network, placed, dict.fromkeys(cores, 5))
    assert [e.lanes for e in found.engines] == [5, 5, 5]


def test_a_signal_ends_the_search(
    network: IntegerNetwork, placed: Mapping, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself the solver would take Ctrl-C for a wish to go on with the best so far."""
    from ortools.sat.python import cp_model

    caught = []
    solve = cp_model.CpSolver.solve

    def told(solver: cp_model.CpSolver, model: cp_model.CpModel) -> object:
        caught.append(solver.parameters.catch_sigint_signal)
        return solve(solver, model)

    monkeypatch.setattr(cp_model.CpSolver, "solve", told)
    folding_for(network, placed, target, Guidance(options={"fit": 85}))
    assert set(caught) == {False}
