"""What enters and leaves: names, sizes, ranges and streams, against the network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from somac.backends.fpga.description import FILE, Description
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork

__all__ = ["check_boundary"]

_PLACE = Place(file=FILE)


def check_boundary(network: IntegerNetwork, design: Description) -> Iterator[Diagnostic]:
    """E0811."""
    have = {i.name: (i.cells, i.low, i.high) for i in design.inputs}
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
    for i in design.inputs:
        if i.width > i.cells:
            yield Diagnostic(
                "E0811",
                f"input {i.name}: a beat with more cells than it has",
                _PLACE,
                have=f"{i.width} cells",
                need=f"at most {i.cells}",
            )
    parts = {i.id: i.name for i in design.inputs}
    parts |= {s.id: s.population for e in design.engines for s in e.sections}
    # every part of a source has a stream of its own to each output of it
    streams = Counter((o.output, o.source) for o in design.outputs)
    meant = Counter(
        (o.name, part) for o in network.outputs for part, of in parts.items() if of == o.source
    )
    for output, part in sorted((streams - meant) + (meant - streams)):
        yield Diagnostic(
            "E0811",
            f"output {output}: {streams[output, part]} streams from {part}",
            _PLACE,
            have=f"{streams[output, part]} streams",
            need=f"{meant[output, part]}",
        )
    for o in design.outputs:
        if o.delay:
            yield Diagnostic(
                "E0811",
                f"stream {o.stream} begins with blank steps",
                _PLACE,
                have=f"{o.delay} steps",
                need="0 steps",
            )
    names = Counter([i.id for i in design.inputs] + [o.stream for o in design.outputs])
    for name, count in names.items():
        if count > 1:
            yield Diagnostic("E0811", f"{count} streams are called {name}", _PLACE)


def _said(part: tuple[int, int, int] | None) -> str:
    return "no such input" if part is None else f"{part[0]} cells, {part[1]} to {part[2]}"
