"""What a step of the model takes, read from the files of a bundle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from somac.backends.api import Costs, EventCost, Rates
from somac.backends.fpga.cost.amounts import area_amounts, short, time_amounts
from somac.backends.fpga.cost.pace import pace
from somac.backends.fpga.cost.reading import PartData, read_part_data
from somac.backends.fpga.cost.work import LinkWork, link_works, row_words, sender_rates
from somac.backends.fpga.description import Description, read_description
from somac.ir.program import Program

__all__ = ["costs"]


def costs(program: Program, cases: Mapping[str, Rates]) -> dict[str, Costs]:
    """As `somac.backends.api.Backend.costs` says; nothing for a bundle without ``costs.json``."""
    part = read_part_data(program)
    if part is None:
        return {}
    d = read_description(program)
    lengths = row_words(d, program)
    found = {}
    for name, rates in cases.items():
        works = link_works(d, lengths, sender_rates(d, rates))
        found[name] = _costs(d, part, works)
    return found


def _costs(d: Description, part: PartData, works: Sequence[Sequence[LinkWork]]) -> Costs:
    found = pace(d, works)
    busiest = max(range(len(d.engines)), key=lambda k: found.busy[k])
    return Costs(
        {
            **dict(time_amounts(found.interval, found.latency, found.busy[busiest], part)),
            **dict(area_amounts(part)),
        },
        tuple(_events(d, works, busiest)),
        d.engines[busiest].name,
        tuple(short(cycles) for cycles in found.busy),
        tuple(engine.name for engine in d.engines),
    )


def _events(
    d: Description, works: Sequence[Sequence[LinkWork]], busiest: int
) -> Iterator[EventCost]:
    each = [
        {
            "links": float(len(some)),
            "words": float(sum(w.words for w in some)),
            "offered": sum(w.events for w in some),
            "rows": sum(w.rows for w in some),
            "updates": float(sum(s.words for s in e.sections)),
        }
        for e, some in zip(d.engines, works, strict=True)
    ]
    for (name, title), price in _EVENTS.items():
        total = sum(counts[name] for counts in each)
        yield EventCost(name, title, short(total), short(each[busiest][name]), price)


_EVENTS: Mapping[tuple[str, str], float] = {
    ("links", "links gone through"): 2.0,
    ("words", "words of sources looked at"): 1.0,
    ("offered", "events, each a row of weights"): 1.0,
    ("rows", "words of rows, a weight per lane"): 1.0,
    ("updates", "updates, each of as many cells as there are updaters"): 1.0,
}
"""What engines do, and cycles that one takes; much of it goes on at the same time."""
