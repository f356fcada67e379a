"""Cells of arrays as those of one device: programmed, stuck, drifted, behind wires, and noisy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import DeviceChoice, Effect
from somac.backends.crossbar.description import FILE, Device
from somac.backends.crossbar.device.cells import drifted, faults, programmed, stuck, targets
from somac.backends.crossbar.device.figures import NAMES, device_model
from somac.backends.crossbar.device.model import DeviceModel
from somac.backends.crossbar.device.places import Corner
from somac.backends.crossbar.device.reading import moments, read_sigmas
from somac.backends.crossbar.device.spreads import OneOverF
from somac.backends.crossbar.device.wires import Wires, wired
from somac.ir.errors import Place, SomacError

__all__ = ["ArrayCells", "Physics", "cells_as_found", "effects_of", "level_zero", "physics_of"]

_WIRES = ("row_wire_ohm", "column_wire_ohm", "driver_ohm", "sense_ohm", "access_ohm")

_TITLES = {
    "programming": "errors of programming, once per cell",
    "read": "noise of every read",
    "drift": "conductances fall with time",
    "faults": "cells that are stuck",
    "on_off": "cells of the least code conduct too",
    "wires": "resistance of wires (IR drop)",
}


@dataclass(frozen=True, slots=True)
class Physics:
    """What acts on a device: the model with the effects that were chosen, and its wires."""

    model: DeviceModel
    wires: Wires | None
    seed: int
    seconds: float
    by_cell: bool


@dataclass(frozen=True, slots=True, eq=False)
class ArrayCells:
    """The cells of an array, (rows, columns) each, in grid steps.

    Parameters
    ----------
    mean, variance
        int32 and int64: of what a cell adds to sums, behind wires.
    grid, sigmas, read
        int32, int64, int32: what single reads are drawn from, and their mean, before wires.
    smaller
        float64: what wires leave of it.
    """

    mean: NDArray[np.int32]
    variance: NDArray[np.int64]
    grid: NDArray[np.int32]
    sigmas: NDArray[np.int64]
    read: NDArray[np.int32]
    smaller: NDArray[np.float64]


def effects_of(device: Device, cell_bits: int) -> tuple[Effect, ...]:
    """Those that the program has figures of."""
    model, wires = _model(device, cell_bits), _wires(device)
    there = {
        "programming": model.programming is not None,
        "read": model.read is not None,
        "drift": model.drift is not None,
        "faults": model.faults is not None,
        "on_off": model.g_min_us > 0,
        "wires": wires is not None,
    }
    return tuple(Effect(name, _TITLES[name]) for name, known in there.items() if known)


def physics_of(device: Device, cell_bits: int, choice: DeviceChoice) -> Physics:
    """What acts; SomacError E0846 for effects that the program has no figures of."""
    known = [effect.name for effect in effects_of(device, cell_bits)]
    chosen = frozenset(known) if choice.effects is None else choice.effects
    odd = sorted(chosen - set(known))
    if odd:
        raise SomacError(
            "E0846",
            f"the program has no figures of the effect {odd[0]!r}",
            place=Place(file=FILE),
            have=", ".join(known) or "none",
            need=", ".join(odd),
        )
    model = _model(device, cell_bits).only(*(chosen - {"wires"}))
    wires = _wires(device) if "wires" in chosen else None
    return Physics(model, wires, choice.seed, choice.seconds, choice.by_cell)


def cells_as_found(
    codes: NDArray[np.uint8], found: NDArray[np.int32] | None, core: int, physics: Physics
) -> ArrayCells:
    """The cells of an array.

    Parameters
    ----------
    codes
        uint8 (rows, columns).
    found
        int32 (rows, columns): conductances in grid steps of cells that were never programmed, -1
        elsewhere. Errors of programming are not theirs.
    core
        Whose array it is: what is drawn depends on it.
    """
    model, seed, corner = physics.model, physics.seed, Corner(core)
    grid = programmed(codes, model, seed, corner)
    if found is not None:
        grid = np.where(found >= 0, found, grid)
    fresh = stuck(grid, model, faults(_shape(codes), model, seed, corner))
    grid, seconds = fresh, physics.seconds
    if seconds > 0:
        grid = drifted(fresh, model, seconds, seed, corner)
    if isinstance(model.read, OneOverF):
        # the first read ends then
        seconds = max(seconds, float(model.read.read_seconds))
    sigmas = read_sigmas(grid, model, seconds=seconds, fresh=fresh)
    read = moments(grid, sigmas)
    mean = read.mean
    if physics.wires is not None:
        mean = wired(read.mean, float(model.step_us), physics.wires)
    # what a cell adds to a sum is smaller by as much as its mean, and so is its noise
    smaller = np.where(read.mean > 0, mean / np.maximum(read.mean, 1), 1.0)
    variance = np.rint(read.variance * (smaller * smaller)).astype(np.int64)
    return ArrayCells(mean, variance, grid, sigmas, read.mean, smaller)


def level_zero(physics: Physics) -> int:
    """What a cell of code 0 should conduct, in grid steps: the periphery takes it off sums."""
    return int(targets(np.zeros((1, 1), np.uint8), physics.model)[0, 0])


def _model(device: Device, cell_bits: int) -> DeviceModel:
    figures = {name: value for name, value in device.figures.items() if name in NAMES}
    return device_model(device.g_min_us, device.g_max_us, 1 << cell_bits, figures)


def _wires(device: Device) -> Wires | None:
    row, column, driver, sense, access = (device.figures.get(name, 0.0) for name in _WIRES)
    if not any((row, column, driver, sense, access)):
        return None
    return Wires(
        row_ohm=row, column_ohm=column, driver_ohm=driver, sense_ohm=sense, access_ohm=access
    )


def _shape(codes: NDArray[np.uint8]) -> tuple[int, int]:
    rows, columns = codes.shape
    return rows, columns
