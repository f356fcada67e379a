"""What the backend tells of a program in its own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from somac.backends.api import Account, Table
from somac.compiler.report.data import Fact
from somac.ir.program import Program

__all__ = ["Told", "told_by"]


@dataclass(frozen=True, slots=True)
class Told:
    """Sentences by what they are about, tables, and figures of the whole program."""

    remarks: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    total: tuple[Fact, ...] = ()


def told_by(program: Program) -> Told:
    """Of its account, as far as it has one; SomacError E0704 if that is no JSON."""
    account = Account.of(program)
    return Told(
        tuple(account.remarks.items()),
        account.tables,
        tuple(_total(account)),
    )


def _total(account: Account) -> Iterator[Fact]:
    for name, value in account.total.items():
        yield (
            Fact("memory in use", value, "B")
            if name == "bytes"
            else Fact(name.replace("_", " "), value)
        )
    if account.largest_core_bytes is not None:
        have = "" if account.capacity_bytes is None else f" of {account.capacity_bytes:,}"
        yield Fact("memory of the fullest core", account.largest_core_bytes, f"B{have}")
    for table in account.routing_tables:
        have = "" if table.capacity is None else f" of {table.capacity:,}"
        yield Fact(f"routing table of chip {table.chip}", table.entries, f"entries{have}")
