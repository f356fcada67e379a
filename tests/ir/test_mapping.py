"""Mappings: text, keys, the gap of the proof."""

from __future__ import annotations

from dataclasses import replace

import pytest

from somac.ir.mapping import KeyBlock, Mapping, Proof, Route, Slice

MAPPING = Mapping(
    "network",
    "target",
    (Slice("x", 0, 2, None), Slice("p", 0, 3, 4), Slice("p", 3, 5, 9)),
    (
        Route(0, KeyBlock(0x10, 0xFFFFFFFE), (1, 2), (4, 9), 0.25),
        Route(1, KeyBlock(0x20, 0xFFFFFFFC), (), (4,), 1.0),
    ),
    Proof(120, 90, "feasible", "cp-sat"),
    {1: {"neurons": 3, "bytes": 96}},
)


def test_text() -> None:
    assert MAPPING.text() == (
        "mapping cost 120 bound 90 gap 0.2500 feasible by cp-sat\n"
        "slice 0 x[0:2] host\n"
        "slice 1 p[0:3] core 4 bytes=96 neurons=3\n"
        "slice 2 p[3:5] core 9\n"
        "route 0 key 0x00000010/0xfffffffe links 1,2 cores 4,9 rate 0.25\n"
        "route 1 key 0x00000020/0xfffffffc links - cores 4 rate 1\n"
    )


@pytest.mark.parametrize(("cost", "bound", "gap"), [(0, 0, 0.0), (4, 4, 0.0), (4, 1, 0.75)])
def test_the_gap_is_the_share_of_the_cost_left_open(cost: int, bound: int, gap: float) -> None:
    assert replace(MAPPING.proof, cost=cost, bound=bound).gap == gap


def test_keys_of_a_block() -> None:
    block = KeyBlock(0x20, 0xFFFFFFFC)
    assert [key for key in range(0x1E, 0x27) if key in block] == [0x20, 0x21, 0x22, 0x23]


def test_sizes_and_digest() -> None:
    assert [part.size for part in MAPPING.slices] == [2, 3, 2]
    moved = replace(MAPPING, slices=(*MAPPING.slices[:2], Slice("p", 3, 5, 8)))
    assert moved.digest() != MAPPING.digest()
