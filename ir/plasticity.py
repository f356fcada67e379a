"""Learning: what a synapse does when a signal arrives, when its target fires, and in every step.

A `LearningRule` is equations, discrete in time as those of a `NeuronModel` are; a `Plasticity`
joins one to a projection of a `Network`, an `IntegerPlasticity` is the same in integers.
`docs/reference/semantics.md` says in which order the parts of a step follow one another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.datapath import Datapath
from somac.ir.digest import integers, read_only, summary
from somac.ir.expr import TableFunction, check, names, tables, text
from somac.ir.fixed import Format
from somac.ir.neuron import Assign, Parameter, State

__all__ = ["PRE", "WEIGHT", "IntegerPlasticity", "LearningRule", "Plasticity"]

Raw = NDArray[np.int64]
Real = NDArray[np.float64]

PRE = "pre"
"""What arrives from the source cell in this step, in the bodies that may read it."""

WEIGHT = "w"
"""The state of a synapse that every rule has: it starts as the weight of the connectivity."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class LearningRule:
    """How the synapses of a projection change.

    Statements run in order, each seeing the results of those before it. All bodies read the
    parameters, ``dt`` (the time step in seconds), the traces and their own locals; those of a
    synapse also ``w``, the further states of the synapse, and the names in `post`.

    Parameters
    ----------
    name
        Unique among the rules of a network.
    parameters
        Constants, one value per projection.
    traces
        States of a source cell, kept on the target's side.
    trace_body
        Runs once per source cell in every step, before anything arrives; reads ``pre`` too,
        and sets traces.
    synapse
        States of a synapse besides ``w``.
    on_pre
        Runs at every synapse at which a signal other than 0 arrives; reads ``pre`` too.
    on_post
        Runs at every synapse whose target cell has sent a signal other than 0, after it did.
    each_step
        Runs at every synapse in every step, last.
    deliver
        What times the signal is added to the port: ``w``, which is the weight before `on_pre`,
        or a local of `on_pre`.
    post
        Names that stand for states of the target cell; only read.
    doc
        What the rule is and where it comes from.

    Raises
    ------
    ValueError
        If a name is not ASCII letters, digits and ``_``, is declared twice, is used where it
        is not defined, or is assigned where it cannot be; if two tables have one name; if what
        is delivered is not there.
    """

    name: str
    parameters: tuple[Parameter, ...]
    traces: tuple[State, ...]
    trace_body: tuple[Assign, ...]
    synapse: tuple[State, ...]
    on_pre: tuple[Assign, ...]
    on_post: tuple[Assign, ...]
    each_step: tuple[Assign, ...]
    deliver: str = WEIGHT
    post: tuple[str, ...] = ()
    doc: str = ""

    def __post_init__(self) -> None:
        problem = next(self._problems(), None)
        if problem is not None:
            raise ValueError(f"{self.name}: {problem}")

    def _problems(self) -> Iterator[str]:
        constants = [*(p.name for p in self.parameters), "dt"]
        traces = [t.name for t in self.traces]
        synapse = [WEIGHT, *(s.name for s in self.synapse)]
        declared = [*constants, *traces, *synapse, *self.post, PRE]
        for name in (*declared, *(t.name for t in self.tables)):
            if not _NAME.fullmatch(name):
                yield f"{name!r} is not a name"
        twice = sorted(n for n, count in Counter(declared).items() if count > 1)
        if twice:
            yield f"{', '.join(twice)} declared twice"
        for state in (*self.traces, *self.synapse):
            check(state.initial)
            yield from _undefined(names(state.initial), constants)
        reads = {*constants, *traces}
        yield from _body_problems(self.trace_body, {*reads, PRE}, set(traces), declared)
        reads |= {*synapse, *self.post}
        yield from _body_problems(self.on_pre, {*reads, PRE}, set(synapse), declared)
        for body in (self.on_post, self.each_step):
            yield from _body_problems(body, reads, set(synapse), declared)
        if self.deliver != WEIGHT and self.deliver not in {
            a.name for a in self.on_pre if a.name not in declared
        }:
            yield f"{self.deliver} is neither {WEIGHT} nor a local of on_pre"
        if len({t.name for t in self.tables}) < len(self.tables):
            yield "two tables of one name"

    @property
    def bodies(self) -> Mapping[str, tuple[Assign, ...]]:
        """The four bodies by name, in the order in which they run."""
        return {
            "trace": self.trace_body,
            "on_pre": self.on_pre,
            "on_post": self.on_post,
            "each_step": self.each_step,
        }

    @property
    def tables(self) -> tuple[TableFunction, ...]:
        """The tabulated functions that the rule uses, in order of first use."""
        expressions = [s.initial for s in (*self.traces, *self.synapse)]
        expressions += [a.value for body in self.bodies.values() for a in body]
        return tuple(dict.fromkeys(t for e in expressions for t in tables(e)))

    def text(self) -> str:
        """Stable text, a line per declaration and statement."""
        lines = [f"rule {self.name}"]
        for p in self.parameters:
            default = "" if p.default is None else f" = {p.default!r}"
            unit = f" [{p.unit}]" if p.unit else ""
            lines.append(f"  parameter {p.name}{unit}{default}")
        for t in self.tables:
            values = ", ".join(map(repr, t.values))
            lines.append(f"  table {t.name} = [{values}] from {t.low!r} to {t.high!r}")
        lines += [f"  trace {s.name} = {text(s.initial)}" for s in self.traces]
        lines += [f"  state {s.name} = {text(s.initial)}" for s in self.synapse]
        lines += [f"  post {name}" for name in self.post]
        for name, body in self.bodies.items():
            if body:
                lines.append(f"  {name}")
                lines += [f"    {a.name} = {text(a.value)}" for a in body]
        lines.append(f"  deliver {self.deliver}")
        return "\n".join(lines) + "\n"


