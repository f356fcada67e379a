"""Every key reaches exactly its targets: a walk through the routing tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.verify.description import Block, Chip, Description, RoutingEntry
from somac.ir.errors import Diagnostic, Place

__all__ = ["check_keys", "check_routes"]

Integers = NDArray[np.int64]


def check_keys(description: Description) -> Iterator[Diagnostic]:
    """E0806: blocks of keys that overlap."""
    blocks = sorted(
        ((b.key, b) for b in description.blocks if b.key is not None), key=lambda pair: pair[0]
    )
    for (key, one), (other_key, other) in pairwise(blocks):
        if other_key < key + one.stop - one.start:
            yield Diagnostic(
                "E0806",
                f"{_name(one)} and {_name(other)} both send key {other_key:#010x}",
                Place(node=one.source),
            )


def check_routes(
    description: Description, expected: Mapping[int, set[int]]
) -> Iterator[Diagnostic]:
    """E0807 and E0808: what is delivered against `expected`, cores by number of block."""
    number = {(c.chip, c.core): n for n, c in enumerate(description.cores)}
    tables = [_Table(chip.table) for chip in description.chips]
    for index, block in enumerate(description.blocks):
        wanted = expected[index]
        if block.key is None:
            if wanted:
                yield _wrong(block, f"send nothing, but have synapses on {len(wanted)} cores")
            continue
        keys = np.arange(block.key, block.key + block.stop - block.start, dtype=np.int64)
        reached: Counter[tuple[int, int]] = Counter()
        twice = _walk(description.chips, tables, keys, block.chip, reached)
        if twice is not None:
            yield Diagnostic(
                "E0808",
                f"packets of {_name(block)} come to chip {twice} twice",
                Place(node=block.source),
            )
            continue
        for place, count in sorted(reached.items()):
            core = number.get(place)
            there = f"reach chip {place[0]} core {place[1]}"
            if place[1] < 0:
                yield _wrong(block, f"leave chip {place[0]} by link {-1 - place[1]} to nowhere")
            elif core is None:
                yield _wrong(block, f"{there}, which is not loaded")
            elif core not in wanted:
                yield _wrong(block, f"{there} without a synapse there")
            elif count != len(keys):
                yield _wrong(block, f"{there} with {count} of {len(keys)} keys")
        for core in sorted(wanted - {number.get(place) for place in reached}):
            missed = description.cores[core]
            yield _wrong(block, f"do not reach chip {missed.chip} core {missed.core}")


class _Table:
    """A routing table by its masks, for many keys at once."""

    def __init__(self, entries: Sequence[RoutingEntry]) -> None:
        self.entries = entries
        self.by_mask: dict[int, dict[int, int]] = {}
        for number, entry in enumerate(entries):
            self.by_mask.setdefault(entry.mask, {}).setdefault(entry.key, number)

    def matches(self, keys: Integers) -> dict[int, Integers]:
        """Keys by the first entry that matches them; those without one are left out."""
        found: dict[int, list[int]] = {}
        for key in keys.tolist():
            hits = [known.get(key & mask) for mask, known in self.by_mask.items()]
            first = min((hit for hit in hits if hit is not None), default=None)
            if first is not None:
                found.setdefault(first, []).append(key)
        return {entry: np.array(some, dtype=np.int64) for entry, some in found.items()}


def _walk(
    chips: Sequence[Chip],
    tables: Sequence[_Table],
    keys: Integers,
    start: int,
    reached: Counter[tuple[int, int]],
) -> int | None:
    """Count in `reached` how many packets come to each core.

    Returns the chip that a packet comes to twice, where the walk ends, or None.
    """
    seen: dict[int, set[int]] = {}
    waiting = [(start, keys)]
    while waiting:
        chip, arriving = waiting.pop()
        before = seen.setdefault(chip, set())
        if not before.isdisjoint(arriving.tolist()):
            return chip
        before.update(arriving.tolist())
        for number, some in tables[chip].matches(arriving).items():
            entry = tables[chip].entries[number]
            for core in entry.cores:
                reached[chip, core] += len(some)
            for link in entry.links:
                there = chips[chip].links[link] if link < len(chips[chip].links) else None
                if there is None or there >= len(chips):
                    reached[chip, -1 - link] += len(some)
                else:
                    waiting.append((there, some))
    return None


def _wrong(block: Block, problem: str) -> Diagnostic:
    return Diagnostic("E0807", f"packets of {_name(block)} {problem}", Place(node=block.source))


def _name(block: Block) -> str:
    return f"{block.source}[{block.start}:{block.stop}]"
