"""What a crossbar cannot do is said at once, before any work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from backend_calls import problems
from crossbar_cases import chip, example
from crossbar_wires import one_projection
from plastic_cases import plastic_network

from somac.backends.crossbar import create
from somac.backends.crossbar.check import check_network
from somac.backends.crossbar.choice import choose
from somac.backends.crossbar.tiling import legalise
from somac.ir.connectivity import AllToAll, Chain, Connectivity, Convolution, Dense, OneToOne, Pool
from somac.ir.errors import SomacError
from somac.ir.fixed import BOOL, Format, Rounding
from somac.ir.integer import IntegerNetwork
from somac.ir.product import ProductCast
from somac.ir.target import Target

FULL = np.full((4, 9), 100, np.int32)


def codes(network: IntegerNetwork, target: Target) -> list[str]:
    return [d.code for d in problems(create(), network, target)]


def limited(**capabilities: Any) -> Target:
    target = chip()
    return replace(target, capabilities=replace(target.capabilities, **capabilities))


def test_nothing_is_wrong() -> None:
    network = one_projection(Dense(FULL), BOOL)
    assert codes(network, chip()) == []
    assert codes(legalise(network, chip()).network, chip()) == []


@pytest.mark.parametrize(
    ("network", "target", "code", "have", "need"),
    [
        (one_projection(Dense(FULL), BOOL), replace(chip(), array=None), "E0674", None, None),
        (one_projection(Dense(FULL), BOOL), replace(chip(), resources={}), "E0674", None, None),
        (
            one_projection(Dense(FULL), BOOL),
            chip(max_slices=3),
            "E0667",
            "3 cells of 2 bits, differential",
            "7 bits",
        ),
        (
            one_projection(Dense(FULL), BOOL),
            chip(polarity="offset", max_slices=3, adc_signed=False),
            "E0667",
            "3 cells of 2 bits, offset",
            "8 bits",
        ),
        (
            one_projection(Dense(FULL), BOOL),
            chip(columns=7),
            "E0667",
            "7 columns",
            "7 bits in cells of 2, differential",
        ),
        (
            one_projection(Dense(FULL), Format(8, 8, False)),
            chip(max_pulses=7),
            "E0668",
            "7 pulses of 1 bits",
            "8 bits",
        ),
        (
            one_projection(Dense(FULL), Format(8, 8)),
            chip(signs="none"),
            "E0668",
            "pulses without a sign",
            "-128 to 127",
        ),
        (
            one_projection(Dense(-FULL), BOOL),
            chip(adc_signed=False),
            "E0669",
            "codes from 0, differential cells",
            "codes below 0",
        ),
        (
            one_projection(Dense(FULL), Format(3, 3)),
            chip(adc_signed=False, polarity="separate"),
            "E0669",
            "codes from 0, separate cells",
            "codes below 0",
        ),
        (
            one_projection(OneToOne(np.int32(100), 9), BOOL),
            limited(weight_bits=7),
            "E0667",
            "7 bits in the periphery",
            "8 bits, sign included",
        ),
        (
            one_projection(Dense(FULL), BOOL, product=ProductCast(1, Rounding.RND)),
            chip(),
            "E0652",
            "sums of exact products",
            "products >>1 RND",
        ),
        (
            one_projection(Dense(FULL), BOOL, delay=65),
            chip(),
            "E0651",
            "0 to 64 ticks",
            "65 to 65 ticks",
        ),
        (
            one_projection(Dense(FULL), BOOL),
            limited(accumulator_bits=29),
            "E0652",
            "29 bits",
            "30 bits",
        ),
        (one_projection(Dense(FULL), BOOL), limited(word_bits=29), "E0652", "29 bits", "30 bits"),
        (
            one_projection(Dense(FULL), BOOL),
            limited(outputs=frozenset({"spike"})),
            "E0653",
            "spike",
            "value",
        ),
    ],
)
def test_what_a_crossbar_cannot_do(
    network: IntegerNetwork,
    target: Target,
    code: str,
    have: str | None,
    need: str | None,
) -> None:
    found = list(problems(create(), network, target))
    assert {(d.code, d.have, d.need) for d in found} == {(code, have, need)}
    assert found[0].entry.exit_code == 3
    with pytest.raises(SomacError) as caught:
        legalise(network, target)
    assert caught.value.diagnostics == tuple(found)


def test_operations_that_the_periphery_has_not() -> None:
    found = list(problems(create(), example(), limited(operations=frozenset({"add", "ge", "sub"}))))
    assert [(d.code, d.place.node, d.need) for d in found] == [
        ("E0652", "hidden", "select"),
        ("E0652", "out", "select"),
    ]


def test_separate_cells_and_phases_need_no_negative_codes() -> None:
    target = chip(adc_signed=False, polarity="separate", signs="phases")
    assert codes(one_projection(Dense(-FULL), Format(3, 3)), target) == []
    positive = one_projection(Dense(FULL), BOOL)
    assert codes(positive, chip(adc_signed=False)) == []


def test_everything_is_reported_at_once() -> None:
    network = one_projection(Dense(-FULL), Format(8, 8), delay=99)
    target = chip(max_slices=3, max_pulses=7, signs="none")
    target = replace(
        target, capabilities=replace(target.capabilities, outputs=frozenset({"spike"}))
    )
    assert codes(network, target) == ["E0653", "E0653", "E0651", "E0667", "E0668", "E0668"]
    with pytest.raises(SomacError) as caught:
        legalise(network, target)
    assert len(caught.value.diagnostics) == 6


def test_a_retimed_network() -> None:
    network = one_projection(Dense(FULL), BOOL, delay=2)
    assert codes(replace(network, period=2), chip()) == ["E0662"]
    late = replace(network, populations=(replace(network.populations[0], start=1),))
    assert codes(late, chip()) == ["E0662"]


def test_a_network_that_learns() -> None:
    found = list(problems(create(), plastic_network(), chip()))
    assert {d.code for d in found} >= {"E0662"}
    assert any("learns" in d.message for d in found)


@pytest.mark.parametrize(
    "wiring",
    [
        Dense(FULL),
        AllToAll(np.int32(3), 9, 9),
        Convolution(np.ones((1, 1, 3, 3), np.int32), (1, 9, 9), (1, 1), ((0, 0),) * 2, (1, 1)),
    ],
)
def test_more_synapses_than_are_looked_at(
    wiring: Connectivity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("somac.backends.crossbar.choice.decide.MOST_SYNAPSES", 35)
    (found,) = check_network(one_projection(wiring, BOOL), chip())
    assert (found.code, found.have) == ("E0673", "35 synapses")
    array = chip().array
    assert array is not None
    assert choose(one_projection(wiring, BOOL).projections[0], BOOL, array) == (found,)


def test_a_chain_whose_weights_add_up_too_far() -> None:
    # overlapping windows lead several times from a cell to a weight
    first = OneToOne(np.int32(1), 4, np.array([0, 0, 0, 0]))
    pool = Pool(np.int32(1), (1, 4), (2,), (1,), (1,))
    chain = Chain((first, pool, Dense(np.full((3, 5), 1 << 30, np.int32))))
    network = one_projection(chain, BOOL)
    (found,) = check_network(network, chip(max_slices=16, columns=64))
    assert found.code == "E0673"
    assert found.message == "projection w: the weights of a chain add up beyond int32"


@pytest.mark.parametrize(
    "array",
    [
        {"rows": 8},
        {"columns": 31},
        {"cell_bits": 1},
        {"polarity": "separate"},
        {"adc_bits": 9},
        {"adc_signed": False, "adc_bits": 7},
        {"max_slices": 3},
    ],
)
def test_a_network_that_was_cut_for_another_array(array: dict[str, Any]) -> None:
    legal = legalise(one_projection(Dense(FULL), BOOL), chip()).network
    (found,) = check_network(legal, chip(**array))
    assert found.code == "E0674"
    assert "cut for another array" in found.message
    assert found.have is not None
    assert found.need == "9 x 32 cells, 1x1 unsigned pulses, 4x2 differential cells, -127..127"
