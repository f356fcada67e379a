"""How expected rates reach the choice between synaptic rows and the MAC array."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from somac.compiler.load import LoadOptions, load_model
from somac.compiler.pipeline import CompileOptions, check_network, compile_network
from somac.compiler.targets import find_target
from somac.ir.network import Network


@pytest.fixture(scope="module")
def digits(repository: Path) -> Network:
    return load_model(repository / "examples" / "digits" / "digits.nir", LoadOptions()).network


@pytest.mark.parametrize(("rate", "first"), [(0.0, "rows"), (1.0, "matrix")])
def test_the_rates_of_a_calibration_choose(digits: Network, rate: float, first: str) -> None:
    inputs = {digits.inputs[0].name: np.full((1, 20, digits.inputs[0].size), rate)}
    compiled = compile_network(digits, find_target("spinnaker2"), calibration_inputs=inputs)
    forms = compiled.program.json("report.json")["projections"]
    (found,) = (p for p in forms if p["projection"].startswith("input"))
    assert found["form"] == first
    assert found["reason"] == "takes fewest cycles"
    # a packet, its look-up and a row for every signal, and a word for each of its synapses
    synapses = np.count_nonzero(compiled.golden.projections[0].connectivity.weights)
    figures = find_target("spinnaker2").figures
    packet, look_up, row, word = (
        figures[f"{name}_instructions"].value
        for name in ("packet", "look_up", "row", "synaptic_event")
    )
    taken = digits.inputs[0].size * (packet + look_up + row) + synapses * word
    cycles = rate * taken * figures["cycles_per_instruction_ratio"].value
    assert found["cycles"]["rows"] == round(cycles)


def test_a_check_without_rates(digits: Network) -> None:
    for arrays in ("never", "auto", "always"):
        found = check_network(
            digits, find_target("spinnaker2"), CompileOptions(options={"mac": arrays})
        )
        assert [d.code for d in found] == ["E0660"]
