"""Cells of arrays as those of one device: programmed, stuck, drifted, behind wires, and noisy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import DeviceChoice, Effect
from somac.backends.crossbar.description import FILE
from somac.backends.crossbar.device.cells import drifted, faults, programmed, stuck, targets
from somac.backends.crossbar.device.described import described_model, described_wires
from somac.backends.crossbar.device.model import DeviceModel
from somac.backends.crossbar.device.places import Corner
from somac.backends.crossbar.device.reading import moments, read_sigmas
from somac.backends.crossbar.device.spreads import OneOverF
from somac.backends.crossbar.device.wires import Wires, wired
from somac.backends.crossbar.emulator.decode import Decoded
from somac.ir.errors import Place, SomacError
from somac.ir.suggest import did_you_mean

__all__ = ["ArrayCells", "Physics", "cells_as_found", "effects_of", "level_zero", "physics_of"]

# what draws nothing
_ALIKE = frozenset({"found", "on_off", "wires"})

_TITLES = {
    "programming": "errors of programming, once per cell",
    "read": "noise of every read",
    "drift": "conductances fall with the time since programming",
    "faults": "cells that are stuck",
    "found": "cells that were never programmed, finer than they are read back",
    "on_off": "cells of the least code conduct too",
    "wires": "resistance of wires (IR drop)",
}


@dataclass(frozen=True, slots=True)
class Physics:
    """What acts on a device: the model with the effects that were chosen, and its wires.

    `found` says whether cells that were never programmed conduct what was found, or what it was
    read back as; `rest` is what a cell of code 0 conducts where that is not switched off.
    """

    model: DeviceModel
    wires: Wires | None
    found: bool
    rest: int
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


def effects_of(decoded: Decoded) -> tuple[Effect, ...]:
    """Those that the program has figures of."""
    figures = decoded.description.device.figures
    model, wires = _model(decoded), described_wires(figures)
    there = {
        "programming": model.programming is not None,
        "read": model.read is not None,
        "drift": model.drift is not None,
        "faults": model.faults is not None,
        "found": bool(decoded.found),
        "on_off": model.g_min_us > 0,
        "wires": wires is not None,
    }
    return tuple(
        Effect(name, _TITLES[name], name not in _ALIKE) for name, known in there.items() if known
    )


def physics_of(decoded: Decoded, choice: DeviceChoice) -> Physics:
    """What acts; SomacError E0846 for effects that the program has no figures of."""
    known = [effect.name for effect in effects_of(decoded)]
    chosen = frozenset(known) if choice.effects is None else choice.effects
    odd = sorted(chosen - set(known))
    if odd:
        raise SomacError(
            "E0846",
            f"the program has no figures of the effect {odd[0]!r}",
            place=Place(file=FILE),
            have=", ".join(known) or "none",
            hint=did_you_mean(odd[0], known, listed=0)
            or "give the array of the target figures of it: docs/reference/targets.md",
        )
    whole = _model(decoded)
    model = whole.only(*(chosen - {"found", "wires"}))
    figures = decoded.description.device.figures
    wires = described_wires(figures) if "wires" in chosen else None
    return Physics(
        model,
        wires,
        "found" in chosen,
        whole.rest,
        choice.seed,
        choice.seconds,
        choice.by_cell,
    )


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
        back = targets(codes, model)
        real = np.maximum(found - physics.rest + model.rest, 0) if physics.found else back
        grid = np.where(found >= 0, real, grid).astype(np.int32)
    # what is stuck does not drift
    kinds = faults(_shape(codes), model, seed, corner)
    fresh, seconds = stuck(grid, model, kinds), physics.seconds
    grid = stuck(drifted(grid, model, seconds, seed, corner), model, kinds) if seconds else fresh
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


def _model(decoded: Decoded) -> DeviceModel:
    d = decoded.description
    device, levels = d.device, 1 << d.chip.cell_bits
    return described_model(device.g_min_us, device.g_max_us, levels, device.figures)


def _shape(codes: NDArray[np.uint8]) -> tuple[int, int]:
    rows, columns = codes.shape
    return rows, columns
