"""Random networks through the whole compiler: emulator equals golden, bit for bit."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.manycore.options import UseOfArrays
from somac.compiler.api import Program
from somac.compiler.inputs import raw_inputs
from somac.compiler.pipeline import CompileOptions, compile_network
from somac.compiler.plugins import find_backend
from somac.compiler.targets import find_target
from somac.compiler.testing import Case, cases
from somac.ir.simulate import golden

TARGET = find_target("spinnaker2")


ARRAYS = st.sampled_from(get_args(UseOfArrays))


def check(case: Case, arrays: UseOfArrays) -> None:
    """Every signal and state of every population, and the independent checker."""
    compiled = compile_network(case.network, TARGET, CompileOptions(options={"mac": arrays}))
    names = [p.name for p in compiled.golden.populations]
    inputs = raw_inputs(case.inputs, compiled.golden.inputs)
    emulator = find_backend(TARGET.backend).emulator(compiled.program)
    seen = emulator.run(inputs, record=names, record_states=names)
    meant = golden(compiled.golden, inputs, record=names, record_states=names)
    for name in names:
        np.testing.assert_array_equal(seen.signals[name], meant.signals[name], name)
        for state, values in meant.states[name].items():
            np.testing.assert_array_equal(seen.states[name][state], values, f"{name}.{state}")
    assert Program(compiled.program).verify() == ()
    # retiming moved nothing: the integers before it say the same
    before = golden(compiled.quantised.network, inputs, record=names)
    for name in names:
        np.testing.assert_array_equal(before.signals[name], meant.signals[name], name)


@settings(max_examples=100)
@given(cases(), ARRAYS)
def test_a_hundred_random_networks(case: Case, arrays: UseOfArrays) -> None:
    check(case, arrays)


@pytest.mark.long
@settings(max_examples=1000)
@given(cases(max_delay=TARGET.capabilities.max_delay // 2), ARRAYS)
def test_a_thousand_random_networks(case: Case, arrays: UseOfArrays) -> None:
    check(case, arrays)
