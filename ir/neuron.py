"""`NeuronModel`: a neuron as a few equations, already discrete in time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from somac.ir.expr import ZERO, Expr, Precision, TableFunction, check, evaluate, names, tables, text

__all__ = ["Assign", "Emission", "NeuronModel", "Parameter", "SignalKind", "State"]

SignalKind = Literal["spike", "count", "value"]
"""What a cell sends in a tick: nothing or one spike; a number of spikes; a number."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A constant of the model, one per population or per neuron.

    `unit` is an SI unit such as ``s`` or ``V``, or empty; `default` is in that unit.
    """

    name: str
    default: float | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        if self.default is not None:
            object.__setattr__(self, "default", float(self.default))


@dataclass(frozen=True, slots=True)
class State:
    """A variable kept from tick to tick; `initial` may use parameters."""

    name: str
    initial: Expr = ZERO


@dataclass(frozen=True, slots=True)
class Assign:
    """``name = value``: sets a state, or names a local value."""

    name: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Emission:
    """What is sent after the update: the value of a state or local."""

    kind: SignalKind
    name: str


@dataclass(frozen=True, slots=True)
class NeuronModel:
    """The discrete update of a neuron.

    Once per tick the assignments of `body` run in order, each seeing the results of those
    before it; then `output` is sent. Names are inputs (the sum of what arrived at a port in
    this tick, plus the port's bias), states, parameters, locals assigned earlier in the
    body, and ``dt``, the time step in seconds.

    `doc` says what the model is and where its formula comes from.

    Raises
    ------
    ValueError
        If a name is not ASCII letters, digits and ``_``, or is declared twice, or is used
        where it is not defined; if an operator or function is none; if an input, a parameter
        or ``dt`` is assigned; if two tables have one name.
    """

    name: str
    parameters: tuple[Parameter, ...]
    inputs: tuple[str, ...]
    states: tuple[State, ...]
    body: tuple[Assign, ...]
    output: Emission
    doc: str = ""

    def __post_init__(self) -> None:
        declared = [p.name for p in self.parameters]
        declared += [*self.inputs, *(s.name for s in self.states), "dt"]
        for name in (*declared, *(a.name for a in self.body), *(t.name for t in self.tables)):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{self.name}: {name!r} is not a name")
        if self.output.kind not in get_args(SignalKind):
            raise ValueError(f"{self.name}: it cannot send a {self.output.kind!r}")
        twice = sorted(n for n, count in Counter(declared).items() if count > 1)
        if twice:
            raise ValueError(f"{self.name}: {', '.join(twice)} declared twice")
        constants = {p.name for p in self.parameters} | {"dt"}
        known = set(declared)
        for state in self.states:
            _require(self.name, state.initial, constants)
        for statement in self.body:
            _require(self.name, statement.value, known)
            if statement.name in constants or statement.name in self.inputs:
                raise ValueError(f"{self.name}: {statement.name} cannot be assigned")
            known.add(statement.name)
        if self.output.name not in known:
            raise ValueError(f"{self.name}: output {self.output.name} is not defined")
        names_of_tables = [t.name for t in self.tables]
        if len(set(names_of_tables)) < len(names_of_tables):
            raise ValueError(f"{self.name}: two tables of one name")

    @property
    def locals(self) -> tuple[str, ...]:
        """Names the body assigns that are no states, in order of first assignment."""
        states = {s.name for s in self.states}
        return tuple(dict.fromkeys(a.name for a in self.body if a.name not in states))

    @property
    def tables(self) -> tuple[TableFunction, ...]:
        """The tabulated functions the model uses, in order of first use."""
        expressions = [*(s.initial for s in self.states), *(a.value for a in self.body)]
        return tuple(dict.fromkeys(t for e in expressions for t in tables(e)))

    def initial(
        self, constants: Mapping[str, NDArray[Any]], precision: Precision = np.float64
    ) -> dict[str, NDArray[Any]]:
        """Initial values of the states; `constants` are the parameters and ``dt``."""
        with np.errstate(all="ignore"):
            return {
                s.name: np.asarray(evaluate(s.initial, constants, precision), dtype=precision)
                for s in self.states
            }

    def step(
        self, values: Mapping[str, NDArray[Any]], precision: Precision = np.float64
    ) -> tuple[dict[str, NDArray[Any]], NDArray[Any]]:
        """One tick.

        `values` holds inputs, states, parameters and ``dt``, of shapes that broadcast to
        (..., neurons), in the precision wanted. Returns all values after the body, and what
        is sent.
        """
        after = dict(values)
        # both sides of a `select` are computed: the one not taken may divide by zero
        with np.errstate(all="ignore"):
            for statement in self.body:
                after[statement.name] = evaluate(statement.value, after, precision)
        return after, after[self.output.name]

    def text(self) -> str:
        """Stable text, a line per declaration and statement."""
        lines = [f"neuron {self.name}"]
        for parameter in self.parameters:
            default = "" if parameter.default is None else f" = {parameter.default!r}"
            unit = f" [{parameter.unit}]" if parameter.unit else ""
            lines.append(f"  parameter {parameter.name}{unit}{default}")
        lines += [f"  input {name}" for name in self.inputs]
        lines += [f"  state {s.name} = {text(s.initial)}" for s in self.states]
        for t in self.tables:
            values = ", ".join(map(repr, t.values))
            lines.append(f"  table {t.name} = [{values}] from {t.low!r} to {t.high!r}")
        lines += [f"  {a.name} = {text(a.value)}" for a in self.body]
        lines.append(f"  send {self.output.kind} {self.output.name}")
        return "\n".join(lines) + "\n"


def _require(model: str, expr: Expr, known: set[str]) -> None:
    check(expr)
    unknown = sorted(set(names(expr)) - known)
    if unknown:
        raise ValueError(f"{model}: {', '.join(unknown)} not defined where it is used")
