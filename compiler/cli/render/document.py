"""The JSON document of a command."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from somac import __version__
from somac.ir.errors import Diagnostic

__all__ = ["document", "plain"]


def document(
    command: str, result: Any, diagnostics: Sequence[Diagnostic], exit_code: int = 0
) -> str:
    """One JSON object: what was asked of whom, how it ended, what was told, and the result."""
    content = {
        "somac": __version__,
        "command": command,
        "exit_code": exit_code,
        "diagnostics": [_diagnostic(d) for d in diagnostics],
        "result": plain(result),
    }
    return json.dumps(content, indent=1, allow_nan=False)


def _diagnostic(d: Diagnostic) -> dict[str, Any]:
    return {
        "code": d.code,
        "title": d.entry.title,
        "severity": d.severity.value,
        "message": d.message,
        "file": d.place.file,
        "line": d.place.line,
        "column": d.place.column,
        "node": d.place.node,
        "have": d.have,
        "need": d.need,
        "hint": d.hint,
    }


def plain(value: Any) -> Any:
    """The value as JSON has it; numbers that are not finite become null.

    Keys are those of the dataclasses and mappings, in their order.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Path():
            return str(value)
        case Enum():
            return value.value
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case _ if is_dataclass(value):
            return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
        case _:
            raise TypeError(f"{type(value).__name__} is no plain data")
