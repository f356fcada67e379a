"""What backends get to see of calibration data when they legalise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from somac.backends.api import Guidance, Legal
from somac.backends.manycore.backend import ManycoreBackend
from somac.compiler.inputs import few_raw_inputs, raw_inputs
from somac.compiler.load import load_model
from somac.compiler.pipeline import check_network, compile_integer, compile_network
from somac.compiler.targets import load_targets
from somac.ir.fixed import BOOL, Format
from somac.ir.integer import IntegerInput, IntegerNetwork
from somac.ir.network import Network
from somac.ir.target import Target


class Listening(ManycoreBackend):
    """A backend that remembers what it is told."""

    def __init__(self) -> None:
        self.told: list[Guidance] = []

    def legalise(self, network: IntegerNetwork, target: Target, guidance: Guidance, /) -> Legal:
        self.told.append(guidance)
        return super().legalise(network, target, guidance)


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    made = Listening()
    monkeypatch.setattr("somac.compiler.pipeline.find_backend", lambda _: made)
    return made


@pytest.fixture(scope="module")
def digits(repository: Any) -> Network:
    return load_model(repository / "examples" / "digits" / "digits.nir").network


@pytest.fixture(scope="module")
def target() -> Target:
    return load_targets()["spinnaker2"]


def test_a_few_samples_are_raw_integers_spread_evenly() -> None:
    inputs = (
        IntegerInput("a", (2, 3), "value", Format(4, 4), 0.5),
        IntegerInput("b", (5,), "spike", BOOL),
    )
    rng = np.random.default_rng(1)
    given = {
        "a": rng.normal(0, 3, (100, 400, 6)),
        "b": rng.integers(0, 2, (100, 400, 5)),
    }
    few = few_raw_inputs(given, inputs)
    every = raw_inputs({"a": given["a"].reshape(100, 400, 2, 3), "b": given["b"]}, inputs)
    for name, raw in few.items():
        assert raw.dtype == np.int64
        assert raw.shape[:2] == (16, 256)
        np.testing.assert_array_equal(raw[0], every[name][0, :256])
        np.testing.assert_array_equal(raw[-1], every[name][99, :256])
    again = few_raw_inputs(given, inputs)
    for name, raw in few.items():
        np.testing.assert_array_equal(raw, again[name])


@pytest.mark.parametrize(("samples", "steps"), [(0, 3), (1, 1), (5, 7)])
def test_of_few_samples_all_are_taken(samples: int, steps: int) -> None:
    inputs = (IntegerInput("a", (2,), "spike", BOOL),)
    given = {"a": np.arange(samples * steps * 2).reshape(samples, steps, 2) % 2}
    np.testing.assert_array_equal(few_raw_inputs(given, inputs)["a"], given["a"])


def test_backends_see_samples_when_they_legalise(
    backend: Listening, digits: Network, target: Target
) -> None:
    given = {"input": np.random.default_rng(0).integers(0, 2, (20, 9, 64))}
    made = compile_network(digits, target, calibration_inputs=given)
    check_network(digits, target, calibration_inputs=given)
    quantised = made.quantised.network.inputs
    for told in backend.told:
        np.testing.assert_array_equal(
            told.samples["input"], few_raw_inputs(given, quantised)["input"]
        )
    assert set(backend.told[0].rates) >= {"input", "hidden"}


def test_without_calibration_there_are_no_samples(
    backend: Listening, digits: Network, target: Target
) -> None:
    made = compile_network(digits, target)
    check_network(digits, target)
    compile_integer(made.quantised.network, target)
    assert [told.samples for told in backend.told] == [{}] * 3
