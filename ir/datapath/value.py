"""The value: instructions, tables, and what makes them a datapath."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from somac.ir.datapath.operations import OPCODES, SOURCES, TRUTH, computed_bits
from somac.ir.digest import integers, read_only
from somac.ir.fixed import BOOL, MAX_BITS, Format, Overflow
from somac.ir.neuron import SignalKind

__all__ = ["Datapath", "Instruction", "Table"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One value.

    Parameters
    ----------
    opcode
        A member of `SOURCES` or `OPCODES`.
    format
        Format of the result.
    arguments
        Indices of earlier instructions.
    name
        What ``input``, ``param``, ``state`` and ``table`` refer to; elsewhere a comment
        that generated code carries as the variable's name (may be empty). ASCII letters,
        digits and ``_``.
    raw
        The raw value of a ``const``; 0 elsewhere.
    """

    opcode: str
    format: Format
    arguments: tuple[int, ...] = ()
    name: str = ""
    raw: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A function by its values: raw argument ``a`` reads ``entries[a - first]``.

    Arguments before the first entry read the first, arguments beyond the last the last.

    Parameters
    ----------
    first
        Raw argument of entry 0.
    entries
        int64 (n,): raw results, in the format of the instruction that reads them.
    """

    first: int
    entries: NDArray[np.int64]

    def __post_init__(self) -> None:
        entries = read_only(integers(self.entries))
        object.__setattr__(self, "entries", entries)
        if entries.ndim != 1 or not entries.size:
            raise ValueError(f"a table has entries in one dimension, not of shape {entries.shape}")
        if not abs(self.first) < 1 << (MAX_BITS - 1):
            raise ValueError(f"the first argument of a table has {MAX_BITS} bits: {self.first}")


@dataclass(frozen=True, slots=True, eq=False)
class Datapath:
    """The update of one neuron model in integers.

    Parameters
    ----------
    name
        For people; enters generated code.
    instructions
        Values in single-assignment form: arguments come before their uses.
    next_state
        Per state, the instruction that gives its value after the tick. The formats of both
        are equal.
    output
        The instruction whose value is sent.
    output_kind
        ``spike`` (0 or 1), ``count`` (an unsigned integer) or ``value``.
    tables
        Tables by name.

    Raises
    ------
    ValueError
        If it is not well formed, in the sense of section 2 of `docs/reference/semantics.md`.
    """

    name: str
    instructions: tuple[Instruction, ...]
    next_state: Mapping[str, int]
    output: int
    output_kind: SignalKind
    tables: Mapping[str, Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problem = next(self._problems(), None)
        if problem is not None:
            raise ValueError(f"datapath {self.name}{problem}")

    def _problems(self) -> Iterator[str]:
        if not self.name or self.name.split() != [self.name]:
            yield ": its name is a word without spaces"
        for table in self.tables:
            if not _NAME.fullmatch(table):
                yield f": {table!r} is not a name for a table"
        formats: dict[tuple[str, str], Format] = {}
        for index, i in enumerate(self.instructions):
            problem = self._problem(index, i)
            if problem is None and i.opcode in SOURCES and i.opcode != "const":
                first = formats.setdefault((i.opcode, i.name), i.format)
                problem = None if first == i.format else f"{i.name} is {first} elsewhere"
            if problem is not None:
                yield f", %{index} {i.opcode}: {problem}"
        for what, index in (*self.next_state.items(), ("the output", self.output)):
            if not 0 <= index < len(self.instructions):
                yield f": {what} is %{index}, which is not there"
        states = {name: format for (opcode, name), format in formats.items() if opcode == "state"}
        for state in sorted(states.keys() ^ self.next_state.keys()):
            yield f": state {state} is not both read and given its next value"
        for state, index in self.next_state.items():
            if states[state] != self.instructions[index].format:
                yield f": state {state} changes its format"
        if self.output_kind not in get_args(SignalKind):
            yield f": it cannot send a {self.output_kind!r}"
        sent = self.instructions[self.output].format
        if self.output_kind == "spike" and sent != BOOL:
            yield f": a spike is {BOOL}, not {sent}"
        if self.output_kind == "count" and (sent.signed or sent.fraction):
            yield f": a count is an unsigned integer, not {sent}"

    def _problem(self, index: int, i: Instruction) -> str | None:
        arity = 0 if i.opcode in SOURCES else OPCODES.get(i.opcode)
        if arity is None:
            return "no such operation"
        if len(i.arguments) != arity:
            return f"takes {arity} arguments, has {len(i.arguments)}"
        if any(not 0 <= a < index for a in i.arguments):
            return "uses a value that does not come before it"
        if i.opcode in TRUTH and i.format != BOOL:
            return f"gives {BOOL}"
        named = i.opcode == "table" or (i.opcode in SOURCES and i.opcode != "const")
        if (named or i.name) and not _NAME.fullmatch(i.name):
            return f"{i.name!r} is not a name"
        if i.opcode == "input" and i.format.overflow is not Overflow.WRAP:
            return "is a sum that came in any order, and only wrapping does not depend on it"
        low, high = i.format.minimum, i.format.maximum
        if i.opcode == "const" and not low <= i.raw <= high:
            return f"{i.raw} is not in {i.format}"
        if i.opcode != "const" and i.raw:
            return "has a raw value"
        if i.opcode == "table":
            if i.name not in self.tables:
                return f"no table {i.name}"
            entries = self.tables[i.name].entries
            if entries.min() < low or entries.max() > high:
                return f"entries of {i.name} are not in {i.format}"
        bits = self._computed_bits(i)
        if bits > MAX_BITS:
            return f"computes with {bits} bits, more than {MAX_BITS}"
        return None

    def _computed_bits(self, i: Instruction) -> int:
        return computed_bits(i.opcode, [self.instructions[a].format for a in i.arguments], i.format)

    def names(self, opcode: str) -> tuple[str, ...]:
        """Names that instructions of this opcode refer to, in order of first use."""
        return tuple(dict.fromkeys(i.name for i in self.instructions if i.opcode == opcode))

    def format_of(self, opcode: str, name: str) -> Format:
        """Format of an input, parameter or state; KeyError where it is not used."""
        for instruction in self.instructions:
            if instruction.opcode == opcode and instruction.name == name:
                return instruction.format
        raise KeyError(f"datapath {self.name} has no {opcode} {name}")

    @property
    def sent(self) -> Format:
        """Format of the output."""
        return self.instructions[self.output].format

    @property
    def operations(self) -> frozenset[str]:
        """Operations in use, for capability checks."""
        return frozenset(i.opcode for i in self.instructions if i.opcode in OPCODES)

    @property
    def word_bits(self) -> int:
        """Bits of the widest two's complement value that the update computes."""
        return max(map(self._computed_bits, self.instructions))

    def text(self) -> str:
        """Stable text, a line per instruction; `parse` reads it back."""
        lines = [f"datapath {self.name}"]
        for name in sorted(self.tables):
            table = self.tables[name]
            entries = " ".join(str(int(e)) for e in table.entries)
            lines.append(f"table {name} {table.first}: {entries}")
        for index, i in enumerate(self.instructions):
            words = [f"%{index}", "=", i.opcode]
            if i.opcode == "const":
                words.append(str(i.raw))
            words += [f"%{a}" for a in i.arguments]
            if i.name:
                words.append(i.name)
            lines.append(" ".join(words) + f" : {i.format}")
        lines += [f"next {state} %{self.next_state[state]}" for state in sorted(self.next_state)]
        lines.append(f"send {self.output_kind} %{self.output}")
        return "\n".join(lines) + "\n"
