"""Blocks: parts of projections that are no rows of words, with their source cells gathered.

What all kinds have in common is here: which cells there are, and how their descriptor begins.
The rest is up to the body of a block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from somac.backends.manycore.emit.lookup import Lookup
from somac.backends.manycore.regions import BLOCK_BYTES, align, arrival_bytes, ring_slots

__all__ = ["Block", "BlockBody", "Encoded", "blocks_regions", "encode_blocks"]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Words 5 and up of a descriptor, and the bytes that they give addresses of."""

    words: tuple[int, ...]
    content: bytes


class BlockBody(Protocol):
    """What a kind of blocks has to say of itself."""

    @property
    def kind(self) -> int:
        """Word 0 of the descriptor."""
        ...

    @property
    def size(self) -> int:
        """Bytes of its content in the file, a multiple of 4."""
        ...

    @property
    def synapses(self) -> int:
        """How many it holds."""
        ...

    @property
    def scratch(self) -> int:
        """Bytes that it needs while it is at work, a multiple of 4; blocks share them."""
        ...

    def encode(self, address: int, scratch: int) -> Encoded:
        """What to write, where the content and the shared bytes have these addresses."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The part of one projection that ends on one core.

    Parameters
    ----------
    port
        Number of the port it adds to.
    delay
        Ticks, the same for all synapses.
    lookup
        Its entries; row r is its source cell r.
    body
        Its synapses.
    projection
        Its name, where the description has to say what the block is of.
    """

    port: int
    delay: int
    lookup: Lookup
    body: BlockBody
    projection: str = ""

    @property
    def cells(self) -> int:
        """Source cells."""
        return self.lookup.rows

    @property
    def slots(self) -> int:
        """Of the arrival ring."""
        return ring_slots(self.delay)

    @property
    def arrivals(self) -> int:
        """Bytes of the arrival ring."""
        return arrival_bytes(self.slots, self.cells)


def blocks_regions(blocks: Sequence[Block]) -> dict[str, int]:
    """Bytes of what is in the file, then of what follows the ring buffers."""
    return {
        "blocks": BLOCK_BYTES * len(blocks),
        "block_contents": sum(block.body.size for block in blocks),
        "arrival_rings": sum(block.arrivals for block in blocks),
        "scratch": align(max((block.body.scratch for block in blocks), default=0)),
    }


def encode_blocks(blocks: Sequence[Block], contents: int, arrivals: int, scratch: int) -> bytes:
    """The descriptors and the contents of blocks, where these regions have these addresses."""
    described, content = b"", b""
    for block in blocks:
        encoded = block.body.encode(contents + len(content), scratch)
        head = (block.body.kind, block.port, block.cells, block.slots, arrivals)
        words = b"".join(word.to_bytes(4, "little") for word in (*head, *encoded.words))
        described += words.ljust(BLOCK_BYTES, b"\0")
        content += encoded.content
        arrivals += block.arrivals
    return described + content
