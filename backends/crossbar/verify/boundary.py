"""What enters and leaves, and how many steps there are to it: names, sizes and ranges."""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.crossbar.description import FILE, Description
from somac.backends.crossbar.verify.files import document
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

__all__ = ["check_boundary", "check_step"]

_PLACE = Place(file=FILE)
_COSTS = "costs.json"
_FIELDS = frozenset({"dt", "figures", "format", "routes", "sources"})


def check_boundary(network: IntegerNetwork, d: Description) -> Iterator[Diagnostic]:
    """E0811."""
    have = {i.name: (i.size, i.low, i.high) for i in d.inputs}
    need = {i.name: (i.size, i.format.minimum, i.format.maximum) for i in network.inputs}
    for name in sorted(have.keys() | need.keys()):
        if have.get(name) != need.get(name):
            yield Diagnostic(
                "E0811",
                f"input {name}: other cells, or another range",
                _PLACE,
                have=_said(have.get(name)),
                need=_said(need.get(name)),
            )
    given = [(o.name, o.source) for o in d.outputs]
    meant = [(o.name, o.source) for o in network.outputs]
    if sorted(given) != sorted(meant):
        yield Diagnostic(
            "E0811",
            "other outputs",
            _PLACE,
            have=", ".join(f"{name} of {source}" for name, source in given),
            need=", ".join(f"{name} of {source}" for name, source in meant),
        )
    if d.name != network.name:
        yield Diagnostic("E0811", "another network", _PLACE, have=d.name, need=network.name)


def check_step(program: Program, network: IntegerNetwork) -> Iterator[Diagnostic]:
    """E0811 for costs of another step; DamagedError."""
    data = document(program, _COSTS, _FIELDS)
    if data["dt"] != network.dt:
        yield Diagnostic(
            "E0811",
            "costs of a step of another length",
            Place(file=_COSTS),
            have=f"{data['dt']!r} s",
            need=f"{network.dt!r} s",
        )


def _said(part: tuple[int, int, int] | None) -> str:
    return "no such input" if part is None else f"{part[0]} cells, {part[1]} to {part[2]}"
