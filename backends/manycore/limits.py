"""What memory allows of the forms that cycles choose: not too many cores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from somac.backends.manycore.forms import Choice

__all__ = ["limited", "squeezed"]

Choices = Mapping[str, Choice]
Slices = Callable[[Choices, str], int]
"""The fewest slices of a population, by name, with projections in some forms."""


def limited(
    choices: Choices, incoming: Mapping[str, Sequence[str]], slices: Slices, most: int | None
) -> Choices:
    """The choices with rows again where the array would take more cores.

    Where all of a population's projections on the array would be too many, those stay that save
    most.

    Parameters
    ----------
    incoming
        Per population the projections that end on it and have a choice.
    most
        Slices that are allowed however few rows would need; None for no more than these.
    """
    reason = f"the array would take more {'cores' if most is None else 'than a core'}"
    found = dict(choices)
    for population, names in incoming.items():
        arrays = [found[name] for name in names if found[name].form != "rows"]
        if not arrays:
            continue
        rows = found | {c.projection: c.refused(reason) for c in arrays}
        fewest = max(slices(rows, population), most or 0)
        if slices(found, population) <= fewest:
            continue
        found = rows
        for choice in sorted(arrays, key=lambda c: (-c.saving, c.projection)):
            tried = found | {choice.projection: choice}
            if slices(tried, population) <= fewest:
                found = tried
    return found


def squeezed(
    choices: Choices, incoming: Mapping[str, Sequence[str]], slices: Slices, cores: int
) -> Choices:
    """The choices with arrays where rows take fewer cycles, but more cores than there are.

    Populations change in the order of cycles lost per core saved, until all fits or none is left.
    """
    counts = {population: slices(choices, population) for population in incoming}
    excess = sum(counts.values()) - cores
    if excess <= 0:
        return choices
    offers = []
    for population, names in incoming.items():
        rows = [choices[name] for name in names if choices[name].form == "rows"]
        arrays = {c.projection: c.on_array("takes fewer cores") for c in rows if len(c.cycles) > 1}
        saved = counts[population] - slices({**choices, **arrays}, population)
        if saved > 0:
            lost = -sum(choice.saving for choice in arrays.values())
            offers.append((lost / saved, population, saved, arrays))
    found = dict(choices)
    for _, _, saved, arrays in sorted(offers, key=lambda offer: offer[:2]):
        if excess <= 0:
            break
        found |= arrays
        excess -= saved
    return found
