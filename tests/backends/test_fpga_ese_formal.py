"""Proofs of the sparse engine's queue and lane, beside changes of them that have to be refuted."""

from __future__ import annotations

from pathlib import Path

import pytest
from sv_proofs import Proof, prove, refute

pytestmark = pytest.mark.usefixtures("yosys")

FOLDER = "ese"
LANE = ("ese_rom", "ese_queue", "ese_sums", "ese_lane")


def _queue(depth: int) -> Proof:
    return Proof("ese_queue", ("ese_queue",), {"DEPTH": depth}, 2, 8, folder=FOLDER)


def _lane(queue: int) -> Proof:
    return Proof("ese_lane", LANE, {"QUEUE": queue}, 3, 14, folder=FOLDER)


# proof, module, what of it is changed and to what, steps within which that is found
WRONG = {
    "the place after the last is not the first": (
        _queue(3),
        "ese_queue",
        "next <= (next == LAST) ? '0 :",
        "next <=",
        10,
    ),
    "a word is not popped while one is pushed": (
        _queue(3),
        "ese_queue",
        "if (pop) first",
        "if (pop && !push) first",
        10,
    ),
    "a word replaces another": (_queue(3), "ese_queue", "words[next] <=", "words[first] <=", 10),
    "room for one column more": (_lane(2), "ese_lane", "held < NW'", "held <= NW'", 8),
    "a column without entries is forgotten": (
        _lane(2),
        "ese_lane",
        "- NW'(gone) - NW'(pop)",
        "- NW'(pop)",
        8,
    ),
    "no forwarding": (_lane(2), "ese_lane", "forward = add &&", "forward = 1'b0 &&", 14),
    "forwarding from another bank": (
        _lane(2),
        "ese_lane",
        "add && add_bank == look_bank && add_row",
        "add && add_row",
        14,
    ),
    "a sum that is taken stays": (_lane(2), "ese_sums", "if (take) there", "if (1'b0) there", 14),
    "a row that was never written is read": (
        _lane(2),
        "ese_sums",
        "read && there[read_row]",
        "read",
        14,
    ),
}


@pytest.mark.parametrize("proof", [_queue(1), _queue(3), _queue(4), _lane(2), _lane(3)], ids=str)
def test_proved(proof: Proof, tmp_path: Path) -> None:
    prove(proof, tmp_path)


@pytest.mark.parametrize("name", WRONG)
def test_refuted(name: str, tmp_path: Path) -> None:
    proof, module, old, new, steps = WRONG[name]
    refute(proof, tmp_path, module, old, new, steps)
