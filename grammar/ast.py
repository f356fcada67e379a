"""A `.snn` text as a tree: what the parser makes, the printer writes and `lower` reads.

Two trees are equal if they print alike: positions do not count, comments and blank lines do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from somac.grammar.nodes import (
    NOWHERE,
    PLAIN,
    Apply,
    Argument,
    Array,
    Call,
    Formula,
    Layout,
    LineNode,
    Node,
    Position,
    Quantity,
    Text,
    Value,
)
from somac.ir.neuron import SignalKind

__all__ = [
    "NOWHERE",
    "PLAIN",
    "Apply",
    "Argument",
    "Array",
    "Assignment",
    "Bias",
    "Call",
    "Deliver",
    "Derivative",
    "Doc",
    "Document",
    "Formula",
    "InputDef",
    "InputPort",
    "Item",
    "Layout",
    "Learning",
    "LineNode",
    "ModelMapping",
    "NetworkDef",
    "NeuronDef",
    "NeuronLine",
    "Node",
    "OnSpike",
    "OutputDef",
    "ParameterDef",
    "PopulationDef",
    "Position",
    "ProfileDef",
    "ProjectionDef",
    "Quantity",
    "RuleDef",
    "RuleLine",
    "Send",
    "Setting",
    "SpikeWhen",
    "StateDef",
    "Statement",
    "TableDef",
    "Text",
    "TraceLine",
    "Traces",
    "Value",
]


# --- neurons ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ParameterDef(Node):
    """``tau [s] = 20 ms``."""

    name: str
    unit: str | None = None
    default: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Doc(LineNode):
    """A line of documentation."""

    text: str


@dataclass(frozen=True, slots=True)
class InputPort(LineNode):
    """``input i [A]``."""

    name: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class StateDef(LineNode):
    """``state v [V] = v_leak``."""

    name: str
    unit: str | None = None
    initial: Formula | None = None


@dataclass(frozen=True, slots=True)
class TableDef(LineNode):
    """``table f = [0, 1, 4] from 0 to 2``."""

    name: str
    values: Array
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Derivative(LineNode):
    """``dv/dt = (i - v) / tau``."""

    name: str
    value: Formula


@dataclass(frozen=True, slots=True)
class Assignment(LineNode):
    """``v = beta * v + i``."""

    name: str
    value: Formula


@dataclass(frozen=True, slots=True)
class SpikeWhen(LineNode):
    """``spike when v > v_threshold``."""

    condition: Formula


@dataclass(frozen=True, slots=True)
class Send(LineNode):
    """``spike fired``, ``count n`` or ``send v``."""

    keyword: Literal["spike", "count", "send"]
    name: str


@dataclass(frozen=True, slots=True)
class OnSpike(LineNode):
    """``on spike: v = v_reset``; several assignments stand below, indented."""

    assignments: tuple[Assignment, ...]


NeuronLine = InputPort | StateDef | TableDef | Derivative | Assignment | SpikeWhen | Send | OnSpike
Statement = Derivative | Assignment | SpikeWhen | Send | OnSpike


@dataclass(frozen=True, slots=True)
class NeuronDef(LineNode):
    """``neuron lif(tau [s]):`` and its lines; names are resolved by `somac.grammar.models`."""

    name: str
    parameters: tuple[ParameterDef, ...]
    docs: tuple[Doc, ...]
    lines: tuple[NeuronLine, ...]


# --- learning rules ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deliver(LineNode):
    """``send w``: what times the signal that arrives is added to the port."""

    value: Formula


TraceLine = StateDef | Derivative | Assignment


@dataclass(frozen=True, slots=True)
class Traces(LineNode):
    """``pre:`` or ``post:``: what is kept for each source cell, or each target cell."""

    end: Literal["pre", "post"]
    lines: tuple[TraceLine, ...]


@dataclass(frozen=True, slots=True)
class Learning(LineNode):
    """``on pre:``, ``on post:`` or ``every step:``: what a synapse does then."""

    when: Literal["on pre", "on post", "every step"]
    lines: tuple[Derivative | Assignment | Deliver, ...]


RuleLine = StateDef | TableDef | Traces | Learning


@dataclass(frozen=True, slots=True)
class RuleDef(LineNode):
    """``rule stdp(tau [s]):`` and its lines; names are resolved by `somac.grammar.rules`."""

    name: str
    parameters: tuple[ParameterDef, ...]
    docs: tuple[Doc, ...]
    lines: tuple[RuleLine, ...]


# --- profiles ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting(LineNode):
    """``dt 0.1 ms``, ``profile norse``, ``semantics compare ">="``: a line of a block.

    `key` is the keyword; `name` is what a ``semantics`` line records.
    """

    key: str
    value: Quantity | str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ModelMapping(LineNode):
    """``LIF reset value -> lif``: the model of a node type, for one kind of reset or for all."""

    node_type: str
    reset: str | None
    model: str


@dataclass(frozen=True, slots=True)
class ProfileDef(LineNode):
    """``profile norse:`` and its lines."""

    name: str
    docs: tuple[Doc, ...]
    lines: tuple[Setting | ModelMapping, ...]


# --- networks ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NetworkDef(LineNode):
    """``network digits:`` and its settings."""

    name: str
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class InputDef(LineNode):
    """``input pixels[64]: spikes``."""

    name: str
    shape: tuple[int, ...]
    kind: SignalKind


@dataclass(frozen=True, slots=True)
class Bias(LineNode):
    """``bias i = 0.1``."""

    port: str
    value: Value


@dataclass(frozen=True, slots=True)
class PopulationDef(LineNode):
    """``population hidden[128]: lif(tau = 20 ms)`` and its biases."""

    name: str
    shape: tuple[int, ...]
    model: Call
    biases: tuple[Bias, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectionDef(LineNode):
    """``projection a -> b.i as name: pool(kernel = [2, 2]) | dense(...) delay 1 tick``.

    `learns` is the rule of its synapses with its parameters.
    """

    source: str
    target: str
    port: str | None
    name: str | None
    stages: tuple[Call, ...]
    delay: Quantity | None = None
    learns: Call | None = None


@dataclass(frozen=True, slots=True)
class OutputDef(LineNode):
    """``output hidden as spikes_out``."""

    source: str
    name: str | None = None


Item = (
    NetworkDef
    | NeuronDef
    | RuleDef
    | ProfileDef
    | InputDef
    | PopulationDef
    | ProjectionDef
    | OutputDef
)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole text; `end` are the comments and blank lines after the last line."""

    items: tuple[Item, ...]
    end: tuple[str, ...] = ()
