"""Runs of an emulator: in parts, again, with much recorded or little, of inputs that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.compiler.pipeline import CompiledInteger
from somac.compiler.testing.conformance.agree import first_difference, same_run
from somac.compiler.testing.conformance.subject import Raw, Subject, coded, recorded
from somac.compiler.testing.zoo import stimulus
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork

__all__ = ["check_batches", "check_edges", "check_inputs", "check_recording", "check_repeats"]


def check_batches(subject: Subject, made: CompiledInteger) -> None:
    """Samples do not know of each other: alone, together and in another order they give the same.

    Nor does a step know of the next: a shorter run is the beginning of a longer one.
    """
    network, wanted = made.golden, recorded(made.golden)
    given = stimulus(network, samples=4, steps=12)
    whole = subject.emulate(made.program, given, **wanted)
    for start, stop in ((0, 1), (1, 4)):
        part = subject.emulate(made.program, _samples(given, slice(start, stop)), **wanted)
        _same(_sampled(whole, slice(start, stop)), part, f"samples {start} to {stop} alone")
    turned = subject.emulate(made.program, _samples(given, slice(None, None, -1)), **wanted)
    _same(_sampled(whole, slice(None, None, -1)), turned, "samples in another order")
    short = subject.emulate(made.program, {n: v[:, :5] for n, v in given.items()})
    for name, values in short.outputs.items():
        where = first_difference(values, whole.outputs[name][:, :5])
        assert where is None, f"output {name} of 5 steps begins another run than of 12: {where}"


def check_repeats(subject: Subject, made: CompiledInteger) -> None:
    """A run leaves nothing behind: neither in the emulator, nor in its inputs or the program."""
    network, wanted = made.golden, recorded(made.golden)
    given = stimulus(network)
    before = made.program.digest()
    for values in given.values():
        values.setflags(write=False)
    with coded("running an emulator again, on inputs that are read-only"):
        emulator = subject.backend.emulator(made.program)
        first = emulator.run(given, **wanted)
        emulator.run(stimulus(network, samples=2, steps=3, seed=1))
        again = emulator.run(given, **wanted)
    _same(first, again, "the second run of an emulator")
    assert made.program.digest() == before, "a run changed the program"
    narrow = {n: v.astype(_narrowest(v)) for n, v in given.items()}
    _same(first, subject.emulate(made.program, narrow, **wanted), "inputs of a narrower type")


def check_recording(subject: Subject, made: CompiledInteger) -> None:
    """What is recorded is what was asked for, and changes nothing; unknown names are refused."""
    network, wanted = made.golden, recorded(made.golden)
    given = stimulus(network)
    much = subject.emulate(made.program, given, **wanted)
    little = subject.emulate(made.program, given)
    for name, values in little.outputs.items():
        where = first_difference(values, much.outputs[name])
        assert where is None, f"output {name} depends on what is recorded: {where}"
    assert set(much.outputs) == {o.name for o in network.outputs}
    assert set(much.signals) >= set(wanted["record"])
    assert set(much.states) == set(wanted["record_states"])
    for argument in wanted:
        what = f"{argument}=['nowhere_at_all']"
        _refuses(subject, made, given, what, **{argument: ["nowhere_at_all"]})


def check_inputs(subject: Subject, made: CompiledInteger) -> None:
    """Inputs that do not fit are refused with a code, whatever is wrong with them."""
    given = stimulus(made.golden)
    for what, wrong in _misfits(made.golden, given):
        _refuses(subject, made, wrong, what)


def check_edges(subject: Subject, made: CompiledInteger) -> None:
    """No samples and no steps are runs, too: of arrays that have nothing in them."""
    network, wanted = made.golden, recorded(made.golden)
    sizes = {i.name: i.size for i in network.inputs}
    sizes |= {p.name: p.size for p in network.populations}
    for samples, steps in ((0, 4), (2, 0), (0, 0), (1, 1)):
        given = {i.name: np.zeros((samples, steps, i.size), np.int64) for i in network.inputs}
        run = subject.emulate(made.program, given, **wanted)
        for output in network.outputs:
            shape = np.shape(run.outputs[output.name])
            assert shape == (samples, steps, sizes[output.source]), (
                f"{samples} samples of {steps} steps give output {output.name} of shape {shape}"
            )


def _misfits(network: IntegerNetwork, given: Raw) -> Iterator[tuple[str, dict[str, Any]]]:
    """Inputs that no program may take, with what is wrong."""
    first = network.inputs[0]
    values = given[first.name]

    def other(replacement: NDArray[Any]) -> dict[str, Any]:
        return {**given, first.name: replacement}

    yield "no inputs", {}
    yield "an input that is missing", {n: v for n, v in given.items() if n != first.name}
    yield "an input that nobody knows", {**given, "nowhere_at_all": values}
    yield "a channel too many", other(np.concatenate([values, values[..., :1]], axis=2))
    yield "no axis of samples", other(values[0])
    yield "numbers that are not integers", other(values.astype(np.float64) + 0.5)
    yield "text", other(values.astype(str))
    # a spike that is 2, a number that no format of the program holds
    most = np.iinfo(np.int64).max if first.format.maximum > 1 else 2
    yield "a value that is too large", other(np.full_like(values, most))
    yield "a value that is too small", other(np.full_like(values, first.format.minimum - 1))
    if len(network.inputs) > 1:
        yield "inputs of other lengths", other(values[:, :-1])


def _refuses(
    subject: Subject, made: CompiledInteger, inputs: Raw, what: str, **recorded: Any
) -> None:
    try:
        subject.emulate(made.program, inputs, **recorded)
    except SomacError:
        return
    raise AssertionError(f"the emulator takes {what}, and must refuse it with a code")


def _same(a: Emulation, b: Emulation, what: str) -> None:
    difference = same_run(b, a)
    assert difference is None, f"{what}: another result than before: {difference}"


def _samples(given: Raw, which: slice) -> dict[str, NDArray[Any]]:
    return {name: values[which] for name, values in given.items()}


def _sampled(run: Emulation, which: slice) -> Emulation:
    """Some samples of what was recorded."""

    def flat(values: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        return {name: value[which] for name, value in values.items()}

    def nested(values: Mapping[str, Mapping[str, NDArray[Any]]]) -> dict[str, Any]:
        return {name: flat(value) for name, value in values.items()}

    return Emulation(
        flat(run.outputs), flat(run.signals), nested(run.states), weights=nested(run.weights)
    )


def _narrowest(values: NDArray[Any]) -> np.dtype[Any]:
    """The smallest type of integers that holds them."""
    ends = (int(values.min(initial=0)), int(values.max(initial=0)))
    return np.result_type(*map(np.min_scalar_type, ends))
