"""Names inside a neuron or rule: what is defined, of which dimension, and what uses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from somac.grammar.ast import Formula, Position
from somac.grammar.dimensions import infer
from somac.grammar.problems import Problems
from somac.grammar.units import Dimension, Unit, UnknownUnitError, parse_unit
from somac.grammar.words import RESERVED
from somac.ir.expr import (
    FUNCTIONS,
    ZERO,
    Binary,
    Call,
    Expr,
    Lookup,
    Name,
    TableFunction,
    Unary,
)
from somac.ir.suggest import did_you_mean

__all__ = ["Checked", "Scope"]


@dataclass(frozen=True, slots=True)
class Checked:
    """An expression whose names and tables are resolved; the dimension is None if not known."""

    expr: Expr
    dimension: Dimension | None


@dataclass(slots=True)
class Scope:
    """What is defined so far.

    Parameters
    ----------
    given
        Parameters, inputs and ``dt``: they have a value and cannot be assigned.
    values
        Every name that has a value here: those given, states, and locals assigned above.
    tables
        Functions of the neuron's own.
    dimensions
        Of the values; None for what is declared without a unit.
    replaced
        A comparison, and what takes its place.
    words
        What cannot name anything.
    """

    problems: Problems
    given: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    tables: dict[str, TableFunction] = field(default_factory=dict)
    dimensions: dict[str, Dimension | None] = field(default_factory=dict)
    replaced: tuple[Expr, Expr] | None = None
    words: frozenset[str] = RESERVED

    def within(self, values: Iterable[str], given: Iterable[str]) -> Scope:
        """The same where only some names have a value, and more cannot be assigned."""
        return Scope(
            self.problems,
            self.given | set(given),
            set(values),
            self.tables,
            dict(self.dimensions),
            words=self.words,
        )

    def define(self, name: str, dimension: Dimension | None) -> None:
        """Give a name a value from here on."""
        self.values.add(name)
        self.dimensions[name] = dimension

    def is_free(self, name: str, position: Position) -> bool:
        """Whether a name can be declared; if not, why is noted."""
        if not self.is_allowed(name, position):
            return False
        if name in self.values or name in self.tables:
            self.problems.add("E0207", f"{name} is defined twice", position)
            return False
        return True

    def is_allowed(self, name: str, position: Position) -> bool:
        """Whether a name is no word of the language; if it is, that is noted."""
        if name in self.words or name in FUNCTIONS:
            self.problems.add(
                "E0208",
                f"{name} is a word of the language and cannot name a quantity",
                position,
                hint=f"call it {name}_, or after what it stands for",
            )
            return False
        return True

    def is_assignable(self, name: str, position: Position) -> bool:
        """Whether a name can be assigned; if not, why is noted."""
        if name in self.given or name in self.tables:
            self.problems.add(
                "E0213",
                f"{name} is given here and cannot be assigned",
                position,
                hint="assign a state, or a local value under a new name",
            )
            return False
        return self.is_allowed(name, position)

    def is_known(self, name: str, position: Position, among: set[str] | None = None) -> bool:
        """Whether a name has a value here; if not, that is noted."""
        known = self.values if among is None else among
        if name not in known:
            hint = did_you_mean(name, known)
            self.problems.add("E0206", f"{name} is not defined here", position, hint=hint)
        return name in known

    def unit(self, text: str | None, position: Position) -> Unit | None:
        """The unit of that text, None if there is none."""
        if text is None:
            return None
        try:
            return parse_unit(text)
        except UnknownUnitError as error:
            self.problems.add("E0210", str(error), position, hint=error.hint)
            return None

    def agree(
        self, what: str, have: Dimension | None, need: Dimension | None, position: Position
    ) -> None:
        """Note it if two known dimensions differ."""
        if have is not None and need is not None and have != need:
            self.problems.add(
                "E0211",
                f"{what}: the units do not agree",
                position,
                have=str(have),
                need=str(need),
            )

    def check(self, formula: Formula, among: set[str] | None = None) -> Checked:
        """Resolve the names of a formula, which are to be `among` some; note what is wrong."""
        known = self.values if among is None else among
        before = len(self.problems.found)
        expr = self._resolved(formula.expr, formula.places(), known)
        if len(self.problems.found) > before:
            return Checked(expr, None)
        dimension, disagreements = infer(Formula(expr, formula.positions), self.dimensions)
        for each in disagreements:
            self.agree(each.expression, each.have, each.need, each.position)
        return Checked(expr, None if disagreements else dimension)

    def _resolved(self, expr: Expr, positions: Iterator[Position], known: set[str]) -> Expr:
        position = next(positions)
        if self.replaced is not None and expr == self.replaced[0]:
            expr = self.replaced[1]
        match expr:
            case Name(id):
                self.is_known(id, position, known)
                return expr
            case Unary(operator, operand):
                return Unary(operator, self._resolved(operand, positions, known))
            case Binary(operator, left, right):
                first = self._resolved(left, positions, known)
                return Binary(operator, first, self._resolved(right, positions, known))
            case Call(function, arguments):
                parts = tuple(self._resolved(a, positions, known) for a in arguments)
                return self._call(function, parts, position)
            case _:
                return expr

    def _call(self, function: str, arguments: tuple[Expr, ...], position: Position) -> Expr:
        table = self.tables.get(function)
        if table is None and function not in FUNCTIONS:
            hint = did_you_mean(function, {*FUNCTIONS, *self.tables})
            self.problems.add("E0206", f"there is no function {function}", position, hint=hint)
            return ZERO
        arity = 1 if table is not None else FUNCTIONS[function].arity
        if len(arguments) != arity:
            self.problems.add(
                "E0209",
                f"{function} is given {len(arguments)} arguments",
                position,
                have=str(len(arguments)),
                need=str(arity),
            )
            return ZERO
        return Call(function, arguments) if table is None else Lookup(table, arguments[0])
