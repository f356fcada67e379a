"""``numbers.json``: what became of real numbers: steps of weights, formats of states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from somac.compiler.record.text import encode, parse, six_digits
from somac.ir.program import Program

if TYPE_CHECKING:
    from somac.compiler.passes.quantise import Quantised

__all__ = [
    "NUMBERS",
    "NumbersRecord",
    "StateRow",
    "WeightsRow",
    "numbers_from",
    "numbers_record",
    "numbers_to",
]

NUMBERS = "numbers.json"
FORMAT = 1


class WeightsRow(NamedTuple):
    """Weights of a projection, in units of the model.

    Parameters
    ----------
    step
        What a raw unit of the sum at the port stands for; the largest, if cells differ.
    bits
        That the sum needs.
    worst, rms, weights
        Largest error of a weight, root mean square of errors, and of weights.
    """

    projection: str
    port: str
    step: float
    per_cell: bool
    bits: int
    worst: float
    rms: float
    weights: float


class StateRow(NamedTuple):
    """A state of a population, or of synapses that learn (of a projection).

    Parameters
    ----------
    bound, proven
        Largest magnitude that can occur, proven; or where the format saturates.
    seen
        Largest magnitude on calibration data, None without.
    headroom
        Bits between the bound, or what was seen, and the end of the format.
    """

    of: str
    state: str
    format: str
    step: float
    bound: float
    proven: bool
    seen: float | None
    headroom: float


@dataclass(frozen=True, slots=True)
class NumbersRecord:
    """The account; `origin` is the digest of the network in floating point."""

    origin: str
    weights: tuple[WeightsRow, ...]
    states: tuple[StateRow, ...]
    format: int = FORMAT


def numbers_record(quantised: Quantised) -> NumbersRecord:
    """What `quantise` says that it did."""
    states = {name: report.states for name, report in quantised.report.items()}
    states |= {name: report.states for name, report in quantised.learning.items()}
    return NumbersRecord(
        quantised.network.origin,
        tuple(
            WeightsRow(
                r.projection,
                name,
                six_digits(port.step),
                port.per_cell,
                port.bits,
                *map(six_digits, (r.worst, r.rms, r.weights)),
            )
            for population in quantised.report.values()
            for name, port in population.ports.items()
            for r in port.rounding
        ),
        tuple(
            StateRow(
                owner,
                name,
                str(state.format),
                six_digits(state.step),
                six_digits(state.bound),
                state.proven,
                None if state.seen is None else six_digits(state.seen),
                six_digits(state.headroom),
            )
            for owner, own in states.items()
            for name, state in own.items()
        ),
    )


def numbers_to(record: NumbersRecord) -> bytes:
    """As the bytes of the file."""
    return encode(record)


def numbers_from(program: Program) -> NumbersRecord | None:
    """What the bundle says, None if it says nothing: nothing was quantised, or long ago.

    Raises
    ------
    SomacError
        E0704, E0705, E0710 if the file is not as it must be.
    """
    if NUMBERS not in program.files:
        return None
    return parse(NumbersRecord, program.files[NUMBERS], NUMBERS, FORMAT)
