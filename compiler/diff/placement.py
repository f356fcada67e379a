"""Where populations are in two bundles: which moved, grew, were split or cut otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from somac.backends.api import Account
from somac.compiler.diff.values import Scalar, joined
from somac.compiler.record.mapping import MappingRecord
from somac.compiler.words import count

__all__ = ["Home", "Move", "homes", "moves", "traffic"]

_SLICE = re.compile(r"(.+)\[([0-9]{1,18}):([0-9]{1,18})\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a population is: first cells and ends of its slices, and the core of each."""

    slices: tuple[tuple[int, int, str], ...]

    @property
    def cells(self) -> int:
        """How many cells it has."""
        return sum(stop - start for start, stop, _ in self.slices)

    @property
    def cores(self) -> tuple[str, ...]:
        """Cores, in the order of the cells."""
        return tuple(dict.fromkeys(core for _, _, core in self.slices))


@dataclass(frozen=True, slots=True)
class Move:
    """A population whose home differs, in words and with both homes; None where it is not."""

    population: str
    words: str
    a: Home | None
    b: Home | None


def homes(record: MappingRecord | None, account: Account) -> Mapping[str, Home] | None:
    """Homes by population: as the mapping is recorded, else as the backend's account has them.

    None of a bundle that does not say.
    """
    if record is not None:
        return _recorded(record)
    found: dict[str, list[tuple[int, int, str]]] = {}
    for core in account.memory:
        piece = _SLICE.fullmatch(core.slice)
        if piece is not None:
            name, start, stop = piece.groups()
            found.setdefault(name, []).append((int(start), int(stop), core.core))
    return {name: Home(tuple(sorted(s))) for name, s in found.items()} if found else None


def _recorded(record: MappingRecord) -> Mapping[str, Home]:
    names = {core.core: core.name for core in record.cores}
    found: dict[str, list[tuple[int, int, str]]] = {}
    for row in record.slices:
        if row.core is not None:
            found.setdefault(row.source, []).append((row.start, row.stop, names[row.core]))
    return {name: Home(tuple(sorted(s))) for name, s in found.items()}


def traffic(record: MappingRecord | None) -> dict[str, Scalar]:
    """What goes between cores in a tick, as far as is recorded."""
    if record is None:
        return {}
    loads = [link.load for link in record.links]
    return {
        "links in use": len(loads),
        "packets on the busiest link": max(loads, default=0.0),
        "packets on all links": round(sum(loads), 6),
    }


def moves(a: Mapping[str, Home], b: Mapping[str, Home], place: str = "core") -> tuple[Move, ...]:
    """What populations do otherwise in B; `place` is what takes cells: core or engine."""
    return tuple(
        Move(name, _words(a.get(name), b.get(name), place), a.get(name), b.get(name))
        for name in joined(a, b)
        if a.get(name) != b.get(name)
    )


def _words(a: Home | None, b: Home | None, place: str) -> str:
    def on(home: Home) -> str:
        return count(len(home.cores), place)

    if a is None or b is None:
        if b is not None:
            return f"is new: {b.cells:,} cells on {on(b)}"
        return "is gone" if a is None else f"is gone: it had {a.cells:,} cells on {on(a)}"
    parts = []
    if a.cells != b.cells:
        word = "grew" if b.cells > a.cells else "shrank"
        parts.append(f"{word} from {a.cells:,} to {b.cells:,} cells")
    if len(a.cores) != len(b.cores):
        word = "is split over" if len(b.cores) > len(a.cores) else "is gathered on"
        parts.append(f"{word} {on(b)}, not {len(a.cores):,}")
    elif set(a.cores) == set(b.cores):
        parts += [f"is cut otherwise on the same {on(b)}"] if a.cells == b.cells else []
    elif len(a.cores) == 1:
        parts.append(f"moved from {a.cores[0]} to {b.cores[0]}")
    else:
        others = len(set(b.cores) - set(a.cores))
        parts.append(f"moved: {others:,} of {on(b)} are others")
    return "; ".join(parts)
