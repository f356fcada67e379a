"""Retiming and C-slowing leave every signal as it was, only later or slower."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.ir.connectivity import Dense, OneToOne
from somac.ir.datapath import Datapath, Instruction
from somac.ir.fixed import BOOL, Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.retime import retime
from somac.ir.simulate import golden

STATE = Format(16, 16)

# v = v - (v >> 2) + i; a spike above 10 takes 10 away
LEAKY = Datapath(
    "leaky",
    (
        Instruction("input", Format(12, 12), name="i"),
        Instruction("state", STATE, name="v"),
        Instruction("const", Format(2, 0), raw=1),
        Instruction("mul", Format(18, 16), (1, 2)),
        Instruction("sub", Format(19, 17), (1, 3)),
        Instruction("add", STATE, (4, 0)),
        Instruction("const", STATE, raw=10),
        Instruction("gt", BOOL, (5, 6)),
        Instruction("sub", STATE, (5, 6)),
        Instruction("select", STATE, (7, 8, 5)),
    ),
    {"v": 9},
    7,
    "spike",
)


def population(name: str, size: int) -> IntegerPopulation:
    return IntegerPopulation(name, (size,), LEAKY, {}, {"v": 0})


def network(
    projections: list[tuple[str, str, int]], weights: np.random.Generator
) -> IntegerNetwork:
    names = sorted({name for a, b, _ in projections for name in (a, b)} - {"x"})
    return IntegerNetwork(
        "n",
        1.0,
        (IntegerInput("x", (3,), "spike", Format(1, 1, signed=False)),),
        tuple(population(name, 3) for name in names),
        tuple(
            IntegerProjection(
                f"{a}_{b}_{k}",
                a,
                b,
                "i",
                Dense(weights.integers(-9, 15, (3, 3)).astype(np.int32)),
                delay,
            )
            for k, (a, b, delay) in enumerate(projections)
        ),
        tuple(Output(f"out_{name}", name) for name in names),
    )


def same_signals(before: IntegerNetwork, after: IntegerNetwork) -> None:
    x = np.random.default_rng(1).integers(0, 2, (2, 25, 3))
    names = [p.name for p in before.populations]
    a = golden(before, {"x": x}, record_states=names)
    b = golden(after, {"x": x}, record_states=names)
    for name, signal in a.signals.items():
        assert signal.any(), "the test drives nothing"
        np.testing.assert_array_equal(b.signals[name], signal)
    for name in names:
        np.testing.assert_array_equal(b.states[name]["v"], a.states[name]["v"])


def test_a_chain_is_skewed() -> None:
    before = network([("x", "a", 0), ("a", "b", 0), ("a", "a", 1)], np.random.default_rng(0))
    after = retime(before, 1).network
    assert after.period == 1
    assert {p.name: p.start for p in after.populations} == {"a": 1, "b": 2}
    assert [p.delay for p in after.projections] == [1, 1, 1]
    same_signals(before, after)


def test_a_short_loop_is_slowed_as_little_as_possible() -> None:
    """Two hops and one tick of delay, as in the memory of an L2MU."""
    before = network([("x", "a", 0), ("a", "b", 0), ("b", "a", 1)], np.random.default_rng(0))
    after = retime(before, 1).network
    assert after.period == 2
    assert min(p.delay for p in after.projections) >= 1
    same_signals(before, after)


def test_extra_delay_is_named() -> None:
    before = network([("x", "a", 0), ("a", "b", 0), ("b", "a", 1)], np.random.default_rng(0))
    result = retime(before, 1, allow_extra_delay=True)
    assert result.network.period == 1
    assert [(e.projection, e.ticks) for e in result.extra] == [("b_a_2", 1)]


def test_delays_of_synapses_are_slowed_too() -> None:
    rng = np.random.default_rng(0)
    before = network([("x", "a", 0), ("a", "b", 0), ("b", "a", 1)], rng)
    wires = OneToOne(np.array([5, 7, 9], np.int32), 3, np.array([0, 2, 1]))
    extra = IntegerProjection("extra", "x", "b", "i", wires, 1)
    before = IntegerNetwork(
        "n",
        1.0,
        before.inputs,
        before.populations,
        (*before.projections, extra),
        before.outputs,
    )
    after = retime(before, 1).network
    assert after.period == 2
    same_signals(before, after)


@pytest.mark.parametrize("least", [1, 3])
@given(seed=st.integers(0, 2**32 - 1))
def test_random_graphs(least: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = ["a", "b", "c"]
    wires = [("x", "a", 0)]
    for i, begin in enumerate(names):
        for j, end in enumerate(names):
            if rng.random() < 0.6:
                wires.append((begin, end, int(rng.integers(int(i >= j), 4))))
    before = network(wires, rng)
    after = retime(before, least).network
    assert min(p.delay for p in after.projections) >= least
    x = rng.integers(0, 2, (1, 12, 3))
    a, b = golden(before, {"x": x}), golden(after, {"x": x})
    for name, signal in a.signals.items():
        np.testing.assert_array_equal(b.signals[name], signal)
    assert after.period == smallest_period(wires, least)


def smallest_period(wires: list[tuple[str, str, int]], least: int) -> int:
    """Over all loops, hops times the least delay over the loop's delay, rounded up."""
    quickest: dict[tuple[str, str], int] = {}
    for begin, end, delay in wires:
        quickest[begin, end] = min(delay, quickest.get((begin, end), delay))
    graph = nx.DiGraph(quickest.keys())
    loops = [
        (len(loop), sum(quickest[a, b] for a, b in pairwise([*loop, loop[0]])))
        for loop in nx.simple_cycles(graph)
    ]
    return max((-(-least * hops // delay) for hops, delay in loops), default=1)
