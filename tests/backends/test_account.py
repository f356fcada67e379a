"""The account of a program: what is written is read again, and whatever else a file holds."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from somac.backends.api import Account, CoreMemory, Placement, RoutingTable, Table
from somac.ir.errors import SomacError
from somac.ir.mapping import Proof
from somac.ir.program import Program

WHOLE = Account(
    total={"cores": 2, "synapses": 7, "share": 0.5, "word": "none"},
    largest_core_bytes=96,
    capacity_bytes=128,
    placement=Placement.of(Proof(10, 8, "feasible", "cp-sat")),
    memory=(
        CoreMemory("core 1", "p[0:2]", 96, {"header": 32, "states": 64}, 32, 5, {"blocks": 1}),
        CoreMemory("core 2", "p[2:3]", 32, {"header": 32, "states": 0}, None),
    ),
    regions=("header", "states"),
    routing_tables=(RoutingTable(0, 4, 16), RoutingTable(3, 7)),
    remarks={"w": "rows"},
    tables=(Table(("array", "in use"), ((0, "9 %"), (1, 0.5)), "arrays"),),
    more={"projections": [{"form": "rows"}], "total": {"words": {"a": 3}}},
)


def program(content: bytes) -> Program:
    return Program("b", "t", {"report.json": content})


@pytest.mark.parametrize(
    "account",
    [
        WHOLE,
        Account(),
        replace(WHOLE, capacity_bytes=None),
        replace(WHOLE, placement=Placement(cost=1, solver="greedy")),
    ],
)
def test_what_is_written_is_read(account: Account) -> None:
    files = account.file()
    read = Account.of(Program("b", "t", files))
    assert read == account
    assert read.file() == files
    assert [list(core.regions) for core in read.memory] == [
        list(core.regions) for core in account.memory
    ]


def test_what_a_program_does_not_have_is_left_out() -> None:
    assert json.loads(Account(total={"cores": 1}).file()["report.json"]) == {
        "remarks": {},
        "total": {"cores": 1},
    }
    assert Account.of(Program("b", "t", {})) == Account()


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"3",
        b'{"total": [1], "routing_tables": {"a": 1}, "placement": null, "remarks": 3}',
        b'{"routing_tables": [1, {"entries": "x"}, {}], "tables": ["x", {"columns": []}]}',
        b'{"cores": [{"core": "no regions"}, 1], "regions": {"a": 1}}',
    ],
)
def test_what_is_not_understood_is_not_there(content: bytes) -> None:
    assert Account.of(program(content)) == Account()


def test_what_is_no_json() -> None:
    with pytest.raises(SomacError, match="E0704"):
        Account.of(program(b"{"))
