"""The choice itself, by CP-SAT: with a bound, and the same on every computer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from somac.backends.api import Guidance
from somac.backends.fpga.emit.engines import Updates
from somac.backends.fpga.fitting.menu import Way, menus, single_ways
from somac.backends.fpga.folding import (
    EngineFold,
    Folding,
    Solved,
    fold,
    input_widths,
    reads_whole,
)
from somac.backends.fpga.options import latency_of, shares_of
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.interruptible import solve_interruptibly
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import Slice
from somac.ir.target import Part, Target

__all__ = ["Goal", "fitted", "folding_for", "require_room"]

_ROUNDS = 3
_SECONDS = 5.0
"""Of work by the solver's own count, which is the same on every computer."""
_AREA_UNITS = 10_000
"""A part in whole numbers: what areas are added up in."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What is asked for.

    Parameters
    ----------
    share
        Of each pool of the part that may be used.
    latency_s
        Seconds from the inputs of a step to its outputs, at most; the smallest folding that
        keeps to it is chosen. Without it the fastest that fits into the share.
    clock_hz
        At which the part is run.
    """

    share: float
    clock_hz: float
    latency_s: float | None = None


def folding_for(
    network: IntegerNetwork, mapping: PlacedMapping, target: Target, guidance: Guidance
) -> Folding:
    """The folding for a target: `fitted` to its part, or the usual lanes where it has none.

    Raises
    ------
    SomacError
        As `fitted`.
    """
    if target.part is None:
        return fold(network, mapping)
    part, latency = target.part, latency_of(guidance)
    goals = [Goal(share, part.clock_mhz * 1e6, latency) for share in shares_of(guidance)]
    for goal in goals[:-1]:
        try:
            return fitted(network, mapping, part, guidance, goal)
        except SomacError as error:
            if any(d.code != "E0663" for d in error.diagnostics):
                raise
    return fitted(network, mapping, part, guidance, goals[-1])


def fitted(
    network: IntegerNetwork,
    mapping: PlacedMapping,
    part: Part,
    guidance: Guidance,
    goal: Goal,
) -> Folding:
    """The folding of a mapping, an engine per slice.

    Raises
    ------
    SomacError
        E0663 if even the smallest folding takes more than the part has, E0664 for a latency
        that no folding reaches.
    """
    updates = Updates()
    cores = [s.core for s in mapping.slices if s.core is not None]
    narrow = fold(network, mapping, dict.fromkeys(cores, 1))
    folding, solved = fold(network, mapping), None
    for _ in range(_ROUNDS):
        ways = menus(network, mapping.order, folding, part, guidance, updates)
        if folding != narrow and _short([some[0] for some in ways], part, goal.share):
            # an engine that reads whole words multiplies each of their cells: with one lane too,
            # it is as large as those that it hears are wide
            folding, solved = narrow, None
            continue
        chosen, solved = _solve(network, folding, ways, part, goal)
        engines = tuple(
            replace(engine, lanes=some[pick].lanes, updaters=some[pick].updaters)
            for engine, some, pick in zip(folding.engines, ways, chosen, strict=True)
        )
        found = replace(folding, engines=engines)
        if found.engines == folding.engines:
            break
        folding = found
    as_it_is = single_ways(network, mapping.order, folding, part, guidance, updates)
    if solved is None or _short(as_it_is, part, goal.share):
        # what was chosen for each, with the others as they were, is too large together
        folding = narrow
        ways = menus(network, mapping.order, narrow, part, guidance, updates)
        _, best = _solve(network, narrow, ways, part, goal)
        only = single_ways(network, mapping.order, narrow, part, guidance, updates)
        _, solved = _solve(network, narrow, [(way,) for way in only], part, goal)
        solved = replace(solved, bound=best.bound)
    return replace(folding, solved=solved)


def _solve(
    network: IntegerNetwork,
    folding: Folding,
    ways: Sequence[Sequence[Way]],
    part: Part,
    goal: Goal,
) -> tuple[list[int], Solved]:
    """The way of each engine: by number, and how good they are together."""
    _require_room([some[0] for some in ways], part, goal.share)
    problem = _Problem(network, folding, ways, part, goal)
    return problem.smallest() if goal.latency_s is not None else problem.fastest()


def require_room(network: IntegerNetwork, target: Target, guidance: Guidance) -> None:
    """Whether a network fits with a lane per engine: known before it is mapped.

    Raises
    ------
    SomacError
        E0663 with every pool of which the part has too little.
    """
    if target.part is None:
        return
    ways = _smallest(network, target.part, guidance)
    _require_room(ways, target.part, shares_of(guidance)[-1])


def _smallest(network: IntegerNetwork, part: Part, guidance: Guidance) -> tuple[Way, ...]:
    """An engine with one lane for each population."""
    slices = [Slice(p.name, 0, p.size, n) for n, p in enumerate(network.populations)]
    engines = tuple(EngineFold(1, (s,), reads_whole(network, s)) for s in slices)
    return single_ways(network, {}, Folding(engines, input_widths(network)), part, guidance)


def _short(ways: Sequence[Way], part: Part, share: float) -> list[tuple[str, int, int]]:
    """Pools of which there is too little: the pool, how much may be used, and is needed."""
    found = []
    for pool, units in part.pools.items():
        have, need = int(units * share), sum(way.area.get(pool, 0) for way in ways)
        if need > have:
            found.append((pool, have, need))
    return found


