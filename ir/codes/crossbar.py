"""E068x: models of resistive devices."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0680",
        "a range of conductances that no cell has",
        "A cell has 2 to 256 levels, evenly between a smallest conductance (0 or more) and a "
        "larger one. The largest is less than 2^12 steps between two levels.",
    ),
    Code(
        "E0681",
        "a standard deviation that cannot be",
        "The standard deviation of a conductance is nowhere negative between the lowest and the "
        "highest level, and no larger than the largest conductance nor than 127 steps between "
        "levels. Exponents of drift are from 0 to 1.",
    ),
    Code(
        "E0682",
        "shares of faulty cells that cannot be",
        "The shares of cells stuck at the smallest conductance, at the largest, and open are each "
        "from 0 to 1, and together no more than 1.",
    ),
    Code(
        "E0683",
        "a time at which the device model says nothing",
        "Drift is known from its reference time on, and accumulated 1/f noise once a read has had "
        "its time. Times are seconds from programming, and more than 0.",
    ),
    Code(
        "E0684",
        "pulses that cannot reach their target",
        "Writing with verification needs a window to end in, pulses that move the conductance, "
        "and at least one of them.",
    ),
    Code(
        "E0685",
        "a place or a time without random numbers",
        "Random numbers are a function of the seed (32 bits), the core (16), the row (24), the "
        "column (16), the plane (6), the pulse (7), the firing of the core within a time step "
        "(21), the time step and the sample (32 each). What lies outside has none of its own.",
    ),
    Code(
        "E0686",
        "an unknown effect or figure of devices",
        "The message names it, and those that are known.",
    ),
    Code(
        "E0687",
        "a code that is no level of the cell",
        "Codes of cells count levels from 0.",
    ),
    Code(
        "E0688",
        "a negative figure of arrays",
        "Resistances of wires, times and energies are 0 or more. Only coefficients of laws, such "
        "as programming_c2, have signs.",
    ),
)
