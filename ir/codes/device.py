"""E0690 to E0699: random devices."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0690",
        "no distribution of a random device",
        "The conductances of a random device are drawn from a normal distribution with a finite "
        "mean and a finite deviation of 0 or more, times a finite scale, by a seed that is a "
        "whole number from 0 to 2**32 - 1.",
    ),
    Code(
        "E0691",
        "a random device that would have to be programmed",
        "The weights of a random device are what its cells happen to conduct, one for every pair "
        "of source and target. They cannot learn, be given, be left out or be part of a chain of "
        "maps: all of that needs cells that are programmed.",
    ),
)
