"""Random networks on random arrays, compiled and emulated from their files: the golden integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from crossbar_cases import chip, integrate_and_fire
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from somac.backends.crossbar.emulator import CrossbarEmulator
from somac.compiler.inputs import raw_inputs
from somac.compiler.passes.quantise import QuantiseOptions, quantise
from somac.compiler.pipeline import compile_integer
from somac.compiler.testing import Case, cases
from somac.ir.connectivity import Dense, Sparse
from somac.ir.errors import Severity
from somac.ir.fixed import BOOL, Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.simulate import golden
from somac.ir.target import Target

STEPS = 8

# compiling takes too long to be done for smaller and smaller examples
UNSHRUNK = tuple(p for p in Phase if p is not Phase.shrink)


@st.composite
def arrays(draw: st.DrawFn, weight_bits: int, *, rows: Any, neurons: int) -> Target:
    """Chips whose cells can keep weights of so many bits, sign included."""
    polarity = draw(st.sampled_from(("differential", "separate", "offset")))
    kept = weight_bits if polarity == "offset" else weight_bits - 1
    slices = draw(st.integers(-(-kept // 8), 8))
    cell_bits = -(-kept // slices)
    slices = -(-kept // cell_bits)
    bits = draw(st.integers(4, 14))
    size = draw(rows)
    return chip(
        rows=size,
        columns=max(size, 2 * slices),
        cores=(14, 14),
        neurons=neurons,
        cell_bits=cell_bits,
        max_slices=slices,
        polarity=polarity,
        pulse_bits=draw(st.integers(1, 8)),
        max_pulses=32,
        signs=draw(st.sampled_from(("bipolar", "phases"))),
        adc_bits=bits,
        adc_signed=True,
    )


def wide(seed: int, weight_bits: int, input_bits: int) -> IntegerNetwork:
    """An input of numbers, a layer with a loop and delays of its own, and one that it leads to."""
    random = np.random.default_rng(seed)
    inputs, hidden, out = (int(random.integers(*some)) for some in ((90, 600), (8, 160), (2, 12)))
    most = (1 << (weight_bits - 1)) - 1

    def weights(*shape: int) -> Any:
        return random.integers(-most, most + 1, shape, dtype=np.int32)

    loop = weights(hidden, hidden) * (random.random((hidden, hidden)) < 0.3)
    ends = np.nonzero(loop)
    delays = random.integers(0, 3, len(ends[0]))
    recurrent = Sparse.from_coordinates(ends[1], ends[0], loop[ends], delays, (hidden, hidden))
    path = integrate_and_fire()

    def population(name: str, size: int) -> IntegerPopulation:
        threshold = random.integers(1, most * 20, size)
        return IntegerPopulation(
            name, (size,), path, {"threshold": threshold}, {"v": np.zeros((), np.int64)}
        )

    sent = BOOL if input_bits == 1 else Format(input_bits, input_bits, signed=True)
    return IntegerNetwork(
        "wide",
        1e-3,
        (IntegerInput("x", (inputs,), "spike" if sent == BOOL else "value", sent),),
        (population("hidden", hidden), population("out", out)),
        (
            IntegerProjection("in", "x", "hidden", "x", Dense(weights(hidden, inputs))),
            IntegerProjection("loop", "hidden", "hidden", "x", recurrent, 1),
            IntegerProjection("out", "hidden", "out", "x", Dense(weights(out, hidden))),
        ),
        (Output("spikes", "out"),),
    )


def signals_for(network: IntegerNetwork, seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {
        i.name: random.integers(
            i.format.minimum if i.kind == "value" else 0, i.format.maximum + 1, (2, STEPS, i.size)
        )
        for i in network.inputs
    }


def assert_golden(network: IntegerNetwork, target: Target, inputs: dict[str, Any]) -> None:
    """The program does what the legal network says; that of the model where nothing is rounded."""
    compiled = compile_integer(network, target)
    names = [p.name for p in network.populations]
    want = golden(compiled.golden, inputs, record=names, record_states=names)
    have = CrossbarEmulator(compiled.program).run(inputs, record=names, record_states=names)
    for name in names:
        assert_array_equal(have.signals[name], want.signals[name])
        for state, values in want.states[name].items():
            assert_array_equal(have.states[name][state], values)
    if all(note.severity is Severity.NOTE for note in compiled.notes):
        model = golden(network, inputs, record=names)
        for name in names:
            assert_array_equal(want.signals[name], model.signals[name])


def check_case(case: Case, data: st.DataObject) -> None:
    bits = data.draw(st.integers(2, 9))
    network = quantise(case.network, QuantiseOptions(weight_bits=bits)).network
    target = data.draw(arrays(bits, rows=st.sampled_from((8, 16, 128, 512)), neurons=8))
    assert_golden(network, target, raw_inputs(case.inputs, network.inputs))


def check_wide(data: st.DataObject) -> None:
    seed, bits = data.draw(st.integers(0, 2**32 - 1)), data.draw(st.integers(2, 9))
    network = wide(seed, bits, data.draw(st.integers(1, 8)))
    target = data.draw(arrays(bits, rows=st.sampled_from((128, 512)), neurons=64))
    assert_golden(network, target, signals_for(network, seed))


@settings(max_examples=15, phases=UNSHRUNK)
@given(case=cases(), data=st.data())
def test_random_networks(case: Case, data: st.DataObject) -> None:
    check_case(case, data)


@settings(max_examples=10, phases=UNSHRUNK)
@given(data=st.data())
def test_random_matrices_on_several_arrays(data: st.DataObject) -> None:
    check_wide(data)


@pytest.mark.long
@settings(max_examples=250, phases=UNSHRUNK)
@given(case=cases(), data=st.data())
def test_two_hundred_and_fifty_random_networks(case: Case, data: st.DataObject) -> None:
    check_case(case, data)


@pytest.mark.long
@settings(max_examples=250, phases=UNSHRUNK)
@given(data=st.data())
def test_two_hundred_and_fifty_random_matrices(data: st.DataObject) -> None:
    check_wide(data)
