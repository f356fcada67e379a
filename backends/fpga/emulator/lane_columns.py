"""Columns of the tables, int64 (things, columns), that compiled code for lanes reads."""

from __future__ import annotations

from typing import Final

__all__ = [
    "LINK_COLUMNS",
    "LINK_DELAY",
    "LINK_KERNEL",
    "LINK_SENDER",
    "LINK_SUMS",
    "LINK_TABLE",
    "RECORD_BEGIN",
    "RECORD_BITS",
    "RECORD_COLUMNS",
    "RECORD_FIRST",
    "RECORD_MASK",
    "RECORD_PLACES",
    "RECORD_STRIDE",
    "RECORD_WIDTH",
    "SECTION_ADDRESSES",
    "SECTION_BEYOND",
    "SECTION_CELLS",
    "SECTION_COLUMNS",
    "SECTION_FIRST",
    "SECTION_KERNEL",
    "SECTION_RECORDS",
    "SECTION_RECORDS_END",
    "SECTION_SENDS",
    "SECTION_SENT",
    "SECTION_SIGNAL",
    "SENDER_ADDRESS",
    "SENDER_COLUMNS",
    "SENDER_GROUP",
    "SENDER_MASK",
    "SENDER_STRIDE",
]

SENDER_ADDRESS: Final = 0  # of what it sends in the first step
SENDER_STRIDE: Final = 1  # bytes from a step to the next
SENDER_MASK: Final = 2  # steps that are kept, a power of two, less one
SENDER_GROUP: Final = 3  # bytes from a group of samples to the next
SENDER_COLUMNS: Final = 4

SECTION_CELLS: Final = 0
SECTION_KERNEL: Final = 1  # address of its update
SECTION_ADDRESSES: Final = 2  # place of what the update is given
SECTION_SIGNAL: Final = 3  # place of the address of what it sends
SECTION_SENDS: Final = 4  # place in memory of who sends
SECTION_SENT: Final = 5  # first of its cells among those of all senders
SECTION_FIRST: Final = 6  # its links
SECTION_BEYOND: Final = 7
SECTION_RECORDS: Final = 8
SECTION_RECORDS_END: Final = 9
SECTION_COLUMNS: Final = 10

LINK_SENDER: Final = 0
LINK_DELAY: Final = 1
LINK_KERNEL: Final = 2  # address of what adds its rows
LINK_TABLE: Final = 3  # address of these
LINK_SUMS: Final = 4  # address of the accumulators of its first port
LINK_COLUMNS: Final = 5

RECORD_BITS: Final = 0
RECORD_FIRST: Final = 1  # of the values that are recorded
RECORD_STRIDE: Final = 2  # from those of a step to those of the next, and how many are kept
RECORD_MASK: Final = 3
RECORD_PLACES: Final = 4  # where the places of cells begin
RECORD_BEGIN: Final = 5  # where it is written, and how many cells a step has there
RECORD_WIDTH: Final = 6
RECORD_COLUMNS: Final = 7
