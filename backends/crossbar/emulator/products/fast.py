"""Products in machine code: made once for columns that share their rows, run on any signals."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np

from somac.backends.codegen.machine import MachineCode, compile_module
from somac.backends.crossbar.emulator.products import form as forms
from somac.backends.crossbar.emulator.products import pulse_kernel
from somac.backends.crossbar.emulator.products.dense_kernel import dense_text
from somac.backends.crossbar.emulator.products.firing import Firing, Integers
from somac.backends.crossbar.emulator.products.form import Form
from somac.backends.crossbar.emulator.products.layout import Layout, form_of, layout_of
from somac.backends.crossbar.emulator.products.listed_kernel import listed_text
from somac.backends.crossbar.emulator.products.lookups import Lookup, lookups_here
from somac.backends.crossbar.emulator.products.paths import Path, best_path
from somac.backends.crossbar.emulator.products.pulse_kernel import digit_text, list_text
from somac.backends.crossbar.emulator.products.reference import fire
from somac.backends.crossbar.emulator.products.tables import (
    Tables,
    add_by_tables,
    index_bytes,
    samples_by_tables,
    tables_of,
)

__all__ = ["FEW", "Noise", "Products"]

Noise = Callable[[int, int, Integers], None]
"""Given the first sample and the one beyond the last, and int64 (samples, firings, planes,
columns): writes all of it, what is added to sums before they are converted, less than 2^48."""

FEW: Final = 8
"""Rows are added one by one if no more than one in so many is driven."""

# pulses and noise of samples that are computed together stay in the second cache
_PULSE_BYTES: Final = 1 << 18
_NOISE_BYTES: Final = 1 << 20

_NEAR_BYTES: Final = 3 << 14
"""Indices of so many bytes stay in the first cache."""


class Products:
    """The same as `somac.backends.crossbar.emulator.products.reference.fire`, quickly.

    Parameters
    ----------
    firing
        What is computed.
    path
        Instructions to use; by default the quickest that the processor has.
    few
        As `FEW`; 0 never to add rows one by one.
    lookup
        Instructions to use for tables, where these serve; by default the quickest that the
        processor has, if tables are quicker than products, and none if a path is given.
    """

    def __init__(
        self,
        firing: Firing,
        path: Path | None = None,
        few: int = FEW,
        lookup: Lookup | None = None,
    ) -> None:
        self.firing = firing
        # the offset is taken off apart
        self._plain = replace(firing, offset=0)
        self._path = path or best_path()
        self._few = few if firing.pulses.bits == 1 else 0
        self._made: dict[tuple[bool, bool], _Machine | None] = {}
        self._together = max(1, _PULSE_BYTES // max(firing.rows * firing.pulses.firings, 1))
        self._conversions = int(np.prod(firing.shape))
        self._lookup = lookup or (None if path else _lookup(firing, self._path))
        self._tables: list[Tables | None] = []

    @property
    def tabled(self) -> bool:
        """Whether tables were made."""
        return bool(self._tables and self._tables[0])

    def run(self, signals: Integers, noise: Noise | None = None) -> Integers:
        """int64 (batch, columns) of int64 (batch, rows)."""
        sums = np.zeros((len(signals), self.firing.columns), np.int64)
        self.add(signals, sums, noise)
        return sums

    def add(self, signals: Integers, sums: Integers, noise: Noise | None = None) -> None:
        """Add products to int64 (batch, columns), whose columns lie one after the other."""
        if not sums.size:
            return
        if signals.dtype != np.int64 or signals.strides[1] != signals.itemsize:
            signals = np.ascontiguousarray(signals, np.int64)
        firing, some, room = self.firing, self._together, None
        few = self._few > 0 and int(np.count_nonzero(signals)) * self._few <= signals.size
        done = 0 if noise is not None or few else self._looked_up(signals, sums)
        if firing.offset:
            sums -= firing.offset * signals.sum(axis=1, keepdims=True)
        if done == len(signals):
            return
        made = self._machine(noisy=noise is not None, few=few)
        if noise is not None:
            some = min(some, max(1, _NOISE_BYTES // (8 * self._conversions)))
            # vectors read beyond the end
            room = np.zeros(some * self._conversions + self._path.width, np.int64)
        for first in range(done, len(signals), some):
            last = min(first + some, len(signals))
            drawn = None
            if noise is not None and room is not None:
                drawn = room[: (last - first) * self._conversions].reshape(-1, *firing.shape)
                noise(first, last, drawn)
            if made is None:
                sums[first:last] += fire(self._plain, signals[first:last], drawn).sums
            else:
                _multiply(made, signals[first:last], sums[first:last], drawn)

    def _looked_up(self, signals: Integers, sums: Integers) -> int:
        """Add products by tables, of as many samples as is worth it; returns how many."""
        lookup = self._lookup
        if lookup is None or 2 * len(signals) <= lookup.samples:
            return 0
        if not self._tables:
            self._tables.append(tables_of(self.firing, lookup))
        tables = self._tables[0]
        if tables is None:
            return 0
        count = samples_by_tables(tables, len(signals))
        add_by_tables(tables, signals[:count], sums[:count])
        return count

    def _machine(self, *, noisy: bool, few: bool) -> _Machine | None:
        """Made when it is first wanted."""
        if not self.firing.rows:
            return None
        key = noisy, few
        if key not in self._made:
            form = form_of(self.firing, self._path, noisy=noisy, listed=few)
            self._made[key] = None if form is None else _machine(self.firing, form)
        return self._made[key]


def _lookup(firing: Firing, path: Path) -> Lookup | None:
    """The quickest, unless products of bytes are quicker: they read less where rows are many."""
    lookup = next(iter(lookups_here()), None)
    if lookup is None or path.bits > 8 or index_bytes(firing, lookup) <= _NEAR_BYTES:
        return lookup
    return None


_Call = Callable[[int], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Machine:
    """Machine code with its arguments, all but those of a batch.

    Parameters
    ----------
    pulses, products
        The functions, given the address of their arguments.
    pulse_given, given
        int64: their arguments.
    driven, beside
        Shapes, per sample, of what drives rows.
    kind
        Type of what drives rows.
    layout
        What the arguments point to.
    """

    pulses: _Call
    products: _Call
    pulse_given: Integers
    given: Integers
    driven: tuple[int, ...]
    beside: tuple[int, ...]
    kind: str
    layout: Layout


def _machine(firing: Firing, form: Form) -> _Machine:
    layout, pulses, path = layout_of(firing, form), firing.pulses, form.path
    listed = form.digits is None
    stride = layout.steps * path.together
    numbers = {
        "rows": firing.rows,
        "columns": firing.columns,
        "planes": len(firing.planes),
        "count": pulses.count,
        "phases": pulses.phases,
        "bits": pulses.bits,
        "bipolar": int(pulses.signs == "bipolar"),
        "stride": stride,
        "offset": -layout.offset,
        "low": firing.low,
        "high": firing.high,
    }
    for name in ("blocks", "steps", "cell_digits", "pulse_digits"):
        numbers[name] = getattr(layout, name)
    for name in ("cells", "reciprocals", "halves", "weights"):
        numbers[name] = getattr(layout, name).ctypes.data
    return _Machine(
        _callable(_pulse_code(None if listed else path)),
        _callable(_code(form)),
        np.array([numbers.get(name, 0) for name in pulse_kernel.ARGUMENTS], np.int64),
        np.array([numbers.get(name, 0) for name in forms.ARGUMENTS], np.int64),
        (pulses.firings, firing.rows) if listed else (pulses.firings, layout.pulse_digits, stride),
        (pulses.firings, 2) if listed else (pulses.firings,),
        "i4" if listed else f"i{path.bits // 8}",
        layout,
    )


def _multiply(made: _Machine, signals: Integers, sums: Integers, noise: Integers | None) -> None:
    samples = len(signals)
    driven = np.zeros((samples, *made.driven), made.kind)
    beside = np.empty((samples, *made.beside), np.int64)
    at = driven.ctypes.data, beside.ctypes.data
    given = made.pulse_given.copy()
    given[:5] = signals.ctypes.data, *at, samples, signals.strides[0] // signals.itemsize
    made.pulses(given.ctypes.data)
    given = made.given.copy()
    given[1:3] = at
    given[6:9] = sums.ctypes.data, 0 if noise is None else noise.ctypes.data, samples
    given[_STRIDE] = sums.strides[0] // sums.itemsize
    made.products(given.ctypes.data)


_STRIDE: Final = forms.ARGUMENTS.index("stride")


def _callable(code: MachineCode) -> _Call:
    found: _Call = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(code.address)
    return found


@cache
def _code(form: Form) -> MachineCode:
    text = listed_text(form) if form.digits is None else dense_text(form)
    return compile_module(text, forms.FUNCTION)


@cache
def _pulse_code(path: Path | None) -> MachineCode:
    """Of digits for a path, or of lists."""
    text = list_text() if path is None else digit_text(path)
    return compile_module(text, pulse_kernel.FUNCTION)
