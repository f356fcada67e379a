"""Formulas over counts and figures: those are given whose figures are all there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from somac.backends.api import Amount
from somac.ir.target import Figure, Status, status_from

__all__ = ["Row", "amounts_of", "short"]

_DIGITS = 6

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """An amount: the figures and amounts that it needs, and what it is of them.

    With `some`, those of `needs` that are there, at least one: it is the sum of the amounts among
    them.
    """

    name: str
    unit: str
    needs: tuple[str, ...]
    value: Callable[[Values], float]
    title: str = ""
    adds: bool = False
    some: bool = False


def amounts_of(
    rows: Iterable[Row], counts: Values, figures: Mapping[str, Figure]
) -> dict[str, Amount]:
    """The amounts that can be given, by name; `counts` are known in any case."""
    found: dict[str, Amount] = {}
    values = {**counts, **{name: figure.value for name, figure in figures.items()}}
    for row in rows:
        there = [name for name in row.needs if name in figures or name in found]
        if len(there) < len(row.needs) and not (row.some and there):
            continue
        value = row.value({**dict.fromkeys(row.needs, 0.0), **values})
        values[row.name] = value
        of = tuple(dict.fromkeys(_origins(there, figures, found)))
        status = _status(there, figures, found)
        parts = tuple(name for name in there if row.some and name in found)
        found[row.name] = Amount(short(value), row.unit, status, of, row.title, row.adds, parts)
    return found


def _origins(
    names: Iterable[str], figures: Mapping[str, Figure], found: Mapping[str, Amount]
) -> Iterator[str]:
    for name in names:
        if name in found:
            yield from found[name].of
        elif name in figures:
            yield name


def _status(
    names: Sequence[str], figures: Mapping[str, Figure], found: Mapping[str, Amount]
) -> Status:
    return status_from(found[n].status if n in found else figures[n].status for n in names)


def short(value: float) -> float:
    """To a few digits: what follows them is not known, and may differ from machine to machine."""
    return float(f"{value:.{_DIGITS}g}")
