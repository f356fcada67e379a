"""Lowering: a `Datapath` to plain integer operations, with what cannot happen left out.

Bounds follow every value from the formats of what is read; a clamp, a wrap or an operation
whose effect they rule out costs nothing, and what they determine is a constant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from operator import add, mul, sub

from somac.backends.codegen.code import Argument, Code, Operand, Statement
from somac.backends.codegen.liveness import live, reaching
from somac.backends.codegen.value import Bounded, constant, decided, image, rounded, wrapped
from somac.ir.datapath import SOURCES, Datapath, Instruction
from somac.ir.fixed import Format, Overflow, Rounding

__all__ = ["lower"]

_ARITHMETIC: Mapping[str, Callable[[int, int], int]] = {
    "add": add,
    "sub": sub,
    "mul": mul,
    "min": min,
    "max": max,
}
_KINDS = ("input", "state", "param")
_WORD = 64
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


def lower(
    datapath: Datapath,
    known: Mapping[tuple[str, str], tuple[int, int]] | None = None,
    sum_bits: int | None = None,
) -> Code:
    """The code of a datapath; values that reach neither a state nor the output are left out.

    It computes what `somac.ir.datapath.run` does for every raw value of the formats that
    inputs, states and parameters have.

    Parameters
    ----------
    known
        Narrower bounds than those of its format, of what is read: by kind (``input``,
        ``state``, ``param``) and name. A parameter of one value becomes a constant.
    sum_bits
        Inputs come as sums of so many bits in two's complement, and the code wraps them to
        their formats first.
    """
    return _Lowering(datapath, known or {}, sum_bits).run()


class _Lowering:
    """The statements so far, and what each instruction has become."""

    def __init__(
        self,
        datapath: Datapath,
        known: Mapping[tuple[str, str], tuple[int, int]],
        sum_bits: int | None,
    ) -> None:
        self.datapath = datapath
        self.known = known
        self.sum_bits = sum_bits
        self.values: dict[int, Bounded] = {}
        self.arguments: dict[tuple[str, str], Argument] = {}
        self.statements: list[Statement] = []
        self.made: dict[str, tuple[Sequence[Bounded], Statement]] = {}
        self.tables: dict[str, str] = {}
        self.stem = ""
        self.step = 0

    def run(self) -> Code:
        datapath = self.datapath
        for index in sorted(live(datapath)):
            instruction = datapath.instructions[index]
            self.stem, self.step = f"{_word(instruction)}_{index}", 0
            self.values[index] = self._instruction(instruction)
        # by name: the order of the mapping is not kept where a network is written and read again
        next_state = {
            name: self._result(datapath.next_state[name]) for name in sorted(datapath.next_state)
        }
        output = self._result(datapath.output)
        sent = self.values[datapath.output]
        order = {kind: rank for rank, kind in enumerate(_KINDS)}
        arguments = sorted(self.arguments.values(), key=lambda a: order[a.kind])
        statements = reaching(self.statements, [*next_state.values(), output])
        tables = {safe: datapath.tables[name] for name, safe in self.tables.items()}
        return Code(
            datapath.name,
            tuple(arguments),
            tuple(statements),
            next_state,
            output,
            (sent.low, sent.high),
            tables,
        )

    def _result(self, index: int) -> Operand:
        """A value that leaves the code, as an integer."""
        self.stem, self.step = f"{_word(self.datapath.instructions[index])}_{index}", 26
        value = self._integer(self.values[index])
        self.values[index] = value
        return value.operand

    # -- instructions -------------------------------------------------------

    def _instruction(self, i: Instruction) -> Bounded:
        if i.opcode in SOURCES:
            return self._source(i)
        arguments = [self.values[a] for a in i.arguments]
        formats = [self.datapath.instructions[a].format for a in i.arguments]
        if i.opcode in ("not", "and", "or"):
            return self._logic(i.opcode, [self._truth(a) for a in arguments])
        if i.opcode == "table":
            return self._lookup(i.name, self._integer(arguments[0]))
        if i.opcode == "mul":
            exact = self._arithmetic("mul", *(self._integer(a) for a in arguments))
            return self._convert(exact, formats[0].fraction + formats[1].fraction, i.format)
        if i.opcode == "select":
            fraction, (yes, no) = self._aligned(arguments[1:], formats[1:])
            chosen = self._select(self._truth(arguments[0]), yes, no)
            return self._convert(chosen, fraction, i.format)
        fraction, aligned = self._aligned(arguments, formats)
        if i.opcode == "cast":
            return self._convert(aligned[0], fraction, i.format)
        if i.opcode == "floordiv":
            return self._convert(self._quotient(*aligned), 0, i.format)
        if i.opcode in _ARITHMETIC:
            return self._convert(self._arithmetic(i.opcode, *aligned), fraction, i.format)
        return self._compare(i.opcode, *aligned)

    def _source(self, i: Instruction) -> Bounded:
        if i.opcode == "const":
            return constant(i.raw)
        key = (i.opcode, i.name)
        summed = self.sum_bits if i.opcode == "input" else None
        read = i.format if summed is None else Format(summed, summed)
        low, high = self.known.get(key, (read.minimum, read.maximum))
        if low == high:
            return constant(low)
        if key not in self.arguments:
            (kind,) = (k for k in _KINDS if k == i.opcode)
            self.arguments[key] = Argument(
                kind,  # type: ignore[arg-type]
                i.name,
                self.stem,
                low,
                high,
            )
        argument = self.arguments[key]
        value = Bounded(argument.variable, argument.low, argument.high)
        return self._convert(value, i.format.fraction, i.format)

    # -- conversion to a format ---------------------------------------------

    def _convert(self, x: Bounded, fraction: int, format: Format) -> Bounded:
        """Round, then bring into range, as assignment in `ap_fixed` does."""
        x = self._round(x, fraction - format.fraction, format.rounding)
        if format.overflow is Overflow.SAT:
            x = self._arithmetic("max", x, constant(format.minimum))
            return self._arithmetic("min", x, constant(format.maximum))
        if format.minimum <= x.low and x.high <= format.maximum:
            return x
        if x.known is not None:
            return constant(wrapped(x.known, format))
        if not format.signed:
            return self._emit("mask", (x, constant(format.maximum)), 0, format.maximum)
        return self._emit("wrap", (x, constant(format.width)), format.minimum, format.maximum)

    def _round(self, x: Bounded, shift: int, rounding: Rounding) -> Bounded:
        if shift <= 0:
            return self._shift_left(x, -shift)
        low, high = rounded(x.low, shift, rounding), rounded(x.high, shift, rounding)
        if low == high:
            return constant(low)
        # the two ends differ, so that for TRN and TRN_ZERO only the sign can matter beyond
        # the word, and for the others the shift is within it
        amount = min(shift, _WORD - 1)
        if rounding in (Rounding.TRN, Rounding.RND):
            apart = self._multiples(x, amount)
            if apart is not None:
                whole, rest = apart
                rest = self._round(rest, amount, rounding)
                return self._emit("add", (whole, rest), low, high)
        match rounding:
            case Rounding.TRN:
                raised = x
            case Rounding.RND:
                raised = self._plus(x, 1 << (amount - 1))
            case Rounding.RND_CONV:
                floor = self._emit("asr", (x, constant(amount)), x.low >> amount, x.high >> amount)
                odd = self._emit("mask", (floor, constant(1)), 0, 1)
                raised = self._arithmetic("add", self._plus(x, (1 << (amount - 1)) - 1), odd)
            case Rounding.TRN_ZERO:
                raised = self._towards_zero(x, amount)
        return self._emit("asr", (raised, constant(amount)), low, high)

    def _multiples(self, x: Bounded, shift: int) -> tuple[Bounded, Bounded] | None:
        """What remains of a sum without its multiples of ``2**shift``, and these, shifted.

        They do not change how the rest is rounded, and without them it is a smaller number.
        """
        multiples, others = [], []
        for term, places in self._terms(x):
            if places >= shift:
                multiples.append((term, places - shift))
            else:
                others.append((term, places))
        if not multiples or not others or not all(map(_in_words, (multiples, others))):
            return None
        return self._sum(multiples), self._sum(others)

    def _terms(self, x: Bounded, places: int = 0) -> list[tuple[Bounded, int]]:
        """What ``x << places`` is the sum of: values, and by how much each is shifted left."""
        operands, made = self.made.get(str(x.operand), ((), None))
        if made is not None and made.operation == "add":
            return [term for operand in operands for term in self._terms(operand, places)]
        if made is not None and made.operation == "shl":
            return self._terms(operands[0], places + operands[1].low)
        if x.known is not None and x.known:
            # a constant has the multiples that it has
            return [(constant(x.known << places), 0)]
        return [(x, places)]

    def _sum(self, terms: Sequence[tuple[Bounded, int]]) -> Bounded:
        total, *rest = (self._shift_left(term, places) for term, places in terms)
        for term in rest:
            total = self._arithmetic("add", total, term)
        return total

    def _towards_zero(self, x: Bounded, amount: int) -> Bounded:
        """What `asr` must see so that it rounds negative values up."""
        if x.low >= 0:
            return x
        rest = (1 << amount) - 1
        if x.high < 0:
            return self._plus(x, rest)
        sign = self._emit("asr", (x, constant(_WORD - 1)), -1, 0)
        return self._arithmetic("add", x, self._emit("mask", (sign, constant(rest)), 0, rest))

    # -- integer operations -------------------------------------------------

    def _arithmetic(self, operation: str, a: Bounded, b: Bounded) -> Bounded:
        low, high = image(_ARITHMETIC[operation], a, b)
        if low == high:
            return constant(low)
        if a.operand == b.operand and operation in ("sub", "min", "max"):
            return constant(0) if operation == "sub" else a
        for x, y in ((a, b), (b, a)):
            if operation == "add" and y.known == 0:
                return x
            if operation == "mul" and y.known is not None and y.known.bit_count() == 1 <= y.known:
                return self._shift_left(x, y.known.bit_length() - 1)
            if operation == "min" and x.high <= y.low:
                return x
            if operation == "max" and x.low >= y.high:
                return x
        if operation == "sub" and b.known == 0:
            return a
        return self._emit(operation, (a, b), low, high)

    def _plus(self, x: Bounded, amount: int) -> Bounded:
        return self._arithmetic("add", x, constant(amount))

    def _shift_left(self, x: Bounded, amount: int) -> Bounded:
        if amount == 0 or x.low == x.high:
            return x if x.known is None else constant(x.known << amount)
        return self._emit("shl", (x, constant(amount)), x.low << amount, x.high << amount)

    def _quotient(self, a: Bounded, b: Bounded) -> Bounded:
        """Floor division; 0 where the divisor is not positive."""
        if b.high <= 0:
            return constant(0)
        positive = self._arithmetic("max", b, constant(1))
        low, high = image(lambda x, y: x // y, a, positive)
        if low == high and b.low > 0:
            return constant(low)
        quotient = (
            constant(low) if low == high else self._emit("floordiv", (a, positive), low, high)
        )
        return self._select(self._compare("gt", b, constant(0)), quotient, constant(0))

    def _lookup(self, name: str, x: Bounded) -> Bounded:
        table = self.datapath.tables[name]
        first, last = table.first, table.first + table.entries.size - 1
        inside = self._arithmetic(
            "min", self._arithmetic("max", x, constant(first)), constant(last)
        )
        entry = self._plus(inside, -first)
        if entry.known is not None:
            return constant(int(table.entries[entry.known]))
        reached = table.entries[entry.low : entry.high + 1]
        safe = self.tables.setdefault(name, f"table{len(self.tables)}")
        return self._emit("lookup", (entry,), int(reached.min()), int(reached.max()), table=safe)

    def _aligned(
        self, arguments: Sequence[Bounded], formats: Sequence[Format]
    ) -> tuple[int, list[Bounded]]:
        """The arguments with one binary point, that of the finest."""
        fraction = max(f.fraction for f in formats)
        return fraction, [
            self._shift_left(self._integer(a), fraction - f.fraction)
            for a, f in zip(arguments, formats, strict=True)
        ]

    # -- truth values -------------------------------------------------------

    def _compare(self, operation: str, a: Bounded, b: Bounded) -> Bounded:
        verdict = decided(operation, a, b)
        if verdict is not None:
            return constant(int(verdict), truth=True)
        return self._emit(operation, (a, b), 0, 1, truth=True)

    def _truth(self, x: Bounded) -> Bounded:
        return x if x.truth else self._compare("ne", x, constant(0))

    def _integer(self, x: Bounded) -> Bounded:
        if not x.truth:
            return x
        if x.known is not None:
            return constant(x.known)
        return self._emit("integer", (x,), 0, 1)

    def _logic(self, opcode: str, operands: Sequence[Bounded]) -> Bounded:
        if opcode == "not":
            (x,) = operands
            if x.known is not None:
                return constant(1 - x.known, truth=True)
            return self._emit("invert", (x,), 0, 1, truth=True)
        decisive = 0 if opcode == "and" else 1
        a, b = operands
        for x, y in ((a, b), (b, a)):
            if x.known is not None:
                return x if x.known == decisive else y
        return self._emit("both" if opcode == "and" else "either", (a, b), 0, 1, truth=True)

    def _select(self, condition: Bounded, yes: Bounded, no: Bounded) -> Bounded:
        if condition.known is not None:
            return yes if condition.known else no
        if yes.operand == no.operand:
            return yes
        low, high = min(yes.low, no.low), max(yes.high, no.high)
        return self._emit("select", (condition, yes, no), low, high)

    # -- statements ---------------------------------------------------------

    def _emit(
        self,
        operation: str,
        operands: Sequence[Bounded],
        low: int,
        high: int,
        *,
        truth: bool = False,
        table: str = "",
    ) -> Bounded:
        variable = f"{self.stem}{_letters(self.step)}"
        self.step += 1
        names = tuple(o.operand for o in operands)
        statement = Statement(variable, operation, names, low, high, truth, table)
        self.statements.append(statement)
        self.made[variable] = operands, statement
        return Bounded(variable, low, high, truth)


def _in_words(terms: Sequence[tuple[Bounded, int]]) -> bool:
    """Whether these can be summed up in any order."""
    largest = sum(max(abs(x.low), abs(x.high)) << places for x, places in terms)
    return largest < 1 << (_WORD - 1)


def _word(instruction: Instruction) -> str:
    """A readable stem: the instruction's name if it is an identifier, else its opcode."""
    name = instruction.name if instruction.opcode != "table" else ""
    return name if _NAME.fullmatch(name) else instruction.opcode


def _letters(step: int) -> str:
    """a, b, ..., z, aa, ab, ..."""
    text = ""
    step += 1
    while step:
        step, digit = divmod(step - 1, 26)
        text = chr(ord("a") + digit) + text
    return text
