"""What is kept about a diagnostic code."""

from dataclasses import dataclass

__all__ = ["Code"]


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of the table of codes.

    `exit_code` is the command line's: 1 a check failed, 2 the input is wrong, 3 it does
    not fit the target, 70 a bug of somac.
    """

    id: str
    title: str
    explanation: str
    exit_code: int = 2
