"""Mapping problems solved: the checker accepts the solution, or the reason is given."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mapping_cases
import numpy as np
import pytest
from click.testing import Result
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from somac.compiler.mapping.audit import audit
from somac.compiler.mapping.effort import Effort
from somac.compiler.mapping.problem import Constraints, Machine, MappingProblem
from somac.compiler.mapping.solve import Solution, solve
from somac.ir.errors import SomacError
from somac.ir.placement import HOST, Nets

Somac = Callable[..., Result]

QUICK = Effort(0).options()


def machine(chips: int = 1, cores: int = 2, entries: int = 64) -> Machine:
    """Chips in a row, each of two by two nodes."""
    topology = mapping_cases.machine(["##", "@#"], cores, [(0, chips - 1)])
    return Machine("some", topology, {"neurons": 100}, entries)


def problem(
    takes: list[int],
    hears: dict[int, list[int]],
    where: Machine | None = None,
    constraints: Constraints | None = None,
    sharing: bool = True,
) -> MappingProblem:
    """Slices that take so many neurons, and who hears whom."""
    nets = Nets.of((source, hears[source], 1000) for source in sorted(hears))
    return MappingProblem(
        "some",
        where or machine(),
        ("neurons",),
        np.array(takes, dtype=np.int64).reshape(-1, 1),
        nets,
        np.ones(len(nets), dtype=np.int64),
        constraints or Constraints(),
        sharing,
    )


def solved(given: MappingProblem) -> Solution:
    solution = solve(given, QUICK)
    assert audit(given, solution) == ()
    taken = np.zeros(given.machine.topology.cores, dtype=np.int64)
    np.add.at(taken, solution.core, given.demand[:, 0])
    assert taken.max() <= 100
    return solution


def test_slices_share_cores_as_far_as_they_fit() -> None:
    solution = solved(problem([50] * 6, {0: [1], 2: [3], 4: [5]}))
    assert solution.partition is not None
    assert (solution.partition.clusters, solution.partition.connectivity) == (3, 0)
    # who hears whom shares a core: nothing travels
    np.testing.assert_array_equal(solution.core[0::2], solution.core[1::2])
    assert solution.proof.cost == 0


def test_no_core_is_shared_unless_asked() -> None:
    alone = problem([1] * 5, {0: [1, 2]}, sharing=False)
    assert len(np.unique(solved(alone).core)) == 5
    wishes = Constraints(together=((0, 1),), pins={2: 3, 4: 3})
    few = problem([1] * 5, {0: [1, 2]}, constraints=wishes, sharing=False)
    core = solved(few).core
    assert core[0] == core[1]
    assert core[2] == core[4] == 3
    assert len(np.unique(core)) == 3


def test_wishes_are_met() -> None:
    wishes = Constraints(together=((0, 3),), apart=((1, 2, 4),), pins={5: 7, 0: 2}, reserved=(0, 1))
    core = solved(problem([20] * 6, {0: [1, 2, 3, 4, 5]}, constraints=wishes)).core
    assert core[0] == core[3] == 2
    assert core[5] == 7
    assert len({*core[[1, 2, 4]].tolist()}) == 3
    assert not np.isin(core, [0, 1]).any()


def test_host_and_slices_without_traffic() -> None:
    solution = solved(problem([100] * 4, {HOST: [0, 2]}))
    assert solution.heard.tolist() == sorted(solution.core[[0, 2]].tolist())
    assert solved(problem([], {})).core.tolist() == []
    assert solved(problem([10], {0: [0]})).proof.cost == 0


@pytest.mark.parametrize(
    ("takes", "wishes", "code", "says"),
    [
        ([101], Constraints(), "E0601", "101 neurons"),
        ([60] * 9, Constraints(), "E0602", "8 cores"),
        ([60] * 2, Constraints(together=((0, 1),)), "E0601", "120 neurons"),
        ([60] * 4, Constraints(reserved=tuple(range(5))), "E0602", "3 cores"),
        ([1, 1], Constraints(apart=((0, 1),), pins={0: 1, 1: 1}), "E0620", "apart"),
    ],
)
def test_what_does_not_fit(takes: list[int], wishes: Constraints, code: str, says: str) -> None:
    with pytest.raises(SomacError) as caught:
        solve(problem(takes, {0: [0]}, constraints=wishes), QUICK)
    assert caught.value.diagnostics[0].code == code
    assert caught.value.exit_code == (2 if code == "E0620" else 3)
    assert says in str(caught.value)


def test_apart_and_pinned_to_one_core_where_no_core_is_shared() -> None:
    wishes = Constraints(apart=((0, 1),), pins={0: 1, 1: 1})
    with pytest.raises(SomacError, match="slices 0 and 1 are to be kept apart") as caught:
        solve(problem([1, 1], {0: [1]}, constraints=wishes, sharing=False), QUICK)
    assert caught.value.diagnostics[0].code == "E0620"


def test_trees_cost_less_than_their_branches_alone() -> None:
    hears = {0: [1, 2, 3, 4, 5, 6, 7]}
    alone = problem([100] * 8, hears, machine(cores=1, chips=2))
    shared = replace(alone, objective="multicast")
    # seven cores on the nodes of two chips: every link is used once
    assert solved(shared).proof.cost < solved(alone).proof.cost


def test_full_table() -> None:
    hears = {part: [(part + 1) % 8] for part in range(8)}
    with pytest.raises(SomacError) as caught:
        solve(problem([100] * 8, hears, machine(entries=3)), QUICK)
    assert caught.value.diagnostics[0].code == "E0606"


@settings(max_examples=25)
@given(st.data())
def test_random_problems_end_in_a_checked_solution_or_a_reason(data: st.DataObject) -> None:
    parts = data.draw(st.integers(0, 14))
    takes = data.draw(st.lists(st.integers(0, 110), min_size=parts, max_size=parts))
    some = st.integers(0, max(parts - 1, 0))
    hears = data.draw(
        st.dictionaries(
            st.integers(HOST, parts - 1), st.lists(some, min_size=1, max_size=5), max_size=parts
        )
        if parts
        else st.just({})
    )
    sizes = st.integers(1, 2)
    given = problem(takes, hears, machine(data.draw(sizes), data.draw(sizes)))
    cores = int(given.usable.sum())
    if max(takes, default=0) > 100 or sum(takes) > 100 * cores:
        with pytest.raises(SomacError) as caught:
            solve(given, QUICK)
        assert caught.value.exit_code == 3
        return
    # half full is never hard to pack
    assume(sum(takes) <= 50 * cores)
    solution = solve(given, QUICK)
    assert audit(given, solution) == ()
    again = solve(given, QUICK)
    np.testing.assert_array_equal(solution.core, again.core)
    assert solution.routing.tables == again.routing.tables


# -- the command ------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    text: dict[str, Any] = {
        "somac": "mapping-problem",
        "version": 1,
        "machine": {"plan": ["##", "@#"], "capacity": {"neurons": 100}},
        "slices": {"count": 3, "demand": {"neurons": 60}},
        "nets": {"source": [0, 1], "targets": [[1, 2], [2]]},
    }
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(text))
    return path


def test_map(somac: Somac, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "solution.json"
    done = somac("map", file, "-o", out, "--effort", "0")
    assert "3 slices on 3 of 4 cores" in done.stdout
    assert "gap 0.0 % (optimal by" in done.stdout
    assert "0 findings" in done.stdout
    answer = json.loads(out.read_text())
    assert [len(core) for core in answer["slices"]] == [3, 3, 3]
    assert len({tuple(core) for core in answer["slices"]}) == 3
    assert answer["cost"] == answer["bound"]
    assert [len(net["cores"]) for net in answer["nets"]] == [2, 1]
    again = tmp_path / "again.json"
    somac("map", file, "-o", again, "--effort", "0")
    assert again.read_bytes() == out.read_bytes()


def test_map_as_json(somac: Somac, file: Path) -> None:
    document = json.loads(somac("map", file, "--json", "--effort", "0").stdout)
    result = document["result"]
    assert (result["slices"], result["cores_used"], result["findings"]) == (3, 3, 0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("--effort", "4"), None), (("--time-limit", "0"), None), (("-o", "problem.json"), "E0908")],
)
def test_map_with_wrong_options(
    somac: Somac, file: Path, arguments: tuple[str, ...], code: str | None
) -> None:
    given = [file if a == "problem.json" else a for a in arguments]
    done = somac("map", file, *given, exit_code=2)
    assert code is None or f"error[{code}]" in done.stderr


def test_map_of_what_does_not_fit(somac: Somac, file: Path, tmp_path: Path) -> None:
    file.write_text(file.read_text().replace('"count": 3', '"count": 5'))
    done = somac("map", file, "-o", tmp_path / "none.json", exit_code=3)
    assert "error[E0602]" in done.stderr
    assert not (tmp_path / "none.json").exists()


def test_a_slice_pinned_to_a_dead_core_is_named() -> None:
    whole = machine()
    usable = whole.topology.core_usable.copy()
    usable[3] = False
    broken = replace(whole, topology=replace(whole.topology, core_usable=usable))
    wishes = Constraints(pins={0: 2, 1: 3})
    with pytest.raises(SomacError, match=r"slice 1 is pinned to .* which is dead"):
        solve(problem([1, 1], {0: [1]}, broken, wishes), QUICK)
