"""Where populations are in two bundles: which moved, grew, were split or cut otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from somac.compiler.diff.values import joined
from somac.ir.program import Program

__all__ = ["Home", "Move", "homes", "moves"]

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


def homes(program: Program) -> Mapping[str, Home] | None:
    """Homes by population; None of a bundle whose account does not say."""
    report = program.json("report.json") if "report.json" in program.files else None
    cores = report.get("cores") if isinstance(report, dict) else None
    found: dict[str, list[tuple[int, int, str]]] = {}
    for core in cores if isinstance(cores, list) else ():
        _add(found, core)
    return {name: Home(tuple(sorted(s))) for name, s in found.items()} if found else None


def _add(found: dict[str, list[tuple[int, int, str]]], core: Any) -> None:
    if isinstance(core, dict):
        piece = _SLICE.fullmatch(str(core.get("slice", "")))
        if piece is not None:
            name, start, stop = piece.groups()
            place = str(core.get("core", ""))
            found.setdefault(name, []).append((int(start), int(stop), place))


def moves(a: Mapping[str, Home], b: Mapping[str, Home]) -> tuple[Move, ...]:
    """What populations do otherwise in B."""
    return tuple(
        Move(name, _words(a.get(name), b.get(name)), a.get(name), b.get(name))
        for name in joined(a, b)
        if a.get(name) != b.get(name)
    )


def _words(a: Home | None, b: Home | None) -> str:
    if a is None:
        return "is new" if b is None else f"is new: {b.cells:,} cells on {_count(b.cores)}"
    if b is None:
        return f"is gone: it had {a.cells:,} cells on {_count(a.cores)}"
    parts = []
    if a.cells != b.cells:
        word = "grew" if b.cells > a.cells else "shrank"
        parts.append(f"{word} from {a.cells:,} to {b.cells:,} cells")
    if len(a.cores) != len(b.cores):
        word = "is split over" if len(b.cores) > len(a.cores) else "is gathered on"
        parts.append(f"{word} {_count(b.cores)}, not {len(a.cores):,}")
    elif set(a.cores) != set(b.cores):
        parts.append(_moved(a.cores, b.cores))
    elif a.cells == b.cells:
        parts.append(f"is cut otherwise on the same {_count(b.cores)}")
    return "; ".join(parts)


def _moved(a: tuple[str, ...], b: tuple[str, ...]) -> str:
    if len(a) == 1:
        return f"moved from {a[0]} to {b[0]}"
    return f"moved: {len(set(b) - set(a)):,} of {_count(b)} are others"


def _count(cores: tuple[str, ...]) -> str:
    return f"{len(cores):,} core{'' if len(cores) == 1 else 's'}"
