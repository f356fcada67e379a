"""Names and texts of the language: which can stand bare, and how the others are quoted."""

from __future__ import annotations

import json
import re
from collections.abc import Container

__all__ = ["RESERVED", "is_identifier", "projection_name", "quoted", "written"]

RESERVED = frozenset(
    {"and", "count", "dt", "input", "not", "on", "or", "send", "spike", "state", "table"}
)
"""What cannot name a quantity of a neuron."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def is_identifier(name: str) -> bool:
    """Whether `name` can stand in an equation."""
    return _IDENTIFIER.fullmatch(name) is not None


def quoted(text: str) -> str:
    """A text in quotes, on one line."""
    return json.dumps(text, ensure_ascii=False)


def written(name: str) -> str:
    """The name of an input, population, projection, neuron or network as it is written."""
    return name if is_identifier(name) else quoted(name)


def projection_name(source: str, target: str, port: str, taken: Container[str]) -> str:
    """The name of a projection that is given none; `taken` are those of the ones above it."""
    name = base = f"{source}->{target}.{port}"
    number = 2
    while name in taken:
        name = f"{base}#{number}"
        number += 1
    return name
