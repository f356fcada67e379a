"""What an untrusted NIR file may cost."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TRUSTED", "Limits"]

_MIB = 2**20
_GIB = 2**30


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on a file, on what it declares, and on the process that reads it.

    The defaults hold every real model with room to spare, and keep a small hostile file under
    1 GB of memory, both processes together, and under 5 s, the start of the process included.

    Parameters
    ----------
    file_bytes
        The file itself.
    logical_bytes
        All numbers of the file once unpacked.
    expansion, expansion_free_bytes
        Unpacked bytes per byte of the file, asked of files that unpack to more than
        `expansion_free_bytes`.
    expanded_bytes
        Unpacked bytes beyond the size of the file: what compression may conjure up in all.
    chunk_bytes, chunks
        One chunk of a chunked dataset, unpacked, and the number of chunks of one dataset.
    depth
        Groups inside one another, ``/node`` counted as the first.
    objects
        Groups and datasets, nodes among them.
    edges
        Edges of all graphs of the file.
    name_bytes, text_bytes
        One name in UTF-8, and all text of the file (names in edges, types, metadata).
    reports
        Refusals collected before the walk gives up.
    memory_bytes
        Memory of the reading process beyond what it needs to start and twice the file.
    wall_seconds, bytes_per_second
        Time of the reading process: `wall_seconds`, and the size of the file divided by
        `bytes_per_second`.
    """

    file_bytes: int = 2048 * _MIB
    logical_bytes: int = 2048 * _MIB
    expansion: int = 1000
    expansion_free_bytes: int = _MIB
    expanded_bytes: int = 320 * _MIB
    chunk_bytes: int = 128 * _MIB
    chunks: int = 1_000_000
    depth: int = 32
    objects: int = 1_000_000
    edges: int = 1_000_000
    name_bytes: int = 1024
    text_bytes: int = 64 * _MIB
    reports: int = 50
    memory_bytes: int = 512 * _MIB
    wall_seconds: float = 4.0
    bytes_per_second: float = 20e6

    def wall_of(self, file_bytes: int) -> float:
        """Seconds of wall-clock time granted for a file of this size."""
        return self.wall_seconds + file_bytes / self.bytes_per_second

    def memory_of(self, file_bytes: int) -> int:
        """Bytes of address space granted for a file of this size, beyond a started process."""
        return self.memory_bytes + 2 * file_bytes

    def unpacked_of(self, file_bytes: int) -> int:
        """Unpacked bytes granted for a file of this size, by the expansion rules alone."""
        return max(
            self.expansion_free_bytes,
            min(self.expansion * file_bytes, file_bytes + self.expanded_bytes),
        )


TRUSTED = Limits(
    file_bytes=64 * _GIB,
    logical_bytes=64 * _GIB,
    expansion=100_000,
    expanded_bytes=64 * _GIB,
    chunk_bytes=2 * _GIB,
    objects=100_000_000,
    edges=100_000_000,
    text_bytes=_GIB,
    memory_bytes=128 * _GIB,
    wall_seconds=600.0,
    bytes_per_second=1e6,
)
"""Bounds for a file that the user vouches for: only what would end in no answer at all."""
