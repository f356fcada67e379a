"""Values of the text to numbers: units, arrays, files, distributions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from somac.grammar import ast
from somac.grammar.arguments import Arguments, bind
from somac.grammar.arrays import Folder
from somac.grammar.ast import Position
from somac.grammar.draw import MAX_SEED, Purpose, Stream
from somac.grammar.problems import Problems
from somac.grammar.units import NUMBER, Unit, UnknownUnitError, parse_unit
from somac.ir.errors import SomacError
from somac.ir.suggest import did_you_mean

__all__ = ["Reader", "shape_text"]

Real = NDArray[np.float64]

_DISTRIBUTIONS: Mapping[str, tuple[str, str]] = {
    "normal": ("mean", "deviation"),
    "uniform": ("low", "high"),
}
_KINDS = {
    ast.Quantity: "a number",
    ast.Array: "an array",
    ast.Text: "a text",
    ast.Call: "a call",
}
_BYTES = 8


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as the language writes it."""
    return f"[{', '.join(map(str, shape))}]"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads values; every method raises a `SomacError` with the place of what is wrong.

    Parameters
    ----------
    problems
        Of the text the values are from: it knows the places.
    folder
        Where ``load`` looks.
    """

    problems: Problems
    folder: Folder

    # -- numbers ------------------------------------------------------------

    def number(self, value: ast.Value, declared: str | None = None) -> float:
        """A number in SI; `declared` is the unit it must agree with, None for any."""
        if not isinstance(value, ast.Quantity):
            raise self.kind(value, "a number")
        unit = self._unit(value.unit, declared, value.position, needed=value.value != 0)
        return value.value if unit is None else unit.number(value.value)

    def whole(self, value: ast.Value, what: str, least: int, most: int) -> int:
        """A whole number without a unit."""
        need = f"{what}: a whole number from {least} to {most}"
        if not isinstance(value, ast.Quantity) or value.unit is not None:
            raise self.kind(value, need)
        if not (value.value.is_integer() and least <= value.value <= most):
            raise self.problems.error(
                "E0218",
                f"{what} cannot be {value.value:g}",
                value.position,
                need=need,
            )
        return int(value.value)

    def wholes(self, value: ast.Value, what: str, count: int, least: int) -> tuple[int, ...]:
        """`count` whole numbers; one stands for all."""
        most = 2**31 - 1
        if not isinstance(value, ast.Array) or value.unit is not None:
            return (self.whole(value, what, least, most),) * count
        if len(value.items) != count:
            raise self.shape(what, f"{len(value.items)} numbers", str(count), value.position)
        return tuple(self.whole(item, what, least, most) for item in value.items)

    # -- arrays -------------------------------------------------------------

    def array(self, value: ast.Value, declared: str | None = None) -> Real:
        """A number, array or file as float64 in SI, of its own shape."""
        match value:
            case ast.Quantity():
                return np.asarray(self.number(value, declared))
            case ast.Array(_, text):
                numbers = self._nested(value, declared if text is None else None)
            case ast.Call("load", _, text):
                numbers = self._load(value)
            case ast.Call(function) if function not in _DISTRIBUTIONS:
                hint = did_you_mean(function, {"load", *_DISTRIBUTIONS})
                raise self.problems.error(
                    "E0206", f"there is no value {function}(...)", value.position, hint=hint
                )
            case _:
                raise self.kind(value, "a number or an array")
        unit = self._unit(text, declared, value.position, needed=False)
        return numbers if unit is None else unit.array(numbers)

    def drawn(
        self,
        value: ast.Value,
        shape: tuple[int, ...],
        purpose: Purpose,
        seed: ast.Value | None = None,
        declared: str | None = None,
    ) -> Real:
        """An array, or numbers of that shape from a distribution.

        A distribution without a seed of its own has that of its generator.
        """
        if not isinstance(value, ast.Call) or value.function not in _DISTRIBUTIONS:
            return self.array(value, declared)
        given = bind(value, (*_DISTRIBUTIONS[value.function], "seed"), self.problems)
        first, second = self._distribution(given, declared)
        stream = Stream.of(self.seed(given.get("seed") or seed, value.position), purpose)
        self.take(prod(shape) * _BYTES * 4, f"{value.function}(...)", value.position)
        draw = stream.normal if value.function == "normal" else stream.uniform
        return draw(first, second, prod(shape)).reshape(shape)

    def normal(self, value: ast.Value, what: str) -> tuple[float, float]:
        """Mean and deviation of a normal distribution; `what` says what is needed otherwise."""
        if not isinstance(value, ast.Call) or value.function != "normal":
            raise self.kind(value, what)
        given = bind(value, _DISTRIBUTIONS["normal"], self.problems)
        return self._distribution(given, None)

    def seed(self, value: ast.Value | None, position: Position) -> int:
        """The seed of a generator."""
        if value is None:
            raise self.problems.error(
                "E0209",
                "random numbers need a seed",
                position,
                hint="add seed = 1, or another whole number",
            )
        return self.whole(value, "a seed", 0, MAX_SEED)

    def cells(self, value: ast.Value, declared: str, shape: tuple[int, ...]) -> Real:
        """A parameter or bias of cells of `shape`: 0-d, or (cells,)."""
        array = self.drawn(value, shape, Purpose.PARAMETER, None, declared or None)
        if array.shape in ((), shape, (prod(shape),)):
            return array.reshape(-1) if array.ndim else array
        raise self.shape(
            "the value does not fit the cells",
            f"shape {shape_text(array.shape)}",
            f"one number, or shape {shape_text(shape)}",
            value.position,
        )

    # -- parts --------------------------------------------------------------

    def take(self, amount: float, what: str, position: Position) -> None:
        """Count memory before it is taken."""
        with self.problems.at(position):
            self.folder.budget.take(amount, what)

    def kind(self, value: ast.Value, need: str) -> SomacError:
        """The error of a value of the wrong kind."""
        return self.problems.error(
            "E0218", "this value does not do", value.position, have=_KINDS[type(value)], need=need
        )

    def shape(
        self, what: str, have: str, need: str, position: Position, hint: str | None = None
    ) -> SomacError:
        """The error of a wrong shape."""
        return self.problems.error("E0219", what, position, have=have, need=need, hint=hint)

    def _distribution(self, given: Arguments, declared: str | None) -> tuple[float, float]:
        """The two numbers of a distribution."""
        call = given.call
        first, second = (
            self.number(_with_unit(given.need(name), call.unit), declared)
            for name in _DISTRIBUTIONS[call.function]
        )
        if call.function == "normal" and second < 0:
            raise self.kind(call, "a deviation of 0 or more")
        return first, second

    def _load(self, value: ast.Call) -> Real:
        given = bind(value, ("file", "name"), self.problems)
        file, name = given.need("file"), given.get("name")
        if not isinstance(file, ast.Text) or not isinstance(name, ast.Text | None):
            raise self.kind(value, 'texts, as in load("weights.npz", "w1")')
        with self.problems.at(value.position):
            return self.folder.load(file.value, None if name is None else name.value)

    def _nested(self, value: ast.Array, declared: str | None) -> Real:
        rows = [
            self._nested(item, declared)
            if isinstance(item, ast.Array)
            else np.asarray(self.number(item, declared))
            for item in value.items
        ]
        if len({row.shape for row in rows}) > 1:
            shapes = sorted({shape_text(row.shape) for row in rows})
            raise self.shape("the rows differ", " and ".join(shapes), "one shape", value.position)
        return np.stack(rows) if rows else np.zeros(0)

    def _unit(
        self, text: str | None, declared: str | None, position: Position, *, needed: bool
    ) -> Unit | None:
        """The unit a number is given in; it must agree with the declared one."""
        need = None if declared is None else parse_unit(declared).dimension
        if text is None:
            if needed and need not in (None, NUMBER):
                raise self.problems.error(
                    "E0211", "the unit is missing", position, have="a plain number", need=declared
                )
            return None
        try:
            unit = parse_unit(text)
        except UnknownUnitError as error:
            raise self.problems.error("E0210", str(error), position, hint=error.hint) from error
        if need not in (None, unit.dimension):
            raise self.problems.error(
                "E0211", "the units do not agree", position, have=text, need=declared
            )
        return unit


def _with_unit(value: ast.Value, unit: str | None) -> ast.Value:
    """``normal(0, 1) mV``: the unit of a distribution is that of its numbers."""
    if unit and isinstance(value, ast.Quantity) and value.unit is None:
        return ast.Quantity(value.value, unit, position=value.position)
    return value
