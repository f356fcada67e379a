"""`PlacerConformance`: the tests that every placer passes (needs pytest and hypothesis)."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from somac.compiler.children import environment
from somac.compiler.mapping.audit import audit
from somac.compiler.mapping.place.result import PlacementResult
from somac.compiler.mapping.placed import late, place
from somac.compiler.mapping.problem import Constraints, Machine, MappingProblem
from somac.compiler.mapping.solve import SolveOptions, solve
from somac.compiler.plugins import find_placer
from somac.compiler.testing.kit import refuse_overrides
from somac.compiler.testing.placements import (
    chain,
    machine,
    optimum,
    price,
    problem,
    random_problem,
    shuffled,
)
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.placement import PlacementProblem, PlaceOptions

__all__ = ["PlacerConformance"]

_SEEDS = st.integers(0, 2**32 - 1)
_QUICK = PlaceOptions(work=0.1)
_QUICKER = PlaceOptions(work=0.01, prove=False)

_CHILD = """
import sys
from somac.compiler.mapping.placed import place
from somac.compiler.plugins import find_placer
from somac.compiler.testing.placements import chain
from somac.ir.placement import PlaceOptions

name = sys.argv[1]
found = place(chain(5), PlaceOptions(work=0.1, seed=7, prove=False), find_placer(name), name)
print("cores", *found.cores.tolist())
"""


class PlacerConformance:
    """Every test that a placer must pass: subclass it, name the placer, run pytest.

    ::

        class TestMyPlacer(PlacerConformance):
            placer = "mine"

    The placer is found as users find it: install its package first.

    Attributes
    ----------
    placer
        Its name.
    examples
        How many random problems are tried.
    time_limit
        Seconds that it is given where it must mind a limit.
    """

    placer: ClassVar[str]
    examples: ClassVar[int] = 25
    time_limit: ClassVar[float] = 1.0

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        refuse_overrides(cls, PlacerConformance, "placer")

    def _placed(self, given: PlacementProblem, options: PlaceOptions = _QUICK) -> PlacementResult:
        return place(given, options, find_placer(self.placer), self.placer)

    def _each(self, check: Any) -> None:
        """A check of random problems, each named by its seed."""
        hurry = [HealthCheck.too_slow]
        tried = settings(max_examples=self.examples, deadline=None, suppress_health_check=hurry)
        tried(given(_SEEDS)(check))()

    def test_it_is_found_and_whole(self) -> None:
        """Its package registers it, INFO says what it is, and it is of this version."""
        assert callable(find_placer(self.placer))

    def test_placements_are_legal_and_priced_right(self) -> None:
        """On machines with dead cores and links, with pins: every slice on a core of its own."""

        def check(seed: int) -> None:
            problem = random_problem(seed)
            found = self._placed(problem)
            assert 0 <= found.bound <= found.cost
            if problem.objective == "unicast":
                assert found.cost == price(problem, found.cores)

        self._each(check)

    def test_bounds_hold(self) -> None:
        """No placement of a few slices costs less than the bound: all of them are looked at."""

        def check(seed: int) -> None:
            problem = random_problem(seed, most=4)
            found = self._placed(problem)
            assert found.bound <= optimum(problem) <= found.cost

        self._each(check)

    @pytest.mark.parametrize("slices", [0, 1, 4])
    def test_tiny_and_full_machines(self, slices: int) -> None:
        """Nothing to place, one slice, and as many as there are cores."""
        nets = [(part, [(part + 1) % slices], 10) for part in range(slices)]
        found = self._placed(problem(machine(["##", "@#"]), slices, nets))
        assert found.cores.shape == (slices,)

    def test_all_pinned(self) -> None:
        """Where every slice has its core, that is the placement."""
        pins = {0: 3, 1: 1, 2: 0}
        given = problem(machine(["##", "@#"]), 3, [(0, [1, 2], 10)], pins=pins)
        np.testing.assert_array_equal(self._placed(given).cores, [3, 1, 0])

    @pytest.mark.parametrize("dead", [False, True])
    def test_what_is_infeasible_is_refused(self, dead: bool) -> None:
        """More slices than cores, and pins to dead cores, are errors with a code."""
        topology = machine(["##", "@#"], dead_cores=[(0, 0, 1)] if dead else [])
        with pytest.raises(SomacError) as refused:
            self._placed(problem(topology, 3 if dead else 5, [], pins={0: 1} if dead else {}))
        assert refused.value.diagnostics[0].code == "E0603"

    def test_the_same_again(self) -> None:
        """One problem and one seed give one placement, whatever was placed in between."""

        def check(seed: int) -> None:
            problem = random_problem(seed)
            options = PlaceOptions(work=0.1, seed=seed, prove=False)
            first = self._placed(problem, options)
            self._placed(random_problem(seed ^ 1), _QUICKER)
            np.testing.assert_array_equal(self._placed(problem, options).cores, first.cores)

        self._each(check)

    def test_the_same_in_another_process(self) -> None:
        """Nor does it depend on the order of sets, or on how many threads there are."""
        here = self._placed(chain(5), PlaceOptions(work=0.1, seed=7, prove=False))
        for number in ("1", "2"):
            threads = {"OMP_NUM_THREADS": number, "OPENBLAS_NUM_THREADS": number}
            done = subprocess.run(
                [sys.executable, "-c", _CHILD, self.placer],
                env=environment(PYTHONHASHSEED=number, **threads),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            assert done.stdout.splitlines()[-1] == " ".join(map(str, ["cores", *here.cores]))

    def test_problems_are_left_alone(self) -> None:
        """A placer changes nothing that it is given."""
        given = random_problem(5)
        pins = dict(given.pins)
        self._placed(given)
        assert given.pins == pins

    @pytest.mark.parametrize("per_slice", [1, 3])
    def test_no_worse_than_chance(self, per_slice: int) -> None:
        """Where traffic has a structure, random placements cost more on average."""
        for seed in range(3):
            given = chain(6, per_slice, seed)
            found = self._placed(given)
            chance = [price(given, shuffled(given, n)) for n in range(20)]
            assert found.cost <= np.mean(chance)

    @pytest.mark.parametrize("share", [0.0, 1.0])
    def test_time_limits_are_minded(self, share: float) -> None:
        """It ends in time on a machine of 400 cores; without any time it still has an answer."""
        given = chain(20, 4)
        limit = share * self.time_limit
        options = PlaceOptions(work=10.0, time_limit=limit, prove=False)
        told: list[Diagnostic] = []
        for _ in range(2):  # what is compiled at the first call does not count
            told.clear()
            begin = time.monotonic()
            place(given, options, find_placer(self.placer), self.placer, told.append)
            if not late(time.monotonic() - begin, limit):
                break
        assert told == []

    def test_a_whole_mapping_is_right(self) -> None:
        """Partition, this placer, routes and tables: the independent checker finds nothing."""
        topology = machine(["###", "#@#"], 2, ((0, 1),), dead_cores=[(0, 0, 3)])
        slices = 10
        nets = problem(topology, slices, [(n, [(n * 3 + 1) % slices], 100) for n in range(slices)])
        given = MappingProblem(
            name="conformance",
            machine=Machine("two chips", topology, {"neurons": 2}, 64),
            resources=("neurons",),
            demand=np.ones((slices, 1), dtype=np.int64),
            nets=nets.nets,
            keys=np.ones(slices, dtype=np.int64),
            constraints=Constraints(pins={4: 5}, reserved=(2,)),
        )
        solution = solve(given, SolveOptions(placer=self.placer, place=_QUICK))
        assert audit(given, solution) == ()
        assert solution.core[4] == 5
