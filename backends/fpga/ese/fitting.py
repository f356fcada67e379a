"""The size of an engine for a part: lanes, channels and queues, by area and predicted cycles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from somac.backends.api import Guidance
from somac.backends.fpga.ese.area import area_of
from somac.backends.fpga.ese.emit import updates_of
from somac.backends.fpga.ese.encoding import encode, weight_bits, work_of
from somac.backends.fpga.ese.schedule import Latencies, Schedule, Work, predict
from somac.backends.fpga.ese.structure import (
    Geometry,
    Structure,
    require_geometry,
    structure_of,
)
from somac.backends.fpga.ese.update import Update
from somac.backends.fpga.ese.words import unsigned_width
from somac.backends.fpga.options import CircuitChoice, circuit_choice, latency_of, shares_of
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.target import Part, Target

__all__ = ["geometry_for", "output_latency", "require_room"]

_LANES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
_CHANNELS = (1, 2, 4, 8, 16, 32)
_DEPTHS = (1, 2, 4, 8, 16, 32)
_USUAL_LANES, _USUAL_DEPTH = 32, 8

_LONG_ENOUGH = 1.02
"""A queue is as long as it must be for so many times the cycles of the longest."""

_INDEX_BITS = 4
"""Of an entry, at most: as ESE's."""

_STEPS = 3
"""After which steps take equally long."""

_AREA_UNITS = 10_000


