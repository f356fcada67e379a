"""The emulator against the golden model: every bit of every signal, state and weight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.compiler.pipeline import Compiled, CompiledInteger
from somac.compiler.testing.conformance.subject import Raw, Subject, coded, recorded
from somac.compiler.testing.zoo import stimulus
from somac.ir.errors import Severity, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.simulate import golden

__all__ = [
    "check_agreement",
    "check_kept",
    "check_legal",
    "check_verified",
    "first_difference",
    "same_run",
]

_Named = tuple[tuple[str, str], NDArray[Any]]
"""Values, by kind and name."""


def check_agreement(subject: Subject, made: CompiledInteger, inputs: Raw | None = None) -> None:
    """What the emulator computes is what the golden integers say, and is reported as it must be."""
    network = made.golden
    given = stimulus(network) if inputs is None else inputs
    wanted = recorded(network)
    try:
        seen = subject.emulate(made.program, given, **wanted)
    except SomacError as error:
        raise AssertionError(f"{network.name} is compiled, and not emulated:\n{error}") from error
    meant = golden(network, given, **wanted)
    expected = {
        **{("output", o.name): meant.signals[o.name] for o in network.outputs},
        **{("signal", p.name): meant.signals[p.name] for p in network.populations},
        **dict(_nested("state", meant.states)),
        **dict(_nested("weights", meant.weights)),
    }
    found = dict(_values(seen))
    for key, values in expected.items():
        what = f"{key[0]} {key[1]} of {network.name}"
        assert key in found, f"the emulator gives no {what}"
        _check_equal(what, found[key], values)
    _check_shapes(seen, network, given)


def check_legal(made: Compiled) -> None:
    """What `legalise` changed changes no signal, or a note says that it does."""
    before, after = made.quantised.network, made.golden
    given = stimulus(before)
    was, now = golden(before, given).signals, golden(after, given).signals
    gone = sorted(was.keys() - now.keys())
    assert not gone, f"legalise of {before.name} lost the outputs {', '.join(gone)}"
    differs = [name for name in was if first_difference(now[name], was[name]) is not None]
    said = [d for d in made.notes if d.severity is not Severity.ERROR]
    assert not differs or said, (
        f"legalise changed the signals of {', '.join(differs)} in {before.name} and gave no note "
        "that says so: the network would not be what the user compiled"
    )


def check_kept(subject: Subject, network: IntegerNetwork, made: CompiledInteger, what: str) -> None:
    """The emulator sends what a network does that the backend had to change to take it."""
    given = stimulus(network)
    meant, seen = golden(network, given).signals, subject.emulate(made.program, given).outputs
    for name, values in meant.items():
        where = first_difference(seen[name], values)
        assert where is None, f"{what}, and output {name} is another one: {where}"


def check_verified(subject: Subject, made: CompiledInteger) -> None:
    """The backend's own checker finds nothing wrong with what it has just emitted."""
    with coded(f"verifying {made.golden.name}"):
        found = tuple(subject.backend.verify(made.program, made.golden))
    errors = [str(d) for d in found if d.severity is Severity.ERROR]
    assert not errors, f"verify finds fault with a fresh bundle of {made.golden.name}: {errors}"


def same_run(a: Emulation, b: Emulation) -> str | None:
    """How two runs differ in what they compute; None if they do not."""
    left, right = dict(_values(a)), dict(_values(b))
    if left.keys() != right.keys():
        return f"one has {sorted(left)}, the other {sorted(right)}"
    for key, values in left.items():
        where = first_difference(values, right[key])
        if where is not None:
            return f"{key[0]} {key[1]}: {where}"
    return None


def first_difference(a: NDArray[Any], b: NDArray[Any]) -> str | None:
    """Where two arrays first differ, in words."""
    left, right = np.asarray(a), np.asarray(b)
    if left.shape != right.shape:
        return f"shape {left.shape}, not {right.shape}"
    wrong = np.argwhere(left != right)
    if not len(wrong):
        return None
    at = tuple(int(i) for i in wrong[0])
    return f"{left[at]}, not {right[at]}, at {list(at)}; {len(wrong)} of {left.size} differ"


def _values(run: Emulation) -> Iterator[_Named]:
    """Everything that a run computed, by kind and name."""
    for name, values in run.outputs.items():
        yield ("output", name), values
    for name, values in run.signals.items():
        yield ("signal", name), values
    yield from _nested("state", run.states)
    yield from _nested("weights", run.weights)


def _nested(kind: str, groups: Mapping[str, Mapping[str, NDArray[Any]]]) -> Iterator[_Named]:
    for name, states in groups.items():
        for state, values in states.items():
            yield (kind, f"{name}.{state}"), values


def _check_equal(what: str, seen: Any, meant: NDArray[Any]) -> None:
    values = np.asarray(seen)
    assert values.dtype == np.int64, f"{what} is {values.dtype}, not int64"
    where = first_difference(values, meant)
    assert where is None, f"{what} is not golden: {where} [sample, step, cell]"


def _check_shapes(seen: Emulation, network: IntegerNetwork, given: Raw) -> None:
    """Counts are those of what was sent, as far as the backend gives any."""
    sizes = {p.name: p.size for p in network.populations}
    sizes |= {i.name: i.size for i in network.inputs}
    for name, values in seen.sent.items():
        assert name in sizes, f"sent has {name}, which is no population or input"
        assert np.shape(values) == (sizes[name],), (
            f"sent of {name} has shape {np.shape(values)}, not ({sizes[name]},)"
        )
        meant = seen.signals[name] if name in seen.signals else given.get(name)
        if meant is not None:
            counted = np.count_nonzero(np.asarray(meant), axis=(0, 1))
            where = first_difference(np.asarray(values), counted)
            assert where is None, f"sent of {name} is not how often each cell sent: {where}"
    for what, count in seen.counts.items():
        assert count >= 0, f"{count} {what} were counted"
