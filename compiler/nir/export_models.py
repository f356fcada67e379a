"""Which node of NIR, under which reading, a neuron model is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from somac.compiler.nir.neurons import NEURONS
from somac.compiler.nir.reading import DEFAULT_PROFILE, OPERATORS
from somac.ir.errors import SomacError
from somac.ir.neuron import NeuronModel

__all__ = ["Dialect", "Said", "bare", "dialect_of"]


@dataclass(frozen=True, slots=True)
class Said:
    """A neuron model as NIR has it: the type of node, and what its metadata must add."""

    type: str
    reset: str | None
    compare: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """A profile and an integrator under which nodes of NIR are the models wanted.

    `late_bias` says whether a bias on a recurrent path is missing in the first tick.
    """

    profile: str
    integrator: str
    late_bias: bool
    said: Mapping[str, Said]


def dialect_of(models: Mapping[str, NeuronModel], semantics: Mapping[str, str]) -> Dialect:
    """The dialect that says most of the models.

    Parameters
    ----------
    models
        Of each population.
    semantics
        Of the network: the profile and integrator it names are tried first.
    """
    best: Dialect | None = None
    for profile, integrator in _candidates(semantics):
        found = _dialect(models, profile, integrator)
        if best is None or len(found.said) > len(best.said):
            best = found
        if len(best.said) == len(models):
            return best
    if best is None:
        raise ValueError("the library has no profile")
    return best


def _candidates(semantics: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    from somac.grammar.integrators import INTEGRATORS
    from somac.grammar.library import library

    profiles = library().profiles
    stated = semantics.get("integrator")
    first = semantics.get("profile", DEFAULT_PROFILE)
    for name in dict.fromkeys((first, DEFAULT_PROFILE, *profiles)):
        if name in profiles:
            usual = (stated, profiles[name].integrator)
            for integrator in dict.fromkeys((*usual, *INTEGRATORS)):
                if integrator in INTEGRATORS:
                    yield name, str(integrator)


def _dialect(models: Mapping[str, NeuronModel], profile: str, integrator: str) -> Dialect:
    """What of the models one profile says with one integrator."""
    from somac.grammar.library import library

    known = library()
    chosen = known.profile(profile)
    wanted = {name: bare(model) for name, model in models.items()}
    said: dict[str, Said] = {}
    for type_ in NEURONS:
        for reset in chosen.resets(type_) or (None,):
            name = chosen.model_for(type_, reset)
            for compare in (None, *OPERATORS) if name is not None else ():
                try:
                    model = bare(known.model(str(name), integrator, compare))
                except SomacError:
                    # no such comparison in it, or nothing this integrator can step
                    continue
                for population, other in wanted.items():
                    if population not in said and other == model:
                        said[population] = Said(type_, reset, compare)
    return Dialect(profile, integrator, chosen.recurrent_bias == "delayed", said)


def bare(model: NeuronModel) -> NeuronModel:
    """The model without what does not matter to its meaning."""
    return replace(model, name="", doc="")
