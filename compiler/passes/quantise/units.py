"""Units and formats of states and locals: what 1.0 stands for, and how many bits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.passes.quantise.affine import Affine, Interval, decompose, is_truth
from somac.ir.expr import Name
from somac.ir.fixed import Format, FormatError, Overflow, Rounding
from somac.ir.neuron import Assign

__all__ = ["Unit", "choose_units", "own_scale"]

Real = NDArray[np.float64]

# room above the bound for what quantised coefficients add to it
_MARGIN = 1.001
_MARGIN_STEPS = 16.0


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """`one` is what the fixed-point number 1.0 stands for (float64, 0-d or (cells,))."""

    one: Real
    format: Format

    @property
    def step(self) -> Real:
        """What one raw step stands for."""
        return np.asarray(np.ldexp(self.one, -self.format.fraction))

    @classmethod
    def for_range(
        cls, one: Real, magnitude: Real, bits: int, must_hold: Real | None = None
    ) -> Unit:
        """The finest format of `bits` bits for values up to `magnitude`, saturating.

        A value without a proven bound gives `must_hold`, the part of `magnitude` that is
        certain: the rest of the range is not bought with steps coarser than `one`.
        """
        fraction = _fraction(magnitude / one, bits)
        if must_hold is not None:
            fraction = max(fraction, min(0, _fraction(must_hold / one, bits)))
        return cls(one, Format(bits, bits - fraction, True, Rounding.RND, Overflow.SAT))


def _fraction(largest: Real, bits: int) -> int:
    """Fraction bits that leave room for values up to `largest`; FormatError if not finite."""
    most = float(np.max(largest)) * _MARGIN
    if not np.isfinite(most):
        raise FormatError("a value can be infinite or no number")
    room = 2.0 ** (bits - 1) - 1 - _MARGIN_STEPS
    # finer than a step of 2**-bits is of no use to a value that is counted in units
    return bits if most <= room * 2.0**-bits else int(np.floor(np.log2(room / most)))


def own_scale(magnitude: Real) -> Real:
    """A unit for values that no input drives: the power of two that holds them."""
    largest = float(np.max(magnitude))
    return np.asarray(2.0 ** np.ceil(np.log2(largest)) if 0 < largest < np.inf else 1.0)


def choose_units(
    states: Collection[str],
    body: Sequence[Assign],
    constants: Mapping[str, NDArray[Any]],
    ports: Mapping[str, Real],
    ranges: Mapping[str, Interval],
    must_hold: Mapping[str, Real],
    bits: int,
    shared: Collection[str] = (),
) -> dict[str, Unit]:
    """A unit for every state, and for every local that is a number.

    The unit of a name is that of the strongest input-driven term of its first statement
    times the term's coefficient (`ports` has the ports' own), so that this term is added
    without a multiplication; a name without such a term counts in units of its own scale.
    `must_hold` has the names without a proven bound (`Unit.for_range`); the units of `shared`
    names are one for all cells.
    """
    ones: dict[str, Real] = dict(ports)
    known = dict(constants)
    forms: dict[str, Affine] = {}
    for statement in body:
        form = decompose(statement.value, known)
        if is_truth(statement.value) and statement.name not in states:
            continue
        if not form.terms and statement.name not in states:
            known[statement.name] = form.constant
        else:
            forms.setdefault(statement.name, form)
    names = [*forms, *(s for s in sorted(states) if s not in forms)]
    for _ in names:
        for name in names:
            one = None if name in ones else _from_terms(name, forms.get(name), ones, ranges)
            if one is not None:
                ones[name] = np.asarray(one.max()) if name in shared else one
    return {
        name: Unit.for_range(
            ones[name] if name in ones else own_scale(ranges[name].magnitude()),
            ranges[name].magnitude(),
            bits,
            must_hold.get(name),
        )
        for name in names
    }


def _from_terms(
    name: str, form: Affine | None, ones: Mapping[str, Real], ranges: Mapping[str, Interval]
) -> Real | None:
    best: Real | None = None
    strongest = 0.0
    for term, coefficient in form.terms.items() if form else ():
        if not isinstance(term, Name) or term.id == name or term.id not in ones:
            continue
        strength = float(np.max(np.abs(coefficient) * ranges[term.id].magnitude()))
        one = np.abs(coefficient) * ones[term.id]
        if strength > strongest and np.any(one > 0):
            # cells that the term does not reach count as the others do
            strongest, best = strength, np.where(one > 0, one, one.max())
    return best
