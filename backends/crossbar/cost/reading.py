"""What a bundle says of costs: figures of the target, the way of signals, tables and schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import Block, Description, Digital, read_description
from somac.ir import npy
from somac.ir.errors import Place, SomacError
from somac.ir.program import Program
from somac.ir.target import Figure, Status

__all__ = ["FILE", "Bundle", "Route", "read_bundle"]

FILE = "costs.json"
FORMAT = 1
_MOST = 1e18
_ROUTE = ("start", "stop", "hops", "farthest")
_ORDER = "schedule.json"
_SUMS = "schedule/sums.npy"

Cells = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Route:
    """Hops of a signal of cells `start` to `stop`: to all that hear it, and to the farthest."""

    source: str
    start: int
    stop: int
    hops: int
    farthest: int


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """All that costs follow from.

    Parameters
    ----------
    dt
        Seconds of a step of the model.
    figures
        Of the target, by name.
    order
        Populations in the order of their updates.
    sources
        The table of blocks.
    sums
        int32 (ways, 6): stage, home, core, next core, hops, words.
    adders
        int32 (synapses,) sources and targets, of each digital projection.
    """

    description: Description
    dt: float
    figures: Mapping[str, Figure]
    routes: tuple[Route, ...]
    order: tuple[str, ...]
    sources: Cells
    sums: Cells
    adders: tuple[tuple[Cells, Cells], ...]


def read_bundle(program: Program) -> Bundle | None:
    """What the files say, None for a bundle without ``costs.json``.

    Raises
    ------
    SomacError
        E0703 to E0711 for files that are missing or damaged.
    """
    if FILE not in program.files:
        return None
    d = read_description(program)
    data = program.json(FILE)
    try:
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']!r}, not {FORMAT}")
        dt = float(data["dt"])
        if not (isfinite(dt) and dt > 0):
            raise ValueError(f"a step of {dt} s")
        figures = _figures(data)
        routes = tuple(
            Route(str(r["source"]), *(_whole(r[k]) for k in _ROUTE)) for r in data["routes"]
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(FILE, f"{type(error).__name__}: {error}") from None
    schedule = program.json(_ORDER)
    order = schedule.get("order") if isinstance(schedule, dict) else None
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(
        p.name for p in d.populations
    ):
        raise _damaged(_ORDER, "not every population once")
    sources = _array(program, d.sources, max((_end(b) for b in d.blocks), default=0))
    sizes = {p.name: p.size for p in (*d.inputs, *d.populations)}
    for way in d.tiled:
        for b in d.blocks[way.first : way.stop]:
            own = sources[b.sources : b.sources + b.uses * b.rows]
            _within(d.sources, own, -1, sizes[way.source])
    sums = _array(program, _SUMS, None, 6)
    _within(_SUMS, sums, 0, 1 << 31)
    _within(_SUMS, sums[:, 0], 0, len(order))
    return Bundle(
        d,
        dt,
        figures,
        routes,
        tuple(order),
        sources,
        sums,
        tuple(_adders(program, way, sizes) for way in d.digital),
    )


def _adders(program: Program, way: Digital, sizes: Mapping[str, int]) -> tuple[Cells, Cells]:
    sources = _array(program, way.sources, None)
    targets = _array(program, way.targets, len(sources))
    _within(way.sources, sources, 0, sizes[way.source])
    _within(way.targets, targets, 0, sizes[way.target])
    return sources, targets


def _within(file: str, cells: Cells, least: int, size: int) -> None:
    if cells.size and not least <= cells.min() <= cells.max() < size:
        raise _damaged(file, f"numbers that are not from {least} to {size - 1}")


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise ValueError(f"{value!r} is no count")
    return value


def _end(b: Block) -> int:
    return b.sources + b.uses * b.rows


def _figures(data: Mapping[str, Any]) -> dict[str, Figure]:
    for name, f in data["figures"].items():
        if f["status"] not in get_args(Status):
            raise ValueError(f"figure {name} is {f['status']!r}")
        if not (isfinite(f["value"]) and abs(f["value"]) <= _MOST):
            raise ValueError(f"figure {name} is {f['value']!r}")
    return {
        name: Figure(float(f["value"]), f["unit"], f["status"], data["sources"][f["source"]])
        for name, f in data["figures"].items()
    }


def _array(program: Program, file: str, *shape: int | None) -> Cells:
    if file not in program.files:
        raise SomacError("E0703", f"the bundle has no file {file}", place=Place(file=file))
    try:
        found = npy.decode(program.files[file])
    except ValueError as error:
        raise _damaged(file, str(error)) from None
    fits = len(found.shape) == len(shape) and all(
        need in (None, have) for have, need in zip(found.shape, shape, strict=True)
    )
    if found.dtype != np.int32 or not fits:
        raise _damaged(file, f"{found.dtype} of shape {found.shape}")
    return found


def _damaged(file: str, problem: str) -> SomacError:
    return SomacError(
        "E0711" if file.endswith(".npy") else "E0704",
        f"the file is damaged: {problem}",
        place=Place(file=file),
        hint="compile the model again",
    )
