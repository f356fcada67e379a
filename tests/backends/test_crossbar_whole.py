"""From a network to the bits of its chip: cut, written, and emulated from the files alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from crossbar_cases import chip, hand_placed
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.api import Guidance
from somac.backends.crossbar.emit import emit
from somac.backends.crossbar.emulator import CrossbarEmulator
from somac.backends.crossbar.tiling import legalise
from somac.backends.crossbar.verify import verify
from somac.compiler.inputs import raw_inputs
from somac.compiler.passes.quantise import quantise
from somac.compiler.testing.networks import Case, cases
from somac.ir.integer import IntegerNetwork
from somac.ir.simulate import golden


def any_chip(draw: st.DrawFn) -> dict[str, Any]:
    """Few, 128 or 512 rows, 1 to 8 cells a weight, pulses of 1 to 8 bits, converters of 4 to 14."""
    rows = draw(st.sampled_from((5, 16, 128, 512)))
    polarity = draw(st.sampled_from(("differential", "separate", "offset")))
    return {
        "rows": rows,
        "columns": max(rows, 16),
        "cores": (16, 16),
        "neurons": 1024,
        "cell_bits": draw(st.integers(1, 8)),
        "max_slices": 8,
        "polarity": polarity,
        "pulse_bits": draw(st.integers(1, 8)),
        "signs": draw(st.sampled_from(("bipolar", "phases"))),
        "adc_bits": draw(st.integers(4, 14)),
    }


def agrees(network: IntegerNetwork, inputs: dict[str, Any], array: dict[str, Any]) -> None:
    """Ideal arrays send what the golden integers are, with steps of either kind."""
    target = chip(**array)
    for samples in ({}, inputs):
        legal = legalise(network, target, Guidance(samples=samples)).network
        program = emit(legal, hand_placed(legal, target, copies=3), target)
        assert not list(verify(program, legal))
        names = [p.name for p in network.populations]
        seen = CrossbarEmulator(program).run(inputs, record=names).signals
        meant = golden(legal, inputs, record=names).signals
        for name in names:
            np.testing.assert_array_equal(seen[name], meant[name])


@settings(max_examples=20)
@given(cases(max_populations=4, max_cells=24), st.data())
def test_random_networks_on_ideal_arrays(case: Case, data: st.DataObject) -> None:
    network = quantise(case.network).network
    agrees(network, raw_inputs(case.inputs, network.inputs), any_chip(data.draw))


@pytest.mark.long
@settings(max_examples=500)
@given(cases(max_populations=4, max_cells=24), st.data())
def test_many_random_networks_on_ideal_arrays(case: Case, data: st.DataObject) -> None:
    network = quantise(case.network).network
    agrees(network, raw_inputs(case.inputs, network.inputs), any_chip(data.draw))
