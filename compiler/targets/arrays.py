"""An array of memory cells of a description to `somac.ir.target.Array`."""

from __future__ import annotations

from collections.abc import Iterator

from somac.compiler.targets.schema import Array as Described
from somac.compiler.targets.topology import PlanError
from somac.ir.target import Array

__all__ = ["array_of"]

_MOST_SIGNAL = 48
_MOST_WEIGHT = 31
"""Bits of signals and of weights that tilings have (`somac.ir.tiling.Converters`)."""


def array_of(described: Described) -> Array:
    """The array.

    Raises
    ------
    PlanError
        If its statements contradict each other.
    """
    for problem in _contradictions(described):
        raise problem
    return Array(
        rows=described.rows.value,
        columns=described.columns.value,
        cell_bits=described.cell_bits.value,
        max_slices=described.max_slices.value,
        polarity=described.polarity.value,
        pulse_bits=described.pulse_bits.value,
        max_pulses=described.max_pulses.value,
        signs=described.signs.value,
        adc_bits=described.adc_bits.value,
        adc_signed=described.adc_signed.value,
        g_min_us=float(described.g_min_usiemens.value),
        g_max_us=float(described.g_max_usiemens.value),
        figures={key: float(number.value) for key, number in described.figures.items()},
    )


def _contradictions(d: Described) -> Iterator[PlanError]:
    least, most = d.g_min_usiemens.value, d.g_max_usiemens.value
    if least >= most:
        message = f"the least conductance, {least:g} uS, is not below the largest, {most:g} uS"
        yield PlanError(("g_min_usiemens",), message)
    if d.adc_signed.value:
        if d.adc_bits.value < 2:
            yield PlanError(("adc_bits",), "a converter of signed codes has 2 bits or more")
    elif d.polarity.value == "differential":
        yield PlanError(("adc_signed",), "differences of columns need converters of signed codes")
    elif d.signs.value == "bipolar":
        yield PlanError(("adc_signed",), "negative pulses need converters of signed codes")
    bits = d.cell_bits.value * d.max_slices.value
    if bits > _MOST_WEIGHT:
        yield PlanError(("max_slices",), f"cells keep {bits} bits of a weight, at most 31 count")
    bits = d.pulse_bits.value * d.max_pulses.value
    if bits > _MOST_SIGNAL:
        yield PlanError(("max_pulses",), f"pulses carry {bits} bits of a signal, at most 48 count")
    cells = 1 if d.polarity.value == "offset" else 2
    if cells > d.columns.value:
        yield PlanError(("columns",), f"a weight takes {cells} cells of a row")
