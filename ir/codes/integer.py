"""E05xx: integers."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0501",
        "an integer network that contradicts itself",
        "Formats, shapes, names and times of an integer network must agree, as "
        "docs/reference/semantics.md says. A bundle whose network does not is damaged; "
        "from the compiler it is a bug.",
    ),
    Code(
        "E0502",
        "an equation that cannot be computed in integers",
        "Integers have + - * // comparisons, select, min, max, clamp, abs, floor, powers 2 to 4 "
        "and functions by table. Divisors must be parameters.",
    ),
    Code(
        "E0503",
        "a sum that does not fit the accumulator",
        "Everything that can arrive at a port in one tick, weight times signal, must fit the "
        "accumulator, so that no spike is ever lost to overflow.",
        exit_code=3,
    ),
    Code(
        "E0504",
        "numbers too large, too small or too far apart",
        "A value in integers has at most 63 bits, and what is added is brought to one scale "
        "first. Numbers beyond those of float32, or terms of one sum that differ by more than "
        "the bits can hold, have no such scale: they come of a wrong unit or a failed training.",
    ),
    Code(
        "E0505",
        "a layer that cannot be built",
        "The weights of layers have the layout of Keras and fit one another; in integers a weight "
        "has at most 32 bits, and no value of an update more than 63.",
    ),
    Code(
        "E0506",
        "an accumulator that saturates",
        "Sums are taken in any order, and only where they wrap does the order not matter. A "
        "saturating sum is another one for every order, and in none of them the sum.",
    ),
)
