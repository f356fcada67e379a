"""Equations to instructions: every statement becomes one sum of products, rounded once.

Each name gets a *unit*, the real value of the fixed-point number 1.0, so chosen that the
largest term of its first statement needs no multiplication: the membrane of a neuron is
counted in steps of its weights, and scales end up in thresholds (as py-spinnaker2 and most
published flows do by hand). A decay is computed as ``v - k * v`` with the small k at full
relative precision. Comparisons with constants are exact: ``v > threshold`` holds for the raw
integers exactly if it holds for what they stand for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.passes.quantise.affine import (
    Affine,
    Interval,
    bounds,
    decompose,
    is_truth,
)
from somac.compiler.passes.quantise.builder import Builder, Value, signed_bits
from somac.compiler.passes.quantise.comparisons import FLIPPED, OPCODE, against_limit, holds
from somac.compiler.passes.quantise.options import QuantiseOptions
from somac.compiler.passes.quantise.sums import Share, exact_sum
from somac.compiler.passes.quantise.tables import Tabulated, read_smooth, tabulate, tabulate_values
from somac.compiler.passes.quantise.units import Unit, own_scale
from somac.ir.errors import Place, SomacError
from somac.ir.expr import (
    COMPARISONS,
    FUNCTIONS,
    Binary,
    Call,
    Expr,
    Lookup,
    Name,
    Number,
    Unary,
    text,
)
from somac.ir.fixed import BOOL, Format, Overflow, Rounding, quantise

__all__ = ["Lowering"]

Real = NDArray[np.float64]

_ONE = np.asarray(1.0)


class Lowering:
    """The state of lowering a body of statements: what each name is at this point of it.

    Parameters
    ----------
    name
        Of the population or projection, for messages.
    states
        Names of the states that the body reads or sets.
    constants
        Parameters and ``dt``, float64.
    biases
        Per port, what is added to what arrives.
    ranges
        Bounds per name that is read, state and local, finite.
    units
        Of states and locals.
    builder
        Takes the instructions.
    """

    def __init__(
        self,
        name: str,
        states: Collection[str],
        constants: Mapping[str, NDArray[Any]],
        biases: Mapping[str, Real],
        ranges: Mapping[str, Interval],
        units: Mapping[str, Unit],
        options: QuantiseOptions,
        builder: Builder,
    ) -> None:
        self.name = name
        self.constants = dict(constants)
        self.biases = biases
        self.ranges = ranges
        self.options = options
        self.builder = builder
        self.units = units
        self.states = tuple(states)
        self.values: dict[str, Value] = {}

    def read(self, opcode: str, name: str, unit: Unit) -> None:
        """Read an input, parameter or state that counts in that unit."""
        index = self.builder.source(opcode, name, unit.format)
        self.values[name] = Value(index, unit.format, unit.one, self.ranges[name])

    def statement(self, name: str, expr: Expr) -> None:
        """An assignment."""
        if is_truth(expr) and name not in self.states:
            self.values[name] = self._truth(expr, name)
            return
        form = self._form(expr)
        if not form.terms and name not in self.states:
            self.constants[name] = form.constant
            return
        unit = self.units[name]
        index = self._sum(form, unit, name)
        self.values[name] = Value(index, unit.format, unit.one, self.ranges[name])

    def condition(self, expr: Expr) -> int:
        """The instruction of a truth value, of a comparison or of a name that holds one."""
        if is_truth(expr):
            return self._truth(expr).index
        value = self._operand(expr)
        if value.format == BOOL:
            return value.index
        zero = self.builder.constant(0, value.format)
        return self.builder.operation("ne", (value.index, zero), BOOL)

    def sent(self, expr: Expr, unit: Unit) -> int:
        """The instruction of an expression in a unit, rounded once."""
        return self._sum(self._form(expr), unit, "sent")

    def next_states(self) -> dict[str, int]:
        """The instruction of each state as it is now."""
        return {state: self.values[state].index for state in self.states}

    def _form(self, expr: Expr) -> Affine:
        """The affine form, with each port's bias in the constant."""
        form = decompose(expr, self.constants)
        constant = form.constant
        for term, coefficient in form.terms.items():
            if isinstance(term, Name) and term.id in self.biases:
                constant = constant + coefficient * self.biases[term.id]
        return Affine(form.terms, constant)

    # -- sums ---------------------------------------------------------------

    def _sum(self, form: Affine, unit: Unit, name: str) -> int:
        """A sum of products in `unit`, rounded once, to its format."""
        total = self._exact_sum(form, unit.one, unit.format, name)
        if total is None:
            return self.builder.constant(0, unit.format)
        return self.builder.cast(total, unit.format, name)

    def _exact_sum(self, form: Affine, one: Real, format: Format, name: str) -> int | None:
        """The sum without rounding; terms come in with as many bits as `format` can use."""
        shares = []
        for term, coefficient in form.terms.items():
            value = self._term(term, Unit(one, format))
            factor = np.asarray(coefficient * value.unit / one)
            if np.any(factor != 0):
                shares.append(Share(value, factor, f"{name}_{_label(term)}"))
        offset = np.asarray(form.constant / one)
        bits = self.options.coefficient_bits
        return exact_sum(self.builder, shares, offset, format, name, bits)

    # -- terms --------------------------------------------------------------

    def _term(self, term: Expr, wanted: Unit) -> Value:
        """A term as a value; `wanted` is the unit and format of the place that needs it."""
        if is_truth(term):
            return self._truth(term)
        match term:
            case Name(id):
                return self.values[id]
            case Call("select", (condition, yes, no)):
                chosen = self.condition(condition)
                branches = [self._in_unit(branch, wanted) for branch in (yes, no)]
                index = self.builder.operation("select", (chosen, *branches), wanted.format)
                return Value(index, wanted.format, wanted.one, self._bounds(term))
            case Call("min" | "max" as opcode, (left, right)):
                pair = [self._in_unit(operand, wanted) for operand in (left, right)]
                index = self.builder.operation(opcode, pair, wanted.format)
                return Value(index, wanted.format, wanted.one, self._bounds(term))
            case Call("clamp", (x, low, high)):
                return self._term(Call("min", (Call("max", (x, low)), high)), wanted)
            case Call("abs", (x,)):
                return self._term(Call("max", (x, Unary("-", x))), wanted)
            case Call("floor", (Binary("/", left, right),)):
                return self._floor_divided(left, right, term)
            case Binary("//", left, right):
                return self._floor_divided(left, right, term)
            case Call("floor", (x,)):
                whole = self._whole_format(term)
                return Value(
                    self._sum(self._form(x), Unit(_ONE, whole), "floor"),
                    whole,
                    _ONE,
                    self._bounds(term),
                )
            case Binary("*", left, right):
                return self._product(left, right, term)
            case Binary("**", base, Number(power)) if power in (2.0, 3.0, 4.0):
                lower = base if power == 2.0 else Binary("**", base, Number(power - 1.0))
                return self._product(base, lower, term)
            case Call(function, (x,)) if FUNCTIONS[function].tabled:
                return self._looked_up(function, x, term)
            case Lookup(function, x):
                table = tabulate_values(function)
                scaled = Binary("*", Binary("-", x, Number(function.low)), Number(table.per_unit))
                return self._read(table, scaled, term)
            case _:
                raise SomacError(
                    "E0502",
                    f"{self.name}: {text(term)} cannot be computed in integers",
                    place=Place(node=self.name),
                    hint="divide by parameters only, use powers 2 to 4, or a table function",
                )

    def _bounds(self, expr: Expr) -> Interval:
        known = {name: value.interval for name, value in self.values.items()}
        return bounds(expr, self.constants, known)

    def _in_unit(self, expr: Expr, unit: Unit) -> int:
        """An expression in a given unit and format."""
        form = self._form(expr)
        if not form.terms:
            saturating = Format(
                unit.format.width,
                unit.format.integer,
                unit.format.signed,
                Rounding.RND_CONV,
                Overflow.SAT,
            )
            raw = quantise(form.constant / unit.one, saturating)
            if raw.ndim == 0 or (raw == raw.flat[0]).all():
                return self.builder.constant(int(raw.flat[0]), unit.format)
            return self.builder.raw_parameter("value", raw, unit.format)
        return self._sum(form, unit, "branch")

    def _operand(self, expr: Expr) -> Value:
        """An expression in a unit of its own, at most as wide as a state."""
        interval = self._bounds(expr)
        if isinstance(expr, Name) and expr.id in self.values and not self._is_biased(expr.id):
            value = self.values[expr.id]
            if value.format.width <= self.options.state_bits:
                return value
        unit = self._unit_for(interval)
        return Value(self._sum(self._form(expr), unit, "operand"), unit.format, unit.one, interval)

    def _is_biased(self, name: str) -> bool:
        """Whether a port's sum is not all that there is at the port."""
        return name in self.biases and bool(np.any(self.biases[name] != 0))

    def _product(self, left: Expr, right: Expr, term: Expr) -> Value:
        a, b = self._operand(left), self._operand(right)
        exact = self.builder.operation("mul", (a.index, b.index))
        one = a.unit * b.unit
        interval = self._bounds(term)
        unit = Unit.for_range(one, interval.magnitude(), self.options.state_bits)
        return Value(self.builder.cast(exact, unit.format), unit.format, one, interval)

    def _whole_format(self, term: Expr) -> Format:
        bits = min(
            signed_bits(float(self._bounds(term).magnitude().max())), self.options.state_bits
        )
        return Format(bits, bits, True, Rounding.TRN, Overflow.SAT)

    def _floor_divided(self, left: Expr, right: Expr, term: Expr) -> Value:
        divisor = self._form(right)
        if divisor.terms or np.any(divisor.constant <= 0):
            raise SomacError(
                "E0502",
                f"{self.name}: {text(term)} divides by what is not a positive constant",
                place=Place(node=self.name),
            )
        dividend = self._operand(left)
        steps = np.rint(np.ldexp(divisor.constant / dividend.unit, dividend.format.fraction))
        # what is larger than every dividend divides alike
        raw = np.clip(steps, 1.0, 2.0 * dividend.format.maximum).astype(np.int64)
        width = signed_bits(float(raw.max()))
        fixed = Format(width, width - dividend.format.fraction)
        index = self.builder.raw_parameter("divisor", raw, fixed)
        whole = self._whole_format(term)
        quotient = self.builder.operation("floordiv", (dividend.index, index), whole)
        return Value(quotient, whole, _ONE, self._bounds(term))

    def _looked_up(self, function: str, x: Expr, term: Expr) -> Value:
        interval = self._bounds(x)
        table = tabulate(function, float(interval.low.min()), float(interval.high.max()))
        index = read_smooth(self.builder, table, self._in_unit(x, Unit(_ONE, table.argument)))
        return Value(index, table.result, _ONE, self._bounds(term))

    def _read(self, table: Tabulated, x: Expr, term: Expr) -> Value:
        self.builder.tables[table.name] = table.table
        argument = self._in_unit(x, Unit(_ONE, table.argument))
        index = self.builder.operation("table", (argument,), table.result, table.name)
        return Value(index, table.result, _ONE, self._bounds(term))

    # -- truth values -------------------------------------------------------

    def _truth(self, expr: Expr, name: str = "") -> Value:
        unit_interval = Interval(np.asarray(0.0), np.asarray(1.0))
        match expr:
            case Unary(_, operand):
                index = self.builder.operation("not", (self.condition(operand),), BOOL, name)
            case Binary("and" | "or" as opcode, left, right):
                pair = (self.condition(left), self.condition(right))
                index = self.builder.operation(opcode, pair, BOOL, name)
            case Binary(operator, left, right) if operator in COMPARISONS:
                index = self._comparison(OPCODE[operator], Binary("-", left, right), name)
            case _:
                raise AssertionError(f"{text(expr)} is no truth value")
        return Value(index, BOOL, _ONE, unit_interval)

    def _comparison(self, opcode: str, difference: Expr, name: str) -> int:
        """`difference` against 0."""
        form = self._form(difference)
        if len(form.terms) == 1:
            ((term, coefficient),) = form.terms.items()
            if np.all(coefficient > 0) or np.all(coefficient < 0):
                wanted = self._natural_unit(term)
                value = self._term(term, wanted)
                limit = -form.constant / coefficient / value.unit
                if np.all(coefficient < 0):
                    opcode = FLIPPED[opcode]
                return against_limit(self.builder, opcode, value, limit, name)
        if not form.terms:
            return holds(self.builder, opcode, form.constant)
        first = next(iter(form.terms))
        unit = self._natural_unit(first)
        total = self._exact_sum(form, unit.one, unit.format, "difference")
        zero = self.builder.constant(0, Format(1, 1))
        index = zero if total is None else total
        return self.builder.operation(opcode, (index, zero), BOOL, name)

    def _natural_unit(self, term: Expr) -> Unit:
        if isinstance(term, Name):
            value = self.values[term.id]
            return Unit(value.unit, value.format)
        return self._unit_for(self._bounds(term))

    def _unit_for(self, interval: Interval) -> Unit:
        magnitude = interval.magnitude()
        return Unit.for_range(own_scale(magnitude), magnitude, self.options.state_bits)


def _label(term: Expr) -> str:
    return term.id if isinstance(term, Name) else "term"
