"""Mapping problems from files: what they mean, and what is said of wrong ones."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.compiler.mapping.problem import MappingProblem
from somac.compiler.mapping.problem.file import MAX_BYTES, read_problem
from somac.ir.errors import SomacError
from somac.ir.placement import HOST

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="session")
def documented(repository: Path) -> dict[str, Any]:
    """The example of the documentation."""
    page = (repository / "docs" / "reference" / "mapping-problem.md").read_text()
    found = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert found
    return json.loads(found.group(1))


@pytest.fixture
def changed(documented: dict[str, Any], tmp_path: Path) -> Callable[[Change], Path]:
    """The documented problem with something else in it."""

    def write(change: Change) -> Path:
        problem = deepcopy(documented)
        change(problem)
        path = tmp_path / "problem.json"
        path.write_text(json.dumps(problem))
        return path

    return write


def refused(path: Path) -> SomacError:
    with pytest.raises(SomacError) as caught:
        read_problem(path)
    assert caught.value.exit_code == 2
    assert all(d.place.file == str(path) for d in caught.value.diagnostics)
    return caught.value


def test_documented_problem(changed: Callable[[Change], Path]) -> None:
    problem = read_problem(changed(lambda _: None))
    topology = problem.machine.topology
    assert (problem.slices, topology.cores, topology.chips) == (8, 16, 2)
    np.testing.assert_array_equal(problem.demand[:, 0], [200, 200, 100, 100, 60, 60, 60, 60])
    assert problem.capacity.tolist() == [256]
    assert problem.nets.source.tolist() == [HOST, 0, 1, 2]
    assert problem.nets.rate.tolist() == [500] * 4
    assert problem.nets.start.tolist() == [0, 1, 4, 6, 8]
    assert problem.constraints.pins == {0: 0}
    assert problem.constraints.together == ((4, 5),)
    assert np.flatnonzero(~problem.usable).tolist() == [1, 15]
    assert topology.link_cost.max() == 4
    assert problem.digest() == read_problem(changed(lambda _: None)).digest()


def test_a_target_of_its_own(changed: Callable[[Change], Path]) -> None:
    other = {"machine": {"target": "spinnaker2"}, "constraints": {}}
    problem = read_problem(changed(lambda p: p.update(other)))
    assert problem.machine.topology.cores == 152
    assert problem.machine.capacity["neurons"] == 256


def test_a_torus_has_no_edge(changed: Callable[[Change], Path]) -> None:
    board = {"rows": [[0, 3]] * 4, "wrapped": True, "capacity": {"neurons": 256}}
    wide = {"slices": {"count": 0}, "nets": {}, "constraints": {}}
    topology = read_problem(changed(lambda p: p.update(wide, machine=board))).machine.topology
    assert topology.links == 16 * 6
    narrow = board | {"rows": [[0, 1]] * 2}
    topology = read_problem(changed(lambda p: p.update(wide, machine=narrow))).machine.topology
    # every pair of the four chips once, each way
    assert topology.links == 4 * 3


def test_what_is_broken_is_not_there(changed: Callable[[Change], Path]) -> None:
    def broken(problem: dict[str, Any]) -> None:
        problem["machine"] |= {
            "dead_links": [[[0, 0], [1, 0]]],
            "dead_ways": [[[1, 0], [0, 0], [0, 1]]],
        }

    whole = read_problem(changed(lambda _: None)).machine.topology
    topology = read_problem(changed(broken)).machine.topology
    assert whole.links - topology.links == 4
    chips = topology.node_chip[np.stack([topology.link_source, topology.link_target])]
    np.testing.assert_array_equal(*chips)


@pytest.mark.parametrize(
    ("part", "value", "code", "says"),
    [
        (("machine", "rowz"), 1, "E0611", "machine.rowz"),
        (("machine", "rows"), "x", "E0611", "machine.rows"),
        (("machine", "node_cores"), 0, "E0611", "machine.node_cores"),
        (("machine", "node_cores"), 2.0, "E0611", "machine.node_cores"),
        (("machine", "plan"), ["##", "#"], "E0611", "differ in length"),
        (("machine", "wrapped"), 1, "E0611", "machine.wrapped"),
        (("machine", "host_chip"), [5, 5], "E0611", "no chip at (5, 5)"),
        (("machine", "dead_cores"), [[9, 9, 0]], "E0611", "no core 0 on a chip at (9, 9)"),
        (("machine", "dead_links"), [[[0, 0], [7, 0]]], "E0611", "no chip at (7, 0)"),
        (("machine", "dead_ways"), [[[0, 0], [0, 0], [5, 5]]], "E0611", "(5, 5)"),
        (("machine", "target"), "spinnaker2", "E0611", "states capacity too"),
        (("machine",), {"target": "spinaker2"}, "E0310", "spinnaker2"),
        (("version",), 2, "E0611", "version"),
        (("objective",), "broadcast", "E0611", "objective"),
        (("slices", "count"), 9, "E0610", "8 amounts"),
        (("slices", "count"), -1, "E0611", "slices.count"),
        (("slices", "demand"), {"bytes": 1}, "E0610", "bytes"),
        (("nets", "source"), [-1, 0, 1, 1], "E0610", "slice 1 has 2 nets"),
        (("nets", "source"), [-1, 0, 1], "E0610", "3 sources"),
        (("nets", "source"), [-1, 0, 1, 8], "E0610", "slice 8"),
        (("nets", "source"), [-2, 0, 1, 2], "E0611", "nets.source.0"),
        (("nets", "targets"), [[0], [1], [2], [8]], "E0610", "slice 8"),
        (("nets", "rate"), float("nan"), "E0611", "nets.rate"),
        (("constraints", "pins"), [[0, [0, 0, 99]]], "E0610", "no core 99"),
        (("constraints", "pins"), [[8, [0, 0, 0]]], "E0610", "slice 8"),
        (("constraints", "reserved"), [[0, 0, 0]], "E0610", "reserved"),
        (("constraints", "together"), [[0, 1], [1, 2]], "E0610", "two groups"),
        (("constraints", "together"), [[1, 1]], "E0610", "twice"),
        (("constraints", "apart"), [[4, 5]], "E0610", "together and apart"),
    ],
)
def test_mistakes(
    changed: Callable[[Change], Path], part: tuple[str, ...], value: Any, code: str, says: str
) -> None:
    def change(problem: dict[str, Any]) -> None:
        *way, last = part
        for key in way:
            problem = problem[key]
        problem[last] = value

    error = refused(changed(change))
    assert error.diagnostics[0].code == code
    assert says in str(error)


def test_misspelt_key_is_guessed(changed: Callable[[Change], Path]) -> None:
    (found,) = refused(changed(lambda p: p["machine"].update(node_core=2))).diagnostics
    assert found.hint == "did you mean 'node_cores'?"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no JSON"),
        (b"{", ":1:2"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"somac": 1, "somac": 2}', "'somac' is there twice"),
        (b"[" * 100_000, "no JSON that can be read"),
        (b"[]", "the file"),
    ],
)
def test_no_problem_at_all(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "problem.json"
    path.write_bytes(content)
    error = refused(path)
    assert error.diagnostics[0].code == "E0611"
    assert says in str(error)


def test_missing_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.json").diagnostics[0].code == "E0101"
    assert refused(tmp_path).diagnostics[0].code == "E0102"


def test_file_in_a_folder_that_may_not_be_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    assert refused(tmp_path / "problem.json").diagnostics[0].code == "E0103"


def test_file_that_is_far_too_long(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.touch()
    os.truncate(path, MAX_BYTES + 1)
    assert refused(path).diagnostics[0].code == "E0611"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(data=st.data())
def test_no_change_gives_a_traceback(
    documented: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    problem = deepcopy(documented)
    part: Any = problem
    while True:
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(part[key], (dict, list)) or not part[key] or data.draw(st.booleans()):
            break
        part = part[key]
    part[key] = data.draw(JSON)
    path = tmp_path_factory.getbasetemp() / "mutant.json"
    path.write_text(json.dumps(problem))
    with suppress(SomacError):
        assert isinstance(read_problem(path), MappingProblem)
