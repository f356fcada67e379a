"""`Document` to canonical text: what ``somac fmt`` writes.

Comments stay where they are; a run of blank lines becomes one; indentation is four spaces; a
line that is too long is folded at the commas inside its brackets. The text parses back to an
equal document, and printing that gives the same text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from somac.grammar import ast
from somac.grammar.parse import parse
from somac.grammar.words import quoted, written
from somac.ir.expr import Number
from somac.ir.expr import text as expression_text
from somac.ir.neuron import SignalKind

__all__ = ["document_text", "format_text"]

_WIDTH = 100
_DEEP = 1000
_INDENT = " " * 4
_KINDS: Mapping[SignalKind, str] = {"spike": "spikes", "count": "counts", "value": "values"}
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[(\[]|[)\]]|, |[^"()\[\],]+|,')


def format_text(text: str, file: str | None = None) -> str:
    """The canonical form of a `.snn` text; `file` is its name in messages.

    Raises
    ------
    SomacError
        E0201 to E0205, as `somac.grammar.parse.parse` does.
    """
    return document_text(parse(text, file))


def document_text(document: ast.Document) -> str:
    """The canonical text of a document."""
    lines = [line for item in document.items for line in _item(item)]
    lines += document.end
    return "".join(f"{line}\n" for line in lines)


def _placed(layout: ast.Layout, level: int, content: str, *, block: str = "") -> Iterator[str]:
    """A line with the comments above and beside it.

    What stands below is the caller's, after the block that the line may open.
    """
    indent = _INDENT * level
    yield from (indent + note if note else "" for note in layout.above)
    *folded, last = _fold(indent + content + block, indent)
    yield from folded
    yield f"{last}  {layout.beside}" if layout.beside else last


def _below(layout: ast.Layout, level: int) -> Iterator[str]:
    indent = _INDENT * level
    yield from (indent + note if note else "" for note in layout.below)


def _simple(layout: ast.Layout, level: int, content: str) -> Iterator[str]:
    yield from _placed(layout, level, content)
    yield from _below(layout, level)


def _fold(line: str, indent: str) -> list[str]:
    """Break a long line inside its brackets: at the outer commas, where need be at inner ones."""
    if len(line) <= _WIDTH:
        return [line]
    hanging = indent + 2 * _INDENT
    room = _WIDTH - len(hanging)
    units = [
        unit
        for outer in _units(line, (", ", "(", "["), deepest=1)
        for unit in ([outer] if len(outer.rstrip()) <= room else _units(outer, (", ",), _DEEP))
    ]
    lines, current = [], units[0]
    for unit in units[1:]:
        if len(current) + len(unit.rstrip()) > _WIDTH:
            lines.append(current.rstrip())
            current = hanging
        current += unit
    return [*lines, current]


def _units(line: str, breaks: tuple[str, ...], deepest: int) -> list[str]:
    """Pieces of a line that end with one of `breaks`, inside brackets no deeper than `deepest`."""
    units, unit, depth = [], "", 0
    for piece in _PIECE.findall(line):
        unit += piece
        depth += (piece in ("(", "[")) - (piece in (")", "]"))
        if piece in breaks and 1 <= depth <= deepest:
            units.append(unit)
            unit = ""
    return [*units, unit]


# --- items ------------------------------------------------------------------------------------


def _item(item: ast.Item) -> Iterator[str]:
    match item:
        case ast.NetworkDef():
            head = f"network {written(item.name)}"
            yield from _placed(item.layout, 0, head, block=":" if item.settings else "")
            for setting in item.settings:
                yield from _simple(setting.layout, 1, _setting(setting))
        case ast.ProfileDef():
            yield from _placed(item.layout, 0, f"profile {item.name}", block=":")
            yield from _docs(item.docs)
            for line in item.lines:
                yield from _simple(line.layout, 1, _profile_line(line))
        case ast.NeuronDef():
            yield from _neuron(item)
        case ast.RuleDef():
            yield from _rule(item)
        case ast.InputDef():
            content = f"input {written(item.name)}{_shape(item.shape)}: {_KINDS[item.kind]}"
            yield from _placed(item.layout, 0, content)
        case ast.PopulationDef():
            head = f"population {written(item.name)}{_shape(item.shape)}"
            model = _applied(written(item.model.function), item.model.arguments)
            yield from _placed(item.layout, 0, f"{head}: {model}")
            for bias in item.biases:
                yield from _simple(bias.layout, 1, f"bias {bias.port} = {_value(bias.value)}")
        case ast.ProjectionDef():
            yield from _placed(item.layout, 0, _projection(item))
        case ast.OutputDef():
            name = f" as {written(item.name)}" if item.name else ""
            yield from _placed(item.layout, 0, f"output {written(item.source)}{name}")
    yield from _below(item.layout, 0)


def _setting(setting: ast.Setting) -> str:
    if setting.name is not None:
        return f"{setting.key} {written(setting.name)} {quoted(str(setting.value))}"
    value = setting.value
    return f"{setting.key} {value if isinstance(value, str) else _value(value)}"


def _profile_line(line: ast.Setting | ast.ModelMapping) -> str:
    if isinstance(line, ast.Setting):
        return _setting(line)
    reset = f" reset {line.reset}" if line.reset else ""
    return f"{line.node_type}{reset} -> {written(line.model)}"


def _projection(item: ast.ProjectionDef) -> str:
    port = f".{item.port}" if item.port else ""
    name = f" as {written(item.name)}" if item.name else ""
    stages = " | ".join(_applied(s.function, s.arguments) for s in item.stages)
    delay = f" delay {_value(item.delay)}" if item.delay else ""
    ends = f"{written(item.source)} -> {written(item.target)}{port}"
    learns = (
        f" learns {_applied(item.learns.function, item.learns.arguments)}" if item.learns else ""
    )
    return f"projection {ends}{name}: {stages}{delay}{learns}"


def _shape(shape: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, shape))}]"


# --- neurons ----------------------------------------------------------------------------------


def _docs(docs: tuple[ast.Doc, ...]) -> Iterator[str]:
    for doc in docs:
        yield from _simple(doc.layout, 1, quoted(doc.text))


def _neuron(item: ast.NeuronDef) -> Iterator[str]:
    yield from _head(item, f"neuron {written(item.name)}")
    for line in item.lines:
        if isinstance(line, ast.OnSpike):
            yield from _block(line.layout, "on spike", line.assignments)
        else:
            yield from _simple(line.layout, 1, _line(line))


def _rule(item: ast.RuleDef) -> Iterator[str]:
    yield from _head(item, f"rule {item.name}")
    for line in item.lines:
        match line:
            case ast.Traces(end, lines):
                yield from _block(line.layout, end, lines, inline=False)
            case ast.Learning(when, lines):
                yield from _block(line.layout, when, lines)
            case _:
                yield from _simple(line.layout, 1, _line(line))


def _head(item: ast.NeuronDef | ast.RuleDef, head: str) -> Iterator[str]:
    parameters = ", ".join(_parameter(p) for p in item.parameters)
    head += f"({parameters})" if parameters else ""
    yield from _placed(item.layout, 0, head, block=":")
    yield from _docs(item.docs)


def _block(
    layout: ast.Layout,
    head: str,
    lines: Sequence[ast.TraceLine | ast.Deliver],
    *,
    inline: bool = True,
) -> Iterator[str]:
    """A block inside a neuron or rule; a single line stands beside its head."""
    if inline and len(lines) == 1 and lines[0].layout == ast.PLAIN:
        yield from _simple(layout, 1, f"{head}: {_line(lines[0])}")
        return
    yield from _placed(layout, 1, head, block=":")
    for line in lines:
        yield from _simple(line.layout, 2, _line(line))
    yield from _below(layout, 1)


def _parameter(parameter: ast.ParameterDef) -> str:
    default = f" = {_value(parameter.default)}" if parameter.default else ""
    return f"{parameter.name}{_declared(parameter.unit)}{default}"


def _declared(unit: str | None) -> str:
    return f" [{unit}]" if unit else ""


def _line(
    line: ast.InputPort
    | ast.StateDef
    | ast.TableDef
    | ast.Derivative
    | ast.Assignment
    | ast.SpikeWhen
    | ast.Send
    | ast.Deliver,
) -> str:
    match line:
        case ast.InputPort(name, unit):
            return f"input {name}{_declared(unit)}"
        case ast.StateDef(name, unit, initial):
            value = f" = {expression_text(initial.expr)}" if initial else ""
            return f"state {name}{_declared(unit)}{value}"
        case ast.TableDef(name, values, low, high):
            bounds = f"from {_number(low)} to {_number(high)}"
            return f"table {name} = {_value(values)} {bounds}"
        case ast.Derivative(name, value):
            return f"d{name}/dt = {expression_text(value.expr)}"
        case ast.Assignment(name, value):
            return f"{name} = {expression_text(value.expr)}"
        case ast.SpikeWhen(condition):
            return f"spike when {expression_text(condition.expr)}"
        case ast.Send(keyword, name):
            return f"{keyword} {name}"
        case ast.Deliver(value):
            return f"send {expression_text(value.expr)}"


# --- values -----------------------------------------------------------------------------------


def _number(value: float) -> str:
    return expression_text(Number(value))


def _value(value: ast.Value) -> str:
    match value:
        case ast.Quantity(number, unit):
            return _number(number) + _suffix(unit)
        case ast.Text(text):
            return quoted(text)
        case ast.Array(items, unit):
            return f"[{', '.join(_value(item) for item in items)}]{_suffix(unit)}"
        case ast.Call(function, arguments, unit):
            given = ", ".join(_argument(argument) for argument in arguments)
            return f"{function}({given}){_suffix(unit)}"


def _suffix(unit: str | None) -> str:
    return f" {unit}" if unit else ""


def _argument(argument: ast.Argument) -> str:
    name = f"{argument.name} = " if argument.name else ""
    return name + _value(argument.value)


def _applied(function: str, arguments: tuple[ast.Argument, ...]) -> str:
    given = ", ".join(_argument(argument) for argument in arguments)
    return f"{function}({given})" if given else function
