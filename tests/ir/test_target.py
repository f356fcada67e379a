"""Targets: topologies that hang together, word layouts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from somac.ir.target import (
    Capabilities,
    Figure,
    Memory,
    Multiplier,
    Part,
    Target,
    Topology,
    WordLayout,
)

PART = Part(
    family="ecp5",
    device="12k",
    package="CABGA256",
    speed="6",
    luts=100,
    lut_inputs=4,
    flip_flops=200,
    plls=1,
    memories={"bram": Memory(2, 18432, (1, 18))},
    multipliers={"dsp": Multiplier(3, 18, 18)},
    clock_mhz=25.0,
)

# two chips of one router each, three cores
TOPOLOGY = Topology(
    node_position=np.array([[0, 0], [0, 0]]),
    node_chip=np.array([0, 1]),
    core_node=np.array([0, 0, 1]),
    core_local=np.array([0, 17, 0]),
    core_usable=np.array([True, False, True]),
    link_source=np.array([0, 1]),
    link_target=np.array([1, 0]),
    link_cost=np.array([3, 3]),
    chip_position=np.array([[0, 0], [1, 0]]),
    chip_router=np.array([0, 1]),
    host_node=0,
)


def test_counts_and_names() -> None:
    assert (TOPOLOGY.nodes, TOPOLOGY.cores, TOPOLOGY.links, TOPOLOGY.chips) == (2, 3, 2, 2)
    assert TOPOLOGY.core_name(1) == "chip(0,0) core 17"
    assert TOPOLOGY.core_name(2) == "chip(1,0) core 0"
    assert TOPOLOGY.link_crosses.tolist() == [True, True]
    one_chip = replace(TOPOLOGY, node_chip=np.array([0, 0]))
    assert one_chip.link_crosses.tolist() == [False, False]
    with pytest.raises(ValueError, match="read-only"):
        TOPOLOGY.core_usable[0] = False


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"core_local": np.array([0, 1])}, r"core_local has shape \(2,\), not \(3,\)"),
        ({"node_position": np.zeros((2, 3), int)}, "node_position has shape"),
        ({"core_node": np.array([0, 0, 2])}, r"core_node is not within 0\.\.1"),
        ({"link_target": np.array([1, -1])}, r"link_target is not within 0\.\.1"),
        ({"chip_router": np.array([0, 5])}, r"chip_router is not within 0\.\.1"),
        ({"host_node": 2}, "host_node 2 is not one of 2 nodes"),
    ],
)
def test_topologies_that_do_not_hang_together(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(TOPOLOGY, **changes)


def test_a_word_layout() -> None:
    layout = WordLayout("32 bit", 4, 3, 1, 8)
    assert (layout.bits, layout.max_magnitude) == (16, 15)


def test_every_part_of_a_target_is_in_its_digest() -> None:
    can = Capabilities(frozenset({"add"}), frozenset({"spike"}), 1, 7, 32, 16, 5)
    target = Target(
        "t", "T", "manycore", TOPOLOGY, {"neurons": 4}, 8, can, (WordLayout("w", 4, 3, 1, 8),)
    )
    others = [
        replace(target, topology=replace(TOPOLOGY, host_node=1)),
        replace(target, resources={"neurons": 5}),
        replace(target, capabilities=replace(can, max_delay=8)),
        replace(target, figures={"clock": Figure(1.0, "mhz", "measured", "here")}),
        replace(target, part=PART),
        replace(target, part=replace(PART, pins={"clk": "G3"})),
        replace(target, part=replace(PART, memories={"bram": Memory(2, 18432, (1, 9))})),
    ]
    assert len({target.digest(), *(other.digest() for other in others)}) == 8


def test_what_a_part_has_is_named_by_kind() -> None:
    assert PART.pools == {"lut": 100, "ff": 200, "bram": 2, "dsp": 3, "pll": 1}
    can = Capabilities(frozenset({"add"}), frozenset({"spike"}), 1, 7, 32, 16, 5)
    chip = Target("t", "T", "manycore", TOPOLOGY, {"neurons": 4}, 8, can, ())
    assert (chip.place, chip.places) == ("core", int(TOPOLOGY.core_usable.sum()))
    assert replace(chip, part=PART).place == "engine"
