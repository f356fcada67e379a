"""Writing functions as LLVM IR: values by number, and loops that carry values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Loop", "Text", "splat", "vector"]


def vector(lanes: int, kind: str) -> str:
    """The type of so many."""
    return f"<{lanes} x {kind}>"


@dataclass(slots=True)
class Loop:
    """A loop under way: its index, the values that it carries, and what they are next."""

    index: str
    values: list[str]
    next: list[str]


@dataclass(slots=True)
class Text:
    """The body of a function; `at` is the block that is written."""

    lines: list[str] = field(default_factory=lambda: ["begin:"])
    at: str = "begin"
    _count: int = 0

    def new(self, instruction: str) -> str:
        """What an instruction gives."""
        name = self._name("%v")
        self.lines.append(f"  {name} = {instruction}")
        return name

    def do(self, instruction: str) -> None:
        """An instruction that gives nothing."""
        self.lines.append(f"  {instruction}")

    def label(self, name: str) -> None:
        """Begin a block."""
        self.lines.append(f"{name}:")
        self.at = name

    def element(self, base: str, kind: str, index: str) -> str:
        """The address of an element."""
        return self.new(f"getelementptr {kind}, ptr {base}, i64 {index}")

    def load(self, kind: str, address: str, align: int) -> str:
        """What is there."""
        return self.new(f"load {kind}, ptr {address}, align {align}")

    def store(self, kind: str, value: str, address: str, align: int) -> None:
        """Put it there."""
        self.do(f"store {kind} {value}, ptr {address}, align {align}")

    def arithmetic(self, operation: str, *values: str) -> str:
        """Of int64, from the left: "mul" of three is a product of three."""
        first, *rest = values
        for value in rest:
            first = self.new(f"{operation} i64 {first}, {value}")
        return first

    @contextmanager
    def loop(
        self, count: str, carried: Sequence[tuple[str, str]] = (), *, empty: bool = False
    ) -> Iterator[Loop]:
        """From 0 to `count`, exclusive, with (type, initial value) of what it carries.

        Within, set `next`; after it, `values` are the last ones. Unless it may be `empty`, `count`
        is 1 or more.
        """
        label, end, before = self._name("loop"), self._name("end"), self.at
        if empty:
            some = self.new(f"icmp sgt i64 {count}, 0")
            self.do(f"br i1 {some}, label %{label}, label %{end}")
        else:
            self.do(f"br label %{label}")
        self.label(label)
        index = self._name("%i")
        values = [self._name("%c") for _ in carried]
        loop, place = Loop(index, values, []), len(self.lines)
        yield loop
        following = self.new(f"add nuw nsw i64 {index}, 1")
        more = self.new(f"icmp slt i64 {following}, {count}")
        last = self.at
        self.do(f"br i1 {more}, label %{label}, label %{end}")
        self.lines[place:place] = [
            f"  {name} = phi {kind} [{initial}, %{before}], [{then}, %{last}]"
            for name, (kind, initial), then in zip(
                [index, *values],
                [("i64", "0"), *carried],
                [following, *loop.next],
                strict=True,
            )
        ]
        self.label(end)
        loop.values = loop.next
        if empty:
            loop.values = [
                self.new(f"phi {kind} [{initial}, %{before}], [{then}, %{last}]")
                for (kind, initial), then in zip(carried, loop.next, strict=True)
            ]

    def _name(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"


def splat(text: Text, lanes: int, kind: str, value: str) -> str:
    """The same in every lane."""
    many = vector(lanes, kind)
    single = text.new(f"insertelement {many} poison, {kind} {value}, i32 0")
    lanes_of = f"<{lanes} x i32> zeroinitializer"
    return text.new(f"shufflevector {many} {single}, {many} poison, {lanes_of}")
