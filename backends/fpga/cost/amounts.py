"""Cycles, time and area as amounts, the same for all circuits."""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.api import Amount
from somac.backends.fpga.cost.reading import PartData
from somac.ir.target import status_from

__all__ = ["area_amounts", "short", "time_amounts"]

_DIGITS = 6


def time_amounts(
    interval: float, latency: float, busiest: float, part: PartData, samples: int = 1
) -> Iterator[tuple[str, Amount]]:
    """Of a step, in cycles and in time; `samples` of them take the interval together."""
    mhz = part.clock_mhz
    # a clock that was only assumed makes times that are
    status = status_from([part.clock_status])
    of = (part.clock,)
    at = f"at {mhz:.4g} MHz"

    def cycles(value: float, title: str) -> Amount:
        return Amount(short(value), "cycles", "derived", (), title)

    def timed(value: float, title: str, *, adds: bool = False) -> Amount:
        return Amount(short(value / mhz), "us", status, of, f"{title} {at}", adds=adds)

    yield "busiest_engine_cycles", cycles(busiest, "busiest engine")
    yield "interval_cycles", cycles(interval, "from a step to the next")
    yield "latency_cycles", cycles(latency, "from input to output")
    if samples == 1:
        yield "interval_us", timed(interval, "time of a step", adds=True)
    else:
        yield "interval_us", timed(interval, f"time of a step of {samples} samples")
        yield "sample_us", timed(interval / samples, "of each of them", adds=True)
    yield "latency_us", timed(latency, "from input to output")
    rate = Amount(
        short(1e6 * mhz * samples / interval), "steps/s", status, of, f"steps a second {at}"
    )
    yield "steps_per_s", rate


def area_amounts(part: PartData) -> Iterator[tuple[str, Amount]]:
    """What is taken, which no step changes: without titles, as reports show it once."""
    for pool, units in part.area.items():
        yield f"area_{pool}", Amount(units, pool, part.area_status)
        if part.pools.get(pool):
            share = 100 * units / part.pools[pool]
            yield f"area_{pool}_percent", Amount(short(share), "%", part.area_status)


def short(value: float) -> float:
    """To a few digits: what follows them is not known, and may differ from machine to machine."""
    return float(f"{value:.{_DIGITS}g}")
