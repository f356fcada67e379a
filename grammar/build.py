"""The tree of the parser to the nodes of `somac.grammar.ast`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypedDict, cast

from lark import Token, Tree, v_args
from lark.tree import Meta
from lark.visitors import Transformer_NonRecursive

from somac.grammar import ast
from somac.grammar.ast import Layout, Position
from somac.grammar.problems import Problems
from somac.ir.expr import Binary, Expr, Name, Number, Unary
from somac.ir.neuron import SignalKind

__all__ = ["MAX_DEPTH", "build"]

MAX_DEPTH = 100
"""How deeply expressions and arrays may be nested."""

_KINDS: Mapping[str, SignalKind] = {"spikes": "spike", "counts": "count", "values": "value"}
_LONGEST_INTEGER = 18


def build(
    tree: Tree[Token],
    problems: Problems,
    layouts: Mapping[Position, Layout],
    end: tuple[str, ...],
) -> ast.Document:
    """Turn a parse tree into a document.

    Raises
    ------
    SomacError
        E0205 for a number or text that stands for nothing, E0204 for too deep a nesting.
    """
    document = cast(ast.Document, _Builder(problems, layouts, end).transform(tree))
    problems.check()
    return document


class _Where(TypedDict):
    """The keyword arguments that every `ast.LineNode` takes."""

    layout: Layout
    position: Position


class _Word(NamedTuple):
    text: str
    position: Position


class _Node(NamedTuple):
    """An expression while it is put together; `literal` is a number without parentheses."""

    expr: Expr
    positions: tuple[Position, ...]
    depth: int = 1
    literal: bool = False


class _Nested(NamedTuple):
    """A value and how deeply it is nested."""

    value: ast.Value
    depth: int = 1


class _Arguments(NamedTuple):
    """Arguments and how deeply the deepest of them is nested."""

    values: tuple[ast.Argument, ...] = ()
    depth: int = 0


def _at(token: Token) -> Position:
    return Position(token.line or 0, token.column or 0)


def _maybe(token: Token | None) -> str | None:
    return None if token is None else str(token)


@v_args(meta=True)
class _Builder(Transformer_NonRecursive[Token, Any]):
    """One method per rule of the grammar: (position, children) to a node."""

    def __init__(
        self, problems: Problems, layouts: Mapping[Position, Layout], end: tuple[str, ...]
    ) -> None:
        super().__init__(visit_tokens=False)
        self.problems = problems
        self.layouts = layouts
        self.end = end

    def _line(self, meta: Meta) -> _Where:
        """Where a node is that begins a line, and what stands around the line."""
        position = Position(meta.line, meta.column)
        return {"layout": self.layouts.get(position, ast.PLAIN), "position": position}

    def start(self, _: Meta, items: list[Any]) -> ast.Document:
        return ast.Document(tuple(items), self.end)

    # -- words and numbers --------------------------------------------------

    def name(self, _: Meta, children: list[Token]) -> _Word:
        token = children[0]
        text = self._text(token) if token.type == "STRING" else str(token)
        if not text:
            self.problems.add("E0205", "a name is empty", _at(token))
        return _Word(text, _at(token))

    def _text(self, token: Token) -> str:
        try:
            text = json.loads(token, strict=False)
            text.encode()
        except ValueError:
            self.problems.add(
                "E0205",
                f"{token} is not a text",
                _at(token),
                hint='a backslash stands before " \\ / b f n r t or uXXXX; write \\\\ for itself',
            )
            return str(token)
        return str(text)

    def _number(self, token: Token) -> float:
        value = float(token)
        if not math.isfinite(value):
            self.problems.add("E0205", f"{token} is too large a number", _at(token))
            return 0.0
        return value

    def shape(self, _: Meta, children: list[Token]) -> tuple[int, ...]:
        for token in children:
            if len(token) > _LONGEST_INTEGER:
                self.problems.add("E0205", f"{token[:20]}... is too large a number", _at(token))
                return (1,)
        return tuple(int(token) for token in children)

    def bound(self, _: Meta, children: list[Any]) -> float:
        minus, number = children
        return -self._number(number) if minus else self._number(number)

    # -- network ------------------------------------------------------------

    def network(self, meta: Meta, children: list[Any]) -> ast.NetworkDef:
        word, *settings = children
        return ast.NetworkDef(word.text, tuple(settings), **self._line(meta))

    def dt(self, meta: Meta, children: list[Any]) -> ast.Setting:
        return ast.Setting("dt", children[0].value, None, **self._line(meta))

    def profile_choice(self, meta: Meta, children: list[Any]) -> ast.Setting:
        return ast.Setting("profile", str(children[0]), None, **self._line(meta))

    def integrator(self, meta: Meta, children: list[Any]) -> ast.Setting:
        return ast.Setting("integrator", str(children[0]), None, **self._line(meta))

    def reset(self, meta: Meta, children: list[Any]) -> ast.Setting:
        return ast.Setting("reset", str(children[0]), None, **self._line(meta))

    def recurrent_bias(self, meta: Meta, children: list[Any]) -> ast.Setting:
        return ast.Setting("recurrent_bias", str(children[0]), None, **self._line(meta))

    def semantics(self, meta: Meta, children: list[Any]) -> ast.Setting:
        word, token = children
        return ast.Setting("semantics", self._text(token), word.text, **self._line(meta))

    def profile(self, meta: Meta, children: list[Any]) -> ast.ProfileDef:
        name, *lines = children
        docs, rest = _split_docs(lines)
        return ast.ProfileDef(str(name), docs, rest, **self._line(meta))

    def mapping(self, meta: Meta, children: list[Any]) -> ast.ModelMapping:
        node_type, reset, model = children
        return ast.ModelMapping(str(node_type), _maybe(reset), model.text, **self._line(meta))

    # -- neurons ------------------------------------------------------------

    def neuron(self, meta: Meta, children: list[Any]) -> ast.NeuronDef:
        word, parameters, *lines = children
        docs, rest = _split_docs(lines)
        return ast.NeuronDef(word.text, parameters or (), docs, rest, **self._line(meta))

    def parameters(self, _: Meta, children: list[Any]) -> tuple[ast.ParameterDef, ...]:
        return tuple(children)

    def parameter(self, _: Meta, children: list[Any]) -> ast.ParameterDef:
        name, unit, default = children
        value = default.value if default else None
        return ast.ParameterDef(str(name), _maybe(unit), value, position=_at(name))

    def doc(self, meta: Meta, children: list[Token]) -> ast.Doc:
        return ast.Doc(self._text(children[0]), **self._line(meta))

    def input_port(self, meta: Meta, children: list[Any]) -> ast.InputPort:
        return ast.InputPort(str(children[0]), _maybe(children[1]), **self._line(meta))

    def state(self, meta: Meta, children: list[Any]) -> ast.StateDef:
        name, unit, initial = children
        formula = None if initial is None else self._formula(initial)
        return ast.StateDef(str(name), _maybe(unit), formula, **self._line(meta))

    def table(self, meta: Meta, children: list[Any]) -> ast.TableDef:
        name, values, low, high = children
        return ast.TableDef(str(name), values.value, low, high, **self._line(meta))

    def derivative(self, meta: Meta, children: list[Any]) -> ast.Derivative:
        name = children[0].removeprefix("d").removesuffix("/dt")
        return ast.Derivative(name, self._formula(children[1]), **self._line(meta))

    def assignment(self, meta: Meta, children: list[Any]) -> ast.Assignment:
        return ast.Assignment(str(children[0]), self._formula(children[1]), **self._line(meta))

    def spike_when(self, meta: Meta, children: list[Any]) -> ast.SpikeWhen:
        return ast.SpikeWhen(self._formula(children[0]), **self._line(meta))

    def send(self, meta: Meta, children: list[Token]) -> ast.Send:
        keyword = cast(Literal["spike", "count", "send"], str(children[0]))
        return ast.Send(keyword, str(children[1]), **self._line(meta))

    def on_spike(self, meta: Meta, children: list[Any]) -> ast.OnSpike:
        return ast.OnSpike(tuple(children[1:]), **self._line(meta))

    # -- learning rules -----------------------------------------------------

    def rule(self, meta: Meta, children: list[Any]) -> ast.RuleDef:
        name, parameters, *lines = children
        docs, rest = _split_docs(lines)
        return ast.RuleDef(str(name), parameters or (), docs, rest, **self._line(meta))

    def traces(self, meta: Meta, children: list[Any]) -> ast.Traces:
        end = cast(Literal["pre", "post"], str(children[0]))
        return ast.Traces(end, tuple(children[1:]), **self._line(meta))

    def learning(self, meta: Meta, children: list[Any]) -> ast.Learning:
        first, second, *lines = children
        when = cast(Literal["on pre", "on post", "every step"], f"{first} {second}")
        return ast.Learning(when, tuple(lines), **self._line(meta))

    def deliver(self, meta: Meta, children: list[Any]) -> ast.Deliver:
        return ast.Deliver(self._formula(children[0]), **self._line(meta))

    # -- populations and what joins them ------------------------------------

    def input(self, meta: Meta, children: list[Any]) -> ast.InputDef:
        word, shape, kind = children
        return ast.InputDef(word.text, shape, _KINDS[kind], **self._line(meta))

    def population(self, meta: Meta, children: list[Any]) -> ast.PopulationDef:
        word, shape, model, *biases = children
        return ast.PopulationDef(word.text, shape, model, tuple(biases), **self._line(meta))

    def model(self, _: Meta, children: list[Any]) -> ast.Call:
        word, arguments = children
        return ast.Call(word.text, (arguments or _Arguments()).values, None, position=word.position)

    def bias(self, meta: Meta, children: list[Any]) -> ast.Bias:
        return ast.Bias(str(children[0]), children[1].value, **self._line(meta))

    def projection(self, meta: Meta, children: list[Any]) -> ast.ProjectionDef:
        source, target, port, name, stages, delay, learns = children
        return ast.ProjectionDef(
            source.text,
            target.text,
            _maybe(port),
            name.text if name else None,
            stages,
            delay.value if delay else None,
            learns,
            **self._line(meta),
        )

    def stages(self, _: Meta, children: list[Any]) -> tuple[ast.Call, ...]:
        return tuple(children)

    def stage(self, _: Meta, children: list[Any]) -> ast.Call:
        name, arguments = children
        return ast.Call(str(name), (arguments or _Arguments()).values, None, position=_at(name))

    learns = stage

    def output(self, meta: Meta, children: list[Any]) -> ast.OutputDef:
        source, name = children
        return ast.OutputDef(source.text, name.text if name else None, **self._line(meta))

    # -- values -------------------------------------------------------------

    def quantity(self, meta: Meta, children: list[Any]) -> _Nested:
        minus, number, unit = children
        value = -self._number(number) if minus else self._number(number)
        return _Nested(ast.Quantity(value, _maybe(unit), position=Position(meta.line, meta.column)))

    def literal_text(self, _: Meta, children: list[Token]) -> _Nested:
        return _Nested(ast.Text(self._text(children[0]), position=_at(children[0])))

    def array(self, meta: Meta, children: list[Any]) -> _Nested:
        *items, unit = children
        position = Position(meta.line, meta.column)
        depth = self._deeper(1 + max((item.depth for item in items), default=0), position)
        values = tuple(item.value for item in items)
        return _Nested(ast.Array(values, _maybe(unit), position=position), depth)

    def call(self, _: Meta, children: list[Any]) -> _Nested:
        name, arguments, unit = children
        call = ast.Call(str(name), arguments.values, _maybe(unit), position=_at(name))
        return _Nested(call, self._deeper(1 + arguments.depth, call.position))

    def arguments(self, _: Meta, children: list[_Arguments]) -> _Arguments:
        values = tuple(value for each in children for value in each.values)
        return _Arguments(values, max((each.depth for each in children), default=0))

    def argument(self, meta: Meta, children: list[Any]) -> _Arguments:
        name, nested = children
        position = Position(meta.line, meta.column)
        argument = ast.Argument(
            None if name is None else str(name), nested.value, position=position
        )
        return _Arguments((argument,), nested.depth)

    # -- expressions --------------------------------------------------------

    def _formula(self, node: _Node) -> ast.Formula:
        return ast.Formula(node.expr, node.positions)

    def _deeper(self, depth: int, position: Position) -> int:
        if depth > MAX_DEPTH:
            raise self.problems.error(
                "E0204",
                "nested too deeply",
                position,
                have=f"more than {MAX_DEPTH} levels",
                need=f"at most {MAX_DEPTH}",
                hint="give a part of it a name",
            )
        return depth

    def number(self, _: Meta, children: list[Token]) -> _Node:
        token = children[0]
        return _Node(Number(self._number(token)), (_at(token),), literal=True)

    def variable(self, _: Meta, children: list[Token]) -> _Node:
        return _Node(Name(str(children[0])), (_at(children[0]),))

    def member(self, _: Meta, children: list[Token]) -> _Node:
        return _Node(Name(".".join(children)), (_at(children[0]),))

    def group(self, _: Meta, children: list[_Node]) -> _Node:
        return children[0]._replace(literal=False)

    def apply(self, _: Meta, children: list[Any]) -> _Node:
        function, *arguments = children
        expr = ast.Apply(str(function), tuple(a.expr for a in arguments))
        return self._joined(expr, _at(function), arguments)

    def unary(self, _: Meta, children: list[Any]) -> _Node:
        operator, operand = children
        if operator == "-" and operand.literal:
            return _Node(Number(-operand.expr.value), (_at(operator),))
        return self._joined(Unary(str(operator), operand.expr), _at(operator), [operand])

    def binary(self, _: Meta, children: list[Any]) -> _Node:
        left, operator, right = children
        expr = Binary(str(operator), left.expr, right.expr)
        return self._joined(expr, left.positions[0], [left, right])

    def _joined(self, expr: Expr, position: Position, parts: list[_Node]) -> _Node:
        depth = self._deeper(1 + max(part.depth for part in parts), position)
        positions = sum((part.positions for part in parts), (position,))
        return _Node(expr, positions, depth)


def _split_docs(lines: list[Any]) -> tuple[tuple[ast.Doc, ...], tuple[Any, ...]]:
    docs = tuple(line for line in lines if isinstance(line, ast.Doc))
    return docs, tuple(lines[len(docs) :])
