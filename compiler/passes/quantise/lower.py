"""Equations to a `Datapath`: every statement becomes one sum of products, rounded once.

Each name gets a *unit*, the real value of the fixed-point number 1.0, so chosen that the
largest term of its first statement needs no multiplication: the membrane of a neuron is
counted in steps of its weights, and scales end up in thresholds (as py-spinnaker2 and most
published flows do by hand). A decay is computed as ``v - k * v`` with the small k at full
relative precision. Comparisons with constants are exact: ``v > threshold`` holds for the raw
integers exactly if it holds for what they stand for.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from somac.compiler.passes.quantise.ends import Arriving, Lowered
from somac.compiler.passes.quantise.options import QuantiseOptions
from somac.compiler.passes.quantise.sums import Share, exact_sum
from somac.compiler.passes.quantise.tables import Tabulated, read_smooth, tabulate, tabulate_values
from somac.compiler.passes.quantise.units import Unit, choose_units, own_scale
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
from somac.ir.neuron import NeuronModel

__all__ = ["lower_model"]

Real = NDArray[np.float64]

_ONE = np.asarray(1.0)


def lower_model(
    name: str,
    model: NeuronModel,
    constants: Mapping[str, NDArray[Any]],
    ports: Mapping[str, Arriving],
    ranges: Mapping[str, Interval],
    must_hold: Mapping[str, Real],
    sent_unit: float,
    options: QuantiseOptions,
) -> Lowered:
    """Lower one population's model.

    Parameters
    ----------
    name
        Of the population, for messages.
    constants
        Parameters and ``dt``, float64.
    ports
        What arrives at each input.
    ranges
        Bounds per port, state and local, finite.
    must_hold
        Magnitudes that are certain, for the names whose bounds are not proven.
    sent_unit
        What one raw step of a number sent stands for, a power of two: the weights of the
        projections that carry it were made for it.
    """
    units = choose_units(
        model,
        constants,
        {port: arriving.one for port, arriving in ports.items()},
        ranges,
        must_hold,
        options.state_bits,
    )
    return _Lowering(name, model, constants, ports, ranges, units, sent_unit, options).run()


class _Lowering:
    """The state of lowering one model: what each name is at this point of the body."""

    def __init__(
        self,
        name: str,
        model: NeuronModel,
        constants: Mapping[str, NDArray[Any]],
        ports: Mapping[str, Arriving],
        ranges: Mapping[str, Interval],
        units: Mapping[str, Unit],
        sent_unit: float,
        options: QuantiseOptions,
    ) -> None:
        self.name = name
        self.model = model
        self.constants = dict(constants)
        self.ports = ports
        self.ranges = ranges
        self.options = options
        self.builder = Builder()
        self.units = units
        self.sent_unit = sent_unit
        self.values: dict[str, Value] = {}

    def run(self) -> Lowered:
        for port in self.model.inputs:
            arriving = self.ports[port]
            format = Format(arriving.bits, arriving.bits)
            index = self.builder.source("input", port, format)
            self.values[port] = Value(index, format, arriving.one, self.ranges[port])
        for state in self.model.states:
            unit = self.units[state.name]
            index = self.builder.source("state", state.name, unit.format)
            self.values[state.name] = Value(index, unit.format, unit.one, self.ranges[state.name])
        for statement in self.model.body:
            self._statement(statement.name, statement.value)
        output, scale = self._output()
        initial = {
            state: quantise(value / self.units[state].one, self.units[state].format)
            for state, value in self.model.initial(self.constants).items()
        }
        next_state = {s.name: self.values[s.name].index for s in self.model.states}
        datapath = self.builder.finish(self.model.name, next_state, output, self.model.output.kind)
        scales = {s.name: self.units[s.name].step for s in self.model.states}
        return Lowered(datapath, self.builder.parameters, initial, scales | {"output": scale})

    def _statement(self, name: str, expr: Expr) -> None:
        states = {s.name for s in self.model.states}
        if is_truth(expr) and name not in states:
            self.values[name] = self._truth(expr, name)
            return
        form = self._form(expr)
        if not form.terms and name not in states:
            self.constants[name] = form.constant
            return
        unit = self.units[name]
        index = self._sum(form, unit, name)
        self.values[name] = Value(index, unit.format, unit.one, self.ranges[name])

    def _form(self, expr: Expr) -> Affine:
        """The affine form, with each port's bias in the constant."""
        form = decompose(expr, self.constants)
        constant = form.constant
        for term, coefficient in form.terms.items():
            if isinstance(term, Name) and term.id in self.ports:
                constant = constant + coefficient * self.ports[term.id].bias
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
                chosen = self._condition(condition)
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
                    f"population {self.name}: {text(term)} cannot be computed in integers",
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
        return name in self.ports and bool(np.any(self.ports[name].bias != 0))

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
                f"population {self.name}: {text(term)} divides by what is not a positive constant",
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

    def _condition(self, expr: Expr) -> int:
        """A truth value, of a comparison or of a name that holds one."""
        if is_truth(expr):
            return self._truth(expr).index
        value = self._operand(expr)
        if value.format == BOOL:
            return value.index
        zero = self.builder.constant(0, value.format)
        return self.builder.operation("ne", (value.index, zero), BOOL)

    def _truth(self, expr: Expr, name: str = "") -> Value:
        unit_interval = Interval(np.asarray(0.0), np.asarray(1.0))
        match expr:
            case Unary(_, operand):
                index = self.builder.operation("not", (self._condition(operand),), BOOL, name)
            case Binary("and" | "or" as opcode, left, right):
                pair = (self._condition(left), self._condition(right))
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

    # -- output -------------------------------------------------------------

    def _output(self) -> tuple[int, Real]:
        """The instruction that is sent, and what one raw step of it stands for."""
        emission = self.model.output
        if emission.kind == "spike":
            return self._condition(Name(emission.name)), _ONE
        form = self._form(Name(emission.name))
        if emission.kind == "count":
            bits = self.options.count_bits
            counted = Format(bits, bits, False, Rounding.TRN, Overflow.SAT)
            return self._sum(form, Unit(_ONE, counted), "sent"), _ONE
        bits = self.options.value_bits
        fraction = -int(np.log2(self.sent_unit))
        sent = Format(bits, bits - fraction, True, Rounding.RND, Overflow.SAT)
        unit = Unit(_ONE, sent)
        return self._sum(form, unit, "sent"), unit.step


def _label(term: Expr) -> str:
    return term.id if isinstance(term, Name) else "term"
