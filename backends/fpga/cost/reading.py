"""What a bundle says of the part: its clock, what there is of it, and what the design takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, get_args

from somac.ir.errors import Place, SomacError
from somac.ir.program import Program
from somac.ir.target import Status

__all__ = ["FILE", "FORMAT", "SYNTHESIS", "PartData", "read_part_data"]

FILE = "costs.json"
FORMAT = 1
SYNTHESIS = "syn/result.json"


@dataclass(frozen=True, slots=True)
class PartData:
    """`area` is in units of `pools`; `clock` names the figure that the clock is."""

    clock_mhz: float
    clock_status: Status
    clock: str
    pools: Mapping[str, int]
    area: Mapping[str, int]
    area_status: Status


def read_part_data(program: Program) -> PartData | None:
    """What was estimated, and what was found by synthesis in its place; None without the file.

    Raises
    ------
    SomacError
        E0704 if a file is damaged.
    """
    if FILE not in program.files:
        return None
    found = _read(program, FILE, _estimated)
    if SYNTHESIS in program.files:
        return _read(program, SYNTHESIS, lambda data: _synthesised(found, data))
    return found


def _read(program: Program, file: str, make: Any) -> PartData:
    data = program.json(file)
    try:
        made: PartData = make(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SomacError(
            "E0704", f"{type(error).__name__}: {error}", place=Place(file=file)
        ) from None
    return made


def _estimated(data: Mapping[str, Any]) -> PartData:
    _require_format(data)
    clock = data["clock"]
    if clock["status"] not in get_args(Status):
        raise ValueError(f"the clock is {clock['status']!r}")
    return PartData(
        _mhz(clock["mhz"]),
        clock["status"],
        str(clock["name"]),
        _numbers(data["pools"]),
        _numbers(data["area"]),
        "derived",
    )


def _synthesised(estimated: PartData, data: Mapping[str, Any]) -> PartData:
    _require_format(data)
    fmax = data["fmax_mhz"]
    clock = (estimated.clock_mhz, estimated.clock_status, estimated.clock)
    if fmax is not None:
        clock = (_mhz(fmax), "measured", "fmax_mhz")
    return PartData(*clock, estimated.pools, _numbers(data["used"]), "measured")


def _require_format(data: Mapping[str, Any]) -> None:
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']!r}, not {FORMAT}")


def _mhz(value: Any) -> float:
    if not isfinite(value) or value <= 0:
        raise ValueError(f"a clock of {value} MHz")
    return float(value)


def _numbers(data: Mapping[str, Any]) -> dict[str, int]:
    return {str(name): int(value) for name, value in data.items()}
