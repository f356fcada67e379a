"""Equations as sums of coefficient times term, and bounds of their values.

What depends on parameters alone is a *coefficient* and is computed in float64 at compile
time; what depends on states or inputs is a *term*. ``v + dt * ((v_leak - v + r * i) / tau)``
has the terms ``v`` and ``i`` with the coefficients ``1 - dt / tau`` and ``dt * r / tau``,
and a constant: seen this way, one multiplication per term is left for the hardware, and
interval arithmetic does not forget that both v are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.expr import COMPARISONS, FUNCTIONS, Binary, Call, Expr, Lookup, Name, Unary, evaluate
from somac.ir.expr import names as names_of

__all__ = ["Affine", "Bounder", "Interval", "bounder", "bounds", "decompose", "is_truth"]

Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Affine:
    """``sum of coefficient * term + constant``; arrays are 0-d or (cells,)."""

    terms: Mapping[Expr, Real]
    constant: Real

    def __add__(self, other: Affine) -> Affine:
        terms = dict(self.terms)
        for term, coefficient in other.terms.items():
            terms[term] = terms[term] + coefficient if term in terms else coefficient
        return Affine(terms, self.constant + other.constant)

    def scaled(self, factor: Real) -> Affine:
        """Every coefficient and the constant times `factor`."""
        return Affine({t: c * factor for t, c in self.terms.items()}, self.constant * factor)


def decompose(expr: Expr, constants: Mapping[str, NDArray[Any]]) -> Affine:
    """`expr` as an affine sum; `constants` are the names whose values are known.

    A term is an input, a state, a local, or a subexpression that is not affine.
    """
    if all(name in constants for name in names_of(expr)):
        value = np.asarray(evaluate(expr, constants))
        return Affine({}, value.astype(np.float64))
    match expr:
        case Unary("-", operand):
            return decompose(operand, constants).scaled(np.float64(-1.0))  # type: ignore[arg-type]
        case Binary("+", left, right):
            return decompose(left, constants) + decompose(right, constants)
        case Binary("-", left, right):
            return decompose(left, constants) + decompose(Unary("-", right), constants)
        case Binary("*", left, right):
            a, b = decompose(left, constants), decompose(right, constants)
            if not a.terms:
                return b.scaled(a.constant)
            if not b.terms:
                return a.scaled(b.constant)
        case Binary("/", left, right):
            divisor = decompose(right, constants)
            if not divisor.terms:
                return decompose(left, constants).scaled(1.0 / divisor.constant)
        case _:
            pass
    return Affine({expr: np.asarray(1.0)}, np.asarray(0.0))


@dataclass(frozen=True, slots=True)
class Interval:
    """``low <= value <= high``, float64 arrays, 0-d or (cells,)."""

    low: Real
    high: Real

    def hull(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        return Interval(np.minimum(self.low, other.low), np.maximum(self.high, other.high))

    def times(self, factor: Real) -> Interval:
        """Bounds of `factor` times a value."""
        a, b = self.low * factor, self.high * factor
        return Interval(np.minimum(a, b), np.maximum(a, b))

    def magnitude(self) -> Real:
        """The largest absolute value."""
        return np.maximum(np.abs(self.low), np.abs(self.high))


_TRUTH = Interval(np.asarray(0.0), np.asarray(1.0))
_INCREASING = ("exp", "floor", "log", "sigmoid", "sqrt", "tanh")


def is_truth(expr: Expr) -> bool:
    """Whether `expr` gives 0 or 1 by its form."""
    match expr:
        case Binary(operator, _, _):
            return operator in COMPARISONS or operator in ("and", "or")
        case Unary(operator, _):
            return operator == "not"
        case _:
            return False


Bounder = Callable[[Mapping[str, Interval]], Interval]
"""Bounds of an expression, given bounds of the names in it."""


def bounder(expr: Expr, constants: Mapping[str, NDArray[Any]]) -> Bounder:
    """Interval arithmetic on the affine form of `expr`, prepared for many evaluations."""
    form = decompose(expr, constants)
    mixtures = _mixtures(form.terms, constants)
    mixed = {term for mixture, _ in mixtures for term in mixture.terms}
    shares = [(c, _mixture_bounder(mixture, constants)) for mixture, c in mixtures]
    shares += [(c, _term_bounder(t, constants)) for t, c in form.terms.items() if t not in mixed]

    def evaluated(values: Mapping[str, Interval]) -> Interval:
        low = high = form.constant
        # a bound beyond every number is infinite
        with np.errstate(over="ignore"):
            for coefficient, term in shares:
                share = term(values).times(coefficient)
                low, high = low + share.low, high + share.high
        return Interval(low, high)

    return evaluated


def bounds(
    expr: Expr, constants: Mapping[str, NDArray[Any]], values: Mapping[str, Interval]
) -> Interval:
    """Bounds of `expr`, once."""
    return bounder(expr, constants)(values)


@dataclass(frozen=True, slots=True, eq=False)
class _Mixture:
    """Two products whose factors add up to a constant, as in ``z * a + (1 - z) * b``.

    Parameters
    ----------
    terms
        The products.
    factors, ends
        What mixes, and what is mixed, of each.
    whole
        What the factors add up to.
    """

    terms: tuple[Expr, Expr]
    factors: tuple[Expr, Expr]
    ends: tuple[Expr, Expr]
    whole: Real


def _mixtures(
    terms: Mapping[Expr, Real], constants: Mapping[str, NDArray[Any]]
) -> list[tuple[_Mixture, Real]]:
    """Mixtures of terms with equal coefficients, and these; no term is in two."""
    found: list[tuple[_Mixture, Real]] = []
    products = [(t, c) for t, c in terms.items() if isinstance(t, Binary) and t.operator == "*"]
    for (first, c), (second, d) in combinations(products, 2):
        taken = [term for mixture, _ in found for term in mixture.terms]
        if np.array_equal(c, d) and first not in taken and second not in taken:
            mixture = _mixture(first, second, constants)
            found += [(mixture, c)] if mixture else []
    return found


def _mixture(
    first: Binary, second: Binary, constants: Mapping[str, NDArray[Any]]
) -> _Mixture | None:
    for k, a in ((first.left, first.right), (first.right, first.left)):
        for m, b in ((second.left, second.right), (second.right, second.left)):
            whole = decompose(Binary("+", k, m), constants)
            if all(np.all(c == 0) for c in whole.terms.values()):
                return _Mixture((first, second), (k, m), (a, b), whole.constant)
    return None


def _mixture_bounder(mixture: _Mixture, constants: Mapping[str, NDArray[Any]]) -> Bounder:
    """Between the ends, times the whole, where neither factor is negative."""
    first, second = (_term_bounder(term, constants) for term in mixture.terms)
    k, m = (bounder(factor, constants) for factor in mixture.factors)
    a, b = (bounder(end, constants) for end in mixture.ends)

    def evaluated(values: Mapping[str, Interval]) -> Interval:
        x, y = first(values), second(values)
        between = a(values).hull(b(values)).times(mixture.whole)
        convex = (k(values).low >= 0) & (m(values).low >= 0)
        low, high = x.low + y.low, x.high + y.high
        return Interval(
            np.where(convex, np.maximum(low, between.low), low),
            np.where(convex, np.minimum(high, between.high), high),
        )

    return evaluated


def _term_bounder(term: Expr, constants: Mapping[str, NDArray[Any]]) -> Bounder:
    if is_truth(term):
        return lambda _: _TRUTH
    match term:
        case Name(id):
            return lambda values: values[id]
        case Call("select", (condition, yes, no)):
            narrow = _narrower(condition, constants)
            first, second = bounder(yes, constants), bounder(no, constants)
            return lambda values: first(narrow(values, True)).hull(second(narrow(values, False)))
        case Binary(operator, left, right):
            a, b = bounder(left, constants), bounder(right, constants)
            return lambda values: _corners(operator, a(values), b(values))
        case Call(function, arguments):
            parts = [bounder(argument, constants) for argument in arguments]
            return lambda values: _function_bounds(function, [part(values) for part in parts])
        case Lookup(table, _):
            least, most = np.asarray(min(table.values)), np.asarray(max(table.values))
            return lambda _: Interval(least, most)
        case _:
            return bounder(term, constants)


def _function_bounds(function: str, parts: Sequence[Interval]) -> Interval:
    if function in ("min", "max", "clamp", *_INCREASING):
        apply = FUNCTIONS[function].apply
        return Interval(apply(*(p.low for p in parts)), apply(*(p.high for p in parts)))
    if function == "abs":
        (inner,) = parts
        nearest = np.minimum(np.abs(inner.low), np.abs(inner.high))
        least = np.where((inner.low <= 0) & (inner.high >= 0), 0.0, nearest)
        return Interval(least, inner.magnitude())
    return Interval(np.asarray(-1.0), np.asarray(1.0))  # sin, cos


def _corners(operator: str, a: Interval, b: Interval) -> Interval:
    """Bounds of a product, quotient or power of two varying values, from its corners."""
    if operator in ("/", "//") and np.any((b.low <= 0) & (b.high >= 0)):
        unlimited = np.asarray(np.inf)
        return Interval(-unlimited, unlimited)
    if operator == "**":
        largest = a.magnitude() ** b.high
        return Interval(np.where(a.low >= 0, a.low**b.low, -largest), largest)
    apply = {"*": np.multiply, "/": np.divide, "//": np.floor_divide}[operator]
    with np.errstate(invalid="ignore"):
        corners = [apply(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    # 0 times an unlimited bound is 0
    corners = [np.where(np.isnan(c), 0.0, c) for c in corners]
    low = np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
    high = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
    return Interval(low, high)


_Narrower = Callable[[Mapping[str, Interval], bool], Mapping[str, Interval]]


def _narrower(condition: Expr, constants: Mapping[str, NDArray[Any]]) -> _Narrower:
    """What is known of a name when a comparison of it holds (True), or fails."""
    match condition:
        case Binary(operator, Name(id), right) if operator in (">", ">=", "<", "<="):
            limit_of = bounder(right, constants)
        case _:
            return lambda values, _: values

    def narrowed(values: Mapping[str, Interval], holds: bool) -> Mapping[str, Interval]:
        if id not in values:
            return values
        known, limit = values[id], limit_of(values)
        if operator.startswith(">") == holds:
            low, high = np.maximum(known.low, limit.low), known.high
        else:
            low, high = known.low, np.minimum(known.high, limit.high)
        # a branch that cannot be taken keeps an empty interval out of the arithmetic
        possible = low <= high
        inside = Interval(np.where(possible, low, known.low), np.where(possible, high, known.high))
        return {**values, id: inside}

    return narrowed
