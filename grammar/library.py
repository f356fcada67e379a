"""Neurons, learning rules and profiles by name: those of `library.snn`, and those of a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from somac.grammar import ast
from somac.grammar.integrators import INTEGRATORS
from somac.grammar.models import neuron_model
from somac.grammar.parse import parse
from somac.grammar.problems import Problems, Source
from somac.grammar.rules import RuleModel, rule_model
from somac.ir.errors import SomacError
from somac.ir.neuron import NeuronModel
from somac.ir.suggest import did_you_mean

__all__ = [
    "COMPARISONS",
    "RESETS",
    "Library",
    "ModelText",
    "Profile",
    "RuleText",
    "check_choice",
    "library",
]

RESETS = ("value", "subtract", "subtract_delayed")
"""What a spike does: sets the state, takes the threshold off, or does so in the next tick."""

COMPARISONS = (">", ">=")
"""How a membrane meets its threshold."""

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "integrator": tuple(INTEGRATORS),
    "reset": RESETS,
    "recurrent_bias": ("always", "delayed"),
}
_DEFAULTS = {"integrator": "euler_sequential", "reset": "value", "recurrent_bias": "always"}


@dataclass(frozen=True, slots=True)
class Profile:
    """One reading of what a NIR file leaves open.

    Parameters
    ----------
    name, doc
        Its name, and a sentence on it.
    integrator
        How equations are stepped: a key of `INTEGRATORS`.
    reset
        What a spike does, where the model does not say: one of `RESETS`.
    recurrent_bias
        ``always``: the bias of a recurrent projection is there in every tick; ``delayed``: it
        arrives as its spikes do, first after the projection's delay.
    mappings
        Which neuron model each node type becomes.
    """

    name: str
    doc: str
    integrator: str
    reset: str
    recurrent_bias: str
    mappings: tuple[ast.ModelMapping, ...]

    @property
    def node_types(self) -> tuple[str, ...]:
        """The node types it has a model for."""
        return tuple(dict.fromkeys(m.node_type for m in self.mappings))

    def resets(self, node_type: str) -> tuple[str, ...]:
        """The resets it knows for a node type; none for one that does not fire."""
        return tuple(m.reset for m in self.mappings if m.node_type == node_type and m.reset)

    def model_for(self, node_type: str, reset: str | None = None) -> str | None:
        """The name of the model for a node type, None if there is none.

        `reset` is the profile's own unless given; it does not matter to a node type that
        does not fire. The model takes the parameters of the NIR node by their names, those
        that the framework heeds.
        """
        wanted = reset or self.reset
        for mapping in self.mappings:
            if mapping.node_type == node_type and mapping.reset in (None, wanted):
                return mapping.model
        return None


@dataclass(frozen=True, slots=True)
class ModelText:
    """A neuron, and the text it is from."""

    definition: ast.NeuronDef
    source: Source


@dataclass(frozen=True, slots=True)
class RuleText:
    """A learning rule, and the text it is from."""

    definition: ast.RuleDef
    source: Source


@dataclass(frozen=True, slots=True)
class Library:
    """Neuron models, learning rules and profiles."""

    models: Mapping[str, ModelText]
    profiles: Mapping[str, Profile]
    rules: Mapping[str, RuleText]

    def profile(self, name: str) -> Profile:
        """The profile of that name.

        Raises
        ------
        SomacError
            E0206 if there is none.
        """
        if name not in self.profiles:
            hint = did_you_mean(name, self.profiles)
            raise SomacError("E0206", f"there is no profile {name}", hint=hint)
        return self.profiles[name]

    def model(self, name: str, integrator: str | None, compare: str | None = None) -> NeuronModel:
        """The neuron model of that name as a discrete update.

        Parameters
        ----------
        integrator
            How its equations are stepped, if it has any: a key of `INTEGRATORS`, or None.
        compare
            ``>`` or ``>=``, in place of the comparison of ``spike when a > b``.

        Raises
        ------
        SomacError
            E0206 if there is no such model or integrator, E0214 if the integrator cannot step
            its equations, E0217 if it has no such comparison, E0225 for another comparison.
        """
        if name not in self.models:
            hint = did_you_mean(name, self.models)
            raise SomacError("E0206", f"there is no neuron {name}", hint=hint)
        if integrator is not None and integrator not in INTEGRATORS:
            hint = did_you_mean(integrator, INTEGRATORS)
            raise SomacError("E0206", f"there is no integrator {integrator}", hint=hint)
        if compare not in (None, *COMPARISONS):
            raise SomacError(
                "E0225", "this comparison has no meaning", have=compare, need="> or >="
            )
        model = self.models[name]
        return neuron_model(model.definition, model.source, integrator, compare)

    def rule(self, name: str, integrator: str | None) -> RuleModel:
        """The learning rule of that name, its equations stepped as those of models are.

        Raises
        ------
        SomacError
            E0206 if there is none, else everything that is wrong with it.
        """
        if name not in self.rules:
            hint = did_you_mean(name, self.rules)
            raise SomacError("E0206", f"there is no learning rule {name}", hint=hint)
        rule = self.rules[name]
        return rule_model(rule.definition, rule.source, integrator)

    def extended(self, document: ast.Document, source: Source) -> Library:
        """This library and what a text defines, which comes first.

        Raises
        ------
        SomacError
            Everything that is wrong with its profiles, and names defined twice.
        """
        problems = Problems(source)
        models: dict[str, ModelText] = {}
        definitions: dict[str, ast.ProfileDef] = {}
        rules: dict[str, RuleText] = {}
        for item in document.items:
            match item:
                case ast.NeuronDef(name) if name not in models:
                    models[name] = ModelText(item, source)
                case ast.ProfileDef(name) if name not in definitions:
                    definitions[name] = item
                case ast.RuleDef(name) if name not in rules:
                    rules[name] = RuleText(item, source)
                case ast.NeuronDef(name) | ast.ProfileDef(name) | ast.RuleDef(name):
                    problems.add("E0207", f"{name} is defined twice", item.position)
                case _:
                    pass
        models = {**self.models, **models}
        profiles = {
            name: _profile(definition, models, problems) for name, definition in definitions.items()
        }
        problems.check()
        return Library(models, {**self.profiles, **profiles}, {**self.rules, **rules})


@cache
def library() -> Library:
    """The models, rules and profiles that come with somac, from `library.snn`."""
    text = files("somac.grammar").joinpath("library.snn").read_text(encoding="utf-8")
    source = Source("library.snn", text)
    return Library({}, {}, {}).extended(parse(text, source.file), source)


def _profile(
    definition: ast.ProfileDef, models: Mapping[str, ModelText], problems: Problems
) -> Profile:
    settings: dict[str, str] = {}
    for line in definition.lines:
        if problems.full:
            break
        if isinstance(line, ast.ModelMapping):
            _check_mapping(line, models, problems)
        elif line.key in settings:
            problems.add("E0207", f"{line.key} is set twice", line.position)
        else:
            settings[line.key] = str(line.value)
            check_choice(line, problems)
    for line in _unused(definition):
        problems.add("E0207", f"{line.node_type} has a model for this reset already", line.position)
    chosen = _DEFAULTS | settings
    return Profile(
        definition.name,
        " ".join(doc.text for doc in definition.docs),
        chosen["integrator"],
        chosen["reset"],
        chosen["recurrent_bias"],
        tuple(line for line in definition.lines if isinstance(line, ast.ModelMapping)),
    )


def check_choice(line: ast.Setting, problems: Problems) -> None:
    """Note it if a setting has none of the values it can have."""
    known = _CHOICES[line.key]
    if line.value not in known:
        code = "E0206" if line.key == "integrator" else "E0225"
        problems.add(
            code,
            f"there is no {line.key} {line.value}",
            line.position,
            hint=did_you_mean(str(line.value), known),
        )


def _check_mapping(
    line: ast.ModelMapping, models: Mapping[str, ModelText], problems: Problems
) -> None:
    if line.reset not in (None, *RESETS):
        hint = did_you_mean(line.reset or "", RESETS)
        problems.add("E0225", f"there is no reset {line.reset}", line.position, hint=hint)
    if line.model not in models:
        hint = did_you_mean(line.model, models)
        problems.add("E0206", f"there is no neuron {line.model}", line.position, hint=hint)


def _unused(definition: ast.ProfileDef) -> Iterator[ast.ModelMapping]:
    """Mappings that can never be used, because one above them is for the same."""
    seen: dict[str, set[str | None]] = {}
    for line in definition.lines:
        if isinstance(line, ast.ModelMapping):
            resets = seen.setdefault(line.node_type, set())
            if line.reset in resets or None in resets:
                yield line
            resets.add(line.reset)
