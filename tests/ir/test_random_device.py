"""Weights of random devices: what they follow from, and what cannot be one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from plastic_cases import plastic_network

from somac.ir.connectivity import AllToAll, Connectivity, Dense, Pool
from somac.ir.errors import SomacError
from somac.ir.expr import Binary, Name
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import Assign, Emission, NeuronModel, State
from somac.ir.random_device import MAX_DEVICE_SEED, RandomDevice, ReadBack
from somac.ir.serial import (
    integer_from_files,
    integer_to_files,
    network_from_files,
    network_to_files,
)

FIRST = [[-168006.0, -41540.0, 824773.0], [-490658.0, -654962.0, 347124.0]]
DEVICE = RandomDevice(0.00156, 6.61329, 0.07, 0)
ADDER = NeuronModel(
    "adder",
    (),
    ("i",),
    (State("v"),),
    (Assign("v", Binary("+", Name("v"), Name("i"))),),
    Emission("value", "v"),
)


def network(
    device: RandomDevice | None, connectivity: Connectivity | None = None, name: str = "w"
) -> Network:
    own = device or DEVICE
    return Network(
        "n",
        1e-3,
        (Input("x", (5,)),),
        (Population("p", (3,), ADDER, {}),),
        (Projection(name, "x", "p", "i", connectivity or cells(own, name), 0, device=device),),
        (Output("p", "p"),),
    )


def cells(device: RandomDevice, name: str = "w") -> Dense:
    return Dense(device.weights(name, 3, 5))


def problem(device: RandomDevice, connectivity: Connectivity | None = None) -> str:
    with np.errstate(all="ignore"), pytest.raises(SomacError) as caught:
        network(device, connectivity)
    assert all(d.place.node == "w" for d in caught.value.diagnostics)
    return str(caught.value)


def test_the_same_device_has_the_same_weights() -> None:
    once, again = DEVICE.weights("w", 20, 30), RandomDevice(*_fields(DEVICE)).weights("w", 20, 30)
    np.testing.assert_array_equal(once, again)
    assert once.dtype == np.float64


def test_weights_are_the_same_on_every_machine() -> None:
    # from Philox's definition on: a change of these is a change of every device
    first = RandomDevice(0.0, 1.0, 1.0, 1).weights("a->b.i", 2, 3) * 2**20
    np.testing.assert_array_equal(first, FIRST)


def _fields(device: RandomDevice) -> tuple[float, float, float, int]:
    return device.mean, device.deviation, device.scale, device.seed


@pytest.mark.parametrize("change", [{"seed": 1}, {"seed": MAX_DEVICE_SEED}])
def test_other_devices_have_other_weights(change: dict[str, int]) -> None:
    other = replace(DEVICE, **change)
    assert _correlation(DEVICE.weights("w", 50, 60), other.weights("w", 50, 60)) < 0.1


def test_other_projections_of_a_device_have_other_weights() -> None:
    assert _correlation(DEVICE.weights("w", 50, 60), DEVICE.weights("v", 50, 60)) < 0.1


def test_rows_and_columns_do_not_repeat() -> None:
    weights = RandomDevice(0.0, 1.0, 1.0, 2).weights("w", 40, 400)
    among = np.abs(np.corrcoef(weights) - np.eye(40)).max()
    # 780 correlations of 400 pairs: five standard errors
    assert among < 5 / 400**0.5
    assert len(np.unique(weights)) > 0.98 * weights.size


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]))


@given(
    st.integers(0, MAX_DEVICE_SEED),
    st.text(max_size=8),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 9),
)
def test_a_cell_depends_on_its_place_alone(
    seed: int, name: str, targets: int, sources: int, more: int, still: int
) -> None:
    device = RandomDevice(0.5, 2.0, 0.1, seed)
    small = device.weights(name, targets, sources)
    large = device.weights(name, targets + more, sources + still)
    np.testing.assert_array_equal(large[:targets, :sources], small)


def test_mean_and_deviation() -> None:
    # a million cells: five standard errors
    found = RandomDevice(1.5, 6.61329, 0.07, 3).weights("w", 1000, 1000) / 0.07
    assert abs(found.mean() - 1.5) < 5 * 6.61329 / 1000
    assert abs(found.std() / 6.61329 - 1) < 5 / (2 * 1e6) ** 0.5
    z = (found - found.mean()) / found.std()
    assert abs((z**3).mean()) < 5 * 6**0.5 / 1000
    assert abs((z**4).mean() - 3) < 5 * 24**0.5 / 1000


def test_a_device_without_deviation_is_one_weight() -> None:
    np.testing.assert_array_equal(RandomDevice(2.0, 0.0, 0.25, 7).weights("w", 3, 4), 0.5)


def test_the_mark_is_in_text_and_digest() -> None:
    marked, plain = network(DEVICE), network(None)
    assert "random device 0 normal(0.00156, 6.61329) scale 0.07" in marked.text()
    assert "random device" not in plain.text()
    assert marked.digest() != plain.digest()


def test_networks_with_devices_can_be_stored() -> None:
    given = network(DEVICE)
    assert network_from_files(network_to_files(given, "n"), "n").digest() == given.digest()


@pytest.mark.parametrize(
    ("device", "part"),
    [
        (replace(DEVICE, deviation=-1.0), "deviation of its random device is -1"),
        (replace(DEVICE, deviation=np.nan), "deviation of its random device is nan"),
        (replace(DEVICE, mean=np.inf), "mean of its random device is inf"),
        (replace(DEVICE, scale=-np.inf), "scale of its random device is -inf"),
        (replace(DEVICE, seed=-1), "no device -1"),
        (replace(DEVICE, seed=MAX_DEVICE_SEED + 1), "no device 4294967296"),
    ],
)
def test_numbers_that_are_no_distribution(device: RandomDevice, part: str) -> None:
    found = problem(device, cells(DEVICE))
    assert "error[E0690]" in found
    assert part in found


def test_weights_that_overflow() -> None:
    assert "error[E0406]" in problem(RandomDevice(1e300, 1.0, 1e300, 0))


@pytest.mark.parametrize(
    ("connectivity", "part"),
    [
        (Dense(np.zeros((3, 5))), "not those of device 0"),
        (AllToAll(np.asarray(1.0), 5, 3), "this map is a AllToAll"),
    ],
)
def test_weights_that_are_not_the_device_s(connectivity: Connectivity, part: str) -> None:
    found = problem(DEVICE, connectivity)
    assert "error[E0691]" in found
    assert part in found


READ = ReadBack(DEVICE, np.asarray(0.5))


def integers(**change: Any) -> IntegerNetwork:
    whole = plastic_network()
    return replace(whole, projections=(replace(whole.projections[0], **change),))


def test_integers_can_be_read_back() -> None:
    read = replace(READ, step=np.array([0.5, 0.25]))
    whole = integers(plasticity=None, device=read)
    assert "read back of random device 0 normal(0.00156, 6.61329)" in whole.text()
    again = integer_from_files(integer_to_files(whole, "golden"), "golden")
    assert again.digest() == whole.digest()
    assert whole.digest() != integers(plasticity=None, device=READ).digest()
    weights = DEVICE.weights("x_p", 2, 3)
    np.testing.assert_array_equal(read.weights("x_p", 2, 3), weights / [[0.5], [0.25]])
    np.testing.assert_array_equal(READ.weights("x_p", 2, 3), weights / 0.5)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"device": READ}, "never programmed"),
        (
            {
                "device": READ,
                "plasticity": None,
                "connectivity": Pool(np.asarray(1, np.int32), (1, 3), (2,), (1,), (0,)),
            },
            "cells of its own for every pair",
        ),
        ({"device": replace(READ, step=np.ones(3)), "plasticity": None}, "a step of shape"),
        ({"device": replace(READ, step=np.zeros(())), "plasticity": None}, "a positive number"),
        (
            {"device": replace(READ, step=np.full(2, np.nan)), "plasticity": None},
            "a positive number",
        ),
    ],
)
def test_what_cannot_have_been_read_back(change: dict[str, Any], part: str) -> None:
    with pytest.raises(SomacError, match=part):
        integers(**change)