def _require_room(smallest: Sequence[Way], part: Part, share: float) -> None:
    problems = [
        Diagnostic(
            "E0663",
            f"the part has not enough {pool}, with one lane for each engine",
            have=f"{have:,} ({share:.0%} of {part.pools[pool]:,})",
            need=f"{need:,}, estimated",
            hint=("use more of the part with --fit, or " if need <= part.pools[pool] else "use ")
            + "fewer bits with --bits",
        )
        for pool, have, need in _short(smallest, part, share)
    ]
    if problems:
        raise SomacError.of(problems)


class _Problem:
    """A model of CP-SAT for one menu."""

    def __init__(
        self,
        network: IntegerNetwork,
        folding: Folding,
        ways: Sequence[Sequence[Way]],
        part: Part,
        goal: Goal,
    ) -> None:
        from ortools.sat.python import cp_model

        self.cp = cp_model
        self.ways, self.part, self.goal = ways, part, goal
        self.model = cp_model.CpModel()
        self.picks = [[self.model.new_bool_var("") for _ in some] for some in ways]
        for some in self.picks:
            self.model.add_exactly_one(some)
        for pool, have in self.limits().items():
            need = self._total(lambda way, pool=pool: way.area.get(pool, 0))
            self.model.add(need <= have)
        self._times(network, folding)

    def limits(self) -> Mapping[str, int]:
        """Units of each pool that may be used."""
        return {pool: int(have * self.goal.share) for pool, have in self.part.pools.items()}

    def _total(self, value: Any) -> Any:
        return sum(
            value(way) * pick
            for some, picks in zip(self.ways, self.picks, strict=True)
            for way, pick in zip(some, picks, strict=True)
        )

    def _times(self, network: IntegerNetwork, folding: Folding) -> None:
        """When each engine begins a step, and how long it is until the next one."""
        model = self.model
        latest = sum(max(w.busy + w.flight for w in some) for some in self.ways)
        latest += sum(i.size for i in network.inputs) + 1
        self.interval = model.new_int_var(0, latest, "interval")
        self.latency = model.new_int_var(0, latest, "latency")
        begins = [model.new_int_var(0, latest, "") for _ in self.ways]
        owner = {
            (part.population, part.start): n
            for n, engine in enumerate(folding.engines)
            for part in engine.slices
        }
        done = []
        for some, picks, begin in zip(self.ways, self.picks, begins, strict=True):
            busy = sum(w.busy * p for w, p in zip(some, picks, strict=True))
            flight = sum(w.flight * p for w, p in zip(some, picks, strict=True))
            model.add(self.interval >= busy)
            done.append(begin + busy + flight + 1)
        sinks = {o.source for o in network.outputs}
        for (name, _), n in owner.items():
            if name in sinks:
                model.add(self.latency >= done[n])
        inputs = {i.name: -(-i.size // folding.inputs[i.name]) for i in network.inputs}
        for i, words in inputs.items():
            model.add(self.interval >= words)
            for (name, _), n in owner.items():
                if any((p.source, p.target) == (i, name) for p in network.projections):
                    model.add(begins[n] >= words)
        for p in network.projections:
            delay = p.delay + min(p.connectivity.delays, default=0)
            for (source, _), u in owner.items():
                for (target, _), v in owner.items():
                    if (source, target) == (p.source, p.target):
                        model.add(begins[v] + delay * self.interval >= done[u])

    def fastest(self) -> tuple[list[int], Solved]:
        """The shortest interval, and of these the smallest."""
        self.model.minimize(self.interval)
        value, bound = self._minimised()
        self.model.add(self.interval <= value)
        self.model.minimize(self._area())
        self._minimised()
        return self._answer("cycles from a step to the next", value, bound)

    def smallest(self) -> tuple[list[int], Solved]:
        """The smallest that keeps to the latency."""
        most = int((self.goal.latency_s or 0.0) * self.goal.clock_hz)
        self.model.minimize(self.latency)
        best, _ = self._minimised()
        if best > most:
            reached = best / self.goal.clock_hz * 1e6
            raise SomacError(
                "E0664",
                "no folding is fast enough",
                have=f"{reached:.3g} us at best: {best} cycles of {self.goal.clock_hz / 1e6:g} MHz",
                need=f"{(self.goal.latency_s or 0.0) * 1e6:.3g} us",
                hint="allow more of the part with --fit, or a longer --latency-us",
            )
        self.model.add(self.latency <= most)
        self.model.minimize(self._area())
        value, bound = self._minimised()
        return self._answer(f"share of the part, in {_AREA_UNITS}ths of each pool", value, bound)

    def _area(self) -> Any:
        pools = {pool: have for pool, have in self.part.pools.items() if have}
        return self._total(
            lambda way: sum(
                _AREA_UNITS * way.area.get(pool, 0) // have for pool, have in pools.items()
            )
        )

    def _minimised(self) -> tuple[int, int]:
        """The value of the objective, and its bound."""
        solver = self.cp.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_deterministic_time = _SECONDS
        status = solve_interruptibly(solver, self.model)
        if status not in (self.cp.OPTIMAL, self.cp.FEASIBLE):
            raise SomacError(
                "E0663",
                "no folding fits into the share of the part that may be used",
                have=f"{self.goal.share:.0%} of each pool",
                hint="use more of the part with --fit",
            )
        self.solver = solver
        return round(solver.objective_value), ceil(solver.best_objective_bound - 1e-6)

    def _answer(self, objective: str, value: int, bound: int) -> tuple[list[int], Solved]:
        chosen = [
            next(n for n, pick in enumerate(picks) if self.solver.value(pick))
            for picks in self.picks
        ]
        interval = int(self.solver.value(self.interval))
        latency = int(self.solver.value(self.latency))
        return chosen, Solved(interval, latency, objective, value, bound)
