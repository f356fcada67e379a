"""Printing the statements of `Code` as LLVM IR: what every kernel is made of.

Every value is computed in 32 bits where its bounds allow it and in 64 otherwise: a vector holds
twice as many of the former.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from somac.backends.codegen.code import Argument, Code, Operand, Statement

__all__ = ["Values", "storage_bits"]

# For a up to these, a / b in float rounded down is the integer quotient: what lies between it and
# the next integer is more than the rounding error.
_EXACT_QUOTIENTS = (("float", 1 << 23), ("double", 1 << 52))

_COMPARISONS = {"lt": "slt", "le": "sle", "gt": "sgt", "ge": "sge", "eq": "eq", "ne": "ne"}
_LOGIC = {"both": "and", "either": "or"}
_ARITHMETIC = ("add", "sub", "mul", "shl")


def storage_bits(low: int, high: int) -> int:
    """Bits of the narrowest two's complement that holds `low` to `high`."""
    return next(bits for bits in (8, 16, 32, 64) if _fits(low, high, bits))


def _fits(low: int, high: int, bits: int) -> bool:
    return -(1 << (bits - 1)) <= low and high < 1 << (bits - 1)


def _word(low: int, high: int) -> str:
    return "i32" if _fits(low, high, 32) else "i64"


@dataclass(slots=True)
class Values:
    """The instructions so far, and the type of every variable."""

    code: Code
    types: dict[str, str] = field(default_factory=dict)
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    count: int = 0

    def declarations(self) -> list[str]:
        """What stands before the functions of a module: tables, and functions that are used."""
        tables = [
            f"@{name} = private constant [{table.entries.size} x i64] "
            f"[{', '.join(f'i64 {entry}' for entry in table.entries.tolist())}]"
            for name, table in self.code.tables.items()
        ]
        return [
            *tables,
            "declare float @llvm.floor.f32(float)",
            "declare double @llvm.floor.f64(double)",
        ]

    def compute(self) -> None:
        """Print every statement."""
        for s in self.code.statements:
            self.ranges[s.variable] = s.low, s.high
            self.types[s.variable] = "i1" if s.truth else _word(s.low, s.high)
            self._copy(s.variable, self._value(s))

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
                return self.cast(self._binary("ashr", wide, (s.operands[0], places)), wide, kind)
            case "mask":
                return self._binary("and", kind, s.operands)
            case "wrap":
                away = int(kind[1:]) - int(s.operands[1])
                raised = self._binary("shl", kind, (s.operands[0], away))
                return self.new(f"ashr {kind} {raised}, {away}")
            case "min" | "max":
                return self._extreme(s.operation, kind, s.operands)
            case "floordiv":
                return self._quotient(kind, *s.operands)
            case "lookup":
                entries = self.code.tables[s.table].entries.size
                index = self.as_type(s.operands[0], "i64")
                place = self.new(
                    f"getelementptr [{entries} x i64], ptr @{s.table}, i64 0, i64 {index}"
                )
                return self.cast(self.new(f"load i64, ptr {place}"), "i64", kind)
            case "invert":
                return self._binary("xor", "i1", (s.operands[0], 1))
            case "integer":
                return self.cast(self.as_type(s.operands[0], "i1"), "i1", kind)
            case "select":
                condition = self.as_type(s.operands[0], "i1")
                yes, no = (self.as_type(o, kind) for o in s.operands[1:])
                return self.new(f"select i1 {condition}, {kind} {yes}, {kind} {no}")
            case _:
                raise ValueError(f"there is no operation {s.operation}")

    def _binary(self, operation: str, kind: str, operands: Sequence[Operand]) -> str:
        a, b = (self.as_type(operand, kind) for operand in operands)
        return self.new(f"{operation} {kind} {a}, {b}")

    def _extreme(self, operation: str, kind: str, operands: Sequence[Operand]) -> str:
        wide = self._common(operands)
        a, b = (self.as_type(operand, wide) for operand in operands)
        first = self.new(f"icmp {'slt' if operation == 'min' else 'sgt'} {wide} {a}, {b}")
        return self.cast(self.new(f"select i1 {first}, {wide} {a}, {wide} {b}"), wide, kind)

    def _quotient(self, kind: str, a: Operand, b: Operand) -> str:
        """Floor division by what is positive."""
        wide = self._common((a, b))
        x, y = self.as_type(a, wide), self.as_type(b, wide)
        largest = max(abs(end) for operand in (a, b) for end in self._range(operand))
        for real, limit in _EXACT_QUOTIENTS:
            if largest <= limit:
                ends = [self.new(f"sitofp {wide} {v} to {real}") for v in (x, y)]
                ratio = self.new(f"fdiv {real} {ends[0]}, {ends[1]}")
                suffix = "f32" if real == "float" else "f64"
                floor = self.new(f"call {real} @llvm.floor.{suffix}({real} {ratio})")
                return self.new(f"fptosi {real} {floor} to {kind}")
        quotient = self.new(f"sdiv {wide} {x}, {y}")
        rest = self.new(f"srem {wide} {x}, {y}")
        below = self.cast(self.new(f"icmp slt {wide} {rest}, 0"), "i1", wide)
        return self.cast(self.new(f"sub {wide} {quotient}, {below}"), wide, kind)

    # -- operands and instructions ------------------------------------------

    def _range(self, operand: Operand) -> tuple[int, int]:
        return self.ranges[operand] if isinstance(operand, str) else (operand, operand)

    def _common(self, operands: Sequence[Operand]) -> str:
        """The word that holds all operands."""
        ranges = [self._range(operand) for operand in operands]
        return _word(min(low for low, _ in ranges), max(high for _, high in ranges))

    def type_of(self, argument: Argument) -> str:
        """The word of an argument."""
        return _word(argument.low, argument.high)

    def as_type(self, operand: Operand, kind: str) -> str:
        """An operand as a value of some type."""
        if isinstance(operand, str):
            return self.cast(f"%{operand}", self.types[operand], kind)
        # a constant is as wide as it needs; what does not fit counts modulo the word
        bits = int(kind[1:])
        low = operand & ((1 << bits) - 1)
        return str(low - (1 << bits) if bits > 1 and low >> (bits - 1) else low)

    def typed(self, operand: Operand) -> str:
        """An operand after its type."""
        kind = self.types[operand] if isinstance(operand, str) else _word(operand, operand)
        return f"{kind} {self.as_type(operand, kind)}"

    def cast(self, value: str, have: str, need: str) -> str:
        """A value in another type: its low bits, or its sign copied up."""
        if have == need:
            return value
        if int(have[1:]) > int(need[1:]):
            return self.new(f"trunc {have} {value} to {need}")
        return self.new(f"{'zext' if have == 'i1' else 'sext'} {have} {value} to {need}")

    def new(self, instruction: str) -> str:
        """A value of no name."""
        self.count += 1
        self.lines.append(f"  %.{self.count} = {instruction}")
        return f"%.{self.count}"

    def place(self, array: str, kind: str, index: str) -> str:
        """The address of an element of an array."""
        return self.new(f"getelementptr {kind}, ptr {array}, i64 {index}")

    def load(self, array: str, kind: str, index: str = "%cell") -> str:
        """An element of an array."""
        return self.new(f"load {kind}, ptr {self.place(array, kind, index)}")

    def write(self, value: str, kind: str, array: str, index: str = "%cell") -> None:
        """Set an element of an array."""
        place = self.place(array, kind, index)
        self.lines.append(f"  store {kind} {value}, ptr {place}")

    def store(self, operand: Operand, kind: str, array: str, index: str = "%cell") -> None:
        """Set an element of an array to an operand, modulo its word."""
        self.write(self.as_type(operand, kind), kind, array, index)

    def read(self, argument: Argument, array: str, bits: int, index: str = "%cell") -> None:
        """Load an argument, stored in so many bits."""
        value = self.load(array, f"i{bits}", index)
        self.define(argument, self.cast(value, f"i{bits}", self.type_of(argument)))

    def define(self, argument: Argument, value: str) -> None:
        """Give an argument its value, of the type that it has."""
        self.types[argument.variable] = self.type_of(argument)
        self.ranges[argument.variable] = argument.low, argument.high
        self._copy(argument.variable, value)

    def _copy(self, variable: str, value: str) -> None:
        """Give a value the name it has in the code."""
        self.lines.append(
            f"  %{variable} = bitcast {self.types[variable]} {value} to {self.types[variable]}"
        )
