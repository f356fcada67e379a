"""Starts for many slices: their graph is drawn in the plane, and the drawing is seated.

Drawings begin with the slow modes of the graph. Then slices are drawn again and again: springs
pull those with traffic together, and anchors hold each where it was seated last, a little
stronger every round, so that the drawing spreads over the machine (SimPL: M.-C. Kim, D.-J. Lee
and I. L. Markov, IEEE Trans. CAD 31, 2012). A drawing is seated by halving it as the machine is
halved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.instance import Instance
from somac.compiler.mapping.place.modes import MODES, planes, slow_modes

if TYPE_CHECKING:
    from somac.compiler.mapping.place.anneal_kernels import Pairs
    from somac.compiler.mapping.place.spring_kernels import Springs

__all__ = ["Drafts", "Style"]

ROUND_STEPS, TOLERANCE = 20, 1e-3
"""Limits of the solver in a round: steps, and the residual relative to the first."""

FIRST_ANCHOR = 0.001
LAST_ANCHOR = 0.1
"""Strength of anchors in the first and the last round, in units of a slice's mean springs."""

PINNED = 1e6
"""Strength that nothing moves, in the same units."""


@dataclass(frozen=True, slots=True)
class Style:
    """How springs pull.

    Parameters
    ----------
    power
        The strength of a spring is the traffic to this power. Busy pairs pull a drawing out of
        shape, the more the larger it is, as their neighbours are torn along: below 1, what is
        connected counts for more than how much it says.
    linear
        Whether springs pull as hops do, by their strength alone, or the harder the longer they
        are. The first keeps most pairs short, the second no pair long.
    """

    power: float
    linear: bool


class Drafts:
    """Drawings of one problem, seated. Private to one search.

    Parameters
    ----------
    instance
        The problem.
    pairs
        Its traffic.
    """

    def __init__(self, instance: Instance, pairs: Pairs) -> None:
        from somac.compiler.mapping.place.halves_kernels import cut_machine

        self._instance, self._pairs = instance, pairs
        self._free = np.flatnonzero(instance.fixed < 0)
        taken = np.bincount(instance.fixed[instance.fixed >= 0], minlength=instance.places)
        plan = instance.plan
        x, y, chip_x, chip_y = (a[:-1] for a in (plan.x, plan.y, plan.chip_x, plan.chip_y))
        self._halves = cut_machine(x, y, chip_x, chip_y, instance.room - taken)

    def by_modes(
        self, power: float, breadth: int, *, lean: bool, seed: int
    ) -> list[NDArray[np.int64]]:
        """A place per slice, int64 (slices,), for each two of the slow modes, the best first.

        Parameters
        ----------
        power
            Of the springs that the modes belong to: see `Style`.
        breadth
            Modes that are tried, two at a time.
        lean
            Whether drawings are leant towards other modes, too.
        seed
            Of the first vectors of the modes.
        """
        from somac.compiler.mapping.place.halves_kernels import drawing_costs

        instance, halves, fixed = self._instance, self._halves, self._instance.fixed.copy()
        springs = _springs(self._pairs, power)
        drawings = planes(
            slow_modes(springs, seed, MODES if lean else breadth),
            lambda some: drawing_costs(halves, some, fixed, self._pairs, instance.distance),
            breadth=breadth,
            lean=lean,
            mirrored=bool(instance.host_traffic.any()) or len(self._free) < instance.slices,
        )
        return [self._seat(drawing) for drawing in drawings]

    def cost(self, at: NDArray[np.int64]) -> int:
        """Of slices on places, int64 (slices,)."""
        from somac.compiler.mapping.place.anneal_kernels import pairs_cost

        return pairs_cost(self._pairs, self._instance.distance, at)

    def redrawn(self, at: NDArray[np.int64], style: Style, rounds: int) -> NDArray[np.int64]:
        """Slices drawn from where they are seated, int64 (slices,), and seated again.

        Parameters
        ----------
        at
            int64 (slices,): a place per slice.
        style
            How springs pull.
        rounds
            Times that slices are drawn and seated.
        """
        from somac.compiler.mapping.place.spring_kernels import draw

        instance, plan = self._instance, self._instance.plan
        springs = _springs(self._pairs, style.power)
        unit = max(float(springs.weight.sum()) / max(1, instance.slices), 1.0)
        host = _strength(instance.host_traffic, style.power)
        column, row = plan.x.astype(np.float64), plan.y.astype(np.float64)
        x, y = column[at], row[at]
        for step in range(rounds):
            strength = FIRST_ANCHOR * (LAST_ANCHOR / FIRST_ANCHOR) ** (step / max(1, rounds - 1))
            hold = np.where(instance.fixed >= 0, PINNED * unit, strength * unit)
            for where, drawn in ((column, x), (row, y)):
                home = where[-1]
                pull = host / np.maximum(np.abs(drawn - home), 1.0) if style.linear else host
                target = (hold * where[at] + pull * home) / (hold + pull)
                draw(springs, hold + pull, target, drawn, style.linear, ROUND_STEPS, TOLERANCE)
            at = self._seat(np.stack([x, y]))
        return at

    def _seat(self, drawing: NDArray[np.float64]) -> NDArray[np.int64]:
        from somac.compiler.mapping.place.halves_kernels import seat_drawing

        at = self._instance.fixed.copy()
        seat_drawing(self._halves, drawing[0], drawing[1], self._free.copy(), at)
        return at


def _springs(pairs: Pairs, power: float) -> Springs:
    from somac.compiler.mapping.place.spring_kernels import Springs

    traffic = pairs.there + pairs.back if len(pairs.back) else pairs.there
    return Springs(pairs.start, pairs.other, _strength(traffic, power))


def _strength(traffic: NDArray[np.int64], power: float) -> NDArray[np.float64]:
    """Traffic to a power; what has none has no spring, whatever the power."""
    return np.asarray(traffic.astype(np.float64) ** power * (traffic > 0))
