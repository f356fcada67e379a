"""What NIR leaves open: options, then metadata, then the profile decide, and it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from somac.compiler.nir.neurons import Neuron
from somac.compiler.nir.options import NirOptions
from somac.compiler.nir.raw import RawNode
from somac.compiler.nir.report import Report
from somac.compiler.nir.timing import Step
from somac.ir.errors import SomacError
from somac.ir.expr import Binary, Call, Lookup, Name, Unary
from somac.ir.neuron import NeuronModel, SignalKind

__all__ = ["DEFAULT_PROFILE", "OPERATORS", "RESETS", "Reading", "choose_reading"]

DEFAULT_PROFILE = "nir-euler"

_KINDS: Mapping[str, SignalKind] = {"spike": "spike", "count": "count", "value": "value"}

RESETS: Mapping[tuple[str, int], str] = {
    ("value", 0): "value",
    ("zero", 0): "value",
    ("subtract", 0): "subtract",
    ("subtract", 1): "subtract_delayed",
}
"""The kinds of reset of the profiles by the metadata ``reset`` and ``reset_delay`` (ticks)."""

OPERATORS = (">", ">=")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the nodes of a graph mean.

    Parameters
    ----------
    models
        Of each neuron.
    kinds
        What each input carries.
    relay, constant
        Models of populations that NIR does not have.
    late_bias
        Whether a bias on a recurrent path is missing in the first tick.
    semantics
        The choices by name, for the network.
    """

    models: Mapping[str, NeuronModel]
    kinds: Mapping[str, SignalKind]
    relay: NeuronModel
    constant: NeuronModel
    late_bias: bool
    semantics: Mapping[str, str]


def choose_reading(
    options: NirOptions,
    root: RawNode,
    neurons: Mapping[str, Neuron],
    inputs: Mapping[str, RawNode],
    step: Step,
    report: Report,
) -> Reading:
    """Decide everything that NIR leaves open, and say so in a note (E0180).

    Parameters
    ----------
    options
        What the user says: goes before metadata, which goes before the profile.
    root
        The graph as a whole, for its metadata.
    neurons, inputs
        Nodes whose metadata may decide.
    step
        The time step, for the note.
    report
        Takes the note, and refusals: choices no profile has (E0150), metadata that is no
        choice (E0153).

    Raises
    ------
    SomacError
        Everything refused so far, if there is no such profile or integrator.
    """
    from somac.grammar.integrators import INTEGRATORS
    from somac.grammar.library import library

    models = library()
    name = options.profile or _text(root, "profile", report) or DEFAULT_PROFILE
    integrator = options.integrator or _text(root, "integrator", report)
    for what, chosen, known in (
        ("profile", name, models.profiles),
        ("integrator", integrator, INTEGRATORS),
    ):
        if chosen is not None and chosen not in known:
            report.refuse("E0150", f"there is no {what} {chosen}", need=", ".join(known))
    report.stop_if_refused()
    profile = models.profile(name)
    integrator = integrator or profile.integrator
    found: dict[str, NeuronModel] = {}
    resets: dict[str, str] = {}
    comparisons: dict[str, str] = {}
    for neuron in neurons.values():
        spiking = any(p in neuron.parameters for p in ("v_threshold", "threshold"))
        reset = options.reset or _reset(neuron, report) or profile.reset
        compare = options.compare or _comparison(neuron, report)
        model = profile.model_for(neuron.type, reset)
        if model is None:
            choices = profile.resets(neuron.type)
            report.refuse(
                "E0150",
                f"{neuron.name}: profile {name} has no {neuron.type}"
                + (f" with reset {reset}" if choices else ""),
                neuron.path,
                need=f"reset {' or '.join(choices)}" if choices else None,
                hint=f"choose another {'--reset' if choices else '--profile'}",
            )
            continue
        try:
            found[neuron.name] = models.model(model, integrator, compare if spiking else None)
        except SomacError as error:
            reason = error.diagnostics[0]
            report.refuse(
                "E0150",
                f"{neuron.name}: {reason.message}",
                neuron.path,
                have=reason.have,
                need=reason.need,
                hint=reason.hint,
            )
            continue
        how = _comparison_of(found[neuron.name])
        if how is not None:
            comparisons[neuron.name] = how
        if "v_reset" in neuron.parameters:
            resets[neuron.name] = reset
    kinds = {n: options.input_kind or _kind(node, report) or "count" for n, node in inputs.items()}
    semantics = {
        "profile": name,
        "integrator": integrator,
        "recurrent_bias": profile.recurrent_bias,
        **_of_all("reset", resets),
        **_of_all("compare", comparisons),
    }
    _note(semantics, kinds, step, report)
    return Reading(
        found,
        kinds,
        models.model("relay", None),
        models.model("constant", None),
        profile.recurrent_bias == "delayed",
        semantics,
    )


