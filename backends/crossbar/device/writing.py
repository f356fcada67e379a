"""Writing with verification: a state machine per cell, and what it takes of pulses, time and
energy.

A cell begins at the lowest level. It is read; within the window it is left for good; below it gets
a set pulse, above a reset pulse, and is read again. A pulse moves it by ``step (1 + variation N)``,
N per pulse and cell, and no conductance goes below 0. Reads while writing have no noise, and a cell
stays where it was accepted: relaxation after writing is the programming error of the model, if it
has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.device.cells import faults, stuck, targets
from somac.backends.crossbar.device.curves import nearest
from somac.backends.crossbar.device.draws import cell_normals
from somac.backends.crossbar.device.effects import Writing
from somac.backends.crossbar.device.model import DeviceModel
from somac.backends.crossbar.device.places import Corner, Purpose
from somac.ir.errors import SomacError
from somac.ir.normal import UNIT_BITS

__all__ = ["Plan", "Written", "programming_plan", "write_verify"]

_VARIATION_BITS = 16
_MOST = 1 << 30


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What cells are to become: nothing random, so that a bundle can have it.

    `targets` and `tolerances` are int32 (rows, columns) in grid steps: a cell is accepted from
    ``target - tolerance`` to ``target + tolerance``.
    """

    targets: NDArray[np.int32]
    tolerances: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """What came of a plan.

    Parameters
    ----------
    grid
        Conductances, int32 (rows, columns).
    sets, resets
        Pulses that each cell got, int32 (rows, columns).
    accepted
        Whether each ended within its tolerance, bool (rows, columns).
    writing
        What pulses and reads cost.
    """

    grid: NDArray[np.int32]
    sets: NDArray[np.int32]
    resets: NDArray[np.int32]
    accepted: NDArray[np.bool_]
    writing: Writing

    def histogram(self) -> NDArray[np.int64]:
        """How many cells took 0, 1, 2... pulses: int64 (most + 1,)."""
        return np.bincount((self.sets + self.resets).ravel(), minlength=1)

    @property
    def nanoseconds(self) -> Fraction:
        """Time to write one cell after another, each read once more than it has pulses."""
        w = self.writing
        return self._total(w.set_ns, w.reset_ns, w.verify_ns)

    @property
    def picojoules(self) -> Fraction:
        """Energy of all pulses and reads."""
        w = self.writing
        return self._total(w.set_pj, w.reset_pj, w.verify_pj)

    def _total(self, per_set: Fraction, per_reset: Fraction, per_read: Fraction) -> Fraction:
        sets, resets = int(self.sets.sum()), int(self.resets.sum())
        return sets * per_set + resets * per_reset + (sets + resets + self.grid.size) * per_read


def programming_plan(codes: NDArray[np.uint8], model: DeviceModel) -> Plan:
    """Targets and tolerances of cells, of codes uint8 (rows, columns).

    E0684 if the model does not say how cells are written, E0687 for a code that is no level.
    """
    writing = _writing(model)
    levels = [model.g_min_us + level * model.step_us for level in range(model.levels)]
    windows = (writing.window_us + writing.window_relative * g for g in levels)
    tolerances = [min(nearest(window / model.unit_us), _MOST) for window in windows]
    return Plan(targets(codes, model), np.array(tolerances, np.int32)[codes])


def write_verify(plan: Plan, model: DeviceModel, seed: int, corner: Corner) -> Written:
    """Write the cells of a plan, the first of them at `corner`.

    Faulty cells do not move; each gets all of its pulses, unless it is stuck where it should be.
    """
    writing = _writing(model)
    rows, columns = plan.targets.shape
    kinds = faults((rows, columns), model, seed, corner)
    grid = np.full((rows, columns), model.rest, np.int64)
    up, down = (_grid_steps(us, model) for us in (writing.set_us, writing.reset_us))
    variation = nearest(writing.variation * (1 << _VARIATION_BITS))
    sets, resets = np.zeros((2, rows, columns), np.int32)
    accepted = np.zeros((rows, columns), bool)
    for pulse in range(writing.pulses + 1):
        grid = stuck(grid.astype(np.int32), model, kinds).astype(np.int64)
        off = plan.targets - grid
        accepted |= np.abs(off) <= plan.tolerances
        if pulse == writing.pulses or accepted.all():
            break
        rises, falls = (off > 0) & ~accepted, (off < 0) & ~accepted
        sets += rises
        resets += falls
        step = np.where(rises, up, np.where(falls, -down, 0))
        if variation:
            numbers = cell_normals((rows, columns), seed, Purpose.WRITING, corner, step=pulse)
            bits = _VARIATION_BITS + UNIT_BITS
            factor = (1 << bits) + variation * numbers
            step = (step * (factor >> UNIT_BITS) + (1 << (_VARIATION_BITS - 1))) >> _VARIATION_BITS
        grid = np.clip(grid + step, 0, _MOST)
    return Written(grid.astype(np.int32), sets, resets, accepted, writing)


def _grid_steps(us: Fraction, model: DeviceModel) -> int:
    return min(max(1, nearest(us / model.unit_us)), _MOST)


def _writing(model: DeviceModel) -> Writing:
    if model.writing is None:
        raise SomacError(
            "E0684",
            "the device model does not say how cells are written",
            hint="give it a window and pulses, or program without verification",
        )
    return model.writing
