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
    # every signal costs an event per synapse, at 25 cycles
    synapses = compiled.golden.projections[0].connectivity.weights
    assert found["cycles"]["rows"] == rate * 25 * np.count_nonzero(synapses)


def test_a_check_without_rates(digits: Network) -> None:
    for arrays in ("never", "auto", "always"):
        found = check_network(digits, find_target("spinnaker2"), CompileOptions(arrays=arrays))
        assert [d.code for d in found] == ["E0660"]
