"""``random_device``: the map whose weights nobody programs, in the text and out of it."""

from __future__ import annotations

import numpy as np
import pytest

from somac.grammar.emit import network_text
from somac.grammar.lower import Choices, Limits, network_of
from somac.grammar.printer import format_text
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.random_device import RandomDevice

HEAD = """\
network n:
    dt 1 ms

neuron lif(tau [s], v_threshold = 1):
    input i
    dv/dt = (i - v) / tau
    spike when v > v_threshold
    on spike: v = 0

input x[2, 3]: spikes
population a[5]: lif(tau = 20 ms)
"""
MAP = "random_device(normal(0.00156, 6.61329), scale = 0.07)"


def text(stage: str = MAP) -> str:
    return f"{HEAD}projection x -> a: {stage}\noutput a\n"


def problems(stage: str, **options: object) -> tuple[Diagnostic, ...]:
    with pytest.raises(SomacError) as caught:
        network_of(text(stage), "n.snn", **options)  # type: ignore[arg-type]
    return caught.value.diagnostics


def test_the_weights_are_those_of_the_device() -> None:
    projection = network_of(text()).projections[0]
    device = RandomDevice(0.00156, 6.61329, 0.07, 0)
    assert projection.device == device
    own = device.weights("x->a.i", 5, 6)
    np.testing.assert_array_equal(projection.connectivity.weights, own)


def test_a_device_is_chosen_where_the_text_leaves_it_open() -> None:
    assert _seed(MAP, None) == 0
    assert _seed(MAP, 7) == 7
    assert _seed(MAP.replace("0.07", "0.07, seed = 3"), 7) == 3


def _seed(stage: str, chosen: int | None) -> int:
    device = network_of(text(stage), choices=Choices(device_seed=chosen)).projections[0].device
    assert device is not None
    return device.seed


def test_conductances_have_units() -> None:
    device = network_of(text("random_device(normal(1, 6.5) uS, scale = 7e4)")).projections[0].device
    assert device is not None
    assert (device.mean, device.deviation) == pytest.approx((1e-6, 6.5e-6))


def test_a_scale_is_1_unless_stated() -> None:
    device = network_of(text("random_device(normal(0, 0.2))")).projections[0].device
    assert device == RandomDevice(0.0, 0.2, 1.0, 0)


def test_the_canonical_form() -> None:
    assert format_text(text()) == text()
    wide = "random_device( normal( 0.00156 ,6.61329) ,scale=0.07 )"
    assert format_text(text(wide)) == text()


@pytest.mark.parametrize("name", ["", ' as "all of it"'])
@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_a_network_survives_its_text(name: str, seed: int) -> None:
    given = text().replace(" a:", f" a{name}:")
    network = network_of(given, choices=Choices(device_seed=seed))
    written, arrays = network_text(network)
    assert not arrays
    assert f"seed = {seed})" in written
    read = network_of(written)
    assert read.text() == network.text()
    assert read.digest() == network.digest()


CASES = {
    "negative deviation": ("E0218", "random_device(normal(0, -1))", 34, "0 or more"),
    "weights": ("E0218", "random_device([[1, 2], [3, 4]])", 34, "cannot be given"),
    "weights of a file": ("E0218", 'random_device(load("a.npz"))', 34, "cannot be given"),
    "another distribution": ("E0218", "random_device(uniform(0, 1))", 34, "normal distribution"),
    "a seed of the numbers": ("E0206", "random_device(normal(0, 1, seed = 1))", 47, "seed"),
    "no conductance": ("E0209", "random_device(scale = 2)", 20, "conductance"),
    "weight by name": ("E0206", "random_device(normal(0, 1), weight = 2)", 48, "weight"),
    "no such device": ("E0218", "random_device(normal(0, 1), seed = 0.5)", 55, "a seed"),
    "a device too far": ("E0218", "random_device(normal(0, 1), seed = 4294967296)", 55, "a seed"),
    "infinite": ("E0690", "random_device(normal(1e308, 1e308) GHz)", 1, "mean"),
    "overflow": ("E0406", "random_device(normal(0, 1e200), scale = 1e200)", 1, "weights"),
    "in a chain": ("E0691", "one_to_one | random_device(normal(0, 1))", 33, "chain"),
    "first of a chain": ("E0691", "random_device(normal(0, 1)) | one_to_one", 20, "chain"),
    "learning": (
        "E0691",
        "random_device(normal(0, 1)) learns pair_stdp(tau_plus = 20 ms, tau_minus = 20 ms, "
        "a_plus = 0.01, a_minus = 0.01)",
        1,
        "never programmed",
    ),
    "misspelt": ("E0206", "random_devise(normal(0, 1))", 20, "random_device"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_no_random_device(case: str) -> None:
    code, stage, column, part = CASES[case]
    found = next(d for d in problems(stage) if d.code == code)
    assert (found.place.line, found.place.column) == (12, column)
    assert part in str(found)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_devices_that_cannot_be_chosen(seed: int) -> None:
    (found,) = problems(MAP, choices=Choices(device_seed=seed))
    assert (found.code, found.place.line, found.place.column) == ("E0690", 12, 20)
    assert f"no device {seed}" in found.message


def test_memory_is_counted_before_it_is_taken() -> None:
    (found,) = problems(MAP, limits=Limits(bytes=500))
    assert (found.code, found.place.line) == ("E0223", 12)
