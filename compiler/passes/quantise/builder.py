"""Builds a `Datapath` instruction by instruction; the only mutable thing of the pass."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.compiler.passes.quantise.affine import Interval
from somac.ir.datapath import Datapath, Instruction, Table, computed_bits, exact_format
from somac.ir.fixed import BOOL, MAX_BITS, Format, FormatError, Overflow, Rounding, quantise
from somac.ir.neuron import SignalKind

__all__ = ["Builder", "Value", "signed_bits"]

Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A value of the datapath and what it means.

    Parameters
    ----------
    index
        Its instruction.
    format
        Its format.
    unit
        What the fixed-point number 1.0 stands for: float64, 0-d or (cells,).
    interval
        Bounds of what it stands for.
    """

    index: int
    format: Format
    unit: Real
    interval: Interval


def signed_bits(magnitude: float) -> int:
    """Bits of a two's complement integer that holds plus and minus `magnitude`."""
    return int(np.ceil(magnitude)).bit_length() + 1


class Builder:
    """Instructions, parameters and tables under construction.

    Names of parameters begin with `prefix`, and are none of `reserved`.
    """

    def __init__(self, prefix: str = "", reserved: Collection[str] = ()) -> None:
        self.prefix, self.reserved = prefix, reserved
        self.instructions: list[Instruction] = []
        self.parameters: dict[str, NDArray[np.int64]] = {}
        self.tables: dict[str, Table] = {}

    def source(self, opcode: str, name: str, format: Format) -> int:
        """Read an input or a state."""
        return self._append(Instruction(opcode, format, name=name))

    def constant(self, raw: int, format: Format) -> int:
        """A constant."""
        return self._append(Instruction("const", format, raw=raw))

    def parameter(self, hint: str, values: Real, format: Format) -> int:
        """A parameter, quantised; its name starts with `hint`."""
        raw = quantise(values, format)
        if raw.ndim and (raw == raw[0]).all():
            raw = raw[0]
        return self.raw_parameter(hint, np.asarray(raw, dtype=np.int64), format)

    def raw_parameter(self, hint: str, raw: NDArray[np.int64], format: Format) -> int:
        """A parameter by its raw values."""
        name, number = f"{self.prefix}{hint}", 1
        while name in self.parameters or name in self.reserved:
            number += 1
            name = f"{self.prefix}{hint}_{number}"
        self.parameters[name] = raw
        return self._append(Instruction("param", format, name=name))

    def operation(
        self, opcode: str, arguments: Sequence[int], format: Format | None = None, name: str = ""
    ) -> int:
        """An operation; without a format, the exact one of its result."""
        if format is None:
            formats = [self.instructions[a].format for a in arguments]
            exact = exact_format(opcode, formats)
            if exact is None:
                format = BOOL
            else:
                width, fraction = exact
                format = Format(width, width - fraction)
        return self._append(Instruction(opcode, format, tuple(arguments), name))

    def cast(self, index: int, format: Format, name: str = "") -> int:
        """Convert, unless the value has the format already."""
        have = self.format(index)
        shape = (format.width, format.integer, format.signed)
        if (have.width, have.integer, have.signed) == shape:
            return index
        if computed_bits("cast", [have], format) > MAX_BITS:
            # bits above the range of the result saturate first, so that the shift has room
            whole = min(have.integer, format.integer + 1)
            narrow = Format(max(1, whole + have.fraction), whole, True, Rounding.TRN, Overflow.SAT)
            index = self.operation("cast", (index,), narrow, name)
        return self.operation("cast", (index,), format, name)

    def format(self, index: int) -> Format:
        """Format of a value."""
        return self.instructions[index].format

    def finish(
        self, name: str, next_state: dict[str, int], output: int, kind: SignalKind
    ) -> Datapath:
        """The datapath, without instructions that nothing needs.

        Raises
        ------
        FormatError
            If an instruction computes with more bits than there are.
        """
        kept = self._reachable([*next_state.values(), output])
        order: dict[int, int] = {}
        instructions: list[Instruction] = []
        for index in kept:
            old = self.instructions[index]
            order[index] = len(instructions)
            arguments = tuple(order[a] for a in old.arguments)
            instructions.append(Instruction(old.opcode, old.format, arguments, old.name, old.raw))
            formats = [instructions[a].format for a in arguments]
            bits = computed_bits(old.opcode, formats, old.format)
            if bits > MAX_BITS:
                raise FormatError(f"a {old.opcode} takes {bits} bits, more than {MAX_BITS}")
        return Datapath(
            name,
            tuple(instructions),
            {state: order[index] for state, index in next_state.items()},
            order[output],
            kind,
            self.tables,
        )

    def _reachable(self, roots: Sequence[int]) -> list[int]:
        wanted = set(roots)
        # ports stay even where nothing reads them: projections end there
        wanted |= {i for i, one in enumerate(self.instructions) if one.opcode in ("input", "state")}
        for index in range(len(self.instructions) - 1, -1, -1):
            if index in wanted:
                wanted.update(self.instructions[index].arguments)
        used = {self.instructions[i].name for i in wanted if self.instructions[i].opcode == "param"}
        self.parameters = {name: v for name, v in self.parameters.items() if name in used}
        return sorted(wanted)

    def _append(self, instruction: Instruction) -> int:
        self.instructions.append(instruction)
        return len(self.instructions) - 1


def coefficient_format(values: Real, bits: int, most_fraction: int) -> Format:
    """The finest format of `bits` bits that holds all of `values`, rounded to nearest."""
    largest = float(np.abs(values).max(initial=0.0))
    # one more integer bit where rounding up would leave the range
    integer = int(np.floor(np.log2(largest))) + 2 if largest > 0 else 1
    if largest * 2.0 ** (bits - integer) > 2.0 ** (bits - 1) - 1:
        integer += 1
    fraction = min(bits - integer, most_fraction)
    return Format(bits, bits - fraction, True, Rounding.RND_CONV, Overflow.SAT)
