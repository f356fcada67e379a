"""What a backend says of a program for people: ``report.json``, typed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from somac.ir.mapping import Proof
from somac.ir.program import Program

__all__ = ["Account", "CoreMemory", "Placement", "RoutingTable", "Scalar", "Table"]

Scalar = int | float | str
"""A figure, or a word in its place."""

_FILE = "report.json"


@dataclass(frozen=True, slots=True)
class CoreMemory:
    """What is in the memory of a core.

    Parameters
    ----------
    core
        Its name.
    slice
        The cells that are there, for people.
    bytes
        In use, of data.
    regions
        Bytes by what they are for.
    free_bytes
        None where the room is not known.
    code_bytes
        None where no machine code was built.
    more
        What else the backend keeps of the core: plain data by name.
    """

    core: str
    slice: str
    bytes: int
    regions: Mapping[str, int] = field(default_factory=dict)
    free_bytes: int | None = None
    code_bytes: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoutingTable:
    """Entries of the routing table of a chip, and how many it has room for if that is known."""

    chip: int
    entries: int
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the backend's own: what its columns are called, its rows, and what it is of."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """How good the placement is: cost, lower bound, gap as a share of 1, and who found it."""

    cost: Scalar | None = None
    bound: Scalar | None = None
    gap: Scalar | None = None
    status: str | None = None
    solver: str | None = None

    @classmethod
    def of(cls, proof: Proof) -> Placement:
        """That of a mapping."""
        return cls(proof.cost, proof.bound, proof.gap, str(proof.status), str(proof.solver))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is said of a program; the command line shows it, and nothing is computed from it.

    Parameters
    ----------
    total
        Figures of the whole program by name, which is a plural: cores, synapses, ...
    largest_core_bytes, capacity_bytes
        Memory in use on the fullest core, and what a core has.
    placement
        How good it is.
    memory
        Of every core; nothing where cores have none.
    regions
        Names of regions, in the order of their addresses.
    routing_tables
        One for each chip that has any.
    remarks
        Sentences by what they are about.
    tables
        Of the backend's own.
    more
        What else the backend keeps: plain data by name.
    """

    total: Mapping[str, Scalar] = field(default_factory=dict)
    largest_core_bytes: int | None = None
    capacity_bytes: int | None = None
    placement: Placement | None = None
    memory: tuple[CoreMemory, ...] = ()
    regions: tuple[str, ...] = ()
    routing_tables: tuple[RoutingTable, ...] = ()
    remarks: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def file(self) -> dict[str, bytes]:
        """``report.json`` by its name, to be put into a `Program`; the same for the same value."""
        data = dict(_data(self))
        content = json.dumps(data, indent=1, sort_keys=True, allow_nan=False).encode() + b"\n"
        return {_FILE: content}

    @classmethod
    def of(cls, program: Program) -> Account:
        """That of a program, as far as it has one and it can be understood.

        SomacError E0704 if the file is not JSON.
        """
        if _FILE not in program.files:
            return cls()
        return _read(program.json(_FILE))


def _data(a: Account) -> Iterator[tuple[str, Any]]:
    """The sections of the file; what a program does not have is left out."""
    known = {"total", "remarks", "placement", "cores", "regions", "routing_tables", "tables"}
    yield from ((name, value) for name, value in a.more.items() if name not in known)
    total = {**_plain(a.more.get("total")), **a.total}
    if a.largest_core_bytes is not None:
        total["largest_core_bytes"] = a.largest_core_bytes
        total["capacity_bytes"] = a.capacity_bytes
    yield "total", total
    yield "remarks", dict(a.remarks)
    if a.placement is not None:
        figures = {f.name: getattr(a.placement, f.name) for f in fields(a.placement)}
        yield "placement", {name: value for name, value in figures.items() if value is not None}
    if a.memory:
        yield "cores", [_core(core) for core in a.memory]
        yield "regions", list(a.regions)
    if a.routing_tables:
        yield (
            "routing_tables",
            [
                {"chip": t.chip, "entries": t.entries, "capacity": t.capacity}
                for t in a.routing_tables
            ],
        )
    if a.tables:
        yield (
            "tables",
            [
                {
                    **({"title": t.title} if t.title else {}),
                    "columns": list(t.columns),
                    "rows": [list(r) for r in t.rows],
                }
                for t in a.tables
            ],
        )


