"""The recursion of `somac.backends.fpga.emulator.timing`, compiled: from one event to the next."""

from __future__ import annotations

from typing import Any

from somac.backends.compiled.jit import inlined
from somac.backends.fpga.emulator.columns import LINK_DELAY, LINK_SLOTS

__all__ = ["room", "scan", "scan_whole"]


@inlined
def room(
    sender: int,
    step: int,
    mask: int,
    readers: Any,
    reader_first: Any,
    links: Any,
    outputs: Any,
    link_done: Any,
    output_done: Any,
) -> int:
    """The first cycle in which all that read a sender have room for a step."""
    found = 0
    for at in range(reader_first[sender], reader_first[sender + 1]):
        reader = readers[at]
        if reader < len(links):
            before = step + links[reader, LINK_DELAY] - links[reader, LINK_SLOTS]
            if before >= 0:
                found = max(found, link_done[reader, before & mask] + 1)
        else:
            output = reader - len(links)
            before = step + outputs[output, LINK_DELAY] - outputs[output, LINK_SLOTS]
            if before >= 0:
                found = max(found, output_done[output, before & mask] + 1)
    return found


@inlined
def scan(
    listed: Any,
    at: int,
    count: int,
    words: int,
    word_of: Any,
    first: int,
    length: int,
    lengths: Any,
    row: int,
    start: int,
    located: int,
    left: int,
    issued: int,
) -> tuple[int, int, int, int, int]:
    """Offer the cells that are listed, word by word, from cycle `start` on.

    Returns the cycle after the last word, when the last event left each of the two stages of its
    location, when the last word of its row is issued, and how many words of rows there were.
    """
    offered, word, total = start, -1, 0
    for n in range(at, at + count):
        cell = listed[n]
        here = word_of[first + cell]
        # a word of which no cell sends takes a cycle
        offered += max(here - word - 1, 0)
        word = here
        size = length if length >= 0 else lengths[row + cell]
        total += size
        taken = max(offered, located)
        located = max(taken + 1, left)
        left = located + 1
        if size:
            left = max(left, issued)
            issued = left + size
        offered = taken + 1
    return offered + words - 1 - word, located, left, issued, total


@inlined
def scan_whole(
    words: int, length: int, start: int, located: int, left: int, issued: int
) -> tuple[int, int, int, int, int]:
    """The same where each word is an event."""
    offered = start
    for _ in range(words):
        taken = max(offered, located)
        located = max(taken + 1, left)
        left = located + 1
        if length:
            left = max(left, issued)
            issued = left + length
        offered = taken + 1
    return offered, located, left, issued, words * length
