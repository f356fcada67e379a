"""Proofs of the hand-written hardware, each beside changes of it that have to be refuted."""

from __future__ import annotations

from pathlib import Path

import pytest
from sv_proofs import Proof, prove, refute

pytestmark = pytest.mark.usefixtures("yosys")

LANE = ("ram", "lane", "round")
OUT = ("stream_out", "link")
FETCH = ("fetch", "rom")
ENGINE = ("engine", "sequencer", "fetch", "lane", "round", "link", "ram", "rom")
# where rows begin, in the upper five of ten bits, and their words
POINTERS = {"pointers.mem": "002\n040\n041\n063\n"}


def _link(words: int, slots: int, delay: int) -> Proof:
    parameters = {"WORDS": words, "SLOTS": slots, "DELAY": delay}
    return Proof("link", ("link",), parameters, seen=2 * words * slots + delay + 4)


PROOFS = [
    *(_link(*of) for of in [(1, 1, 0), (1, 2, 1), (3, 2, 0), (2, 3, 1), (1, 5, 4)]),
    *(
        Proof("stream_in", ("stream_in",), {"WORDS": words, "VALUE": value})
        for words, value in [(1, 0), (3, 2)]
    ),
    *(
        Proof("stream_out", OUT, {"WORDS": words, "SLOTS": slots})
        for words, slots in [(1, 2), (3, 2), (2, 3)]
    ),
    *(Proof("round", ("round",), {"WIDTH": w, "MOST": m}, 1, 1) for w, m in [(3, 5), (6, 4)]),
    Proof("lane", LANE, {}, 4),
    Proof("lane", LANE, {"PORT": 1}, 4),
    Proof("lane", LANE, {"PORTS": 1, "DEPTH": 1}, 4),
    Proof("lane", LANE, {"PORTS": 1, "GRADED": 1, "ROUNDS": 1}, 6, 14),
    Proof("lane", LANE, {"PORTS": 1, "GRADED": 1, "FACTORS": 3, "DEPTH": 2}, 7, 15),
    Proof("sequencer", ("sequencer",), {}, 2, 40),
    Proof("sequencer", ("sequencer",), {"WHOLE": 1, "WIDTH": 2, "DRAIN": 5, "FLIGHT": 6}, 2, 60),
    Proof("sequencer", ("sequencer",), {"WIDTH": 1, "TURNS": 2, "CLEAR": 1, "FLIGHT": 1}, 2, 40),
    Proof("fetch", FETCH, {}, 12, 20, bounded=True, images=POINTERS),
    Proof("fetch", FETCH, {"GRADED": 0}, 12, 20, bounded=True, images=POINTERS),
    Proof("engine", ENGINE, {"FLIGHT": 12}, 30, 40, bounded=True),
    Proof(
        "engine", ENGINE, {"GRADED": 1, "LANES": 2, "SLOTS": 2, "FLIGHT": 1}, 30, 40, bounded=True
    ),
]

# proof, module, what of it is changed and to what, steps within which that is found
WRONG = {
    "blank steps take slots": (
        _link(1, 2, 1),
        "link",
        "if (done && !blank) slot_at",
        "if (done) slot_at",
        8,
    ),
    "room for one more": (_link(1, 2, 1), "link", "level != LW'(SLOTS)", "1'b1", 8),
    "a buffer goes around early": (
        _link(2, 3, 1),
        "link",
        "LAST = AW'(DEPTH - 1)",
        "LAST = AW'(DEPTH - 2)",
        12,
    ),
    "beats are not counted": (
        PROOFS[6],
        "stream_in",
        "count <= put_last ? '0 : count + 1'b1",
        "count <= '0",
        6,
    ),
    "a beat is replaced before it has left": (
        PROOFS[8],
        "stream_out",
        "there && (!tvalid || tready)",
        "there",
        8,
    ),
    "words are read twice": (PROOFS[8], "stream_out", "!there || take", "!there", 8),
    "ties to even as if odd": (
        PROOFS[11],
        "round",
        "wire odd = x[SHIFT]",
        "wire odd = !x[SHIFT]",
        1,
    ),
    "no bypass": (PROOFS[12], "lane", "again2 <= valid2 &&", "again2 <= 1'b0 &&", 8),
    "a bypass from another bank": (PROOFS[12], "lane", " && sum_port == port2", "", 8),
    "a sum that is not cleared": (PROOFS[12], "lane", "clear2 ? '0 : sum", "sum", 8),
    "an addition that reads what is being cleared": (
        PROOFS[12],
        "lane_check",
        "assume (!reads || !arrives);",
        "",
        8,
    ),
    "quiet a cycle early": (
        PROOFS[17],
        "sequencer",
        "quiet = flight == '0",
        "quiet = (flight << 1) == '0",
        40,
    ),
    "drained a cycle early": (PROOFS[17], "sequencer", "drain == '0;", "drain <= DW'(1);", 40),
    "a cell is offered twice": (
        PROOFS[17],
        "sequencer",
        "load ? fresh : rest;",
        "load ? fresh : mask;",
        20,
    ),
    "the last word is left out": (
        PROOFS[17],
        "sequencer",
        "exhausted && at != words",
        "exhausted && at + 1'b1 != words",
        20,
    ),
    "an event overtakes the row before it": (
        PROOFS[20],
        "fetch",
        "!busy || last",
        "1'b1",
        14,
    ),
    "a row without words is read": (
        PROOFS[20],
        "fetch",
        "sparse2 && pointed_count == '0",
        "1'b0",
        14,
    ),
    "idle too soon": (PROOFS[20], "fetch", "!valid1 && !valid2 && !busy", "!valid1 && !valid2", 14),
    "results without room": (
        PROOFS[22],
        "sequencer",
        "wire quiet = flight == '0",
        "wire quiet = 1'b1",
        40,
    ),
    "a read too soon": (PROOFS[23], "engine", "DRAIN = 2 + ", "DRAIN = 1 + ", 40),
}


@pytest.mark.parametrize("proof", PROOFS, ids=str)
def test_proved(proof: Proof, tmp_path: Path) -> None:
    prove(proof, tmp_path)


@pytest.mark.parametrize("name", WRONG)
def test_refuted(name: str, tmp_path: Path) -> None:
    proof, module, old, new, steps = WRONG[name]
    refute(proof, tmp_path, module, old, new, steps)
