"""What tests of mapping share: our placers by name, and placements held to definitions."""

from __future__ import annotations

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from somac.compiler.mapping.place.placers import place_cpsat, place_greedy, place_search
from somac.compiler.mapping.place.result import PlacementResult
from somac.compiler.testing.placements import NetList, machine, price, problem
from somac.ir.paths import find_paths
from somac.ir.placement import PlacementProblem
from somac.ir.target import Topology

__all__ = ["PLACERS", "NetList", "check", "has_price", "machine", "machines", "price", "problem"]

PLACERS = {"cpsat": place_cpsat, "greedy": place_greedy, "search": place_search}
"""Ours, by the names under which they are registered."""


def has_price(given: PlacementProblem) -> bool:
    """Whether `price` is the cost: spanning trees know no ways back that are longer."""
    if given.objective == "unicast":
        return True
    node = np.arange(given.topology.nodes)
    hops = find_paths(given.topology).hops(node[:, None], node[None, :])
    return np.array_equal(hops, hops.T)


def check(given: PlacementProblem, result: PlacementResult) -> None:
    """Feasible, at the cost it says, and no better than its bound."""
    assert result.cores.shape == (given.slices,)
    assert len(set(result.cores.tolist())) == given.slices
    assert given.free[result.cores].all()
    for part, core in given.pins.items():
        assert result.cores[part] == core
    if has_price(given):
        assert result.cost == price(given, result.cores)
    assert 0 <= result.bound <= result.cost
    assert result.status == ("optimal" if result.bound == result.cost else "feasible")


@st.composite
def machines(draw: st.DrawFn) -> Topology:
    """Boards of chips with holes, of one core per node."""
    width, height = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    letters = draw(
        st.lists(st.sampled_from("####."), min_size=width * height, max_size=width * height)
    )
    at = draw(st.integers(0, width * height - 1))
    letters[at] = draw(st.sampled_from("R@"))
    rows = ["".join(letters[y * width : (y + 1) * width]) for y in range(height)]
    board = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=3))
    assume("#" in letters or "@" in letters)
    outline = [(min(row), max(row)) for row in board]
    return machine(rows, board=outline, hops=draw(st.integers(1, 12)))
