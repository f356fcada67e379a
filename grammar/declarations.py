"""What a neuron or a rule declares: parameters, inputs, states and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from somac.grammar import ast
from somac.grammar.scope import Scope
from somac.grammar.units import NUMBER, SECOND
from somac.ir.expr import ZERO, TableFunction
from somac.ir.neuron import Parameter, State

__all__ = [
    "Declarations",
    "declare",
    "declare_parameters",
    "declare_states",
    "declare_tables",
]


@dataclass(frozen=True, slots=True)
class Declarations:
    """The declared parts of a `NeuronModel`."""

    parameters: tuple[Parameter, ...]
    inputs: tuple[str, ...]
    states: tuple[State, ...]


def declare(definition: ast.NeuronDef, scope: Scope) -> Declarations:
    """Define in `scope` what the neuron declares, wherever its lines stand.

    An equation declares its state, if no line ``state`` does.
    """
    parameters = declare_parameters(definition.parameters, scope)
    constants = set(scope.values)
    inputs = _inputs(definition.lines, scope)
    declare_tables(definition.lines, scope)
    states = declare_states(definition.lines, scope, constants)
    return Declarations(tuple(parameters), tuple(inputs), tuple(states))


def declare_parameters(parameters: Sequence[ast.ParameterDef], scope: Scope) -> list[Parameter]:
    """Define parameters, and ``dt``."""
    scope.define("dt", SECOND)
    scope.given.add("dt")
    return [_parameter(p, scope) for p in parameters if scope.is_free(p.name, p.position)]


def declare_tables(lines: Sequence[ast.LineNode], scope: Scope) -> None:
    """Define the tables among the lines."""
    for line in lines:
        if isinstance(line, ast.TableDef) and scope.is_free(line.name, line.position):
            _table(line, scope)


def _parameter(parameter: ast.ParameterDef, scope: Scope) -> Parameter:
    name, default = parameter.name, parameter.default
    unit = scope.unit(parameter.unit, parameter.position)
    scope.define(name, unit.dimension if unit else None)
    scope.given.add(name)
    si = unit.si if unit else ""
    if default is None:
        return Parameter(name, None, si)
    value = default.value
    if default.unit is not None:
        given = scope.unit(default.unit, default.position)
        if given is not None:
            scope.agree(name, given.dimension, scope.dimensions[name], default.position)
            value = given.number(value)
    elif value:
        scope.agree(name, NUMBER, scope.dimensions[name], default.position)
    return Parameter(name, value, si)


def _inputs(lines: Sequence[ast.NeuronLine], scope: Scope) -> list[str]:
    inputs = []
    for line in lines:
        if isinstance(line, ast.InputPort) and scope.is_free(line.name, line.position):
            unit = scope.unit(line.unit, line.position)
            scope.define(line.name, unit.dimension if unit else None)
            scope.given.add(line.name)
            inputs.append(line.name)
    return inputs


def declare_states(lines: Sequence[ast.LineNode], scope: Scope, constants: set[str]) -> list[State]:
    """Define the states among the lines, whose initial values are made of `constants`."""
    states: dict[str, State] = {}
    for line in lines:
        if isinstance(line, ast.StateDef) and scope.is_free(line.name, line.position):
            unit = scope.unit(line.unit, line.position)
            scope.define(line.name, unit.dimension if unit else None)
            states[line.name] = _state(line, scope, constants)
    for line in lines:
        if (
            isinstance(line, ast.Derivative)
            and line.name not in states
            and scope.is_assignable(line.name, line.position)
            and scope.is_free(line.name, line.position)
        ):
            scope.define(line.name, None)
            states[line.name] = State(line.name)
    return list(states.values())


def _state(line: ast.StateDef, scope: Scope, constants: set[str]) -> State:
    if line.initial is None:
        return State(line.name)
    initial = scope.check(line.initial, constants)
    if initial.expr != ZERO:
        dimension = scope.dimensions[line.name]
        scope.agree(line.name, initial.dimension, dimension, line.initial.position)
    return State(line.name, initial.expr)


def _table(line: ast.TableDef, scope: Scope) -> None:
    items = line.values.items
    values = [i.value for i in items if isinstance(i, ast.Quantity) and i.unit is None]
    if len(values) < len(items) or line.values.unit:
        scope.problems.add(
            "E0218",
            f"table {line.name} is no row of numbers",
            line.values.position,
            need="numbers without units",
        )
    else:
        try:
            table = TableFunction(line.name, tuple(values), line.low, line.high)
        except ValueError as error:
            scope.problems.add("E0218", str(error), line.position)
        else:
            scope.tables[line.name] = table
