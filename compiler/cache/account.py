"""Accounts of a compile as bytes: dataclasses of plain data as JSON, and back by their types."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TypeVar

__all__ = ["account_bytes", "account_from"]

_Value = TypeVar("_Value")


def account_bytes(value: Any) -> bytes:
    """A dataclass of numbers, text, tuples, mappings and such dataclasses."""
    return json.dumps(asdict(value)).encode()


def account_from(kind: type[_Value], content: bytes) -> _Value:
    """The value of that class; ValueError if it is none."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind).validate_json(content)