def _core(core: CoreMemory) -> dict[str, Any]:
    code = {} if core.code_bytes is None else {"code_bytes": core.code_bytes}
    return {
        **core.more,
        "core": core.core,
        "slice": core.slice,
        "bytes": core.bytes,
        "regions": dict(core.regions),
        "free_bytes": core.free_bytes,
        **code,
    }


# -- reading: whatever a file holds, what is understood is shown ---------------------------------


def _read(report: Any) -> Account:
    given = _plain(report)
    total = _scalars(given.get("total"))
    largest = _whole(total.pop("largest_core_bytes", None))
    capacity = _whole(total.pop("capacity_bytes", None))
    regions = tuple(map(str, _listed(given.get("regions"))))
    others = {k: v for k, v in _plain(given.get("total")).items() if not isinstance(v, Scalar)}
    others.pop("capacity_bytes", None)
    read = {"total", "remarks", "placement", "cores", "regions", "routing_tables", "tables"}
    more = {name: value for name, value in given.items() if name not in read}
    return Account(
        total=total,
        largest_core_bytes=largest,
        capacity_bytes=capacity,
        placement=_placement(given.get("placement")),
        memory=tuple(_cores(given.get("cores"), regions)),
        regions=regions,
        routing_tables=tuple(_routing(given.get("routing_tables"))),
        remarks={name: str(text) for name, text in _scalars(given.get("remarks")).items()},
        tables=tuple(_tables(given.get("tables"))),
        more={**more, **({"total": others} if others else {})},
    )


def _placement(given: Any) -> Placement | None:
    known = _scalars(given)
    found = Placement(
        known.get("cost"),
        known.get("bound"),
        known.get("gap"),
        str(known["status"]) if "status" in known else None,
        str(known["solver"]) if "solver" in known else None,
    )
    return None if found == Placement() else found


def _cores(given: Any, order: Sequence[str]) -> Iterator[CoreMemory]:
    rank = {name: number for number, name in enumerate(order)}
    own = {"core", "slice", "bytes", "regions", "free_bytes", "code_bytes"}
    for core in map(_plain, _listed(given)):
        size = _whole(core.get("bytes"))
        if size is None or not {"core", "regions"} <= set(core):
            continue
        regions = {k: v for k, v in _scalars(core["regions"]).items() if isinstance(v, int)}
        yield CoreMemory(
            str(core["core"]),
            str(core.get("slice", "")),
            size,
            dict(sorted(regions.items(), key=lambda item: rank.get(item[0], len(rank)))),
            _whole(core.get("free_bytes")),
            _whole(core.get("code_bytes")),
            {name: value for name, value in core.items() if name not in own},
        )


def _routing(given: Any) -> Iterator[RoutingTable]:
    for number, table in enumerate(map(_plain, _listed(given))):
        entries, chip = _whole(table.get("entries")), _whole(table.get("chip"))
        if entries is not None:
            place = number if chip is None else chip
            yield RoutingTable(place, entries, _whole(table.get("capacity")))


def _tables(given: Any) -> Iterator[Table]:
    for table in map(_plain, _listed(given)):
        columns, rows = _listed(table.get("columns")), table.get("rows")
        if columns and isinstance(rows, list):
            yield Table(
                tuple(map(str, columns)),
                tuple(_row(r, len(columns)) for r in rows),
                str(table.get("title", "")),
            )


def _row(row: Any, width: int) -> tuple[Scalar, ...]:
    shown = [c if isinstance(c, Scalar) else "" for c in _listed(row)[:width]]
    return (*shown, *[""] * (width - len(shown)))


def _plain(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _scalars(value: Any) -> dict[str, Scalar]:
    return {str(k): v for k, v in _plain(value).items() if isinstance(v, Scalar)}


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) else None
