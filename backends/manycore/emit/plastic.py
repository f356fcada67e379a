"""Blocks of kind 2: synapses that learn, with their traces, states and constants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.rule import RuleProgram
from somac.backends.manycore.emit.blocks import Block, Encoded
from somac.backends.manycore.emit.lookup import Sources, look_up
from somac.backends.manycore.emit.rules import Rule
from somac.backends.manycore.emit.synapses import Synapses
from somac.backends.manycore.emit.values import Values, descriptors
from somac.backends.manycore.plastic_memory import cell_bytes
from somac.backends.manycore.regions import (
    DESCRIPTOR_BYTES,
    align,
    index_width,
    offset_width,
    range_width,
    values_width,
)
from somac.ir.integer import IntegerPopulation, IntegerProjection
from somac.ir.plasticity import WEIGHT

__all__ = ["plastic_block"]

Integers = NDArray[np.int64]

KIND = 2


def plastic_block(
    projection: IntegerProjection,
    target: IntegerPopulation,
    synapses: Synapses,
    sources: Sources,
    neurons: int,
    rule: Rule,
) -> Block:
    """The part of a plastic projection that ends on a core.

    Parameters
    ----------
    synapses
        Those on the core (at least one), in the order of rows; `target` numbered there.
    sources
        The slices of the source.
    neurons
        Of the core.
    """
    program, plasticity = rule.program, rule.plasticity
    delay = int(synapses.delay[0])
    traces = tuple(_width(program, name) for name in program.traces)
    row = cell_bytes(offset_width(len(synapses)), traces, delay)
    found = look_up(sources, synapses.source, per_entry=0, per_row=row)
    # a searched entry may order cells in another way than the source does
    order = np.argsort(found.row, kind="stable")
    cells = found.rows
    states = target.datapath.names("state")
    body = _Body(
        rule.number,
        neurons,
        np.append(0, np.cumsum(np.bincount(found.row, minlength=cells))),
        synapses.target[order].astype(np.int64),
        "on_post" in program.updates,
        tuple(_constant(plasticity.parameters[name]) for name in program.parameters),
        tuple(
            _spread(np.repeat(plasticity.initial[name], cells), program, name)
            for name in program.traces
        ),
        tuple(
            _spread(
                synapses.weight[order].astype(np.int64)
                if name == WEIGHT
                else np.repeat(plasticity.initial[name], len(synapses)),
                program,
                name,
            )
            for name in program.states
        ),
        tuple(states.index(plasticity.post[name]) for name in program.post),
    )
    port = target.datapath.names("input").index(projection.port)
    return Block(port, delay, found, body, projection.name)


def _width(program: RuleProgram, name: str) -> int:
    format = program.format_of(name)
    return range_width(format.minimum, format.maximum)


def _constant(value: Integers) -> Values:
    values = np.atleast_1d(value)
    return Values(values, values_width(values), shared=True)


def _spread(values: Integers, program: RuleProgram, name: str) -> Values:
    """As wide as the format, since it will change."""
    return Values(values, _width(program, name), shared=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Body:
    """What the rule reads and changes, as `docs/reference/bundle.md` lays it out."""

    rule: int
    neurons: int
    begin: Integers
    target: Integers
    posts: bool
    parameters: tuple[Values, ...]
    traces: tuple[Values, ...]
    states: tuple[Values, ...]
    post: tuple[int, ...]

    @property
    def kind(self) -> int:
        """Word 0 of the descriptor."""
        return KIND

    @property
    def synapses(self) -> int:
        """How many it holds."""
        return len(self.target)

    @property
    def size(self) -> int:
        """Bytes of its content in the file."""
        return len(self.encode(0, 0).content)

    @property
    def scratch(self) -> int:
        """Room for what the neurons send, where synapses follow it."""
        return 4 * self.neurons if self.posts else 0

    def encode(self, address: int, scratch: int) -> Encoded:
        """Words 5 and up, and what they lead to."""
        groups = (self.parameters, self.traces, self.states)
        described = [address]
        for group in groups:
            described.append(described[-1] + DESCRIPTOR_BYTES * len(group))
        post_at = described[-1]
        width = offset_width(len(self.target))
        post = np.array(self.post, dtype="<u4").tobytes()
        values = [b"".join(bytes(v) for v in group) for group in groups]
        begin = _padded(self.begin, width)
        target = _padded(self.target, index_width(self.neurons))
        posts = self._posts(width) if self.posts else b""
        pieces = [post, values[0], begin, target, posts, values[1], values[2]]
        places = np.cumsum([post_at, *map(len, pieces)]).tolist()
        content = b"".join(
            [
                *(
                    descriptors(group, places[place])
                    for group, place in zip(groups, (1, 5, 6), strict=True)
                ),
                *pieces,
            ]
        )
        counts = (*map(len, groups), len(self.post))
        words = (
            *(self.rule, len(self.target), places[2], places[3]),
            places[4] if self.posts else 0,
            *described[:3],
            post_at,
            scratch if self.posts else 0,
            sum(count << 8 * n for n, count in enumerate(counts)),
        )
        return Encoded(words, content)

    def _posts(self, width: int) -> bytes:
        """The synapses by target, and the source cell of each."""
        order = np.argsort(self.target, kind="stable")
        cell = np.repeat(np.arange(len(self.begin) - 1), np.diff(self.begin))
        counts = np.bincount(self.target, minlength=self.neurons)
        return b"".join(
            [
                _padded(np.append(0, np.cumsum(counts)), width),
                _padded(order, width),
                _padded(cell[order], index_width(len(self.begin) - 1)),
            ]
        )


def _padded(numbers: Integers, width: int) -> bytes:
    raw = numbers.astype(f"<u{width}").tobytes()
    return raw.ljust(align(len(raw)), b"\0")
