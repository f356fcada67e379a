"""What a backend declares, and whether it keeps to it: at the limits and beyond them."""

from __future__ import annotations

from somac.compiler.pipeline import CompiledInteger
from somac.compiler.testing.conformance.agree import (
    check_agreement,
    check_kept,
    check_verified,
)
from somac.compiler.testing.conformance.features import Feature, features
from somac.compiler.testing.conformance.probes import MODELS, WIRES, joined, probe
from somac.compiler.testing.conformance.subject import Refused, Subject
from somac.compiler.testing.networks import EVERYTHING, PROFILES, Limits, models
from somac.compiler.testing.zoo import NAMES, animal
from somac.ir.errors import Severity
from somac.ir.network import Network
from somac.ir.neuron import SignalKind

__all__ = [
    "check_at_once",
    "check_declared",
    "check_refusal",
    "check_undeclared",
    "limits",
    "usual_neuron",
]

_MOST_DELAY = 7
_SIGNALS: tuple[SignalKind, ...] = ("spike", "count")


def limits(subject: Subject) -> tuple[Limits, tuple[str, ...]]:
    """What random networks may be made of, and the profiles that have a neuron of it.

    Found out by asking about a small network for each thing.
    """
    usual = usual_neuron(subject)
    able = {
        profile: {
            name
            for name, model in models(profile).items()
            if _takes(subject, probe(f"a_{name}", model))
        }
        for profile in PROFILES
    }
    kinds = sorted(EVERYTHING.kinds)
    found = Limits(
        models=frozenset().union(*able.values()),
        kinds=frozenset(k for k in kinds if _takes(subject, probe(k, usual, wires=WIRES[k]))),
        signals=frozenset(s for s in _SIGNALS if _takes(subject, probe(s, usual, signal=s))),
        loops=_takes(subject, probe("loop", usual, loop=True)),
        # a projection and its synapses may both delay
        max_delay=min(_MOST_DELAY, subject.can.delays[1] // 2),
    )
    return found, tuple(profile for profile, names in able.items() if names)


def check_refusal(subject: Subject, refused: Refused) -> None:
    """A refusal says what is wrong, in codes that are the input's fault or the target's limit."""
    errors = [d for d in refused.diagnostics if d.severity is Severity.ERROR]
    assert errors, f"{subject.target.name} refuses a network and names no error"
    for d in errors:
        assert d.message.strip(), f"{d.code} says nothing"
        assert d.entry.exit_code in (2, 3), f"{d.code} is no refusal but a failure: {d}"


def check_declared(subject: Subject) -> None:
    """Whatever is declared is compiled, and computed exactly; neurons that are accepted, too."""
    usual = usual_neuron(subject)
    for feature in features(subject, usual):
        if feature.declared:
            _check_feature(subject, feature)
    for name in MODELS:
        network = subject.quantised(probe(f"a_{name}", name))
        if not subject.refusals(network):
            _check_feature(subject, Feature(f"a neuron: {name}", True, (network,)))


def check_undeclared(subject: Subject) -> None:
    """Whatever is not declared is refused, with have and need, or legalised to what is the same."""
    for feature in features(subject, usual_neuron(subject)):
        for network in () if feature.declared else feature.networks:
            outcome = subject.compile_integers(network)
            if isinstance(outcome, Refused):
                check_refusal(subject, outcome)
                assert any(d.have and d.need for d in outcome.diagnostics), (
                    f"{feature.name}: refused without saying what there is (have) and what it "
                    f"takes (need):\n{outcome}"
                )
                continue
            what = f"{feature.name}: not declared for {subject.target.name}, accepted"
            check_kept(subject, network, outcome, what)
    for name in NAMES:
        integers = subject.quantised(animal(name))
        if subject.refusals(integers):
            outcome = subject.compile_integers(integers)
            assert isinstance(outcome, Refused), f"{name} is refused when asked for, and compiled"
            check_refusal(subject, outcome)


def check_at_once(subject: Subject) -> None:
    """Faults of several networks are all told of the network that joins them."""
    asked = {name: subject.refusals(subject.quantised(animal(name))) for name in NAMES}
    alone = {name: found for name, found in asked.items() if found}
    if not alone:
        return
    everything = joined(animal(name) for name in alone)
    told = subject.refusals(subject.quantised(everything))
    for name, found in alone.items():
        for fault in found:
            node = fault.place.node
            where = None if node is None else f"{name}__{node}"
            there = [d for d in told if d.code == fault.code and where in (None, d.place.node)]
            assert there, (
                f"{name} alone is refused with {fault.code} at {node}; together with "
                f"{', '.join(sorted(alone.keys() - {name})) or 'nothing'} that is not told. All "
                f"faults of a network are told at once. What was:\n" + "\n".join(map(str, told))
            )


def usual_neuron(subject: Subject) -> str:
    """The first of the usual neurons that the target has."""
    for name in MODELS:
        if _takes(subject, probe(f"a_{name}", name)):
            return name
    raise AssertionError(f"{subject.target.name} has none of the neurons {', '.join(MODELS)}")


def _takes(subject: Subject, network: Network) -> bool:
    return not subject.refusals(subject.quantised(network))


def _check_feature(subject: Subject, feature: Feature) -> None:
    """At least one of the networks that need it is accepted; each that is is exact."""
    told = []
    for network in feature.networks:
        found = subject.refusals(network)
        if found:
            told += [str(d) for d in found]
            continue
        outcome = subject.compile_integers(network)
        assert isinstance(outcome, CompiledInteger), (
            f"{feature.name}: not refused when asked for, and refused when compiled:\n{outcome}"
        )
        check_agreement(subject, outcome)
        check_verified(subject, outcome)
        return
    raise AssertionError(
        f"{feature.name}: declared for {subject.target.name}, and refused:\n" + "\n".join(told)
    )
