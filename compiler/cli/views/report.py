"""The account that a backend may leave in a bundle, as far as it can be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from somac.ir.program import Program

__all__ = ["Account", "CoreMemory", "Listing", "account_of", "listings_of", "memory_of"]

_FILE = "report.json"

Scalar = int | float | str


@dataclass(frozen=True, slots=True)
class Account:
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
class CoreMemory:
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
class Listing:
    """A table of a backend's own: what its columns are called, and its rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]


def listings_of(program: Program) -> tuple[Listing, ...]:
    """The tables of ``report.json``, as far as they are any."""
    report = program.json(_FILE) if _FILE in program.files else None
    tables = report.get("tables") if isinstance(report, dict) else None
    found = []
    for table in tables if isinstance(tables, list) else ():
        columns, rows = (
            table.get(key) if isinstance(table, dict) else None for key in ("columns", "rows")
        )
        if isinstance(columns, list) and columns and isinstance(rows, list):
            names = tuple(map(str, columns))
            found.append(Listing(names, tuple(_row(r, len(names)) for r in rows)))
    return tuple(found)


def _row(row: Any, width: int) -> tuple[Scalar, ...]:
    cells = row if isinstance(row, list) else []
    shown = [c if isinstance(c, (int, float, str)) else "" for c in cells[:width]]
    return (*shown, *[""] * (width - len(shown)))


def memory_of(program: Program) -> tuple[CoreMemory, ...]:
    """The memory of every core, as far as ``report.json`` accounts for it."""
    report = program.json(_FILE) if _FILE in program.files else None
    if not isinstance(report, dict):
        return ()
    cores, order = report.get("cores"), report.get("regions")
    known = {name: n for n, name in enumerate(order if isinstance(order, list) else ())}
    return tuple(
        CoreMemory(
            str(core["core"]),
            str(core.get("slice", "")),
            _regions(core["regions"], known),
            core["bytes"],
            _whole(core.get("free_bytes")),
            _whole(core.get("code_bytes")),
        )
        for core in (cores if isinstance(cores, list) else ())
        if isinstance(core, dict)
        and {"core", "regions"} <= set(core)
        and isinstance(core.get("bytes"), int)
    )


def _regions(value: Any, order: Mapping[Any, int]) -> dict[str, int]:
    found = {k: v for k, v in _scalars(value).items() if isinstance(v, int)}
    return dict(sorted(found.items(), key=lambda item: order.get(item[0], len(order))))


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def account_of(program: Program) -> Account:
    """What ``report.json`` says; empty where it says nothing that is understood.

    Nothing depends on that file: it is shown, never computed with.
    """
    if _FILE not in program.files:
        return Account()
    report = program.json(_FILE)
    if not isinstance(report, dict):
        return Account()
    return Account(
        _scalars(report.get("total")),
        _tables(report.get("routing_tables")),
        _scalars(report.get("placement")),
        _scalars(report.get("remarks")),
    )


def _scalars(value: Any) -> dict[str, Scalar]:
    found = value if isinstance(value, dict) else {}
    return {str(k): v for k, v in found.items() if isinstance(v, (int, float, str))}


def _tables(value: Any) -> dict[str, Scalar]:
    tables = [_scalars(table) for table in value] if isinstance(value, list) else []
    entries = [int(t["entries"]) for t in tables if isinstance(t.get("entries"), int)]
    capacities = [int(t["capacity"]) for t in tables if isinstance(t.get("capacity"), int)]
    if not entries:
        return {}
    room: dict[str, Scalar] = {"capacity": min(capacities)} if capacities else {}
    return {"tables": len(entries), "most_entries": max(entries), **room}
