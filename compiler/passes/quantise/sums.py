"""Instructions for a sum of products that is exact until it is rounded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.compiler.passes.quantise.builder import Builder, Value, coefficient_format, signed_bits
from somac.ir.fixed import MAX_BITS, Format, Overflow, Rounding

__all__ = ["Share", "exact_sum"]

Real = NDArray[np.float64]

_GUARD_BITS = 12
"""Kept below the target's own bits when constants and coefficients are quantised."""


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """`value` times `factor`; `label` names the coefficient if there must be one."""

    value: Value
    factor: Real
    label: str


def exact_sum(
    builder: Builder,
    shares: Sequence[Share],
    offset: Real,
    format: Format,
    name: str,
    coefficient_bits: int,
) -> int | None:
    """The sum without rounding, with as many bits as `format` can use; None if it is 0.

    Parameters
    ----------
    builder
        Takes the instructions and parameters.
    shares
        What is added up, in the unit of `format`; no factor is 0.
    offset
        A constant that is added.
    format
        What the sum will be rounded to.
    name
        Of the sum, for the label of the offset.
    coefficient_bits
        Precision of coefficients.
    """
    whole = [format.integer, *(s.value.format.integer + _exponent(s.factor) for s in shares)]
    if np.any(offset != 0):
        whole.append(_exponent(offset) + 1)
    # products and their sum must stay exact: bits above the point, a few for carries
    room = MAX_BITS - max(whole) - len(whole).bit_length() - 2
    fine = min(format.fraction + _GUARD_BITS + coefficient_bits, room)
    total: int | None = None
    for share in shares:
        for part in _scaled(builder, share, share.factor, fine, coefficient_bits):
            total = _plus(builder, total, part)
    if np.any(offset != 0):
        fraction = min(format.fraction + _GUARD_BITS, room)
        width = max(signed_bits(float(np.ldexp(np.abs(offset).max(), fraction))), 2)
        fixed = Format(width, width - fraction, True, Rounding.RND_CONV, Overflow.SAT)
        total = _plus(builder, total, builder.parameter(f"{name}_offset", offset, fixed))
    return total


def _plus(builder: Builder, total: int | None, part: int) -> int:
    return part if total is None else builder.operation("add", (total, part))


def _scaled(builder: Builder, share: Share, factor: Real, fine: int, bits: int) -> list[int]:
    """Instructions whose sum is the value times `factor`, to at most `fine` fraction bits."""
    value = share.value
    if np.all(factor == 0):
        return []
    if np.allclose(factor, 1.0, rtol=1e-12, atol=0):
        return [value.index]
    near_one = factor - 1.0
    if np.all(np.abs(near_one) < 0.5):
        return [value.index, *_scaled(builder, share, near_one, fine, bits)]
    most = fine - value.format.fraction
    first = float(factor.flat[0])
    if first > 0 and np.all(factor == first):
        exponent = np.log2(first)
        if exponent.is_integer() and -exponent <= most:
            one = builder.constant(1, Format(2, 2 + int(exponent)))
            return [builder.operation("mul", (value.index, one))]
    coefficient = builder.parameter(share.label, factor, coefficient_format(factor, bits, most))
    return [builder.operation("mul", (value.index, coefficient))]


def _exponent(factor: Real) -> int:
    """Bits above the binary point that the magnitudes of `factor` need."""
    return int(np.ceil(np.log2(np.abs(factor).max())))
