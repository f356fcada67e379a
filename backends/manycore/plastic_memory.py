"""What the part of a plastic projection that ends on a core takes of its memory."""

from __future__ import annotations

from dataclasses import dataclass

from somac.backends.codegen.rule import program_of
from somac.backends.manycore.regions import (
    BLOCK_BYTES,
    DESCRIPTOR_BYTES,
    ENTRY_BYTES,
    KEY_BYTES,
    align,
    arrival_bytes,
    index_width,
    offset_width,
    range_width,
    ring_slots,
    values_width,
)
from somac.ir.plasticity import IntegerPlasticity

__all__ = ["PlasticMemory", "cell_bytes", "plastic_memory"]


@dataclass(frozen=True, slots=True)
class PlasticMemory:
    """The figures of a rule.

    Parameters
    ----------
    fixed
        Bytes of the block's descriptor, of those of its values, and of constants.
    traces, states
        Bytes of a value of each trace, and of each state of a synapse.
    posts
        Whether synapses are listed by target.
    """

    fixed: int
    traces: tuple[int, ...]
    states: tuple[int, ...]
    posts: bool

    def most_bytes(self, synapses: int, span: int, slices: int, neurons: int, delay: int) -> int:
        """An upper bound, never less for more of anything.

        Parameters
        ----------
        synapses
            On the core, at least one.
        span
            Source cells from the first to the last with a synapse there.
        slices
            Slices of the source.
        neurons, delay
            Of the core, and in ticks.
        """
        offset = offset_width(synapses)
        row = cell_bytes(offset, self.traces, delay)
        direct = slices * ENTRY_BYTES + span * row
        searched = ENTRY_BYTES + min(synapses, span) * (KEY_BYTES + row)
        per_synapse = index_width(neurons) + sum(self.states)
        listed = 0
        if self.posts:
            per_synapse += offset + index_width(span)
            listed = offset * (neurons + 1)
        # every column is filled up to a multiple of 4 bytes
        columns = 2 + 3 * self.posts + len(self.traces) + len(self.states)
        total = min(direct, searched) + synapses * per_synapse + offset + listed
        return self.fixed + total + columns * align(1)

    def scratch(self, neurons: int) -> int:
        """Bytes that blocks share: what the neurons send."""
        return 4 * neurons if self.posts else 0


def cell_bytes(offset: int, traces: tuple[int, ...], delay: int) -> int:
    """Bytes of a source cell: where its row begins, its traces and its part of the ring."""
    return offset + sum(traces) + arrival_bytes(ring_slots(delay), 1)


def plastic_memory(plasticity: IntegerPlasticity) -> PlasticMemory:
    """The figures of a projection's rule."""
    program = program_of(plasticity)
    widths = {
        name: range_width(program.format_of(name).minimum, program.format_of(name).maximum)
        for name in (*program.traces, *program.states)
    }
    described = len(program.parameters) + len(widths)
    constants = sum(align(values_width(plasticity.parameters[n])) for n in program.parameters)
    return PlasticMemory(
        BLOCK_BYTES + DESCRIPTOR_BYTES * described + 4 * len(program.post) + constants,
        tuple(widths[name] for name in program.traces),
        tuple(widths[name] for name in program.states),
        "on_post" in program.updates,
    )
