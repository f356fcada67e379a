"""The account that a backend may leave in a bundle, as far as it can be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from somac.ir.program import Program

__all__ = ["Account", "account_of"]

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
