"""Columns of the tables, int64 (things, columns), that compiled code reads."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ENGINE_CLEAR",
    "ENGINE_COLUMNS",
    "ENGINE_DRAIN",
    "ENGINE_LONGEST",
    "LINK_COLUMNS",
    "LINK_DELAY",
    "LINK_KERNEL",
    "LINK_LENGTH",
    "LINK_LENGTHS",
    "LINK_SENDER",
    "LINK_SLOTS",
    "LINK_SUMS",
    "LINK_TABLE",
    "LINK_WHOLE",
    "OUTPUT_COLUMNS",
    "OUTPUT_SENDER",
    "RECORD_BEGIN",
    "RECORD_BITS",
    "RECORD_COLUMNS",
    "RECORD_FIRST",
    "RECORD_PLACES",
    "RECORD_WIDTH",
    "SECTION_ADDRESSES",
    "SECTION_BANK",
    "SECTION_BEYOND",
    "SECTION_COLUMNS",
    "SECTION_ENGINE",
    "SECTION_FIRST",
    "SECTION_FLIGHT",
    "SECTION_KERNEL",
    "SECTION_PORTS",
    "SECTION_RECORDS",
    "SECTION_RECORDS_END",
    "SECTION_RING",
    "SECTION_SUMS",
    "SECTION_UPDATES",
    "SENDER_CELLS",
    "SENDER_COLUMNS",
    "SENDER_FIRST",
    "SENDER_GRADED",
    "SENDER_HISTORY",
    "SENDER_MASK",
    "SENDER_WORDS",
    "SIGNAL",
]

SENDER_CELLS: Final = 0
SENDER_WORDS: Final = 1  # of a step
SENDER_FIRST: Final = 2  # first of its cells among those of all senders
SENDER_GRADED: Final = 3
SENDER_HISTORY: Final = 4  # where the lists of what it sent begin
SENDER_MASK: Final = 5  # steps that are kept, less one
SENDER_COLUMNS: Final = 6

ENGINE_CLEAR: Final = 0
ENGINE_DRAIN: Final = 1
ENGINE_LONGEST: Final = 2  # flight of its longest update
ENGINE_COLUMNS: Final = 3

SECTION_ENGINE: Final = 0
SECTION_UPDATES: Final = 1
SECTION_FLIGHT: Final = 2
SECTION_FIRST: Final = 3  # its links
SECTION_BEYOND: Final = 4
SECTION_KERNEL: Final = 5  # address of its update
SECTION_ADDRESSES: Final = 6  # place of what the update is given
SECTION_PORTS: Final = 7
SECTION_SUMS: Final = 8  # address of the accumulators of its first port
SECTION_BANK: Final = 9  # bytes of the accumulators of a port
SECTION_RING: Final = 10  # steps that accumulators are kept for
SECTION_RECORDS: Final = 11
SECTION_RECORDS_END: Final = 12
SECTION_COLUMNS: Final = 13

LINK_SENDER: Final = 0
LINK_DELAY: Final = 1
LINK_SLOTS: Final = 2
LINK_WHOLE: Final = 3
LINK_KERNEL: Final = 4  # address of what adds its rows
LINK_TABLE: Final = 5  # address of these
LINK_SUMS: Final = 6  # address of the accumulators of its first port
LINK_LENGTH: Final = 7  # words of every row, or -1
LINK_LENGTHS: Final = 8  # where those of each row begin
LINK_COLUMNS: Final = 9

OUTPUT_SENDER: Final = 0
OUTPUT_COLUMNS: Final = 3  # delay and slots as of a link

RECORD_BITS: Final = 0  # of a stored state, or SIGNAL
RECORD_FIRST: Final = 1  # of the values that are recorded
RECORD_PLACES: Final = 2  # where the places of cells begin
RECORD_BEGIN: Final = 3  # where it is written, and how many cells a step has there
RECORD_WIDTH: Final = 4
RECORD_COLUMNS: Final = 5

SIGNAL: Final = 0
