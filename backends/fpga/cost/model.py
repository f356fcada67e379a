"""What a step of the model takes, read from the files of a bundle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from somac.backends.api import Amount, Costs, EventCost, Rates
from somac.backends.fpga.cost.pace import Pace, pace
from somac.backends.fpga.cost.reading import PartData, read_part_data
from somac.backends.fpga.cost.work import LinkWork, link_works, row_words, sender_rates
from somac.backends.fpga.description import Description, read_description
from somac.ir.program import Program
from somac.ir.target import Status

__all__ = ["costs"]

_DIGITS = 6


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
        {**dict(_amounts(found, part, found.busy[busiest])), **dict(_area(part))},
        tuple(_events(d, works, busiest)),
        d.engines[busiest].name,
        tuple(_short(cycles) for cycles in found.busy),
    )


def _amounts(found: Pace, part: PartData, busiest: float) -> Iterator[tuple[str, Amount]]:
    mhz = part.clock_mhz
    # a clock that was only assumed makes times that are
    status: Status = "assumed" if part.clock_status == "assumed" else "derived"
    of = (part.clock,)
    at = f"at {mhz:.4g} MHz"
    interval, latency = found.interval, found.latency

    def cycles(value: float, title: str) -> Amount:
        return Amount(_short(value), "cycles", "derived", (), title)

    yield "busiest_engine_cycles", cycles(busiest, "busiest engine")
    yield "interval_cycles", cycles(interval, "from a step to the next")
    yield "latency_cycles", cycles(latency, "from input to output")
    yield (
        "interval_us",
        Amount(_short(interval / mhz), "us", status, of, f"time of a step {at}", adds=True),
    )
    yield (
        "latency_us",
        Amount(_short(latency / mhz), "us", status, of, f"from input to output {at}"),
    )
    yield (
        "steps_per_s",
        Amount(_short(1e6 * mhz / interval), "steps/s", status, of, f"steps a second {at}"),
    )


def _area(part: PartData) -> Iterator[tuple[str, Amount]]:
    """What is taken, which no step changes: without titles, as reports show it once."""
    for pool, units in part.area.items():
        yield f"area_{pool}", Amount(units, pool, part.area_status)
        if part.pools.get(pool):
            share = 100 * units / part.pools[pool]
            yield f"area_{pool}_percent", Amount(_short(share), "%", part.area_status)


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
        yield EventCost(name, title, _short(total), _short(each[busiest][name]), price)


_EVENTS: Mapping[tuple[str, str], float] = {
    ("links", "links gone through"): 2.0,
    ("words", "words of sources looked at"): 1.0,
    ("offered", "events, each a row of weights"): 1.0,
    ("rows", "words of rows, a weight per lane"): 1.0,
    ("updates", "updates, each of as many cells as there are updaters"): 1.0,
}
"""What engines do, and cycles that one takes; much of it goes on at the same time."""


def _short(value: float) -> float:
    """To a few digits: what follows them is not known, and may differ from machine to machine."""
    return float(f"{value:.{_DIGITS}g}")
