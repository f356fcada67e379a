"""A neuron of the text to a `NeuronModel`: names resolved, units checked, equations stepped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from somac.grammar import ast
from somac.grammar.ast import Formula, Position
from somac.grammar.declarations import Declarations, declare
from somac.grammar.problems import Problems, Source
from somac.grammar.scope import Scope
from somac.grammar.statements import Statements
from somac.grammar.units import NUMBER
from somac.ir.expr import Binary, Expr, Name
from somac.ir.neuron import Assign, Emission, NeuronModel, SignalKind

__all__ = ["neuron_model"]

_SIGNALS: Mapping[str, SignalKind] = {"spike": "spike", "count": "count", "send": "value"}


def neuron_model(
    definition: ast.NeuronDef, source: Source, integrator: str | None, compare: str | None = None
) -> NeuronModel:
    """The discrete update of a neuron.

    Parameters
    ----------
    definition
        The neuron; `source` is the text it is from.
    integrator
        A key of `INTEGRATORS`, or None where there is none.
    compare
        A comparison such as ``>=`` that takes the place of that in ``spike when a > b``, and
        wherever else the neuron makes the same comparison.

    Raises
    ------
    SomacError
        Everything that is wrong with the neuron (E0206 to E0218).
    """
    scope = Scope(Problems(source))
    if compare is not None:
        scope.replaced = _comparison(definition, compare, scope.problems)
    declarations = declare(definition, scope)
    constants = frozenset({"dt", *(p.name for p in declarations.parameters)})
    assigned = {line.name for line in definition.lines if isinstance(line, ast.Assignment)}
    taken = {*scope.values, *scope.tables, *assigned}
    statements = Statements(scope, integrator, constants, taken)
    return _Body(definition, scope, declarations, statements).model()


def _comparison(definition: ast.NeuronDef, operator: str, problems: Problems) -> tuple[Expr, Expr]:
    """The comparison of the threshold, and the same with another operator."""
    conditions = [
        line.condition.expr for line in definition.lines if isinstance(line, ast.SpikeWhen)
    ]
    match conditions:
        case [Binary("<" | "<=" | ">" | ">=", left, right) as old]:
            return old, Binary(operator, left, right)
        case _:
            raise problems.error(
                "E0217",
                f"neuron {definition.name} has no `spike when a > b`, whose comparison could "
                f"become {operator}",
                definition.position,
            )


@dataclass(slots=True)
class _Body:
    """The lines of a neuron on their way to a model."""

    definition: ast.NeuronDef
    scope: Scope
    declarations: Declarations
    statements: Statements
    output: Emission | None = None

    def model(self) -> NeuronModel:
        for line in self.definition.lines:
            if self.scope.problems.full:
                break
            if isinstance(line, ast.Derivative):
                free = self._changes(line.name, line.position)
                self.statements.equation(line.name, line.value, line.position, free=free)
            else:
                self.statements.integrate()
                self._statement(line)
        self.statements.integrate()
        problems = self.scope.problems
        if self.output is None:
            problems.add(
                "E0212",
                f"neuron {self.definition.name} sends nothing",
                self.definition.position,
                hint="end it with `spike when ...`, `count n` or `send v`",
            )
            raise problems.failure()
        problems.check()
        return NeuronModel(
            self.definition.name,
            self.declarations.parameters,
            self.declarations.inputs,
            self.declarations.states,
            tuple(self.statements.body),
            self.output,
            "\n".join(doc.text for doc in self.definition.docs),
        )

    def _statement(self, line: ast.NeuronLine) -> None:
        match line:
            case ast.Assignment(name, value):
                self._assignment(name, value, line.position)
            case ast.SpikeWhen(condition):
                self._emit(Emission("spike", "spike"), line.position)
                checked = self.scope.check(condition)
                self.scope.agree("spike when", checked.dimension, NUMBER, condition.position)
                self.statements.body.append(Assign("spike", checked.expr))
                self.scope.define("spike", NUMBER)
            case ast.Send(keyword, name):
                if self.scope.is_known(name, line.position):
                    self._emit(Emission(_SIGNALS[keyword], name), line.position)
            case ast.OnSpike(assignments):
                self._on_spike(assignments, line.position)
            case _:
                pass  # declared already

    def _assignment(
        self, name: str, value: Formula, position: Position, condition: Expr | None = None
    ) -> None:
        free = self._changes(name, position)
        self.statements.assign(name, value, position, condition, free=free)

    def _on_spike(self, assignments: tuple[ast.Assignment, ...], position: Position) -> None:
        if self.output is None or self.output.kind != "spike":
            self.scope.problems.add(
                "E0216",
                "there is no spike above this line",
                position,
                hint="write `spike when v > threshold` first",
            )
            return
        for each in assignments:
            if self.scope.is_known(each.name, each.position):
                condition = Name(self.output.name)
                self._assignment(each.name, each.value, each.position, condition)

    # -- output -------------------------------------------------------------

    def _emit(self, emission: Emission, position: Position) -> None:
        if self.output is None:
            self.output = emission
            return
        self.scope.problems.add(
            "E0212",
            f"neuron {self.definition.name} sends a second thing",
            position,
            hint="a neuron has one output; states can be recorded besides",
        )

    def _changes(self, name: str, position: Position) -> bool:
        """Whether a name can change here: what is sent changes no more below its line."""
        if self.output is None or self.output.name != name:
            return True
        self.scope.problems.add(
            "E0212",
            f"{name} changes below the line that sends it",
            position,
            hint="send it below, or give the value that is sent another name",
        )
        return False