@dataclass(frozen=True, slots=True)
class _Way:
    """An engine that could be had: its size, what it takes, and its cycles."""

    geometry: Geometry
    area: Mapping[str, int]
    period: int
    latency: int

    @property
    def throughput(self) -> float:
        """Steps of one sample, per cycle."""
        return self.geometry.channels / self.period

    def share(self, part: Part) -> int:
        """What it takes of all pools, in `_AREA_UNITS`-ths of each."""
        pools = {pool: have for pool, have in part.pools.items() if have}
        return sum(_AREA_UNITS * self.area.get(pool, 0) // have for pool, have in pools.items())


@dataclass(frozen=True, slots=True)
class _Lanes:
    """The streams of so many lanes: their longest, and what decides on the cycles."""

    geometry: Geometry
    entries: int
    work: Work


def require_room(network: IntegerNetwork, target: Target, guidance: Guidance) -> None:
    """Whether an engine can run a network, and the smallest that was asked for fits the part.

    Raises
    ------
    SomacError
        E0670 for a network of another form, E0663 with every pool of which there is too little.
    """
    plan = _Plan(network, circuit_choice(guidance))
    if target.part is not None:
        plan.require(target.part, shares_of(guidance)[-1])


def geometry_for(network: IntegerNetwork, target: Target, guidance: Guidance) -> Geometry:
    """As many steps in a second as a share of the part allows, or as small as is fast enough.

    What was asked for is kept to: lanes, channels, places of queues. Without a part it is an engine
    of the usual size.

    Raises
    ------
    SomacError
        E0670 and E0663 as `require_room`, E0664 for a latency that none of them reaches.
    """
    plan = _Plan(network, circuit_choice(guidance))
    part, shares, latency = target.part, shares_of(guidance), latency_of(guidance)
    if part is None:
        return plan.usual()
    ways: list[_Way] = []
    for share in shares:
        ways = ways or [*plan.ways(part, share)]
    if not ways:
        ways = [plan.require(part, shares[-1])]
    if latency is None:
        # of equals the one with fewer channels, then with fewer lanes
        best = max(ways, key=lambda w: (w.throughput, -w.geometry.channels, -w.geometry.lanes))
        return best.geometry
    most = latency * part.clock_mhz * 1e6
    quick = [w for w in ways if w.latency <= most]
    if not quick:
        fastest = min(ways, key=lambda w: w.latency)
        raise SomacError(
            "E0664",
            "no sparse engine is fast enough",
            have=f"{fastest.latency / part.clock_mhz:.3g} us at best: {fastest.latency} cycles of "
            f"{part.clock_mhz:g} MHz",
            need=f"{latency * 1e6:.3g} us",
            hint="allow more of the part with --fit, or a longer --latency-us",
        )
    return min(quick, key=lambda w: (w.share(part), w.latency)).geometry


def output_latency(schedule: Schedule, outputs: int) -> int:
    """Cycles from the first beat of a step at the inputs to the last one at the outputs."""
    return int(schedule.beats[0]) + outputs


class _Plan:
    """A network, and what of an engine for it was asked for."""

    def __init__(self, network: IntegerNetwork, asked: CircuitChoice) -> None:
        self.structure: Structure = structure_of(network)
        self.updates: tuple[Update, Update] = updates_of(self.structure)
        self.asked = asked
        self.latencies = Latencies(*(u.lane.latency for u in self.updates))
        self._bits = weight_bits(self.structure)
        require_geometry(self.structure, self._geometry(asked.lanes or 1, asked.channels or 1))

    def usual(self) -> Geometry:
        """As many lanes as ESE has, or as there are cells."""
        lanes = self.asked.lanes or min(_USUAL_LANES, self._most_lanes)
        channels = self.asked.channels or _CHANNELS[-1]
        return replace(self._with_queues(self._lanes(lanes))[0], channels=channels)

    @property
    def _most_lanes(self) -> int:
        return min(self.structure.cells.size, self.structure.outputs.size)

    def _geometry(self, lanes: int, channels: int = 1, depth: int = _USUAL_DEPTH) -> Geometry:
        rows = -(-max(self.structure.cells.size, self.structure.outputs.size) // lanes)
        index = min(_INDEX_BITS, unsigned_width(rows - 1))
        return Geometry(lanes, channels, self.asked.depth or depth, index, self._bits)

    def _lanes(self, lanes: int) -> _Lanes:
        geometry = self._geometry(lanes)
        encoded = encode(self.structure, geometry)
        entries = max(1, *(len(w) for w in encoded.weights))
        return _Lanes(geometry, entries, work_of(self.structure, encoded, self.latencies))

    def _with_queues(self, streams: _Lanes) -> tuple[Geometry, Schedule]:
        """The shortest queues that are long enough."""
        geometry, work = streams.geometry, streams.work
        if self.asked.depth is not None:
            return geometry, predict(work, self.asked.depth, _STEPS)
        longest = predict(work, _DEPTHS[-1], _STEPS)
        for depth in _DEPTHS[:-1]:
            schedule = predict(work, depth, _STEPS)
            if schedule.period <= _LONG_ENOUGH * longest.period:
                return replace(geometry, depth=depth), schedule
        return replace(geometry, depth=_DEPTHS[-1]), longest

    def _area(self, geometry: Geometry, entries: int, part: Part) -> Mapping[str, int]:
        return area_of(self.structure, geometry, self.updates, entries, part)

    def ways(self, part: Part, share: float) -> Iterator[_Way]:
        """Every engine of the menu, or of those that were asked for, that fits into the share."""
        menu = [n for n in _LANES if n <= self._most_lanes]
        for lanes in [self.asked.lanes] if self.asked.lanes else menu:
            streams = self._lanes(lanes)
            channels = [self.asked.channels] if self.asked.channels else [*_CHANNELS]
            geometry, schedule = self._with_queues(streams)
            latency = output_latency(schedule, self.structure.outputs.size)
            for count in channels:
                made = replace(geometry, channels=count)
                area = self._area(made, streams.entries, part)
                if not _short(area, part, share):
                    yield _Way(made, area, schedule.period, latency)

    def require(self, part: Part, share: float) -> _Way:
        """The smallest engine that may be had; SomacError E0663 where there is no room for it."""
        lanes, channels = self.asked.lanes or 1, self.asked.channels or _CHANNELS[0]
        streams = self._lanes(lanes)
        geometry, schedule = self._with_queues(streams)
        geometry = replace(geometry, channels=channels)
        need = self._area(geometry, streams.entries, part)
        problems = [
            Diagnostic(
                "E0663",
                f"the part has not enough {pool}, for a sparse engine with {_said(lanes, 'lane')} "
                f"and {_said(channels, 'channel')}",
                have=f"{have:,} ({share:.0%} of {part.pools[pool]:,})",
                need=f"{units:,}, estimated",
                hint=self._hint(units <= part.pools[pool]),
            )
            for pool, have, units in _short(need, part, share)
        ]
        if problems:
            raise SomacError.of(problems)
        latency = output_latency(schedule, self.structure.outputs.size)
        return _Way(geometry, need, schedule.period, latency)

    def _hint(self, fits: bool) -> str:
        ways = ["use more of the part with --fit"] if fits else []
        ways += ["take fewer --lanes"] if (self.asked.lanes or 1) > 1 else []
        ways += ["take fewer --channels"] if (self.asked.channels or 1) > 1 else []
        ways += ["keep fewer weights with --prune", "use fewer bits with --bits"]
        return " or ".join((", ".join(ways[:-1]), ways[-1]))


def _short(area: Mapping[str, int], part: Part, share: float) -> Sequence[tuple[str, int, int]]:
    """Pools of which there is too little: the pool, how much may be used, and is needed."""
    return [
        (pool, int(units * share), area.get(pool, 0))
        for pool, units in part.pools.items()
        if area.get(pool, 0) > int(units * share)
    ]


def _said(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
