"""Converters for a projection: as few pulses and cells as its signals and weights need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from somac.backends.crossbar.choice.forms import Form
from somac.ir.errors import Diagnostic, Place
from somac.ir.fixed import Format
from somac.ir.target import Array
from somac.ir.tiling import Converters

__all__ = [
    "conversions",
    "converter_problems",
    "converters_for",
    "magnitude_bits",
    "weight_range",
]

# what `Converters` can hold, whatever an array has
_MOST_SIGNAL_BITS, _MOST_WEIGHT_BITS = 48, 31


def weight_range(forms: Sequence[Form]) -> tuple[int, int]:
    """The least and the largest weight of matrices, 0 among them."""
    least = min((int(form.weights.min(initial=0)) for form in forms), default=0)
    return least, max((int(form.weights.max(initial=0)) for form in forms), default=0)


def magnitude_bits(sent: Format) -> int:
    """Bits of the largest magnitude of a signal."""
    return max(1, max(-sent.minimum, sent.maximum).bit_length())


def conversions(array: Array, weights: tuple[int, int], sent: Format) -> int:
    """Codes that a column of weights gives in a use."""
    pulses = -(-magnitude_bits(sent) // array.pulse_bits)
    slices = -(-_cell_bits(array, weights) // array.cell_bits)
    phases = 2 if array.signs == "phases" and sent.minimum < 0 else 1
    return pulses * phases * slices * (2 if array.polarity == "separate" else 1)


def converters_for(array: Array, weights: tuple[int, int], sent: Format) -> Converters:
    """What a projection takes of an array that has what it needs.

    Bits are spread evenly over pulses and over cells: sums of columns, and with them the bits of
    converters that they need, are smaller than if all but the last were full.
    """
    signal = magnitude_bits(sent)
    pulses = -(-signal // array.pulse_bits)
    bits = _cell_bits(array, weights)
    slices = -(-bits // array.cell_bits)
    low, high = array.codes
    return Converters(
        pulse_bits=-(-signal // pulses),
        pulses=pulses,
        signs="none" if sent.minimum >= 0 else array.signs,
        cell_bits=-(-bits // slices),
        slices=slices,
        polarity=array.polarity,
        low=low,
        high=high,
    )


def _cell_bits(array: Array, weights: tuple[int, int]) -> int:
    """Bits that cells of one polarity keep of a weight, or of its code."""
    least, most = weights
    if array.polarity == "offset":
        return max(most.bit_length(), (-least - 1).bit_length() if least < 0 else 0) + 1
    return max(1, max(-least, most).bit_length())


def converter_problems(
    name: str, array: Array, weights: tuple[int, int], sent: Format
) -> Iterator[Diagnostic]:
    """Weights that cells cannot keep, and signals that pulses cannot carry."""
    place = Place(node=name)
    bits, room = _cell_bits(array, weights), array.max_slices * array.cell_bits
    if bits > min(room, _MOST_WEIGHT_BITS):
        yield Diagnostic(
            "E0667",
            f"projection {name} has weights from {weights[0]} to {weights[1]}",
            place,
            have=f"{array.max_slices} cell{'s' * (array.max_slices != 1)} of "
            f"{array.cell_bits} bits, {array.polarity}",
            need=f"{bits} bits",
            hint="quantise to fewer bits with --bits",
        )
    elif array.columns < (-(-bits // array.cell_bits)) * (1 if array.polarity == "offset" else 2):
        yield Diagnostic(
            "E0667",
            f"projection {name} has weights that take more cells than a row of the array",
            place,
            have=f"{array.columns} columns",
            need=f"{bits} bits in cells of {array.cell_bits}, {array.polarity}",
        )
    signal, carried = magnitude_bits(sent), array.max_pulses * array.pulse_bits
    if signal > min(carried, _MOST_SIGNAL_BITS):
        yield Diagnostic(
            "E0668",
            f"projection {name} is sent {sent.minimum} to {sent.maximum}",
            place,
            have=f"{array.max_pulses} pulses of {array.pulse_bits} bits",
            need=f"{signal} bits",
            hint="quantise what its source sends to fewer bits with --bits",
        )
    if sent.minimum < 0 and array.signs == "none":
        yield Diagnostic(
            "E0668",
            f"projection {name} is sent negative signals",
            place,
            have="pulses without a sign",
            need=f"{sent.minimum} to {sent.maximum}",
            hint="choose a target whose pulses have signs or phases",
        )
