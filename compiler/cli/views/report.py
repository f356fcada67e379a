"""The account that a backend may leave in a bundle, as far as it can be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from somac.backends.api import Account, Scalar
from somac.ir.program import Program

__all__ = ["AccountView", "CoreMemoryView", "TableView", "account_of", "memory_of", "tables_of"]


@dataclass(frozen=True, slots=True)
class AccountView:
    """Figures by name.

    Parameters
    ----------
    total
        Of the whole program: cores, bytes, synapses, ...
    tables
        Routing tables: how many, entries of the longest, and what there is room for.
    placement
        Cost, bound and gap of the placement.
    remarks
        Sentences by what they are about.
    """

    total: Mapping[str, Scalar] = field(default_factory=dict)
    tables: Mapping[str, Scalar] = field(default_factory=dict)
    placement: Mapping[str, Scalar] = field(default_factory=dict)
    remarks: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CoreMemoryView:
    """What is in the memory of a core, in bytes.

    `regions` are in the order of their addresses. `code` is None where no machine code was built,
    `free` where the room is not known.
    """

    core: str
    slice: str
    regions: Mapping[str, int]
    bytes: int
    free: int | None
    code: int | None


@dataclass(frozen=True, slots=True)
class TableView:
    """A table of a backend's own: what its columns are called, and its rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]


def tables_of(program: Program) -> tuple[TableView, ...]:
    """The tables of a backend's own."""
    return tuple(TableView(table.columns, table.rows) for table in Account.of(program).tables)


def memory_of(program: Program) -> tuple[CoreMemoryView, ...]:
    """The memory of every core, as far as there is an account of it."""
    return tuple(
        CoreMemoryView(
            core.core, core.slice, core.regions, core.bytes, core.free_bytes, core.code_bytes
        )
        for core in Account.of(program).memory
    )


def account_of(program: Program) -> AccountView:
    """What the backend says; empty where it says nothing that is understood."""
    account = Account.of(program)
    memory = {
        "largest_core_bytes": account.largest_core_bytes,
        "capacity_bytes": account.capacity_bytes,
    }
    known = {name: value for name, value in memory.items() if value is not None}
    total = {**account.total, **known}
    return AccountView(total, _tables(account), _placement(account), account.remarks)


def _placement(account: Account) -> dict[str, Scalar]:
    p = account.placement
    if p is None:
        return {}
    values = {
        "cost": p.cost,
        "bound": p.bound,
        "gap": p.gap,
        "status": p.status,
        "solver": p.solver,
    }
    return {name: value for name, value in values.items() if value is not None}


def _tables(account: Account) -> dict[str, Scalar]:
    tables = account.routing_tables
    if not tables:
        return {}
    capacities = [table.capacity for table in tables if table.capacity is not None]
    room: dict[str, Scalar] = {"capacity": min(capacities)} if capacities else {}
    most = max(table.entries for table in tables)
    return {"tables": len(tables), "most_entries": most, **room}
