"""Collects what is found in one file, so that everything wrong with it is said at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from somac.ir.errors import Diagnostic, Place, Severity, SomacError

__all__ = ["Report"]


class _Details(TypedDict, total=False):
    """What a diagnostic may say besides its message."""

    have: str | None
    need: str | None
    hint: str | None


@dataclass(slots=True)
class Report:
    """The diagnostics of one import, in the order they are found.

    Parameters
    ----------
    file
        Path of the file, for the places.
    repair
        Whether repairs are allowed; if not, they are errors.
    found
        What was found so far, each thing once.
    """

    file: str | None = None
    repair: bool = True
    found: dict[Diagnostic, None] = field(default_factory=dict)

    def refuse(
        self, code: str, message: str, node: str | None = None, **details: Unpack[_Details]
    ) -> None:
        """Put down an error; the work goes on until `stop_if_refused`."""
        self._add(Severity.ERROR, code, message, node, details)

    def warn(
        self, code: str, message: str, node: str | None = None, **details: Unpack[_Details]
    ) -> None:
        """Put down something the user should look at."""
        self._add(Severity.WARNING, code, message, node, details)

    def note(
        self, code: str, message: str, node: str | None = None, **details: Unpack[_Details]
    ) -> None:
        """Put down something the user may want to know."""
        self._add(Severity.NOTE, code, message, node, details)

    def repaired(
        self, code: str, message: str, node: str | None = None, **details: Unpack[_Details]
    ) -> None:
        """Put down a repair: a warning, or an error where repairs are not allowed."""
        severity = Severity.WARNING if self.repair else Severity.ERROR
        self._add(severity, code, message, node, details)

    def stop_if_refused(self) -> None:
        """Raise every error found so far.

        Raises
        ------
        SomacError
            If there is one.
        """
        errors = [d for d in self.found if d.severity is Severity.ERROR]
        if errors:
            raise SomacError.of(errors)

    def _add(
        self, severity: Severity, code: str, message: str, node: str | None, details: _Details
    ) -> None:
        place = Place(file=self.file, node=node)
        self.found[Diagnostic(code, message, place, severity=severity, **details)] = None
