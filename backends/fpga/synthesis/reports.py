"""What the tools write, read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from somac.backends.fpga.synthesis.scripts import Port

__all__ = ["Statistics", "Timing", "errors_of", "ports_of", "statistics_of", "timing_of"]

_PORT = re.compile(r"(input|output|inout)\s+\[(-?\d+):(-?\d+)\]\s+(\S+)")

_MOST_LINES = 12
"""Delays of a critical path that are shown."""

_MOST_LETTERS = 64
"""Of the name of a cell: yosys appends how it came to each."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Cells by name, and what counted them."""

    cells: Mapping[str, int]
    version: str


@dataclass(frozen=True, slots=True)
class Timing:
    """What nextpnr reports: the clock, the path that limits it, sites used and available."""

    fmax_mhz: float | None
    critical_path: tuple[str, ...]
    placed: Mapping[str, tuple[int, int]]


def statistics_of(text: str) -> Statistics:
    """Of what ``stat -json`` of yosys prints; ValueError if it is none of that."""
    start = text.find("{")
    if start < 0:
        raise ValueError("no statistics")
    data, _ = json.JSONDecoder().raw_decode(text[start:])
    cells = {
        str(name).removeprefix("\\"): int(number)
        for name, number in sorted(data["design"]["num_cells_by_type"].items())
        if not str(name).startswith("$scopeinfo")
    }
    # e.g. Yosys 0.70 (git sha1 ..., compiler and folder)
    version = re.match(r"\S+ \S+(?: \(git sha1 \w+)?", str(data.get("creator", "")))
    said = version.group() if version else "yosys"
    return Statistics(cells, f"{said})" if "(" in said else said)


def ports_of(text: str) -> tuple[Port, ...]:
    """Of what ``portlist`` of yosys prints for one module, in its order."""
    return tuple(
        Port(match[4], match[1], abs(int(match[2]) - int(match[3])) + 1)
        for match in _PORT.finditer(text)
    )


def timing_of(text: str) -> Timing:
    """Of the report of nextpnr; ValueError if it is none."""
    data = json.loads(text)
    clocks = data.get("fmax", {})
    slowest = min(clocks, key=lambda clock: float(clocks[clock]["achieved"]), default=None)
    return Timing(
        None if slowest is None else float(clocks[slowest]["achieved"]),
        () if slowest is None else _critical(data.get("critical_paths", []), slowest),
        {
            str(site): (int(count["used"]), int(count["available"]))
            for site, count in sorted(data.get("utilization", {}).items())
        },
    )


def _critical(paths: list[Any], clock: str) -> tuple[str, ...]:
    """The path from register to register of a clock, a line per delay, and their sum."""
    for path in paths:
        if path["from"].endswith(f" {clock}") and path["to"].endswith(f" {clock}"):
            steps = [step for step in path["path"] if float(step["delay"]) > 0]
            # carries are many small delays of logic, one after the other
            lines = [_line(kind, list(run)) for kind, run in groupby(steps, itemgetter("type"))]
            if len(lines) > _MOST_LINES:
                half = _MOST_LINES // 2
                left = len(lines) - 2 * half
                lines = [*lines[:half], f"... {left} more", *lines[-half:]]
            total = sum(float(step["delay"]) for step in steps)
            return (*lines, f"{total:.2f} ns in all")
    return ()


def _line(kind: str, steps: Sequence[Mapping[str, Any]]) -> str:
    """Delays of one kind in a row."""
    delay = sum(float(step["delay"]) for step in steps)
    through = f" of {len(steps)} cells" if len(steps) > 1 else ""
    ends = f"from {_pin(steps[0]['from'])} to {_pin(steps[-1]['to'])}"
    return f"{delay:.2f} ns {kind}{through} {ends}"


def _pin(pin: Mapping[str, Any]) -> str:
    cell = str(pin["cell"])
    short = cell if len(cell) <= _MOST_LETTERS else f"{cell[: _MOST_LETTERS - 3]}..."
    return f"{short}.{pin['port']}"


def errors_of(log: str) -> str:
    """The errors in a log, else its last lines."""
    found = [line.strip() for line in log.splitlines() if "ERROR" in line]
    return "; ".join(found[:4] or [line.strip() for line in log.splitlines() if line.strip()][-4:])
