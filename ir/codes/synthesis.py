"""E086x: circuits through the tools that make bits of them."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0861",
        "a circuit cannot be made",
        "yosys or nextpnr gave up, or did not end in time. Either the tool is too old or not "
        "whole, or this is a bug of somac: the message is the tool's.",
        exit_code=1,
    ),
    Code(
        "E0862",
        "a circuit that is too large for the part",
        "All engines of a circuit share the look-up tables, flip-flops, memories and multipliers "
        "of the part. Fewer lanes, fewer bits or a larger part make it fit.",
        exit_code=3,
    ),
    Code(
        "E0863",
        "no open tool places circuits on the part",
        "Circuits for parts of AMD are mapped by yosys, which estimates what they take. Bits and "
        "timing come from Vivado, with the script that somac writes.",
    ),
)
