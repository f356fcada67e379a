"""The digital neurons of a population."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import numpy_kernel
from somac.backends.crossbar.emulator.decode import Cells
from somac.ir.fixed import Format

__all__ = ["Updates"]

Integers = NDArray[np.int64]


class Updates:
    """The update of a population, of any number of samples side by side."""

    def __init__(self, cells: Cells) -> None:
        self.size = cells.size
        self.ports = tuple(cells.ports)
        self._cells = cells
        self._kernel = numpy_kernel(cells.datapath)

    def first(self, samples: int) -> dict[str, Integers]:
        """The states before the first step: int64 (samples, cells)."""
        shape = samples, self.size
        return {n: np.broadcast_to(v, shape) for n, v in self._cells.initial.items()}

    def __call__(
        self, sums: Mapping[str, Integers], states: Mapping[str, Integers]
    ) -> tuple[dict[str, Integers], Integers]:
        """One step: the states after it, and what is sent; int64 (samples, cells) each."""
        ports = {n: _wrapped(sums[n], f) for n, f in self._cells.ports.items()}
        after, sent = self._kernel(ports, states, self._cells.parameters)
        shape = next(iter(states.values())).shape if states else (len(next(iter(sums.values()))),)
        shape = (shape[0], self.size)
        return {n: np.broadcast_to(v, shape) for n, v in after.items()}, sent


def _wrapped(sums: Integers, format: Format) -> Integers:
    """Modulo the width of the port."""
    if not format.signed:
        return sums & ((1 << format.width) - 1)
    spare = np.int64(64 - format.width)
    return (sums << spare) >> spare
