"""``target.json``: the hardware that was compiled for, with where each figure comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from somac.compiler.record.text import encode, parse
from somac.ir.errors import Place, SomacError
from somac.ir.program import Program
from somac.ir.target import Figure, Part, Status, Target

__all__ = [
    "TARGET",
    "FigureRow",
    "PoolRow",
    "TargetRecord",
    "target_from",
    "target_record",
    "target_to",
]

TARGET = "target.json"
FORMAT = 1


class PoolRow(NamedTuple):
    """Elements of a kind that circuits share: how many, and which figure says so, if one does."""

    name: str
    have: int
    figure: str | None


class FigureRow(NamedTuple):
    """A figure by name; `source` is a number in the list of sources."""

    name: str
    value: float
    unit: str
    status: Status
    source: int


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """A target.

    Parameters
    ----------
    name, title, backend
        As in its description.
    pools
        What all circuits share, where the target is a programmable part.
    figures
        Every number of the description.
    sources
        Citations.
    """

    name: str
    title: str
    backend: str
    pools: tuple[PoolRow, ...]
    figures: tuple[FigureRow, ...]
    sources: tuple[str, ...]
    format: int = FORMAT

    def named(self) -> Mapping[str, Figure]:
        """The figures by name."""
        return {
            row.name: Figure(row.value, row.unit, row.status, self.sources[row.source])
            for row in self.figures
        }


def target_record(target: Target) -> TargetRecord:
    """What is known of a target."""
    sources = tuple(dict.fromkeys(figure.source for figure in target.figures.values()))
    return TargetRecord(
        name=target.name,
        title=target.title,
        backend=target.backend,
        pools=() if target.part is None else tuple(_pools(target.part, target.figures)),
        figures=tuple(
            FigureRow(name, float(f.value), f.unit, f.status, sources.index(f.source))
            for name, f in target.figures.items()
        ),
        sources=sources,
    )


def _pools(part: Part, figures: Mapping[str, Figure]) -> Iterator[PoolRow]:
    named = {"lut": "luts", "ff": "flip_flops", "pll": "plls"}
    named |= {kind: f"memories.{kind}.blocks" for kind in part.memories}
    named |= {kind: f"multipliers.{kind}.multipliers" for kind in part.multipliers}
    for name, have in part.pools.items():
        figure = named.get(name)
        yield PoolRow(name, have, figure if figure in figures else None)


def target_to(record: TargetRecord) -> bytes:
    """As the bytes of the file."""
    return encode(record)


def target_from(program: Program) -> TargetRecord | None:
    """What the bundle says, None if it is of a somac that said nothing.

    Raises
    ------
    SomacError
        E0704, E0705, E0710 if the file is not as it must be.
    """
    if TARGET not in program.files:
        return None
    record = parse(TargetRecord, program.files[TARGET], TARGET, FORMAT)
    names = {None, *(row.name for row in record.figures)}
    if not all(row.figure in names for row in record.pools):
        raise SomacError("E0710", "a pool has a figure that is not there", place=Place(file=TARGET))
    if not all(0 <= row.source < len(record.sources) for row in record.figures):
        raise SomacError(
            "E0710", "a figure has a source that is not there", place=Place(file=TARGET)
        )
    return record
