"""Prices of events: from figures in instructions and in cycles, and which are missing."""

from __future__ import annotations

from itertools import product

import pytest

from somac.backends.manycore.cost.kinds import KINDS
from somac.backends.manycore.events import (
    CPI,
    PRICES,
    cycles_of_each,
    idle_products,
    instructions,
    total,
)
from somac.ir.target import Figure


def figure(value: float, unit: str) -> Figure:
    return Figure(value, unit, "assumed", "test")


FIGURES = {
    CPI: figure(2.0, "ratio"),
    "packet_instructions": figure(7.0, "instructions"),
    "mac_start_cycles": figure(10.0, "cycles"),
}


def test_instructions_and_cycles() -> None:
    assert instructions(FIGURES, "packet_instructions") == 7
    assert instructions(FIGURES, "mac_start_cycles") == 5
    assert instructions(FIGURES, "row_instructions") is None
    bare = {name: f for name, f in FIGURES.items() if name != CPI}
    assert instructions(bare, "mac_start_cycles") == 10
    prices = cycles_of_each(FIGURES, ["packets", "mac_passes", "convolution_passes"])
    assert prices == {"packets": 14, "mac_passes": 10, "convolution_passes": 10}
    assert total({"packets": 0.5, "mac_passes": 3}, prices) == 37
    assert cycles_of_each(bare, ["packets"]) is None
    assert cycles_of_each(FIGURES, ["packets", "rows"]) is None


def test_every_kind_has_a_price_or_makes_its_own() -> None:
    own = {kind.name for kind in KINDS if not kind.price}
    assert PRICES.keys() == {kind.name for kind in KINDS} - own
    assert own == {"updates"} | {kind.name for kind in KINDS if kind.update}


@pytest.mark.parametrize(("channels", "places"), list(product([1, 16, 20], [1, 4, 9])))
def test_room_in_tiles(channels: int, places: int) -> None:
    tiles = {(channel // 16, place // 4) for channel in range(channels) for place in range(places)}
    assert idle_products(channels, places, 9) == 9 * (64 * len(tiles) - channels * places)
