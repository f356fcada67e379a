"""A program as one device runs it: every copy of a block with cells and noise of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import DeviceChoice, Effect, Emulation
from somac.backends.crossbar.device.model import GRID
from somac.backends.crossbar.emulator.conductances import (
    Placed,
    cells_of,
    placed_blocks,
    planes_of,
)
from somac.backends.crossbar.emulator.decode import Decoded, Matrix, decode
from somac.backends.crossbar.emulator.effects import (
    ArrayCells,
    Physics,
    cells_as_found,
    effects_of,
    level_zero,
    physics_of,
)
from somac.backends.crossbar.emulator.matrices import Driven, NoiseOf, firing_of
from somac.backends.crossbar.emulator.noise import CellNoise, SumNoise
from somac.backends.crossbar.emulator.products.fast import Products
from somac.backends.crossbar.emulator.run import Runner
from somac.backends.crossbar.emulator.ways import Way, adder_ways, sizes_of
from somac.ir.program import Program

__all__ = ["CrossbarDevice", "program_effects"]

Integers = NDArray[np.int64]


def program_effects(program: Program) -> tuple[Effect, ...]:
    """Imperfections that a program has figures of."""
    return effects_of(decode(program))


class CrossbarDevice:
    """A device of one bundle: its seed says which."""

    def __init__(self, program: Program, choice: DeviceChoice) -> None:
        """Decode, program and read back; SomacError E0703 to E0713, E0680 to E0687, E0846."""
        decoded = decode(program)
        physics = physics_of(decoded, choice)
        self._runner = Runner(decoded, tuple(_ways(decoded, physics)))

    def run(
        self,
        inputs: Mapping[str, NDArray[Any]],
        /,
        *,
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
        record_weights: Sequence[str] = (),
        first: int = 0,
    ) -> Emulation:
        """Emulate, as `somac.backends.api.Emulator` says; counts and errors as of `Runner.run`."""
        return self._runner.run(inputs, record, record_states, record_weights, first=first)


def _ways(decoded: Decoded, physics: Physics) -> Iterator[Way]:
    sizes = sizes_of(decoded)
    for adders in decoded.adders:
        yield from adder_ways(adders, sizes)
    arrays = [
        cells_as_found(codes, decoded.found.get(n), array.core, physics)
        for n, (codes, array) in enumerate(
            zip(decoded.codes, decoded.description.arrays, strict=True)
        )
    ]
    # firings of an array in a step are numbered in this order
    begun = [0] * len(arrays)
    for matrix in decoded.matrices:
        w = matrix.way
        for one in placed_blocks(matrix):
            part = _driven(decoded, matrix, one, arrays[one.array], physics, begun[one.array])
            begun[one.array] += len(one.uses)
            delay = w.delay + one.tables.block.delay
            yield Way(w.source, w.target, w.port, delay, sizes[w.target], part)


def _driven(
    decoded: Decoded,
    matrix: Matrix,
    one: Placed,
    cells: ArrayCells,
    physics: Physics,
    begun: int,
) -> Driven:
    block, how = one.tables.block, matrix.converters
    core = decoded.description.arrays[one.array].core
    mean = cells_of(cells.mean, block, how, one.row, one.column)
    variance = cells_of(cells.variance, block, how, one.row, one.column)
    firing = firing_of(planes_of(mean - level_zero(physics), how), block.steps, how, unit=GRID)
    noise: NoiseOf | None = None
    if variance.any():
        place = physics.seed, core, begun
        if physics.by_cell:
            rows = slice(one.row, one.row + block.rows)
            columns = slice(one.column, one.column + block.columns * how.cells)
            noise = CellNoise(cells, how, firing.pulses, rows, columns, *place)
        else:
            noise = SumNoise.of(variance, how, firing.pulses, *place)
    return Driven(
        one.tables.sources[one.uses],
        one.tables.targets[one.uses],
        Products(firing),
        (one.array,),
        noise,
    )
