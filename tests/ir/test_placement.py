"""The interface of placers: problems that make sense, and what an author imports."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from mapping_cases import machine, problem

from somac.ir.errors import SomacError
from somac.ir.placement import HOST, Nets, Placement, integer_rate

MESH = machine(["####", "@###"])


def test_rates_are_whole_numbers() -> None:
    assert [integer_rate(rate) for rate in (0.0, 1e-9, 0.0004, 0.25, 25.6, 1e30)] == [
        1, 1, 1, 250, 25_600, 1 << 31,
    ]  # fmt: skip


def refusal(*args: object, **rest: object) -> str:
    with pytest.raises(SomacError) as caught:
        problem(*args, **rest)  # type: ignore[arg-type]
    assert caught.value.exit_code == 3
    return str(caught.value)


def test_too_many_slices() -> None:
    said = refusal(MESH, 9, [])
    assert "E0603" in said
    assert "have: 8 usable cores" in said
    assert "need: 9 cores" in said


def test_impossible_pins() -> None:
    usable = np.arange(8) != 3
    assert "chip(0,0) core 3, which may not be used" in refusal(
        MESH, 2, [], pins={1: 3}, usable=usable
    )
    assert "core 8, which does not exist" in refusal(MESH, 2, [], pins={1: 8})
    assert "slices 0 and 1 are both pinned" in refusal(MESH, 2, [], pins={0: 4, 1: 4})


def test_nets_must_make_sense() -> None:
    with pytest.raises(ValueError, match="does not exist"):
        problem(MESH, 2, [(0, [2], 1)])
    with pytest.raises(ValueError, match="one rate"):
        Nets(np.zeros(2), np.zeros(1), np.zeros(3), np.zeros(0))
    with pytest.raises(ValueError, match="pinned but does not exist"):
        problem(MESH, 2, [], pins={2: 0})


def test_nets_of_lists() -> None:
    nets = Nets.of([(HOST, [0, 1], 5), (1, [], 7), (0, [1], 9)])
    assert len(nets) == 3
    np.testing.assert_array_equal(nets.start, [0, 2, 2, 3])
    np.testing.assert_array_equal(nets.owner, [0, 0, 2])


def test_nobody_changes_a_problem() -> None:
    given = problem(machine(["@#"]), 2, [(0, [1], 5)])
    for array in (given.free, given.nets.rate, given.topology.core_node):
        assert not array.flags.writeable


def test_cores_are_all_that_a_placer_must_give() -> None:
    assert Placement(np.array([1, 0])).bound is None


def test_the_modules_that_register_placers_are_light() -> None:
    code = (
        "import sys, somac.compiler.placers.cpsat as c, somac.compiler.placers.greedy as g\n"
        "import somac.compiler.placers.search as s\n"
        "print([m.INFO.name for m in (c, g, s)])\n"
        "print({'ortools', 'numba', 'scipy', 'networkx', 'pydantic', 'click'} & {*sys.modules})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['cpsat', 'greedy', 'search']\nset()\n"
