"""In which cycle every value of an update is there, counted along its registers.

Independent of the planner that placed them: what a statement combines must belong to one neuron,
so that all of it must be there in one cycle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from somac.backends.fpga.verify.source import Instance, Source, read

__all__ = ["counted_latency"]

_NAME = re.compile(r"[A-Za-z_]\w*")
_SET = re.compile(r" (?:wire|assign) (?:signed )?(?:\[ \d+ : \d+ \] )?(\w+) = (.*)")
_MOVED = re.compile(r" (\w+) <= (.*)")
_PORT = re.compile(r"(input|output) logic (?:signed )?(?:\[ \d+ : \d+ \] )?(\w+)")
_LIMB = 17


@dataclass(frozen=True, slots=True)
class _Made:
    """A value that is there `cycles` after what it is made from."""

    name: str
    sources: tuple[str, ...]
    cycles: int


def counted_latency(text: str) -> int | None:
    """Cycles from the ports of an update to its results; None if nothing leads to them.

    Raises
    ------
    ValueError
        If a value is made from others that are not there in one cycle, or from itself, or
        results are there in different cycles.
    """
    source = read(text)
    ports = [m.groups() for p in source.ports if (m := _PORT.fullmatch(p))]
    times: dict[str, int | None] = {name: 0 for way, name in ports if way == "input"}
    waiting = list(_made(source))
    while waiting:
        late = []
        for made in waiting:
            if all(name in times for name in made.sources):
                times[made.name] = _time(made, times)
            else:
                late.append(made)
        if len(late) == len(waiting):
            raise ValueError(f"{late[0].name} is made from what is not there")
        waiting = late
    results = {times.get(name) for way, name in ports if way == "output"} - {None}
    if len(results) > 1:
        raise ValueError(f"results are there after {sorted(map(str, results))} cycles")
    return results.pop() if results else None


def _time(made: _Made, times: Mapping[str, int | None]) -> int | None:
    found = {times[name] for name in made.sources} - {None}
    if len(found) > 1:
        raise ValueError(f"{made.name} is made from values of different cycles")
    (own,) = found or {None}
    return None if own is None else own + made.cycles


def _made(source: Source) -> Iterator[_Made]:
    for statement in source.statements:
        for pattern, cycles in ((_SET, 0), (_MOVED, 1)):
            found = pattern.fullmatch(statement)
            if found is not None and found[1] != "unused":
                yield _Made(found[1], _names(found[2]), cycles)
    for instance in source.instances.values():
        inputs, output, cycles = _part(instance)
        names = tuple(name for port in inputs for name in _names(instance.ports.get(port, "")))
        for name in _names(instance.ports.get(output, "")):
            yield _Made(name, names, cycles)


def _part(instance: Instance) -> tuple[tuple[str, ...], str, int]:
    """Ports of a hand-written part, and its cycles, by the formulas of its text."""
    given = {name: int(v) for name, v in instance.parameters.items() if v.isdecimal()}
    match instance.module:
        case "multiplier":
            limbs = [max(0, given[name] - 2) // _LIMB + 1 for name in ("A", "B")]
            return ("a", "b"), "product", 1 + (limbs[0] * limbs[1] - 1).bit_length()
        case "floor_divider":
            return ("dividend", "divisor"), "quotient", max(1, given["QUOTIENT"] - 1)
        case "table_rom":
            return ("address",), "data", 1
        case "delay_line":
            return ("in",), "out", given["CYCLES"]
        case other:
            raise ValueError(f"an instance of {other}")


def _names(expression: str) -> tuple[str, ...]:
    return tuple(token for token in expression.split() if _NAME.fullmatch(token))
