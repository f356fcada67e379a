"""Where in a text something is wrong, and all of what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from somac.grammar.ast import NOWHERE, Position
from somac.ir.errors import Diagnostic, Place, SomacError

__all__ = ["Problems", "Source"]

_WIDEST = 200
_ENOUGH = 100


@dataclass(frozen=True, slots=True)
class Source:
    """A text and the name of the file it is from, as messages show it."""

    file: str | None
    text: str
    lines: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", tuple(self.text.split("\n")))

    def place(self, position: Position, node: str | None = None) -> Place:
        """The place of a diagnostic, with the line that a caret is drawn under."""
        if position == NOWHERE:
            return Place(file=self.file, node=node)
        line = self.lines[position.line - 1] if position.line <= len(self.lines) else ""
        # a tab is one column, so that a caret stands under what it means
        shown = line[:_WIDEST].replace("\t", " ").rstrip() if position.column < _WIDEST else None
        return Place(self.file, position.line, position.column, node, shown)


@dataclass(slots=True)
class Problems:
    """Diagnostics of one text, collected so that all of them are reported at once."""

    source: Source
    found: list[Diagnostic] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether so much is wrong already that nobody wants to know more."""
        return len(self.found) >= _ENOUGH

    def add(
        self,
        code: str,
        message: str,
        position: Position,
        *,
        have: str | None = None,
        need: str | None = None,
        hint: str | None = None,
    ) -> None:
        """Note a problem and go on."""
        place = self.source.place(position)
        self.found.append(Diagnostic(code, message, place, have, need, hint))

    def error(
        self,
        code: str,
        message: str,
        position: Position,
        *,
        have: str | None = None,
        need: str | None = None,
        hint: str | None = None,
    ) -> SomacError:
        """An error to raise where it makes no sense to go on."""
        place = self.source.place(position)
        return SomacError(code, message, place=place, have=have, need=need, hint=hint)

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Turn an error of the block into its diagnostics, and go on after the block."""
        try:
            yield
        except SomacError as error:
            self.found += error.diagnostics

    @contextmanager
    def at(self, position: Position) -> Iterator[None]:
        """Give errors of the block that have no place yet this one."""
        try:
            yield
        except SomacError as error:
            here = self.source.place(position)
            raise error.placed(lambda place: here if place.line is None else place) from error

    def failure(self) -> SomacError:
        """The error of everything that was found, in the order of the text."""
        return SomacError.of(
            sorted(self.found, key=lambda d: (d.place.line or 0, d.place.column or 0))
        )

    def check(self) -> None:
        """Raise what was found, if anything was."""
        if self.found:
            raise self.failure()
