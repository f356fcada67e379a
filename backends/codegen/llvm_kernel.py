"""Printing `Code` as LLVM IR: a loop over cells that becomes vector instructions.

Every value is computed in 32 bits where its bounds allow it and in 64 otherwise: a vector holds
twice as many of the former. Compiling takes a few hundredths of a second, so that nothing need
be kept on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from somac.backends.codegen.code import Argument, Code, Operand, Statement

__all__ = ["LlvmKernel", "llvm_kernel", "storage_bits"]

# For a up to these, a / b in float rounded down is the integer quotient: what lies between it and
# the next integer is more than the rounding error.
_EXACT_QUOTIENTS = (("float", 1 << 23), ("double", 1 << 52))

_COMPARISONS = {"lt": "slt", "le": "sle", "gt": "sgt", "ge": "sge", "eq": "eq", "ne": "ne"}
_LOGIC = {"both": "and", "either": "or"}
_ARITHMETIC = ("add", "sub", "mul", "shl")


@dataclass(frozen=True, slots=True)
class LlvmKernel:
    """The text of a kernel and what it wants to be given.

    Its one function is ``void update(int64_t *addresses, int64_t cells)``, where the addresses
    are those of arrays of an element per cell, in this order: what arrived at each of `ports`
    (int32, set to 0 once read), `states`, `parameters`, whether the cell sends (uint8), and
    its signal (int32). No two arrays overlap.

    Parameters
    ----------
    text
        LLVM IR.
    ports, states, parameters
        Names. Parameters that the code knows as constants are not among them.
    bits
        Of the stored values, of states and then parameters: 8, 16, 32 or 64.
    """

    text: str
    ports: tuple[str, ...]
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    bits: tuple[int, ...]


def storage_bits(low: int, high: int) -> int:
    """Bits of the narrowest two's complement that holds `low` to `high`."""
    return next(bits for bits in (8, 16, 32, 64) if _fits(low, high, bits))


def llvm_kernel(
    code: Code, ports: Sequence[str], states: Sequence[str], *, graded: bool
) -> LlvmKernel:
    """Print.

    Parameters
    ----------
    code
        The bounds of its inputs are within those of 32-bit accumulators, or wrap to them.
    ports, states
        Every port and state of the cells, in order, whether or not the code reads it.
    graded
        Whether the signal is written: what is 1 whenever a cell sends need not be.
    """
    return _Printer(code, tuple(ports), tuple(states), graded).kernel()


def _fits(low: int, high: int, bits: int) -> bool:
    return -(1 << (bits - 1)) <= low and high < 1 << (bits - 1)


def _word(low: int, high: int) -> str:
    return "i32" if _fits(low, high, 32) else "i64"


