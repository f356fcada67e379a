"""E0871 to E0879: bundles for arrays of memory cells that are not those of their network."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0871",
        "cells that keep other weights",
        "The codes of the cells of a block, put together again by bits and signs, are the "
        "weights of the network, in every copy. No code has more bits than a cell keeps, and of "
        "a pair of cells at most one has any.",
        exit_code=1,
    ),
    Code(
        "E0872",
        "cells of two blocks",
        "Every cell of an array belongs to one copy of one block at most: what is written for "
        "one would destroy the other.",
        exit_code=1,
    ),
    Code(
        "E0873",
        "cells that nothing uses",
        "Cells outside of all blocks stay at the least conductance, and no array is without a "
        "block. Conductances that were found, not programmed, are given for cells that are not "
        "programmed, and for no others.",
        exit_code=1,
    ),
    Code(
        "E0874",
        "other converters",
        "Pulses, cells of a weight, range of codes, and what a code stands for are part of the "
        "golden network (docs/reference/semantics.md): with others every sum would be rounded in "
        "another way.",
        exit_code=1,
    ),
    Code(
        "E0875",
        "other blocks",
        "Which rows and columns stand together decides what is rounded together. Blocks, their "
        "uses, and the cells that drive their rows and hear their columns are those of the "
        "golden network.",
        exit_code=1,
    ),
    Code(
        "E0876",
        "a plan of pulses that is not that of the cells",
        "programming.json says which cells are written, how many to which level, and how close. "
        "It follows from the codes, the blocks and the figures of the chip.",
        exit_code=1,
    ),
    Code(
        "E0877",
        "sums that do not come home",
        "What an array gives to cells that another core updates is sent there from core to "
        "core: each sends its sums on once, when it has all that it is sent.",
        exit_code=1,
    ),
    Code(
        "E0878",
        "cells of another device",
        "Where the network has weights that were read back of a device, its blocks are not "
        "programmed, and what their cells conduct adds up to the weights before they were rounded. "
        "All other blocks are programmed.",
        exit_code=1,
    ),
)
