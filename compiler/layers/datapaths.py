"""The updates of cells of layers as datapaths."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from somac.compiler.layers.functions import FUNCTIONS, argument, tabulate
from somac.compiler.layers.model import Activation, Dense, FixedTypes, Gru, Layer, Lstm
from somac.ir.datapath import Datapath, Instruction, Table, exact_format
from somac.ir.fixed import Format, Overflow

__all__ = ["CELL", "PREVIOUS", "step_updates", "update"]

PREVIOUS = "previous"
"""Port of an unrolled cell: what its like of the step before sent."""

CELL = "cell"
"""Port of the hidden half of an unrolled LSTM: the state of its cell half."""

_ONE = Format(2, 2)


class _Body:
    """Instructions and tables under construction."""

    def __init__(self, types: FixedTypes) -> None:
        self.types = types
        self.instructions: list[Instruction] = []
        self.tables: dict[str, Table] = {}

    def value(
        self, opcode: str, format: Format, *arguments: int, name: str = "", raw: int = 0
    ) -> int:
        self.instructions.append(Instruction(opcode, format, arguments, name, raw))
        return len(self.instructions) - 1

    def exact(self, opcode: str, *arguments: int) -> int:
        """An operation whose result is not rounded."""
        exact = exact_format(opcode, [self.instructions[a].format for a in arguments])
        assert exact is not None
        width, fraction = exact
        return self.value(opcode, Format(width, width - fraction), *arguments)

    def total(self, port: str) -> int:
        """The sum at a port and its bias, in the format of the accumulator."""
        accum = self.types.accum
        arrived = self.value("input", accum, name=port)
        bias = self.value("param", accum, name=f"bias_{port}")
        return self.value("add", accum, arrived, bias)

    def received(self, port: str) -> int:
        """A result of another population, which arrives alone."""
        return self.value("input", replace(self.types.result, overflow=Overflow.WRAP), name=port)

    def function(self, name: Literal["sigmoid", "tanh"], x: int, result: Format) -> int:
        """A function by table, cast to `result`."""
        table = self.types.table
        self.tables.setdefault(name, tabulate(FUNCTIONS[name], table))
        given = argument(FUNCTIONS[name], self.instructions[x].format)
        entry = self.value("table", table, self.value("cast", given, x), name=name)
        return self.value("cast", result, entry)

    def gate(self, name: Literal["sigmoid", "tanh"], port: str) -> int:
        """A function of what arrives at a port."""
        return self.function(name, self.total(port), self.types.accum)

    def mixed(self, a: int, b: int, c: int, d: int) -> int:
        """``a * b + c * d``, exact until it is the result."""
        products = self.exact("mul", a, b), self.exact("mul", c, d)
        return self.value("add", self.types.result, *products)

    def sends(self, name: str, output: int, states: dict[str, int] | None = None) -> Datapath:
        """The datapath."""
        return Datapath(
            name, tuple(self.instructions), states or {}, output, "value", dict(self.tables)
        )


def update(layer: Layer) -> Datapath:
    """Of a cell that keeps its states.

    A dense layer has the port ``x``, an LSTM one per gate: ``i``, ``f``, ``c``, ``o``. The third
    gate of a GRU, beside ``z`` and ``r``, has one for each of its shares: ``x``, from the input,
    and ``h``, from the layer's own output.
    """
    types = layer.types
    body = _Body(types)
    match layer:
        case Dense():
            return _dense(types, layer.activation)
        case Gru():
            after = _gru(body, body.value("state", types.result, name="h"))
            return body.sends("gru", after, {"h": after})
        case Lstm():
            after = _lstm_state(body, body.value("state", types.result, name="c"))
            return body.sends("lstm", _lstm_output(body, after), {"c": after})


def step_updates(layer: Layer) -> tuple[Datapath, ...]:
    """Of one step without states: first what sends the state, last what sends the output.

    The ports are those of `update`, in one of the datapaths each, with `PREVIOUS` and `CELL`.
    """
    types = layer.types
    body = _Body(types)
    match layer:
        case Dense():
            return (_dense(types, layer.activation),)
        case Gru():
            return (body.sends("gru_step", _gru(body, body.received(PREVIOUS))),)
        case Lstm():
            hidden = _Body(types)
            return (
                body.sends("lstm_cell", _lstm_state(body, body.received(PREVIOUS))),
                hidden.sends("lstm_hidden", _lstm_output(hidden, hidden.received(CELL))),
            )


def _dense(types: FixedTypes, activation: Activation) -> Datapath:
    body = _Body(types)
    format = types.linear or types.result
    linear = body.value("cast", format, body.total("x"))
    match activation:
        case "linear":
            sent = body.value("cast", types.result, linear)
        case "relu":
            sent = body.value("max", types.result, linear, body.value("const", format))
        case _:
            sent = body.function(activation, linear, types.result)
    return body.sends(f"dense_{activation}", sent)


def _lstm_state(body: _Body, before: int) -> int:
    into, keep = body.gate("sigmoid", "i"), body.gate("sigmoid", "f")
    return body.mixed(body.gate("tanh", "c"), into, before, keep)


def _lstm_output(body: _Body, state: int) -> int:
    out = body.gate("sigmoid", "o")
    return body.value("mul", body.types.result, out, body.function("tanh", state, body.types.accum))


def _gru(body: _Body, before: int) -> int:
    accum = body.types.accum
    keep, reset = body.gate("sigmoid", "z"), body.gate("sigmoid", "r")
    recurrent = body.value("mul", accum, reset, body.total("h"))
    candidate = body.value("add", accum, body.total("x"), recurrent)
    new = body.function("tanh", candidate, accum)
    rest = body.exact("sub", body.value("const", _ONE, raw=1), keep)
    return body.mixed(new, rest, before, keep)
