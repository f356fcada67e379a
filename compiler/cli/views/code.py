"""A diagnostic code as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from somac.ir.codes import Code

__all__ = ["CodeView", "viewed"]


@dataclass(frozen=True, slots=True)
class CodeView:
    """What is kept about a code."""

    id: str
    title: str
    explanation: str
    exit_code: int


def viewed(code: Code) -> CodeView:
    """All of it."""
    return CodeView(code.id, code.title, code.explanation, code.exit_code)
