"""What a bundle says of costs: figures of the target, ways of packets, counted instructions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Place, SomacError
from somac.ir.program import Program
from somac.ir.target import Figure, Status

__all__ = ["FILE", "CostData", "Counted", "Way", "read_cost_data", "read_counted", "read_dt"]

FILE = "costs.json"
FORMAT = 1
_ELF_FILE = "elf.json"
_DESCRIPTION = "experiment.json"

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Where the keys from `key` on, `size` of them, go.

    `cores` are numbers of the description; `links` and `crossings` links inside chips and
    between chips, as the target numbers them; `farthest` how many of each there are on the
    longest way.
    """

    key: int
    size: int
    cores: Integers
    links: Integers
    crossings: Integers
    farthest: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class CostData:
    """All of it; `figures` by name."""

    figures: Mapping[str, Figure]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """What so many ticks with an update took on a core: packets sent, and instructions."""

    updates: int
    neurons: int
    sent: int
    instructions: int


def read_counted(program: Program) -> Mapping[int, Counted]:
    """Per number of a core, what was counted of the program that it runs; SomacError E0704."""
    if _ELF_FILE not in program.files:
        return {}
    data = program.json(_ELF_FILE)
    try:
        return {
            int(core): Counted(**{k: int(entry["counted"][k]) for k in _COUNTED})
            for entry in data["programs"]
            if "counted" in entry
            for core in entry["cores"]
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SomacError(
            "E0704", f"{type(error).__name__}: {error}", place=Place(file=_ELF_FILE)
        ) from None


def read_cost_data(program: Program) -> CostData | None:
    """What the file says, None if the bundle has none; SomacError E0704 if it is damaged."""
    if FILE not in program.files:
        return None
    data = program.json(FILE)
    try:
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']!r}, not {FORMAT}")
        return CostData(_figures(data), tuple(_way(route) for route in data["routes"]))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise SomacError(
            "E0704", f"{type(error).__name__}: {error}", place=Place(file=FILE)
        ) from None


def read_dt(program: Program) -> float:
    """Seconds per tick of the model, by the description; SomacError E0710."""
    data = program.json(_DESCRIPTION)
    dt = data.get("dt") if isinstance(data, dict) else None
    if not isinstance(dt, int | float) or not (isfinite(dt) and dt > 0):
        raise SomacError(
            "E0710",
            "dt is no time step",
            place=Place(file=_DESCRIPTION),
            have=repr(dt),
            need="a positive number of seconds",
        )
    return float(dt)


_COUNTED = ("updates", "neurons", "sent", "instructions")


def _figures(data: Mapping[str, Any]) -> dict[str, Figure]:
    for name, f in data["figures"].items():
        if f["status"] not in get_args(Status):
            raise ValueError(f"figure {name} is {f['status']!r}")
    return {
        name: Figure(float(f["value"]), f["unit"], f["status"], data["sources"][f["source"]])
        for name, f in data["figures"].items()
    }


def _way(route: Mapping[str, Any]) -> Way:
    inside, between = route["farthest"]
    return Way(
        int(route["key"]),
        int(route["size"]),
        _numbers(route["cores"]),
        _numbers(route["links"]),
        _numbers(route["crossings"]),
        (int(inside), int(between)),
    )


def _numbers(text: str) -> Integers:
    return np.array(text.split(), dtype=np.int64)
