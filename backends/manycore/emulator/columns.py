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
# accumulators, first tick and ticks between updates, its records, plastic projections to it
GROUP_KERNEL: Final = 0
GROUP_ADDRESSES: Final = 1
GROUP_CELLS: Final = 2
GROUP_FIRST: Final = 3
GROUP_LAST: Final = 4
GROUP_START: Final = 5
GROUP_PERIOD: Final = 6
GROUP_RECORDS: Final = 7
GROUP_RECORDS_END: Final = 8
GROUP_PARTS: Final = 9
GROUP_PARTS_END: Final = 10
GROUP_COLUMNS: Final = 11

# a plastic projection: the first accumulator of what arrives for it, its source cells, address of
# the kernel of its traces (0 if it has none) and of that kernel's addresses, addresses of the
# kernels of its rule (0 where there is none), the addresses of these kernels, where the offsets of
# its rows begin, and where those of its synapses by target do, the first source and the cells of
# its target
PART_ARRIVALS: Final = 0
PART_CELLS: Final = 1
PART_TRACE: Final = 2
PART_TRACE_ADDRESSES: Final = 3
PART_ON_PRE: Final = 4
PART_ON_POST: Final = 5
PART_EACH_STEP: Final = 6
PART_ADDRESSES: Final = 7
PART_ROWS: Final = 8
PART_POSTS: Final = 9
PART_TARGET: Final = 10
PART_TARGETS: Final = 11
PART_COLUMNS: Final = 12

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
