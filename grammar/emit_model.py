"""A `NeuronModel` as a neuron of the text: the discrete update that it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Literal

from somac.grammar import ast
from somac.grammar.emit_value import handy, unwritable
from somac.grammar.units import UnknownUnitError, parse_unit
from somac.grammar.words import RESERVED, is_identifier
from somac.ir.expr import FUNCTIONS, ZERO, Call, Name, TableFunction
from somac.ir.neuron import Assign, NeuronModel, Parameter, SignalKind

__all__ = ["check_parameters", "model_text", "parameter_text", "table_text"]

_KEYWORDS: Mapping[SignalKind, Literal["spike", "count", "send"]] = {
    "spike": "spike",
    "count": "count",
    "value": "send",
}


def model_text(model: NeuronModel, layout: ast.Layout = ast.PLAIN) -> ast.NeuronDef:
    """The definition of a neuron that lowers to `model`.

    Raises
    ------
    SomacError
        E0226 for names and numbers that the language cannot write.
    """
    _check(model)
    docs = tuple(ast.Doc(line) for line in model.doc.split("\n")) if model.doc else ()
    parameters = tuple(parameter_text(p) for p in model.parameters)
    return ast.NeuronDef(model.name, parameters, docs, tuple(_lines(model)), layout=layout)


def _lines(model: NeuronModel) -> Iterator[ast.NeuronLine]:
    for name in model.inputs:
        yield ast.InputPort(name)
    for state in model.states:
        initial = None if state.initial == ZERO else ast.Formula(state.initial)
        yield ast.StateDef(state.name, None, initial)
    for table in model.tables:
        yield table_text(table)
    whens = _spikes_when(model)
    fired = False
    known = {s.name for s in model.states}
    for statement in model.body:
        if whens and statement.name == "spike":
            yield ast.SpikeWhen(ast.Formula(statement.value))
            fired = True
        else:
            yield _statement(statement, fired and statement.name in known)
        known.add(statement.name)
    if not whens:
        yield ast.Send(_KEYWORDS[model.output.kind], model.output.name)


def _statement(statement: Assign, fired: bool) -> ast.Statement:
    match statement.value:
        case Call("select", (Name("spike"), value, Name(kept))) if fired and kept == statement.name:
            return ast.OnSpike((ast.Assignment(kept, ast.Formula(value)),))
        case value:
            return ast.Assignment(statement.name, ast.Formula(value))


def _spikes_when(model: NeuronModel) -> bool:
    """Whether what is sent is a local called spike, as ``spike when`` names it."""
    return (
        (model.output.kind, model.output.name) == ("spike", "spike")
        and [a.name for a in model.body].count("spike") == 1
        and "spike" in model.locals
    )


def parameter_text(parameter: Parameter) -> ast.ParameterDef:
    """The declaration of a parameter."""
    unit = parameter.unit or None
    default = parameter.default
    quantity = None if default is None else handy(default, unit)
    return ast.ParameterDef(parameter.name, unit, quantity)


def table_text(table: TableFunction) -> ast.TableDef:
    """The declaration of a table."""
    values = ast.Array(tuple(ast.Quantity(value) for value in table.values))
    return ast.TableDef(table.name, values, table.low, table.high)


def _check(model: NeuronModel) -> None:
    names = [
        *(p.name for p in model.parameters),
        *model.inputs,
        *(s.name for s in model.states),
        *(t.name for t in model.tables),
        *model.locals,
    ]
    allowed = {"spike"} if _spikes_when(model) else set()
    for name in names:
        if name not in allowed and (
            not is_identifier(name) or name in RESERVED or name in FUNCTIONS
        ):
            raise unwritable(f"{name!r} cannot be a name in a neuron", model.name)
    check_parameters(model.name, model.parameters)


def check_parameters(name: str, parameters: Sequence[Parameter]) -> None:
    """E0226 for a unit or default that the language cannot write."""
    for parameter in parameters:
        try:
            known = not parameter.unit or parse_unit(parameter.unit).si == parameter.unit
        except UnknownUnitError:
            known = False
        if not known:
            raise unwritable(f"{parameter.unit!r} is no SI unit", name)
        if parameter.default is not None and not isfinite(parameter.default):
            raise unwritable(f"the default of {parameter.name} is no number", name)
