"""The integers of a design, step by step in NumPy: all samples at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import numpy_kernel
from somac.backends.fpga.description import Cast, Engine, Section
from somac.backends.fpga.emulator.weights import LinkWeights
from somac.ir.datapath import Datapath
from somac.ir.fixed import Format, Rounding, fit_overflow, round_shift

__all__ = ["PlainSection", "Records"]

Integers = NDArray[np.int64]

_EXACT = 1 << 53
_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """int64 (samples, steps, cells): the signals of a section, and its states by name."""

    signals: Integers
    states: Mapping[str, Integers]


class PlainSection:
    """The update of a section, and what it has between steps."""

    def __init__(
        self,
        engine: Engine,
        section: Section,
        weights: Sequence[LinkWeights],
        datapath: Datapath,
        parameters: Mapping[str, Integers],
        initial: Mapping[str, Integers],
        samples: int,
    ) -> None:
        self.section = section
        self.links = engine.links[slice(*section.links)]
        self._weights = weights
        self._kernel = numpy_kernel(datapath)
        self._formats = [datapath.format_of("input", port) for port in section.ports]
        self._sum = Format(engine.sum_bits, engine.sum_bits)
        self._casts = engine.casts
        self._parameters = parameters
        shape = (samples, section.cells)
        self.state = {name: np.broadcast_to(v, shape).copy() for name, v in initial.items()}
        ports = max(1, len(section.ports))
        self._ring = np.zeros((samples, engine.ring, ports, section.cells), np.int64)
        self._slot = 0

    def step(self, arrived: Sequence[Integers | None]) -> Integers:
        """One step: `arrived` are signals (samples, cells) per link, None for blank ones."""
        slots = self._ring.shape[1]
        for link, weights, signals in zip(self.links, self._weights, arrived, strict=True):
            if signals is None:
                continue
            cast = self._casts[link.cast]
            if weights.matrix is not None:
                here = self._ring[:, self._slot, link.port : link.port + link.ports]
                here += _product(signals, weights.matrix, cast)
                continue
            sparse = weights.sparse
            assert sparse is not None  # a link has one or the other
            source = np.repeat(np.arange(len(sparse.indptr) - 1), np.diff(sparse.indptr))
            products = _rounded(signals[:, source] * sparse.weight, cast)
            slot = (self._slot + sparse.delay) % slots
            for sample in range(len(signals)):
                np.add.at(self._ring[sample, :, link.port], (slot, sparse.place), products[sample])
        sums = self._ring[:, self._slot]
        inputs = {
            port: fit_overflow(fit_overflow(sums[:, bank], self._sum), format)
            for bank, (port, format) in enumerate(
                zip(self.section.ports, self._formats, strict=True)
            )
        }
        after, output = self._kernel(inputs, self.state, self._parameters)
        shape = sums[:, 0].shape
        self.state |= {name: np.broadcast_to(v, shape) for name, v in after.items()}
        self._ring[:, self._slot] = 0
        self._slot = (self._slot + 1) % slots
        return np.broadcast_to(output, shape)


def _product(signals: Integers, matrix: Integers, cast: Cast) -> Integers:
    """(samples, ports, places): sums of products with (cells, ports, places)."""
    cells, ports, places = matrix.shape
    flat = matrix.reshape(cells, ports * places)
    if not cast.shift:
        bound = np.abs(signals).max(initial=0) * float(np.abs(flat).sum(axis=0).max(initial=0))
        if bound < _EXACT:
            exact = (signals.astype(np.float64) @ flat.astype(np.float64)).astype(np.int64)
            return exact.reshape(-1, ports, places)
        return (signals @ flat).reshape(-1, ports, places)
    total = np.zeros((len(signals), ports * places), np.int64)
    some = max(1, _AT_ONCE // max(1, total.size))
    for first in range(0, cells, some):
        part = slice(first, first + some)
        total += _rounded(signals[:, part, None] * flat[part], cast).sum(axis=1)
    return total.reshape(-1, ports, places)


def _rounded(products: Integers, cast: Cast) -> Integers:
    return round_shift(products, cast.shift, Rounding(cast.rounding)) if cast.shift else products
