"""Records as JSON: a line for each entry of a list, the same bytes for the same value.

A record is a frozen dataclass whose rows are named tuples. A file is read with suspicion: fields
and types must be those of the dataclass, and the text exactly what would be written.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from somac.ir.errors import Diagnostic, Place, SomacError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["encode", "parse", "six_digits"]

_PROBLEMS = 20

_Record = TypeVar("_Record", bound="DataclassInstance")


def six_digits(value: float) -> float:
    """What follows them says nothing to people: expected rates and errors are no better known."""
    return float(f"{value:.6g}")


def encode(record: DataclassInstance) -> bytes:
    """As bytes; ValueError for numbers that are not finite."""
    parts = [
        f"{json.dumps(f.name)}: {_value(getattr(record, f.name))}"
        for f in sorted(fields(record), key=lambda f: f.name)
    ]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _value(value: Any) -> str:
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return "[\n" + ",\n".join(map(_inline, value)) + "\n]" if value else "[]"
    return _inline(value)


def _inline(value: Any) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False, separators=(", ", ": "))


def parse(kind: type[_Record], content: bytes, file: str, version: int) -> _Record:
    """A record from the bytes of a file.

    Raises
    ------
    SomacError
        E0704 if it is not JSON, E0705 if its field `format` is not `version`, E0710 if a field
        is not what it must be, or there is more than that.
    """
    from pydantic import TypeAdapter, ValidationError

    place = Place(file=file)
    try:
        head = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SomacError("E0704", f"not JSON: {error}", place=place) from None
    if isinstance(head, dict) and head.get("format", version) != version:
        raise SomacError(
            "E0705",
            f"{file} has format {head['format']!r}",
            place=place,
            have=f"format {head['format']!r}",
            need=f"format {version}",
            hint="compile the model again with this version of somac",
        )
    try:
        found = TypeAdapter(kind).validate_json(content, strict=True)
    except ValidationError as error:
        raise SomacError.of(
            Diagnostic(
                "E0710",
                f"{'.'.join(str(key) for key in problem['loc']) or 'the file'}: {problem['msg']}",
                place,
            )
            for problem in error.errors()[:_PROBLEMS]
        ) from None
    if not _is_text_of(found, content):
        raise SomacError("E0710", "it is not as somac writes it", place=place)
    return found


def _is_text_of(record: DataclassInstance, content: bytes) -> bool:
    try:
        return encode(record) == content
    except ValueError:
        return False  # numbers that are not finite
