"""Printing `Code` as LLVM IR: a loop over cells that becomes vector instructions.

Compiling takes a few hundredths of a second, so that nothing need be kept on disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from somac.backends.codegen.code import Argument, Code
from somac.backends.codegen.llvm_values import Values, storage_bits

__all__ = ["LlvmKernel", "llvm_kernel"]


@dataclass(frozen=True, slots=True)
class LlvmKernel:
    """The text of a kernel and what it wants to be given.

    Its one function is ``void update(int64_t *addresses, int64_t cells)``, where the addresses
    are those of arrays of an element per cell, in this order: what arrived at each of `ports`
    (set to 0 once read), `states`, `parameters`, whether the cell sends (uint8), and its signal.
    No two arrays overlap.

    Parameters
    ----------
    text
        LLVM IR.
    ports, states, parameters
        Names. Parameters that the code knows as constants are not among them.
    bits
        Of the stored values, of states and then parameters: 8, 16, 32 or 64.
    port_bits, signal_bits
        Of what arrives, and of the signal.
    """

    text: str
    ports: tuple[str, ...]
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    bits: tuple[int, ...]
    port_bits: int
    signal_bits: int


def llvm_kernel(
    code: Code,
    ports: Sequence[str],
    states: Mapping[str, int],
    *,
    graded: bool,
    port_bits: int = 32,
    signal_bits: int = 32,
) -> LlvmKernel:
    """Print.

    Parameters
    ----------
    code
        The bounds of its inputs are within those of the accumulators, or wrap to them.
    ports
        Every port of the cells, in order, whether or not the code reads it.
    states
        Likewise every state, with the bits of its stored values: 8, 16, 32 or 64.
    graded
        Whether the signal is written: what is 1 whenever a cell sends need not be.
    port_bits, signal_bits
        Of an accumulator and of the signal: 8, 16, 32 or 64.
    """
    widths = port_bits, signal_bits
    return _Printer(code, tuple(ports), dict(states), graded, *widths, Values(code)).kernel()


def _bits(argument: Argument) -> int:
    return storage_bits(argument.low, argument.high)


@dataclass(slots=True)
class _Printer:
    """A kernel under way."""

    code: Code
    ports: tuple[str, ...]
    states: Mapping[str, int]
    graded: bool
    port_bits: int
    signal_bits: int
    values: Values

    def kernel(self) -> LlvmKernel:
        values = self.values
        arguments: dict[tuple[str, str], Argument] = {
            (a.kind, a.name): a for a in self.code.arguments
        }
        read = [a.name for a in self.code.arguments if a.kind == "param"]
        bits = []
        arrays = [f"%port{n}" for n in range(len(self.ports))]
        for n, name in enumerate(self.ports):
            self._arrived(f"%port{n}", arguments.get(("input", name)))
        for kind, names in (("state", list(self.states)), ("param", read)):
            for n, name in enumerate(names):
                stored = arguments.get((kind, name))
                width = self.states[name] if kind == "state" else _bits(arguments[kind, name])
                bits.append(width)
                arrays.append(f"%{kind}{n}")
                if stored is not None:
                    values.read(stored, arrays[-1], width)
        values.compute()
        for n, name in enumerate(self.states):
            values.store(self.code.next_state[name], f"i{bits[n]}", f"%state{n}")
        sends = values.new(f"icmp ne {values.typed(self.code.output)}, 0")
        values.write(values.cast(sends, "i1", "i8"), "i8", "%sends")
        if self.graded:
            values.store(self.code.output, f"i{self.signal_bits}", "%signal")
        text = self._module([*arrays, "%sends", "%signal"])
        widths = self.port_bits, self.signal_bits
        return LlvmKernel(text, self.ports, tuple(self.states), tuple(read), tuple(bits), *widths)

    # -- the module ---------------------------------------------------------

    def _module(self, arrays: Sequence[str]) -> str:
        addresses = [
            line
            for n, array in enumerate(arrays)
            for line in (
                f"  %at{n} = getelementptr i64, ptr %addresses, i64 {n}",
                f"  {array} = load ptr, ptr %at{n}",
            )
        ]
        # what comes by parameters, unlike what is loaded, can be said not to overlap
        given = ", ".join(f"ptr noalias {array}" for array in arrays)
        return "\n".join(
            [
                f"; the update of {self.code.name!r}",
                *self.values.declarations(),
                f"define internal void @loop(i64 %cells, {given}) alwaysinline {{",
                "begin:",
                "  %any = icmp sgt i64 %cells, 0",
                "  br i1 %any, label %body, label %end",
                "body:",
                "  %cell = phi i64 [0, %begin], [%next, %body]",
                *self.values.lines,
                "  %next = add nuw nsw i64 %cell, 1",
                "  %more = icmp slt i64 %next, %cells",
                "  br i1 %more, label %body, label %end",
                "end:",
                "  ret void",
                "}",
                # else vectors are half as wide as they could be on some machines
                'define void @update(ptr %addresses, i64 %cells) "prefer-vector-width"="512" {',
                *addresses,
                f"  call void @loop(i64 %cells, {', '.join(f'ptr {array}' for array in arrays)})",
                "  ret void",
                "}",
                "",
            ]
        )

    def _arrived(self, array: str, argument: Argument | None) -> None:
        """Read a port, as narrow as it is, and clear it."""
        values, stored = self.values, f"i{self.port_bits}"
        if argument is not None:
            value, kind = values.load(array, stored), values.type_of(argument)
            away = self.port_bits - (argument.high - argument.low).bit_length()
            if away > 0 and argument.low < 0:
                raised = values.new(f"shl {stored} {value}, {away}")
                value = values.new(f"ashr {stored} {raised}, {away}")
            value = values.cast(value, stored, kind)
            if argument.low == 0:
                value = values.new(f"and {kind} {value}, {argument.high}")
            values.define(argument, value)
        values.write("0", stored, array)
