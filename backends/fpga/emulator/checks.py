"""What a design must keep to that it can be run, beyond what every reader of it relies on."""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.fpga.description import FILE, Description, Engine
from somac.ir.errors import Diagnostic, Place, SomacError

__all__ = ["check_design"]

_PROBLEMS = 20
_MOST_SUMS = 1 << 27
"""Accumulators of an engine: far more than any part has memory for."""


def check_design(d: Description) -> None:
    """Raise SomacError E0710 for what does not fit together."""
    problems = [*_edges(d), *(problem for e in d.engines for problem in _engine(e))]
    if problems:
        place = Place(file=FILE)
        raise SomacError.of(Diagnostic("E0710", text, place) for text in problems[:_PROBLEMS])


def _edges(d: Description) -> Iterator[str]:
    sources = {s.id: s.population for e in d.engines for s in e.sections}
    names = [i.name for i in d.inputs] + list(dict.fromkeys(sources.values()))
    if len(set(names)) < len(names):
        yield "an input has the name of a population"
    for i in d.inputs:
        low, high = (-(1 << i.bits >> 1), (1 << i.bits >> 1) - 1) if i.bits else (0, 1)
        if not low <= i.low <= i.high <= high:
            yield f"{i.name}: from {i.low} to {i.high} in {i.bits} bits"
    sources |= {i.id: i.name for i in d.inputs}
    feeding: dict[str, str] = {}
    for o in d.outputs:
        if o.delay:
            yield f"{o.stream}: a delay of {o.delay} at the edge"
        if feeding.setdefault(o.output, sources[o.source]) != sources[o.source]:
            yield f"{o.output}: two populations, or inputs"
    streams = [o.stream for o in d.outputs]
    if len(set(streams)) < len(streams):
        yield "two streams have one name"


def _engine(e: Engine) -> Iterator[str]:
    index = 0
    for section in e.sections:
        if section.groups != -(-section.cells // e.lanes):
            yield f"{section.id}: {section.cells} cells, {section.groups} groups, {e.lanes} lanes"
        if section.index != index:
            yield f"{section.id}: its accumulators do not follow those before"
        index += section.groups
        for link in e.links[slice(*section.links)]:
            if link.port + link.ports > len(section.ports):
                yield f"{e.name}: a link to a port that is not there"
            if (link.kind == "whole") != e.whole:
                yield f"{e.name}: a {link.kind} link of an engine that reads other words"
    if (e.ring - 1).bit_length() != e.delay_bits:
        yield f"{e.name}: a ring of {e.ring} for delays of {e.delay_bits} bits"
    ports = max(len(section.ports) for section in e.sections)
    if e.ring * index * e.lanes * ports > _MOST_SUMS:
        yield f"{e.name}: more than {_MOST_SUMS} accumulators"
