"""Whether the accounts of a bundle are true, as far as its other files tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from somac.backends.api import Placed
from somac.compiler.record.mapping import MAPPING, MappingRecord, SliceRow, mapping_from
from somac.compiler.record.numbers import NUMBERS, numbers_from
from somac.compiler.record.target import TARGET, target_from
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

__all__ = ["check_placed", "check_records"]


def check_records(program: Program, network: IntegerNetwork) -> Iterator[Diagnostic]:
    """E0704, E0705, E0710 for damaged files, E0717 for what is not true; silent on absent ones."""
    try:
        target = target_from(program)
        record = mapping_from(program)
        numbers = numbers_from(program)
    except SomacError as error:
        yield from error.diagnostics
        return
    # a backend may emit by another one, whose name the bundle then has
    if target is not None and target.name != program.target:
        yield _untrue(TARGET, "it is of another target", have=target.name, need=program.target)
    if numbers is not None and numbers.origin != network.origin:
        yield _untrue(NUMBERS, "it is of another network", have=numbers.origin, need=network.origin)
    if record is not None:
        yield from _cells(record, network)
        yield from _cores(record)


def check_placed(program: Program, placed: Iterable[Placed]) -> Iterator[Diagnostic]:
    """E0717 for the first slice of each population that is elsewhere, by what the files say.

    Names of engines are the backend's: cells are in one by its files just where they are in one by
    the account.
    """
    record = mapping_from(program)
    if record is None:
        return
    names = {row.core: row.name for row in record.cores}
    by_name = {name: core for core, name in names.items()} if record.place == "core" else {}
    core_of: dict[str, int] = {}
    engine_of: dict[int, str] = {}
    told: set[str] = set()
    for one, start, core in _pieces(record, placed):
        if record.place == "core":
            right = core == (one.core if isinstance(one.core, int) else by_name.get(one.core))
        else:
            name = str(one.core)
            right = core is not None and core_of.setdefault(name, core) == core
            right = right and core is not None and engine_of.setdefault(core, name) == name
        if not right and one.population not in told:
            told.add(one.population)
            yield _untrue(
                MAPPING,
                f"cell {start} of {one.population} is on another {record.place}",
                have=names.get(core, "none") if core is not None else "none",
                need=one.core if isinstance(one.core, str) else names.get(one.core, str(one.core)),
            )


def _pieces(
    record: MappingRecord, placed: Iterable[Placed]
) -> Iterator[tuple[Placed, int, int | None]]:
    """Every run of cells that both keep together: where it begins, and its core by the account."""
    rows: dict[str, list[SliceRow]] = {}
    for row in sorted(record.slices, key=lambda row: row.start):
        rows.setdefault(row.source, []).append(row)
    for one in placed:
        for row in rows.get(one.population, ()):
            start = max(one.start, row.start)
            if start < min(one.stop, row.stop):
                yield one, start, row.core


def _cells(record: MappingRecord, network: IntegerNetwork) -> Iterator[Diagnostic]:
    """Every cell of every population on one core, every channel of every input at the host."""
    sizes = {i.name: i.size for i in network.inputs} | {p.name: p.size for p in network.populations}
    outside = {i.name for i in network.inputs}
    of: dict[str, list[SliceRow]] = {name: [] for name in sizes}
    for row in record.slices:
        if row.source not in of:
            yield _untrue(MAPPING, f"the network has no {row.source}")
        elif (row.core is None) != (row.source in outside):
            where = "at the host" if row.core is None else f"on core {row.core}"
            yield _untrue(MAPPING, f"{row.source}[{row.start}:{row.stop}] is {where}")
        else:
            of[row.source].append(row)
    for name, rows in of.items():
        end = 0
        for row in sorted(rows, key=lambda row: (row.start, row.stop)):
            if row.start != end:
                break
            end = row.stop
        else:
            if end == sizes[name]:
                continue
        yield _untrue(
            MAPPING,
            f"the slices of {name} are not each of its cells once",
            have=", ".join(f"{row.start} to {row.stop}" for row in rows[:_SHOWN]) or "none",
            need=f"0 to {sizes[name]}",
        )


_SHOWN = 10


def _cores(record: MappingRecord) -> Iterator[Diagnostic]:
    """Cores in use may be used, hold something, and have what that takes."""
    unusable = set(record.unusable)
    for core in record.cores:
        if core.core in unusable:
            yield _untrue(MAPPING, f"{core.name} is in use, and reserved or dead")
        for resource, need in core.needs.items():
            have = record.resources.get(resource)
            if have is not None and need > have:
                yield _untrue(
                    MAPPING,
                    f"{core.name} holds more than it has room for",
                    have=f"{have} {resource}",
                    need=f"{need} {resource}",
                )


def _untrue(
    file: str, message: str, *, have: str | None = None, need: str | None = None
) -> Diagnostic:
    return Diagnostic(
        "E0717",
        message,
        Place(file=file),
        have=have,
        need=need,
        hint="nothing runs by this file; compile the model again to have it right",
    )