def _of_all(name: str, choices: Mapping[str, str]) -> dict[str, str]:
    """One entry if the choice is the same for all nodes that have it, else one for each."""
    distinct = sorted(set(choices.values()))
    if len(distinct) == 1:
        return {name: distinct[0]}
    return {f"{name} of {node}": choice for node, choice in choices.items()}


def _note(
    semantics: Mapping[str, str], kinds: Mapping[str, SignalKind], step: Step, report: Report
) -> None:
    choices = [f"{key} {value}" for key, value in semantics.items()]
    inputs = ", ".join(f"{name} carries {kind}s" for name, kind in kinds.items())
    report.note(
        "E0180",
        f"NIR leaves open what follows; taken: time step {step.dt:g} s ({step.origin}), "
        f"{', '.join(choices)}, states start at 0, {inputs}",
    )


def _text(node: RawNode, key: str, report: Report) -> str | None:
    """A metadata entry that is text, or None where there is none."""
    value = node.metadata.get(key)
    if value is None or isinstance(value, str):
        return value
    report.refuse("E0153", f"the metadata {key!r} is no text", node.path, have=repr(value))
    return None


def _reset(neuron: Neuron, report: Report) -> str | None:
    """The kind of reset the metadata say, in the words of the profiles."""
    kind = neuron.metadata.get("reset")
    if kind is None:
        return None
    late = np.asarray(neuron.metadata.get("reset_delay", 0))
    ticks = int(late) if late.ndim == 0 and late.dtype.kind in "biu" else -1
    word = RESETS.get((str(kind), ticks))
    if word is None:
        report.refuse(
            "E0153",
            f"{neuron.name}: the metadata 'reset' and 'reset_delay' are no kind of reset",
            neuron.path,
            have=f"{kind!r}, {late.tolist()!r}",
            need=", ".join(f"{reset!r} and {delay}" for reset, delay in RESETS),
        )
    return word


def _comparison(neuron: Neuron, report: Report) -> str | None:
    operator = neuron.metadata.get("threshold_cmp")
    if operator is None or (isinstance(operator, str) and operator in OPERATORS):
        return operator
    report.refuse(
        "E0153",
        f"{neuron.name}: the metadata 'threshold_cmp' is no comparison",
        neuron.path,
        have=repr(operator),
        need=" or ".join(OPERATORS),
    )
    return None


def _kind(node: RawNode, report: Report) -> SignalKind | None:
    kind = node.metadata.get("kind")
    if kind is None:
        return None
    if isinstance(kind, str) and kind in _KINDS:
        return _KINDS[kind]
    report.refuse(
        "E0153",
        "the metadata 'kind' of an Input is no kind of signal",
        node.path,
        have=repr(kind),
        need=", ".join(_KINDS),
    )
    return None


def _comparison_of(model: NeuronModel) -> str | None:
    """How a model compares with its threshold, if it does."""
    pending = [statement.value for statement in model.body]
    while pending:
        match pending.pop():
            case Binary(operator, _, Name("v_threshold" | "threshold")) if operator in OPERATORS:
                return operator
            case Binary(_, left, right):
                pending += (left, right)
            case Unary(_, operand):
                pending.append(operand)
            case Call(_, arguments):
                pending += arguments
            case Lookup(_, argument):
                pending.append(argument)
            case _:
                pass
    return None
