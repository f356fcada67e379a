"""The account of a bundle, for people."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Account, Placement, Table
from somac.backends.crossbar.description import Description, Tiled
from somac.backends.crossbar.emit.clipped import Shares, clipped_table
from somac.backends.crossbar.packing import PACKING
from somac.ir.mapping import Mapping as PlacedMapping

__all__ = ["account"]


def account(
    d: Description,
    mapping: PlacedMapping,
    sums: NDArray[np.int32],
    writing: str,
    clipped: Shares | None = None,
) -> Account:
    """The account of a bundle.

    `sums` are the ways of sums; `writing` says what writing the cells takes; `clipped` are shares
    by column, if there are samples.
    """
    fired = np.zeros(len(d.arrays), np.int64)
    conversions = 0
    cells = np.zeros(len(d.arrays), np.int64)
    for way in d.tiled:
        how = d.converters[way.converters]
        pulses = how.pulses * (2 if how.signs == "phases" else 1)
        for block in d.blocks[way.first : way.stop]:
            conversions += block.uses * pulses * how.planes * block.columns
            for number, copy in enumerate(block.copies):
                uses = len(range(number, block.uses, len(block.copies)))
                fired[copy.array] += uses * pulses
                cells[copy.array] += block.rows * block.columns * how.cells
    there = d.chip.rows * d.chip.columns
    on = _on_arrays(d)
    homes = {home.core for p in d.populations for home in p.homes}
    return Account(
        total={
            "cores": len(homes | {a.core for a in d.arrays}),
            "arrays": len(d.arrays),
            "blocks": len(d.blocks),
            "cells used": int(cells.sum()),
            "firings of a step": int(fired.sum()),
            "conversions of a step": conversions,
        },
        remarks={
            **({"arrays": _arrays(cells, fired, there)} if len(d.arrays) else {}),
            **{way.projection: _tiled(d, way) for way in d.tiled},
            **{way.projection: "exact, by adders of the periphery" for way in d.digital},
            **({"packing": _packing(mapping)} if PACKING in mapping.plan else {}),
            **({"writing": writing} if len(d.arrays) else {}),
            **({"partial sums": _sums(sums)} if len(sums) else {}),
        },
        placement=Placement.of(mapping.proof),
        tables=(
            Table(
                ("array", "core", "in use", "firings", "blocks"),
                tuple(
                    (number, array.core, _share(int(used), there), int(count), on[number])
                    for number, (array, used, count) in enumerate(
                        zip(d.arrays, cells, fired, strict=True)
                    )
                ),
            ),
            *clipped_table(clipped or {}),
        ),
        more={
            "clipped": {
                name: [[round(share, 6) for share in columns.tolist()] for columns in blocks]
                for name, blocks in (clipped or {}).items()
            }
        },
    )


def _share(used: int, there: int) -> str:
    return f"{100 * used / there:.1f} %"


def _on_arrays(d: Description) -> list[str]:
    """Per array its blocks, each with its place."""
    found: list[list[str]] = [[] for _ in d.arrays]
    for way in d.tiled:
        for number in range(way.first, way.stop):
            block = d.blocks[number]
            for copy in block.copies:
                place = f"{way.projection}[{number - way.first}] at {copy.row},{copy.column}"
                found[copy.array].append(place)
    return [", ".join(here) for here in found]


def _arrays(cells: NDArray[np.int64], fired: NDArray[np.int64], there: int) -> str:
    shares = 100 * cells / there
    spread = f", {shares.min():.1f} to {shares.max():.1f} % of one" if len(cells) > 1 else ""
    return (
        f"{shares.mean():.1f} % of their cells in use{spread}; the busiest fires "
        f"{_times(int(fired.max()))} in a step if all its rows are driven"
    )


def _packing(mapping: PlacedMapping) -> str:
    arrays, least, plain, busiest, least_busy = mapping.plan[PACKING].tolist()
    proven = "no fewer can" if least == plain else f"fewer than {least} cannot"
    more = f", {arrays - plain} more for copies" if arrays > plain else ""
    bound = (
        "no sharing of them is better"
        if busiest == least_busy
        else f"at least {_times(least_busy)} on so many"
    )
    return (
        f"{plain} arrays hold every block once, {proven}{more}; "
        f"the busiest fires {_times(busiest)}, {bound}"
        if arrays > 1
        else "all blocks are on 1 array"
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _tiled(d: Description, way: Tiled) -> str:
    own, how = d.blocks[way.first : way.stop], d.converters[way.converters]
    steps = [step for block in own for step in block.steps]
    uses = max(block.uses for block in own)
    copies = max(len(block.copies) for block in own)
    parts = [
        f"{len(own)} blocks" if len(own) > 1 else "1 block",
        *([f"used up to {uses:,} times"] if uses > 1 else []),
        *([f"up to {copies} copies"] if copies > 1 else []),
        f"{how.slices} x {how.cell_bits} bit {how.polarity}",
        f"{how.pulses} pulses of {how.pulse_bits} bit"
        if how.pulses > 1 or how.pulse_bits > 1
        else "single pulses",
        f"codes {how.low} to {how.high} in steps of "
        + (f"{min(steps)} to {max(steps)}" if min(steps) < max(steps) else f"{steps[0]}"),
        *(["as found, not programmed"] if all(block.as_found for block in own) else []),
    ]
    return ", ".join(parts)


def _sums(sums: NDArray[np.int32]) -> str:
    hops, words = sums[:, 4].astype(np.int64), sums[:, 5].astype(np.int64)
    far = int((hops * words).sum())
    return f"{int(words.sum()):,} sent from core to core in a step" + (
        f", {far:,} hops in all" if far else ", all at the same node"
    )