@dataclass(slots=True)
class _Printer:
    """The instructions so far, and the type of every variable."""

    code: Code
    ports: tuple[str, ...]
    states: tuple[str, ...]
    graded: bool
    types: dict[str, str] = field(default_factory=dict)
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    count: int = 0

    def kernel(self) -> LlvmKernel:
        arguments: dict[tuple[str, str], Argument] = {
            (a.kind, a.name): a for a in self.code.arguments
        }
        read = [a.name for a in self.code.arguments if a.kind == "param"]
        bits = []
        arrays = [f"%port{n}" for n in range(len(self.ports))]
        for n, name in enumerate(self.ports):
            self._arrived(f"%port{n}", arguments.get(("input", name)))
        for kind, names in (("state", self.states), ("param", read)):
            for n, name in enumerate(names):
                stored = arguments.get((kind, name))
                width = storage_bits(*self._stored(name, stored))
                bits.append(width)
                arrays.append(f"%{kind}{n}")
                if stored is not None:
                    value = self._load(arrays[-1], f"i{width}")
                    self._define(stored, self._cast(value, f"i{width}", self._type_of(stored)))
        for s in self.code.statements:
            self.ranges[s.variable] = s.low, s.high
            self.types[s.variable] = "i1" if s.truth else _word(s.low, s.high)
            self._copy(s.variable, self._value(s))
        for n, name in enumerate(self.states):
            self._store(self.code.next_state[name], f"i{bits[n]}", f"%state{n}")
        sends = self._new(f"icmp ne {self._typed(self.code.output)}, 0")
        self._write(self._cast(sends, "i1", "i8"), "i8", "%sends")
        if self.graded:
            self._store(self.code.output, "i32", "%signal")
        text = self._module([*arrays, "%sends", "%signal"])
        return LlvmKernel(text, self.ports, self.states, tuple(read), tuple(bits))

    def _stored(self, name: str, argument: Argument | None) -> tuple[int, int]:
        """Bounds of a stored value: those it is read with, or of what a state becomes."""
        if argument is not None:
            return argument.low, argument.high
        value = self.code.next_state[name]
        by_name = {s.variable: (s.low, s.high) for s in self.code.statements}
        return (value, value) if isinstance(value, int) else by_name[value]

    # -- the module ---------------------------------------------------------

    def _module(self, arrays: Sequence[str]) -> str:
        tables = [
            f"@{name} = private constant [{table.entries.size} x i64] "
            f"[{', '.join(f'i64 {entry}' for entry in table.entries.tolist())}]"
            for name, table in self.code.tables.items()
        ]
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
                *tables,
                "declare float @llvm.floor.f32(float)",
                "declare double @llvm.floor.f64(double)",
                f"define internal void @loop(i64 %cells, {given}) alwaysinline {{",
                "begin:",
                "  %any = icmp sgt i64 %cells, 0",
                "  br i1 %any, label %body, label %end",
                "body:",
                "  %cell = phi i64 [0, %begin], [%next, %body]",
                *self.lines,
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

    # -- values -------------------------------------------------------------

    def _value(self, s: Statement) -> str:
        """The instructions of a statement; the value has the type of its variable."""
        kind = self.types[s.variable]
        if s.operation in _ARITHMETIC:
            # modulo 2**32 is enough where the result fits
            return self._binary(s.operation, kind, s.operands)
        if s.operation in _LOGIC:
            return self._binary(_LOGIC[s.operation], "i1", s.operands)
        if s.operation in _COMPARISONS:
            wide = self._common(s.operands)
            return self._binary(f"icmp {_COMPARISONS[s.operation]}", wide, s.operands)
        match s.operation:
            case "asr":
                wide = self._common(s.operands[:1])
                places = min(int(s.operands[1]), int(wide[1:]) - 1)
                return self._cast(self._binary("ashr", wide, (s.operands[0], places)), wide, kind)
            case "mask":
                return self._binary("and", kind, s.operands)
            case "wrap":
                away = int(kind[1:]) - int(s.operands[1])
                raised = self._binary("shl", kind, (s.operands[0], away))
                return self._new(f"ashr {kind} {raised}, {away}")
            case "min" | "max":
                return self._extreme(s.operation, kind, s.operands)
            case "floordiv":
                return self._quotient(kind, *s.operands)
            case "lookup":
                entries = self.code.tables[s.table].entries.size
                index = self._as(s.operands[0], "i64")
                place = self._new(
                    f"getelementptr [{entries} x i64], ptr @{s.table}, i64 0, i64 {index}"
                )
                return self._cast(self._new(f"load i64, ptr {place}"), "i64", kind)
            case "invert":
                return self._binary("xor", "i1", (s.operands[0], 1))
            case "integer":
                return self._cast(self._as(s.operands[0], "i1"), "i1", kind)
            case "select":
                condition = self._as(s.operands[0], "i1")
                yes, no = (self._as(o, kind) for o in s.operands[1:])
                return self._new(f"select i1 {condition}, {kind} {yes}, {kind} {no}")
            case _:
                raise ValueError(f"there is no operation {s.operation}")

    def _binary(self, operation: str, kind: str, operands: Sequence[Operand]) -> str:
        a, b = (self._as(operand, kind) for operand in operands)
        return self._new(f"{operation} {kind} {a}, {b}")

    def _extreme(self, operation: str, kind: str, operands: Sequence[Operand]) -> str:
        wide = self._common(operands)
        a, b = (self._as(operand, wide) for operand in operands)
        first = self._new(f"icmp {'slt' if operation == 'min' else 'sgt'} {wide} {a}, {b}")
        return self._cast(self._new(f"select i1 {first}, {wide} {a}, {wide} {b}"), wide, kind)

    def _quotient(self, kind: str, a: Operand, b: Operand) -> str:
        """Floor division by what is positive."""
        wide = self._common((a, b))
        x, y = self._as(a, wide), self._as(b, wide)
        largest = max(abs(end) for operand in (a, b) for end in self._range(operand))
        for real, limit in _EXACT_QUOTIENTS:
            if largest <= limit:
                ends = [self._new(f"sitofp {wide} {v} to {real}") for v in (x, y)]
                ratio = self._new(f"fdiv {real} {ends[0]}, {ends[1]}")
                suffix = "f32" if real == "float" else "f64"
                floor = self._new(f"call {real} @llvm.floor.{suffix}({real} {ratio})")
                return self._new(f"fptosi {real} {floor} to {kind}")
        quotient = self._new(f"sdiv {wide} {x}, {y}")
        rest = self._new(f"srem {wide} {x}, {y}")
        below = self._cast(self._new(f"icmp slt {wide} {rest}, 0"), "i1", wide)
        return self._cast(self._new(f"sub {wide} {quotient}, {below}"), wide, kind)

    # -- operands and instructions ------------------------------------------

    def _range(self, operand: Operand) -> tuple[int, int]:
        return self.ranges[operand] if isinstance(operand, str) else (operand, operand)

    def _common(self, operands: Sequence[Operand]) -> str:
        """The word that holds all operands."""
        ranges = [self._range(operand) for operand in operands]
        return _word(min(low for low, _ in ranges), max(high for _, high in ranges))

    def _type_of(self, argument: Argument) -> str:
        return _word(argument.low, argument.high)

    def _as(self, operand: Operand, kind: str) -> str:
        if isinstance(operand, str):
            return self._cast(f"%{operand}", self.types[operand], kind)
        # a constant is as wide as it needs; what does not fit counts modulo the word
        bits = int(kind[1:])
        low = operand & ((1 << bits) - 1)
        return str(low - (1 << bits) if bits > 1 and low >> (bits - 1) else low)

    def _typed(self, operand: Operand) -> str:
        kind = self.types[operand] if isinstance(operand, str) else _word(operand, operand)
        return f"{kind} {self._as(operand, kind)}"

    def _cast(self, value: str, have: str, need: str) -> str:
        if have == need:
            return value
        if int(have[1:]) > int(need[1:]):
            return self._new(f"trunc {have} {value} to {need}")
        return self._new(f"{'zext' if have == 'i1' else 'sext'} {have} {value} to {need}")

    def _new(self, instruction: str) -> str:
        self.count += 1
        self.lines.append(f"  %.{self.count} = {instruction}")
        return f"%.{self.count}"

    def _place(self, array: str, kind: str) -> str:
        return self._new(f"getelementptr {kind}, ptr {array}, i64 %cell")

    def _load(self, array: str, kind: str) -> str:
        return self._new(f"load {kind}, ptr {self._place(array, kind)}")

    def _write(self, value: str, kind: str, array: str) -> None:
        place = self._place(array, kind)
        self.lines.append(f"  store {kind} {value}, ptr {place}")

    def _store(self, operand: Operand, kind: str, array: str) -> None:
        self._write(self._as(operand, kind), kind, array)

    def _copy(self, variable: str, value: str) -> None:
        """Give a value the name it has in the code."""
        self.lines.append(
            f"  %{variable} = bitcast {self.types[variable]} {value} to {self.types[variable]}"
        )

    def _define(self, argument: Argument, value: str) -> None:
        self.types[argument.variable] = self._type_of(argument)
        self.ranges[argument.variable] = argument.low, argument.high
        self._copy(argument.variable, value)

    def _arrived(self, array: str, argument: Argument | None) -> None:
        """Read a port, as narrow as it is, and clear it."""
        if argument is not None:
            value, kind = self._load(array, "i32"), self._type_of(argument)
            width = (argument.high - argument.low).bit_length()
            if width < 32 and argument.low < 0:
                raised = self._new(f"shl i32 {value}, {32 - width}")
                value = self._new(f"ashr i32 {raised}, {32 - width}")
            value = self._cast(value, "i32", kind)
            if argument.low == 0:
                value = self._new(f"and {kind} {value}, {argument.high}")
            self._define(argument, value)
        self._write("0", "i32", array)
