"""What the backend tells of a program in its own words, as far as it can be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from somac.compiler.report.data import Fact, Table
from somac.ir.program import Program

__all__ = ["Told", "told_by"]

_FILE = "report.json"


@dataclass(frozen=True, slots=True)
class Told:
    """Sentences by what they are about, tables, and figures of the whole program."""

    remarks: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    total: tuple[Fact, ...] = ()


def told_by(program: Program) -> Told:
    """Of ``report.json``; what is not understood is left out. SomacError E0704 if it is no JSON."""
    report = program.json(_FILE) if _FILE in program.files else None
    if not isinstance(report, dict):
        return Told()
    return Told(
        tuple((name, text) for name, text in _items(report, "remarks") if isinstance(text, str)),
        tuple(_tables(report)),
        tuple(
            Fact(name.replace("_", " "), value)
            for name, value in _items(report, "total")
            if isinstance(value, int | float | str)
        ),
    )


def _items(report: Mapping[str, Any], field: str) -> Iterator[tuple[str, Any]]:
    found = report.get(field)
    yield from found.items() if isinstance(found, dict) else ()


def _tables(report: Mapping[str, Any]) -> Iterator[Table]:
    tables = report.get("tables")
    for table in tables if isinstance(tables, list) else ():
        match table:
            case {"columns": [_, *_] as columns, "rows": [*rows]}:
                width = len(columns)
                yield Table(
                    str(table.get("title", "")),
                    tuple(map(str, columns)),
                    tuple(_row(row, width) for row in rows),
                )
            case _:
                pass


def _row(row: Any, width: int) -> tuple[str | int | float, ...]:
    cells = row if isinstance(row, list) else []
    shown = [cell if isinstance(cell, int | float | str) else "" for cell in cells[:width]]
    return (*shown, *[""] * (width - len(shown)))
