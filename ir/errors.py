"""Diagnostics: what is wrong, where, have versus need, what to do next.

A `Diagnostic` is a value; a `SomacError` carries one or more of them to whoever prints.
Nothing here prints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum

from somac.ir.codes import CODES, Code

__all__ = ["Diagnostic", "Place", "Severity", "SomacError"]


class Severity(Enum):
    """How much a diagnostic matters: an error stops the work, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Place:
    """Where: a file, and in it a line and column (from 1) or the path of a node.

    `source` is the text of the line, so that a renderer can draw a caret under the column.
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    node: str | None = None
    source: str | None = None

    def __str__(self) -> str:
        parts = [self.file or ""]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        text = ":".join(p for p in parts if p)
        if self.node is not None:
            text = f"{text}:{self.node}" if text else self.node
        return text


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to tell the user.

    Parameters
    ----------
    code
        A code of `somac.ir.codes`, e.g. ``"E0101"``, or a `Code` of a backend's own.
    message
        One sentence that names the offending thing and its values.
    place
        Where it is.
    have, need
        The two sides of a limit, with units, where there is one.
    hint
        What to do next.
    severity
        `Severity.ERROR` unless the work can go on.
    """

    code: str
    message: str
    place: Place = Place()
    have: str | None = None
    need: str | None = None
    hint: str | None = None
    severity: Severity = Severity.ERROR

    def __post_init__(self) -> None:
        own = isinstance(self.code, Code) and self.code.backend is not None
        if not own and self.code not in CODES:
            raise KeyError(
                f"diagnostic code {self.code} is not in somac.ir.codes; those of backends are "
                "given as Code, not as text"
            )

    @property
    def entry(self) -> Code:
        """What `somac explain` says of this code."""
        return self.code if isinstance(self.code, Code) else CODES[self.code]

    def __str__(self) -> str:
        lines = [f"{self.severity.value}[{self.code}]: {self.message}"]
        where = str(self.place)
        if where:
            lines.append(f"  --> {where}")
        if self.place.source is not None and self.place.line is not None:
            gutter = " " * len(str(self.place.line))
            lines.append(f" {gutter} |")
            lines.append(f" {self.place.line} | {self.place.source}")
            if self.place.column is not None:
                before = self.place.source[: self.place.column - 1].ljust(self.place.column - 1)
                # a tab is as wide under itself as in the line above
                indent = "".join("\t" if c == "\t" else " " for c in before)
                lines.append(f" {gutter} | {indent}^")
        if self.have is not None:
            lines.append(f"  have: {self.have}")
        if self.need is not None:
            lines.append(f"  need: {self.need}")
        if self.hint is not None:
            lines.append(f"  help: {self.hint}")
        return _printable("\n".join(lines))


def _printable(text: str) -> str:
    """The text with control characters as escapes: names and lines of a file are untrusted."""
    return "".join(
        c if c.isprintable() or c in "\t\n" else c.encode("unicode_escape").decode() for c in text
    )


class SomacError(Exception):
    """The input is wrong, or does not fit: carries every diagnostic found, the worst first.

    Raise with the fields of one `Diagnostic`, or use `SomacError.of` for several at once.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        place: Place | None = None,
        have: str | None = None,
        need: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (
            Diagnostic(code, message, place or Place(), have, need, hint),
        )
        super().__init__(str(self.diagnostics[0]))

    @classmethod
    def of(cls, diagnostics: Iterable[Diagnostic]) -> SomacError:
        """An error of several diagnostics, in order, the errors among them first.

        ValueError if none of them is an error.
        """
        many = tuple(sorted(diagnostics, key=lambda d: list(Severity).index(d.severity)))
        if not many or many[0].severity is not Severity.ERROR:
            raise ValueError("an exception carries at least one error")
        first = many[0]
        error = cls(
            first.code,
            first.message,
            place=first.place,
            have=first.have,
            need=first.need,
            hint=first.hint,
        )
        error.diagnostics = many
        error.args = ("\n".join(str(d) for d in many),)
        return error

    def placed(self, place_of: Callable[[Place], Place]) -> SomacError:
        """The same error with another place for each diagnostic, found by that which it has."""
        return SomacError.of(replace(d, place=place_of(d.place)) for d in self.diagnostics)

    @property
    def exit_code(self) -> int:
        """The exit code of the command line: the largest of the codes' own."""
        return max(d.entry.exit_code for d in self.diagnostics if d.severity is Severity.ERROR)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.diagnostics,))


def _rebuild(diagnostics: tuple[Diagnostic, ...]) -> SomacError:
    return SomacError.of(diagnostics)
