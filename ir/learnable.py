"""What makes a learning rule and a projection fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from somac.ir import consistency
from somac.ir.connectivity import Connectivity, owns_weights
from somac.ir.constants import undefined_constants
from somac.ir.datapath import Datapath
from somac.ir.errors import Diagnostic, Place
from somac.ir.expr import evaluate
from somac.ir.fixed import Format
from somac.ir.plasticity import PRE, WEIGHT, IntegerPlasticity, Plasticity
from somac.ir.suggest import did_you_mean

__all__ = ["integer_learning_problem", "learning_problems", "structure_problem"]

# a weight and what is delivered are words of 32 bits, as every weight is
_WORD = Format(32, 32)


def structure_problem(connectivity: Connectivity) -> tuple[str, str] | None:
    """Why the synapses of a connectivity cannot learn, and what to do; None if they can."""
    if not owns_weights(connectivity):
        kind = type(connectivity).__name__
        return (
            f"its synapses share weights ({kind}), and a shared weight cannot learn per synapse",
            "write the synapses out with dense or synapses, or leave the projection as it is",
        )
    if len(connectivity.delays) > 1:
        delays = ", ".join(map(str, connectivity.delays[:8]))
        return (
            f"its synapses have delays of their own ({delays} ticks)",
            "split it into one projection for each delay",
        )
    return None


def learning_problems(
    name: str,
    plasticity: Plasticity,
    connectivity: Connectivity,
    states: Sequence[str],
    dt: float,
) -> Iterator[Diagnostic]:
    """Everything that is wrong with the plasticity of projection `name`.

    `states` are those of the target's model, `dt` is the time step in seconds.
    """
    place = Place(node=name)
    structure = structure_problem(connectivity)
    if structure is not None:
        problem, hint = structure
        yield Diagnostic("E0410", f"projection {name}: {problem}", place, hint=hint)
    found = tuple(_value_problems(name, plasticity))
    yield from found
    for read in sorted({*plasticity.rule.post, *plasticity.post}):
        state = plasticity.post.get(read)
        if read not in plasticity.rule.post or state is None or state not in states:
            yield Diagnostic(
                "E0405",
                f"projection {name}: {plasticity.rule.name} reads {read} of its target, and "
                f"that is no state of it",
                place,
                have=state or "nothing",
                need=", ".join(states) or "none",
                hint=did_you_mean(state or read, states),
            )
    if not found:
        constants = {**plasticity.parameters, "dt": np.asarray(dt)}
        yield from _equation_problems(name, plasticity, constants)


def _value_problems(name: str, plasticity: Plasticity) -> Iterator[Diagnostic]:
    place, rule = Place(node=name), plasticity.rule
    declared = {p.name for p in rule.parameters}
    for parameter, value in plasticity.parameters.items():
        what = f"projection {name}: parameter {parameter} of {rule.name}"
        if parameter not in declared:
            yield Diagnostic(
                "E0405",
                f"{what} is not there",
                place,
                have=parameter,
                need=", ".join(sorted(declared)) or "none",
            )
        elif value.shape:
            yield Diagnostic(
                "E0404",
                f"{what} is not one number",
                place,
                have=f"shape {value.shape}",
                need="one value for all synapses",
            )
        elif not np.isfinite(value):
            yield consistency.not_finite(what, value, place)
    missing = sorted(declared - plasticity.parameters.keys())
    if missing:
        yield Diagnostic(
            "E0405",
            f"projection {name}: no value for {', '.join(missing)} of {rule.name}",
            place,
            hint="give a value, or the rule a default",
        )


def _equation_problems(
    name: str, plasticity: Plasticity, constants: Mapping[str, NDArray[np.float64]]
) -> Iterator[Diagnostic]:
    place, rule = Place(node=name), plasticity.rule
    with np.errstate(all="ignore"):
        initial = {
            s.name: np.asarray(evaluate(s.initial, constants))
            for s in (*rule.traces, *rule.synapse)
        }
    for state, value in initial.items():
        if not np.isfinite(value).all():
            what = f"projection {name}: initial value of {state}"
            yield consistency.not_finite(what, value, place)
    for body in rule.bodies.values():
        for part, values in undefined_constants(body, constants):
            yield Diagnostic(
                "E0406",
                f"projection {name}: {part} is not a finite number",
                place,
                have=values,
                hint=f"give {rule.name} other parameters",
            )


def integer_learning_problem(
    plasticity: IntegerPlasticity, connectivity: Connectivity, sent: Format, target: Datapath
) -> str | None:
    """The first thing that contradicts itself in the plasticity of a projection, if anything.

    Parameters
    ----------
    connectivity
        With int32 weights.
    sent
        Format of what the source sends.
    target
        The datapath of the target.
    """
    return next(_integer_problems(plasticity, connectivity, sent, target), None)


def _integer_problems(
    p: IntegerPlasticity, connectivity: Connectivity, sent: Format, target: Datapath
) -> Iterator[str]:
    structure = structure_problem(connectivity)
    if structure is not None:
        yield structure[0]
    weights = connectivity.weights
    if not _within(p.weight, _WORD):
        yield f"weights of {p.weight} do not fit 32 bits"
    if weights.size and not _holds(p.weight, weights):
        yield f"weights of {int(weights.min())} to {int(weights.max())} are not within {p.weight}"
    if p.on_pre is not None:
        delivered = p.on_pre.sent
        if p.on_pre.output_kind != "value" or not _within(delivered, _WORD):
            yield f"what is delivered is no value within 32 bits, but {delivered}"
    yield from _source_problems(p, sent, target)
    yield from _state_problems(p)


def _source_problems(p: IntegerPlasticity, sent: Format, target: Datapath) -> Iterator[str]:
    """What the datapaths read: every name resolved, its format that of what it stands for."""
    traces, used = set(p.traces), set[str]()
    for name, path in p.datapaths.items():
        if set(path.names("input")) - ({PRE} if name == "trace" else set()):
            yield f"{name} has an input other than {PRE} of trace"
        for read in path.names("param"):
            format = path.format_of("param", read)
            if read == PRE and name == "on_pre":
                if not (format.minimum <= sent.minimum and sent.maximum <= format.maximum):
                    yield f"{PRE} of {format} does not hold signals of {sent}"
            elif read in traces and name != "trace":
                if format != p.format_of(read):
                    yield f"{name} reads trace {read} as {format}, not {p.format_of(read)}"
            elif read in p.post and name != "trace":
                state = p.post[read]
                if state not in target.names("state"):
                    yield f"{read} stands for {state}, which is no state of the target"
                elif format != target.format_of("state", state):
                    own = target.format_of("state", state)
                    yield f"{name} reads {state} of the target as {format}, not {own}"
            elif read not in p.parameters:
                yield f"{name} reads {read}, which is not there"
            else:
                used.add(read)
                raw = p.parameters[read]
                if raw.shape or not _holds(format, raw):
                    yield f"parameter {read} is not one number within {format}"
    for unused in sorted(p.parameters.keys() - used):
        yield f"parameter {unused} is not in its datapaths"


def _state_problems(p: IntegerPlasticity) -> Iterator[str]:
    for name, path in p.datapaths.items():
        for state in path.names("state"):
            own = path.format_of("state", state)
            if own != p.format_of(state):
                yield f"{name} has {state} as {own}, not {p.format_of(state)}"
        for read in path.names("param"):
            for other in p.datapaths.values():
                if read in other.names("param") and read in p.parameters:
                    have, need = path.format_of("param", read), other.format_of("param", read)
                    if have != need:
                        yield f"parameter {read} is {have} and {need}"
    states = {*p.traces, *p.synapse}
    both = sorted(set(p.traces) & set(p.synapse))
    if both:
        yield f"{both[0]} is a trace and a state of a synapse"
    for name in sorted((states - {WEIGHT}) ^ p.initial.keys()):
        yield f"{name} is not both a state and given an initial value"
    for name in sorted((states - {WEIGHT}) & p.initial.keys()):
        if p.initial[name].shape or not _holds(p.format_of(name), p.initial[name]):
            yield f"the initial value of {name} is not one number within {p.format_of(name)}"
    for name, scale in p.scales.items():
        if name not in states or scale.shape or not np.isfinite(scale).all():
            yield f"scale {name} is not a finite number, or belongs to no state"


def _within(inner: Format, outer: Format) -> bool:
    return outer.minimum <= inner.minimum and inner.maximum <= outer.maximum


def _holds(format: Format, raw: NDArray[np.generic]) -> bool:
    values = np.asarray(raw, dtype=np.int64)
    return bool(((format.minimum <= values) & (values <= format.maximum)).all())