def _body_problems(
    body: Sequence[Assign], reads: set[str], sets: set[str], declared: Sequence[str]
) -> Iterator[str]:
    known = set(reads)
    for statement in body:
        if not _NAME.fullmatch(statement.name):
            yield f"{statement.name!r} is not a name"
        check(statement.value)
        yield from _undefined(names(statement.value), known)
        if statement.name in declared and statement.name not in sets:
            yield f"{statement.name} cannot be assigned here"
        known.add(statement.name)


def _undefined(used: Iterator[str], known: Sequence[str] | set[str]) -> Iterator[str]:
    unknown = sorted(set(used) - set(known))
    if unknown:
        yield f"{', '.join(unknown)} not defined where it is used"


@dataclass(frozen=True, slots=True, eq=False)
class Plasticity:
    """The learning rule of a projection, with its values.

    Parameters
    ----------
    rule
        What its synapses do.
    parameters
        float64 0-d per parameter of the rule, SI units; its defaults are filled in.
    post
        Per name in ``rule.post``, the state of the target's model that it stands for.
    """

    rule: LearningRule
    parameters: Mapping[str, Real]
    post: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        defaults: dict[str, Any] = {
            p.name: p.default for p in self.rule.parameters if p.default is not None
        }
        values = defaults | dict(self.parameters)
        frozen = {n: read_only(np.asarray(v, dtype=np.float64)) for n, v in values.items()}
        object.__setattr__(self, "parameters", frozen)
        object.__setattr__(self, "post", dict(self.post))

    def lines(self) -> list[str]:
        """For dumps: the rule's name, its values and what it reads of the target."""
        lines = [f"  learns {self.rule.name}"]
        lines += [f"    parameter {k} {summary(v)}" for k, v in sorted(self.parameters.items())]
        return lines + [f"    post {name} {self.post[name]}" for name in sorted(self.post)]


@dataclass(frozen=True, slots=True, eq=False)
class IntegerPlasticity:
    """A learning rule in integers.

    A `param` of the four datapaths is, in this order: ``pre``, the raw signal that arrived
    (in `on_pre` only); a trace of the synapse's source cell (not in `trace`); a name in `post`
    (not in `trace`); one of `parameters`.

    Parameters
    ----------
    name
        Of the rule.
    trace
        Per source cell: its input is ``pre``, its states are the traces. Its output is not
        used, nor that of `on_post` and `each_step`.
    on_pre
        Per synapse: its states are ``w`` and some or all of the synapse's others. Its output,
        a ``value`` of 32 bits, is what is delivered. Without it, ``w`` is.
    on_post, each_step
        As `on_pre`, without ``pre``.
    parameters
        int64 0-d per constant `param`; one name has one format in all four.
    initial
        int64 0-d per trace and further state of a synapse; ``w`` starts as the connectivity's
        weights.
    post
        Per `param` that stands for a state of the target's datapath: that state.
    weight
        Format of ``w``, within 32 bits.
    scales
        float64 0-d: what one raw step of ``w``, a trace or a synapse's state stands for. For
        reports; no integer depends on it.

    Raises
    ------
    TypeError
        If parameters or initial values are not integers.
    """

    name: str
    trace: Datapath | None
    on_pre: Datapath | None
    on_post: Datapath | None
    each_step: Datapath | None
    parameters: Mapping[str, Raw]
    initial: Mapping[str, Raw]
    post: Mapping[str, str]
    weight: Format
    scales: Mapping[str, Real] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for field_name in ("parameters", "initial"):
            values = getattr(self, field_name).items()
            object.__setattr__(self, field_name, {k: read_only(integers(v)) for k, v in values})
        scales = {k: read_only(np.asarray(v, np.float64)) for k, v in self.scales.items()}
        object.__setattr__(self, "scales", scales)
        object.__setattr__(self, "post", dict(self.post))

    @property
    def datapaths(self) -> Mapping[str, Datapath]:
        """The datapaths that there are by name, in the order in which they run."""
        each = {
            "trace": self.trace,
            "on_pre": self.on_pre,
            "on_post": self.on_post,
            "each_step": self.each_step,
        }
        return {name: path for name, path in each.items() if path is not None}

    @property
    def traces(self) -> tuple[str, ...]:
        """The states of a source cell, in the order of their first use."""
        return self.trace.names("state") if self.trace is not None else ()

    @property
    def synapse(self) -> tuple[str, ...]:
        """The states of a synapse, ``w`` first, the others in the order of their first use."""
        found = [WEIGHT]
        for name, path in self.datapaths.items():
            found += path.names("state") if name != "trace" else ()
        return tuple(dict.fromkeys(found))

    def format_of(self, state: str) -> Format:
        """Format of a trace or of a state of a synapse; KeyError where there is none."""
        if state == WEIGHT:
            return self.weight
        for path in self.datapaths.values():
            if state in path.names("state"):
                return path.format_of("state", state)
        raise KeyError(f"rule {self.name} has no state {state}")

    def lines(self) -> list[str]:
        """For dumps: the rule's name, its formats and values, and its datapaths."""
        lines = [f"  learns {self.name} {WEIGHT} {self.weight}"]
        for label, values in (
            ("parameter", self.parameters),
            ("initial", self.initial),
            ("scale", self.scales),
        ):
            lines += [f"    {label} {key} {summary(values[key])}" for key in sorted(values)]
        lines += [f"    post {name} {self.post[name]}" for name in sorted(self.post)]
        for name, path in self.datapaths.items():
            lines += [f"    {name}", *(f"      {line}" for line in path.text().splitlines())]
        return lines
