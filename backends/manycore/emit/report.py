"""Where the memory of every core goes, to the byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from somac.backends.manycore.emit.image import CoreImage
from somac.backends.manycore.emit.tables import Entry
from somac.backends.manycore.forms import Choice
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.target import Target

__all__ = ["report"]


def report(
    mapping: PlacedMapping,
    target: Target,
    images: Mapping[int, CoreImage],
    tables: Mapping[int, Sequence[Entry]],
    choices: Sequence[Choice] = (),
) -> dict[str, Any]:
    """The account of a program, as plain data.

    The regions of an image in the order of their addresses. Per core: slice, bytes of each
    region, synaptic words by layout, and what is free; in total: the same summed, the largest
    core, and the entries of each routing table. Per projection with a choice of forms: which it
    has, and why.
    """
    capacity = target.resources.get("bytes")
    places = {s.core: str(s) for s in mapping.slices}
    cores = [
        {
            "core": target.topology.core_name(core),
            "slice": places[core],
            "neurons": image.neurons,
            "bytes": image.size,
            "free_bytes": None if capacity is None else capacity - image.size,
            "regions": image.regions(),
            "words": _words(image),
            "matrices": len(image.synapses.blocks),
        }
        for core, image in images.items()
    ]
    regions: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for image in images.values():
        regions.update(image.regions())
        words.update(_words(image))
    first = next(iter(images.values()), None)
    return {
        "regions": [] if first is None else list(first.regions()),
        "cores": cores,
        "total": {
            "cores": len(images),
            "neurons": sum(image.neurons for image in images.values()),
            "synapses": sum(words.values()) + sum(map(_in_matrices, images.values())),
            "bytes": sum(regions.values()),
            "largest_core_bytes": max((image.size for image in images.values()), default=0),
            "capacity_bytes": capacity,
            "regions": dict(regions),
            "words": dict(words),
        },
        "routing_tables": [
            {"chip": chip, "entries": len(entries), "capacity": target.router_entries}
            for chip, entries in sorted(tables.items())
        ],
        "projections": [
            {
                "projection": c.projection,
                "form": c.form,
                "reason": c.reason,
                "row_cycles": None if c.row_cycles is None else round(c.row_cycles),
                "matrix_cycles": None if c.matrix_cycles is None else round(c.matrix_cycles),
            }
            for c in choices
        ],
        "remarks": {c.projection: _sentence(c) for c in choices},
        "placement": {
            "cost": mapping.proof.cost,
            "bound": mapping.proof.bound,
            "gap": mapping.proof.gap,
            "status": mapping.proof.status,
            "solver": mapping.proof.solver,
        },
    }


def _words(image: CoreImage) -> dict[str, int]:
    """Synaptic words by the name of their layout."""
    table = image.synapses
    return {layout.name: n for layout, n in zip(table.layouts, table.words, strict=True)}


def _in_matrices(image: CoreImage) -> int:
    """Synapses that are weights of matrices."""
    return sum(block.body.synapses for block in image.synapses.blocks)


def _sentence(choice: Choice) -> str:
    """The form of a projection, for people."""
    form = "a matrix on the MAC array" if choice.form == "matrix" else "synaptic rows"
    text = f"{form}: {choice.reason}"
    if choice.row_cycles is None or choice.matrix_cycles is None:
        return text
    return (
        f"{text} ({choice.matrix_cycles:,.0f} cycles a step as a matrix, "
        f"{choice.row_cycles:,.0f} as rows)"
    )
