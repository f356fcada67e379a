"""Plastic projections as machines read them: blocks of cores, and what these have learnt."""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.rule import UPDATES, RuleProgram, parse_rule

__all__ = ["Learning", "PlasticBlock", "Projection", "read_learning", "weights_of"]

Integers = NDArray[np.int64]

_HEADER = struct.Struct("<32I")
_ENTRY = struct.Struct("<7I")
_BLOCK = struct.Struct("<16I")
_DESCRIPTOR = struct.Struct("<IBBH")
_IN_BLOCKS = 255
_PLASTIC = 2


@dataclass(frozen=True, slots=True, eq=False)
class PlasticBlock:
    """A block of a core.

    Parameters
    ----------
    rule
        Number of its rule.
    source
        int64 (synapses,): key of the source cell of each synapse.
    target
        int64 (synapses,): neuron on the core.
    states
        Address and width of each state of its synapses.
    """

    rule: int
    source: Integers
    target: Integers
    states: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Projection:
    """A plastic projection, and the numbers of its cores with those of its blocks."""

    name: str
    source: str
    target: str
    rule: int
    blocks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Learning:
    """Rules by the file of their C, plastic projections, and their blocks by core and number."""

    rules: Mapping[str, RuleProgram]
    projections: tuple[Projection, ...]
    blocks: Mapping[tuple[int, int], PlasticBlock]

    def rules_of(self, cores: Collection[int]) -> frozenset[int]:
        """Numbers of the rules that some cores need."""
        wanted = set(cores)
        return frozenset(b.rule for (core, _), b in self.blocks.items() if core in wanted)


def read_learning(
    files: Mapping[str, bytes], data: Mapping[str, Any], images: Sequence[bytes]
) -> Learning:
    """What the description says of rules and projections, and the images of plastic blocks."""
    rules = {}
    for plan in data["rules"]:
        texts = {n: files[plan[n]].decode() if plan[n] is not None else None for n in UPDATES}
        rules[plan["source"]] = parse_rule(texts, tuple(plan["post"]), plan["weight"])
    projections = tuple(
        Projection(
            p["name"],
            p["source"],
            p["target"],
            p["rule"],
            tuple((core, number) for core, number in p["blocks"]),
        )
        for p in data["projections"]
    )
    blocks = {
        (core, number): block
        for core, image in enumerate(images)
        for number, block in _blocks(image).items()
    }
    return Learning(rules, projections, blocks)


def _blocks(image: bytes) -> dict[int, PlasticBlock]:
    head = _HEADER.unpack_from(image)
    found = {}
    for number in range(head[24]):
        words = _BLOCK.unpack_from(image, head[25] + _BLOCK.size * number)
        if words[0] == _PLASTIC:
            keys = _keys(image, head, number, words[2])
            found[number] = _block(image, words, keys, neurons=head[4])
    return found


def _block(image: bytes, words: tuple[int, ...], keys: Integers, neurons: int) -> PlasticBlock:
    cells, rule, synapses, begin_at, target_at = words[2], *words[5:9]
    width = 2 if synapses < 1 << 16 else 4
    narrow = 1 if neurons <= 1 << 8 else 2 if neurons <= 1 << 16 else 4
    begin = np.frombuffer(image, f"<u{width}", cells + 1, begin_at).astype(np.int64)
    target = np.frombuffer(image, f"<u{narrow}", synapses, target_at).astype(np.int64)
    states_at, count = words[12], words[15] >> 16 & 0xFF
    described = [_DESCRIPTOR.unpack_from(image, states_at + 8 * n) for n in range(count)]
    return PlasticBlock(
        rule,
        np.repeat(keys, np.diff(begin)),
        target,
        tuple((address, width) for address, width, _, _ in described),
    )


def _keys(image: bytes, head: tuple[int, ...], block: int, cells: int) -> Integers:
    """The key of each cell of a block, from the population table."""
    keys = np.full(cells, -1, dtype=np.int64)
    for number in range(head[14]):
        key, mask, first, count, index, row, last = _ENTRY.unpack_from(
            image, head[19] + _ENTRY.size * number
        )
        if last >> 16 & 0xFF == _IN_BLOCKS and index == block:
            listed = np.frombuffer(image, "<u4", count, first) if mask == 0 else None
            own = key + first + np.arange(count) if listed is None else listed
            keys[row : row + count] = own
    return keys


def weights_of(
    learning: Learning,
    projection: Projection,
    cell_of: Mapping[int, int],
    places: Mapping[int, Integers],
    learnt: Mapping[int, tuple[int, NDArray[np.uint8]]],
) -> dict[str, Integers]:
    """The states of a projection's synapses after a run, (samples, synapses) in the model's order.

    Parameters
    ----------
    cell_of
        The cell of the source that sends each key.
    places
        Per core of the target, int64 (neurons,): the cell of the model that each neuron is.
    learnt
        Per core, the address of what it has learnt, and these bytes (samples, bytes).
    """
    names = list(learning.rules.values())[projection.rule].states
    blocks = [(core, learning.blocks[core, number]) for core, number in projection.blocks]
    source = [np.array([cell_of[k] for k in b.source.tolist()], np.int64) for _, b in blocks]
    target = [places[core][b.target] for core, b in blocks]
    none = np.zeros(0, dtype=np.int64)
    order = np.lexsort((np.concatenate([none, *target]), np.concatenate([none, *source])))
    found = {}
    samples = next((len(raw) for _, raw in learnt.values()), 0)
    for n, name in enumerate(names):
        columns = [_column(*learnt[core], *b.states[n], len(b.target)) for core, b in blocks]
        empty = np.zeros((samples, 0), dtype=np.int64)
        found[name] = np.concatenate([empty, *columns], axis=1)[:, order]
    return found


def _column(first: int, raw: NDArray[np.uint8], address: int, width: int, count: int) -> Integers:
    begin = address - first
    stored = np.ascontiguousarray(raw[:, begin : begin + width * count]).view(f"<i{width}")
    return stored.astype(np.int64)
