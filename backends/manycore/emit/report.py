"""Where the memory of every core goes, to the byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from somac.backends.api import Account, CoreMemory, Placement, RoutingTable
from somac.backends.manycore.emit.image import CoreImage
from somac.backends.manycore.emit.tables import Entry
from somac.backends.manycore.forms import Choice, Form
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.target import Target

__all__ = ["account"]

_SHORT: Mapping[Form, str] = {"rows": "rows", "matrix": "matrix", "kernel": "convolution"}
_FORMS: Mapping[Form, str] = {
    "rows": "rows of synaptic words",
    "matrix": "matrix on the MAC array",
    "kernel": "convolution on the MAC array",
}


def account(
    mapping: PlacedMapping,
    target: Target,
    images: Mapping[int, CoreImage],
    tables: Mapping[int, Sequence[Entry]],
    choices: Sequence[Choice] = (),
) -> Account:
    """The account of a program.

    The regions of an image in the order of their addresses. Per core: slice, bytes of each
    region, synaptic words by layout, and what is free; in total: the same summed, the largest
    core, and the entries of each routing table. Per projection with a choice of forms: which it
    has, and why.
    """
    capacity = target.resources.get("bytes")
    places = {s.core: str(s) for s in mapping.slices}
    regions: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for image in images.values():
        regions.update(image.regions())
        words.update(_words(image))
    first = next(iter(images.values()), None)
    return Account(
        total={
            "cores": len(images),
            "neurons": sum(image.neurons for image in images.values()),
            "synapses": sum(words.values()) + sum(map(_in_blocks, images.values())),
            "bytes": sum(regions.values()),
        },
        largest_core_bytes=max((image.size for image in images.values()), default=0),
        capacity_bytes=capacity,
        placement=Placement.of(mapping.proof),
        memory=tuple(
            CoreMemory(
                core=target.topology.core_name(core),
                slice=places[core],
                bytes=image.size,
                regions=image.regions(),
                free_bytes=None if capacity is None else capacity - image.size,
                more={
                    "neurons": image.neurons,
                    "words": _words(image),
                    "blocks": len(image.synapses.blocks),
                },
            )
            for core, image in images.items()
        ),
        regions=() if first is None else tuple(first.regions()),
        routing_tables=tuple(
            RoutingTable(chip, len(entries), target.router_entries)
            for chip, entries in sorted(tables.items())
        ),
        remarks={c.projection: _sentence(c) for c in choices},
        more={
            "total": {"regions": dict(regions), "words": dict(words)},
            "projections": [
                {
                    "projection": c.projection,
                    "form": c.form,
                    "reason": c.reason,
                    "cycles": {form: round(cycles) for form, cycles in c.cycles.items()},
                }
                for c in choices
            ],
        },
    )


def _words(image: CoreImage) -> dict[str, int]:
    """Synaptic words by the name of their layout."""
    table = image.synapses
    return {layout.name: n for layout, n in zip(table.layouts, table.words, strict=True)}


def _in_blocks(image: CoreImage) -> int:
    """Synapses that are in blocks."""
    return sum(block.body.synapses for block in image.synapses.blocks)


def _sentence(choice: Choice) -> str:
    """The form of a projection, for people."""
    cycles = ", ".join(f"{_SHORT[form]} {number:,.0f}" for form, number in choice.cycles.items())
    text = f"{_FORMS[choice.form]}: {choice.reason}"
    return f"{text} (a step: {cycles})" if cycles else text
