"""Columns of the integer tables that the compiled code of the fast engine reads.

It knows no objects: what describes groups, segments, rows and records is int64 in columns.
"""

from __future__ import annotations

from typing import Final

BLOCK: Final = 16
"""Accumulators of a block of weights; every group begins at a multiple of it."""

SIDE_BY_SIDE: Final = 4
"""Blocks that are summed up in registers."""

# a group of cells: address of its kernel, address of its table of addresses, cells, its
# accumulators, first tick and ticks between updates, its records
GROUP_KERNEL: Final = 0
GROUP_ADDRESSES: Final = 1
GROUP_CELLS: Final = 2
GROUP_FIRST: Final = 3
GROUP_LAST: Final = 4
GROUP_START: Final = 5
GROUP_PERIOD: Final = 6
GROUP_RECORDS: Final = 7
GROUP_RECORDS_END: Final = 8
GROUP_COLUMNS: Final = 9

# a segment of sources, those of a group or an input: its first source, how many, and whether
# what it sends can be anything but 0 and 1
SEGMENT_FIRST: Final = 0
SEGMENT_CELLS: Final = 1
SEGMENT_GRADED: Final = 2
SEGMENT_COLUMNS: Final = 3

# the rows of a segment: the segment, its delays (the first, how many), its first row, and how
# many blocks every one of them has if they are the same ones, side by side, in all (else 0)
ROWS_SEGMENT: Final = 0
ROWS_DELAY: Final = 1
ROWS_DELAYS: Final = 2
ROWS_INDEX: Final = 3
ROWS_UNIFORM: Final = 4
ROWS_COLUMNS: Final = 5

# what is recorded of a population: bits of a value or one of the two below, where its group
# begins in values of so many bits, cells, where their places begin, where the record begins
RECORD_BITS: Final = 0
RECORD_FIRST: Final = 1
RECORD_CELLS: Final = 2
RECORD_PLACES: Final = 3
RECORD_BEGIN: Final = 4
RECORD_COLUMNS: Final = 5

SENDS: Final = 0
SIGNAL: Final = 1
