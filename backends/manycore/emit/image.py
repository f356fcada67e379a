"""Encoding a core's memory image, bit by bit as `docs/reference/bundle.md` describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from somac.backends.manycore.emit.blocks import blocks_regions, encode_blocks
from somac.backends.manycore.emit.rows import SynapseTable
from somac.backends.manycore.emit.values import Values, descriptors
from somac.backends.manycore.regions import (
    BLOCK_LAYOUT,
    DESCRIPTOR_BYTES,
    HEADER_BYTES,
    LAYOUT_BYTES,
    align,
    ring_bytes,
)
from somac.ir.neuron import SignalKind

__all__ = ["KINDS", "MAGIC", "VERSION", "CoreImage", "encode"]

MAGIC = int.from_bytes(b"SOMC", "little")
VERSION = 2
KINDS: Mapping[SignalKind, int] = {"spike": 0, "count": 1, "value": 2}

_SENDS, _RECORD_SIGNALS = 1 << 2, 1 << 3
_NO_KEY = 0
_UNUSED = (0,) * 6


@dataclass(frozen=True, slots=True, eq=False)
class CoreImage:
    """Everything in the memory of one core.

    Parameters
    ----------
    program
        Number of the neuron program.
    neurons, kind
        How many, and what they send.
    key
        The key of neuron 0; None if nothing that they send is heard.
    record
        Whether their signals are recorded.
    start, period, slots
        First tick and ticks between updates; slots of the ring buffers.
    ports
        Number of input ports.
    parameters, states
        In the order of the datapath's names; states with their initial values.
    synapses
        Population table, row index, rows and blocks.
    """

    program: int
    neurons: int
    kind: SignalKind
    key: int | None
    record: bool
    start: int
    period: int
    slots: int
    ports: int
    parameters: tuple[Values, ...]
    states: tuple[Values, ...]
    synapses: SynapseTable

    def regions(self) -> dict[str, int]:
        """Bytes of each region, in the order of their addresses."""
        table = self.synapses
        described = len(self.parameters) + len(self.states)
        blocks = blocks_regions(table.blocks)
        return {
            "header": HEADER_BYTES,
            "descriptors": DESCRIPTOR_BYTES * described,
            "parameters": sum(len(bytes(v)) for v in self.parameters),
            "states": sum(len(bytes(v)) for v in self.states),
            "layouts": LAYOUT_BYTES * len(table.layouts),
            "population_table": table.entries.nbytes,
            "keys": table.keys.nbytes,
            "row_index": align(table.index.nbytes),
            "rows": align(len(table.rows)),
            "blocks": blocks["blocks"],
            "block_contents": blocks["block_contents"],
            "ring_buffers": ring_bytes(self.slots, self.ports, self.neurons),
            "arrival_rings": blocks["arrival_rings"],
            "scratch": blocks["scratch"],
        }

    @property
    def size(self) -> int:
        """Bytes of memory the image takes, with what is not in the file."""
        return sum(self.regions().values())


def encode(image: CoreImage) -> bytes:
    """The bytes to load; what follows them, ring buffers first, is zero and not in the file."""
    table = image.synapses
    regions = image.regions()
    starts, address = {}, 0
    for name, size in regions.items():
        starts[name] = address
        address += size
    flags = KINDS[image.kind]
    flags |= _SENDS if image.key is not None else 0
    flags |= _RECORD_SIGNALS if image.record else 0
    state_descriptors = starts["descriptors"] + DESCRIPTOR_BYTES * len(image.parameters)
    header = (
        *(MAGIC, VERSION, image.size, image.program, image.neurons, flags),
        _NO_KEY if image.key is None else image.key,
        *(image.start, image.period, image.slots, image.ports),
        *(len(image.states), len(image.parameters), len(table.layouts), len(table.entries)),
        *(table.index.itemsize, starts["descriptors"], state_descriptors, starts["layouts"]),
        *(starts["population_table"], starts["keys"], starts["row_index"], starts["rows"]),
        *(starts["ring_buffers"], len(table.blocks), starts["blocks"], *_UNUSED),
    )
    entries = table.entries.copy()
    entries["first"][entries["mask"] == 0] += starts["keys"]
    in_words = entries["layout"] != BLOCK_LAYOUT
    entries["index"][in_words] += starts["row_index"]
    entries["rows"][in_words] += starts["rows"]
    pieces = [
        np.array(header, dtype="<u4").tobytes(),
        descriptors(image.parameters, starts["parameters"]),
        descriptors(image.states, starts["states"]),
        *(bytes(v) for v in image.parameters),
        *(bytes(v) for v in image.states),
        *(bytes((w.weight_bits, w.delay_bits, w.type_bits, w.target_bits)) for w in table.layouts),
        entries.tobytes(),
        table.keys.tobytes(),
        table.index.tobytes().ljust(regions["row_index"], b"\0"),
        table.rows.ljust(regions["rows"], b"\0"),
        encode_blocks(
            table.blocks, starts["block_contents"], starts["arrival_rings"], starts["scratch"]
        ),
    ]
    return b"".join(pieces)
