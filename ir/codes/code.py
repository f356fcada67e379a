"""What is kept about a diagnostic code."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["Code"]

_FORM = re.compile(r"(?:[A-Z][A-Z0-9_.-]*-)?E[0-9]{4}")


class Code(str):
    """A diagnostic code: its text is the id, and it knows what ``somac explain`` says of it.

    Codes of somac are ``E0101``. A backend of another package has codes of its own, which begin
    with its name in capitals: ``MYCHIP-E0001``.

    Parameters
    ----------
    id
        The text.
    title
        In a few words.
    explanation
        A paragraph.
    exit_code
        The command line's: 1 a check failed, 2 the input is wrong, 3 it does not fit the target,
        70 a bug of somac.

    Raises
    ------
    ValueError
        If the id is of no such form.
    """

    __slots__ = ("exit_code", "explanation", "title")

    # hides the method of text of that name, which nobody needs of a code
    title: str  # type: ignore[assignment]
    explanation: str
    exit_code: int

    def __new__(cls, id: str, title: str, explanation: str, exit_code: int = 2) -> Code:
        """A code, which never changes."""
        if not _FORM.fullmatch(id):
            raise ValueError(f"{id!r} is no diagnostic code: E0101, or MYCHIP-E0001 of a backend")
        made = super().__new__(cls, id)
        for name, value in (
            ("title", title),
            ("explanation", explanation),
            ("exit_code", exit_code),
        ):
            object.__setattr__(made, name, value)
        return made

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a code does not change: {name}")

    def __reduce__(self) -> tuple[object, ...]:
        return (Code, (self.id, self.title, self.explanation, self.exit_code))

    @property
    def id(self) -> str:
        """The code as plain text."""
        return str.__str__(self)

    @property
    def backend(self) -> str | None:
        """The backend, in capitals, whose code it is; None for those of somac."""
        return self.rpartition("-")[0] or None
