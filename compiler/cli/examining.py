"""What `list` and `doctor` say of plug-ins of any kind."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from somac.compiler.cli.command import Outcome
from somac.compiler.cli.console import Console

if TYPE_CHECKING:
    from somac.ir.errors import Diagnostic

__all__ = ["examined_outcome"]


class _Health(Protocol):
    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """What is wrong with a plug-in."""


_Found = TypeVar("_Found", bound=_Health)
_View = TypeVar("_View")


def examined_outcome(
    console: Console,
    examine: Callable[[], tuple[Sequence[_Found], Sequence[Diagnostic]]],
    viewed: Callable[[_Found], _View],
    text: Callable[[Sequence[_View]], str],
    *,
    doctor: bool,
) -> Outcome:
    """What is found; problems are errors for the doctor, and warnings where plug-ins are listed.

    Parameters
    ----------
    examine
        Gives how each plug-in is, and what could not be read.
    viewed, text
        What is found as plain data, and for people.
    """
    from somac.ir.errors import Severity

    # what modules of others print when they are imported is no part of the result
    with contextlib.redirect_stdout(sys.stderr):
        found, unreadable = examine()
    wrong = [*unreadable, *(d for one in found for d in one.problems)]
    views = tuple(map(viewed, found))
    console.tell(wrong if doctor else [replace(d, severity=Severity.WARNING) for d in wrong])
    return Outcome(views, text(views), int(doctor and bool(wrong)))
