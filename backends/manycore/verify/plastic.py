"""Plastic blocks as the checker reads them: every byte in its place."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.damage import require

__all__ = ["Plastic", "read_plastic"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Plastic:
    """Synapses that learn, in rows of the cells of their block.

    Parameters
    ----------
    rule
        Number of the rule.
    cell, target
        int64 (synapses,): source cell of the block, and neuron of the core.
    parameters, traces, states
        int64: one number each, (cells,) each, and (synapses,) each.
    trace_widths, state_widths
        Bytes of a value.
    post
        Numbers of the neurons' states that the rule reads.
    posts
        Whether there is a list of synapses by target; if so, it is the right one.
    bytes, scratch
        Of its content in the file, and of what it shares with other blocks.
    """

    rule: int
    cell: Integers
    target: Integers
    parameters: list[int]
    traces: list[Integers]
    states: list[Integers]
    trace_widths: list[int]
    state_widths: list[int]
    post: list[int]
    posts: bool
    bytes: int
    scratch: int


class _Reader:
    """Takes pieces of a file one after the other."""

    def __init__(self, file: str, content: bytes, position: int) -> None:
        self.file, self.content, self.position = file, content, position

    def numbers(self, dtype: str, count: int) -> Integers:
        """So many numbers, and zeros up to a multiple of 4 bytes."""
        end = self.position + np.dtype(dtype).itemsize * count
        padded = (end + 3) & ~3
        require(padded <= len(self.content), self.file, "shorter than its plastic blocks")
        require(not any(self.content[end:padded]), self.file, "padding that is not zero")
        found = np.frombuffer(self.content[self.position : end], dtype=dtype).astype(np.int64)
        self.position = padded
        return found

    def at(self, address: int, what: str) -> None:
        """The next piece must be at an address."""
        require(self.position == address, self.file, f"a gap before {what} of a plastic block")


def read_plastic(
    file: str,
    content: bytes,
    words: tuple[int, ...],
    shape: tuple[int, int],
    position: int,
    shared: int,
) -> Plastic:
    """Decode words 5 and up of a descriptor, and what must be at `position`.

    `shape` are the cells of the block and the neurons of the core; `shared` is the address of
    what blocks share.
    """
    cells, neurons = shape
    rule, synapses, begin_at, target_at, posts_at = words[:5]
    parameters_at, traces_at, states_at, post_at, signals_at, counts = words[5:]
    own = [counts >> 8 * n & 0xFF for n in range(4)]
    reader = _Reader(file, content, position)
    described = []
    for what, address, count in (
        ("constants", parameters_at, own[0]),
        ("traces", traces_at, own[1]),
        ("states", states_at, own[2]),
    ):
        reader.at(address, what)
        raw = reader.numbers("<u1", 8 * count).astype(np.uint8).tobytes()
        described.append([*struct.iter_unpack("<IBBH", raw)])
    reader.at(post_at, "numbers of states")
    post = reader.numbers("<u4", own[3]).tolist()
    parameters = [int(v[0]) for v in _values(reader, described[0], 1, spread=0)]
    width = 2 if synapses < 1 << 16 else 4
    reader.at(begin_at, "rows")
    begin = reader.numbers(f"<u{width}", cells + 1)
    _offsets(file, begin, synapses)
    cell = np.repeat(np.arange(cells), np.diff(begin))
    reader.at(target_at, "targets")
    target = reader.numbers(f"<u{_narrow(neurons)}", synapses)
    require(bool((target < neurons).all()), file, "a plastic synapse without a neuron")
    if posts_at:
        reader.at(posts_at, "synapses by target")
        offsets = reader.numbers(f"<u{width}", neurons + 1)
        _offsets(file, offsets, synapses)
        listed = reader.numbers(f"<u{width}", synapses)
        source = reader.numbers(f"<u{_narrow(cells)}", synapses)
        order = np.lexsort((np.arange(synapses), target))
        sound = bool((listed == order).all() and (source == cell[order]).all())
        owner = np.repeat(np.arange(neurons), np.diff(offsets))
        sound = sound and bool((owner == target[order]).all())
        require(sound, file, "synapses by target are not those of the rows")
    require(signals_at == (shared if posts_at else 0), file, "a bad address of signals")
    traces = list(_values(reader, described[1], cells, spread=1))
    states = list(_values(reader, described[2], synapses, spread=1))
    return Plastic(
        rule,
        cell,
        target,
        parameters,
        traces,
        states,
        [d[1] for d in described[1]],
        [d[1] for d in described[2]],
        post,
        posts_at != 0,
        reader.position - position,
        4 * neurons if posts_at else 0,
    )


def _narrow(count: int) -> int:
    """Bytes of a number below `count`."""
    return 1 if count <= 1 << 8 else 2 if count <= 1 << 16 else 4


def _offsets(file: str, offsets: Integers, last: int) -> None:
    sound = offsets[0] == 0 and offsets[-1] == last and bool((np.diff(offsets) >= 0).all())
    require(sound, file, "offsets of a plastic block decrease")


def _values(
    reader: _Reader, described: list[tuple[int, ...]], count: int, *, spread: int
) -> Iterator[Integers]:
    for address, width, own, zero in described:
        sound = width in (1, 2, 4, 8) and own == spread and zero == 0
        require(sound, reader.file, "a bad descriptor of a plastic block")
        reader.at(address, "values")
        yield reader.numbers(f"<i{width}", count)
