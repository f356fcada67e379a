"""Cut populations into slices, each small enough for a core."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from somac.ir.errors import SomacError

__all__ = ["Cut", "Demand", "partition", "require_cores"]

LEVELS = 64
"""Steps in which the fill of cores is balanced."""

NAMED = 4
"""Populations that an error names, the largest first."""


class Demand(Protocol):
    """What a range of neurons takes of each resource of one core."""

    def __call__(self, population: str, start: int, stop: int, /) -> Mapping[str, int]:
        """Demand of neurons `start` to `stop` (exclusive); never less for a larger range."""
        ...


@dataclass(frozen=True, slots=True)
class Cut:
    """Neurons `start` to `stop` (exclusive) of a population, and what they take of a core.

    A cut of a network input is `on_host`: it takes no core.
    """

    population: str
    start: int
    stop: int
    demand: Mapping[str, int]
    on_host: bool = False

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self.stop - self.start


def partition(
    sizes: Mapping[str, int],
    demand: Demand,
    capacity: Mapping[str, int],
    grains: Mapping[str, int] | None = None,
) -> tuple[Cut, ...]:
    """Cut each population into the fewest slices that fit a core, all about as full.

    Taking as many neurons as fit, slice after slice, is optimal because demand grows with
    the range. Then the same number of slices is spread evenly: by neurons if that fits, else
    by lowering what the fullest may take.

    Parameters
    ----------
    sizes
        Neurons of each population, in the order of the result.
    demand
        What a range of neurons takes.
    capacity
        What a core has, by resource.
    grains
        Populations that are only cut at multiples of so many neurons.

    Raises
    ------
    SomacError
        E0601 if the smallest slice there is does not fit.
    """
    return tuple(
        Cut(population.name, start, stop, dict(demand(population.name, start, stop)))
        for population in _populations(sizes, grains)
        for start, stop in _ranges(population, demand, capacity)
    )


def require_cores(
    cuts: Sequence[Cut],
    usable: int,
    target: str,
    capacity: Mapping[str, int],
    place: str = "core",
) -> None:
    """Refuse slices that are more than a target's cores, or engines.

    Parameters
    ----------
    cuts
        The slices; those on the host do not count.
    usable
        Cores that the target has for them.
    target
        Its name.
    capacity
        What a core has, by resource.
    place
        What a core is called there.

    Raises
    ------
    SomacError
        E0602, naming the populations that take most and the resource that fills their cores.
    """
    placed = [cut for cut in cuts if not cut.on_host]
    if len(placed) <= usable:
        return
    count = Counter(cut.population for cut in placed)
    largest = sorted(count, key=lambda name: (-count[name], name))
    name = largest[0]
    resource = _fullest([cut for cut in placed if cut.population == name], capacity)
    takes = [f"{count[other]} for {other!r}" for other in largest[:NAMED]]
    if len(largest) > NAMED:
        takes.append(f"{sum(count[other] for other in largest[NAMED:])} for others")
    raise SomacError(
        "E0602",
        f"the network does not fit target {target!r}: population {name!r} alone is cut into "
        f"{count[name]} slices, because one {place} has {capacity[resource]} {resource}",
        have=f"{usable} usable {place}s",
        need=f"{len(placed)} {place}s ({', '.join(takes)})",
        hint=f"choose a target with more {place}s, fewer bits per weight, or a smaller network",
    )


@dataclass(frozen=True, slots=True)
class _Population:
    """What is cut: `size` neurons, between multiples of `grain` only."""

    name: str
    size: int
    grain: int


def _populations(
    sizes: Mapping[str, int], grains: Mapping[str, int] | None
) -> Iterator[_Population]:
    for name, size in sizes.items():
        if size > 0:
            yield _Population(name, size, (grains or {}).get(name, 1))


def _ranges(
    population: _Population, demand: Demand, capacity: Mapping[str, int]
) -> Sequence[tuple[int, int]]:
    fewest = _fewest(population, demand, capacity)
    even = _even(population, len(fewest))
    if all(_fits(demand(population.name, *cut), capacity) for cut in even):
        return even
    # the lowest fill that does not need another slice, by bisection
    balanced, low, high = fewest, 0, LEVELS
    while high - low > 1:
        level = (low + high) // 2
        lowered = {name: most * level // LEVELS for name, most in capacity.items()}
        cuts = _greedy(population, demand, lowered, len(fewest))
        if cuts is None:
            low = level
        else:
            balanced, high = cuts, level
    return balanced


def _even(population: _Population, slices: int) -> list[tuple[int, int]]:
    """Cuts that differ by one grain at most."""
    grains = -(-population.size // population.grain)
    ends = [
        min(population.size, (part * grains) // slices * population.grain)
        for part in range(slices + 1)
    ]
    return list(pairwise(ends))


def _fewest(
    population: _Population, demand: Demand, capacity: Mapping[str, int]
) -> list[tuple[int, int]]:
    cuts = _greedy(population, demand, capacity, population.size)
    if cuts is None:
        raise _too_large(population, demand, capacity)
    return cuts


def _greedy(
    population: _Population, demand: Demand, capacity: Mapping[str, int], most: int
) -> list[tuple[int, int]] | None:
    """As many neurons as fit, slice after slice; None if that takes more than `most` slices."""
    cuts: list[tuple[int, int]] = []
    start, guess = 0, 1
    while start < population.size:
        grains = _longest(population, demand, capacity, start, guess)
        if grains == 0 or len(cuts) == most:
            return None
        stop = min(population.size, start + grains * population.grain)
        cuts.append((start, stop))
        start, guess = stop, grains
    return cuts


def _longest(
    population: _Population, demand: Demand, capacity: Mapping[str, int], start: int, guess: int
) -> int:
    """The largest number of grains from `start` on that fit a core."""

    def fits(grains: int) -> bool:
        stop = min(population.size, start + grains * population.grain)
        return _fits(demand(population.name, start, stop), capacity)

    left = -(-(population.size - start) // population.grain)
    low, high = 0, min(guess, left)
    while fits(high):
        if high == left:
            return left
        low, high = high, min(2 * high, left)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _fits(need: Mapping[str, int], capacity: Mapping[str, int]) -> bool:
    return all(amount <= capacity[name] for name, amount in need.items())


def _too_large(population: _Population, demand: Demand, capacity: Mapping[str, int]) -> SomacError:
    """The first grain that does not fit, and the resource of which it needs most too much."""
    for start, stop in _grains(population):
        need = demand(population.name, start, stop)
        if not _fits(need, capacity):
            break
    name = max(sorted(need), key=lambda name: need[name] / max(capacity[name], 1))
    one = f"neuron {start}" if stop - start == 1 else f"neurons {start} to {stop - 1}"
    return SomacError(
        "E0601",
        f"{one} of population {population.name!r} cannot be cut further and does not fit a core",
        have=f"{capacity[name]} {name} on a core",
        need=f"{need[name]} {name}",
        hint="fewer incoming synapses or fewer bits per weight, or a target with larger cores",
    )


def _grains(population: _Population) -> Iterator[tuple[int, int]]:
    for start in range(0, population.size, population.grain):
        yield start, min(population.size, start + population.grain)


def _fullest(cuts: Sequence[Cut], capacity: Mapping[str, int]) -> str:
    """The resource that fills the cores of these cuts most."""
    taken = Counter[str]()
    for cut in cuts:
        taken.update(cut.demand)
    return max(sorted(taken), key=lambda name: taken[name] / max(capacity[name], 1))
