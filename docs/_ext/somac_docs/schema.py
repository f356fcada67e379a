"""The form of target descriptions, from the pydantic models that read them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from somac.compiler.targets import schema
from somac.compiler.targets.schema import Description

__all__ = ["descriptions", "schema_text"]

_ANY = 1e15
"""A limit from here on only guards the arithmetic."""

_STATED = "Statement"
"""Prefix of the names that pydantic gives to statements of one kind of value."""


def schema_text() -> str:
    """Markdown: a section per table of a description, and a row per key."""
    tree = Description.model_json_schema()
    definitions: Mapping[str, Mapping[str, Any]] = tree["$defs"]
    parts = _section("Description", tree, definitions, "The file")
    for name in _order(tree, definitions):
        if name.startswith(_STATED):
            continue
        parts += _section(name, definitions[name], definitions, _title(name))
    return "\n".join(parts)


def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Field -> the text below it, of a model of the schema."""
    (body,) = (
        node.body
        for node in ast.parse(inspect.getsource(schema)).body
        if isinstance(node, ast.ClassDef) and node.name == model.__name__
    )
    return {
        field.target.id: said.value.value
        for field, said in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(said, ast.Expr)
        and isinstance(said.value, ast.Constant)
    }


def _section(
    name: str, model: Mapping[str, Any], definitions: Mapping[str, Any], title: str
) -> list[str]:
    own: type[BaseModel] = getattr(schema, name)
    said = descriptions(own)
    said = {field.alias or key: said[key] for key, field in own.model_fields.items()}
    required = model.get("required", ())
    lines = [f"## {title}", "", _plain(inspect.getdoc(own) or ""), "", "| key | is | what |"]
    lines.append("|---|---|---|")
    for key, value in model["properties"].items():
        kind = _kind(value, definitions)
        lines.append(f"| `{key}` | {kind}{'' if key in required else '; optional'} | {said[key]} |")
    return [*lines, ""]


def _title(model: str) -> str:
    return model.removesuffix("Entry")


def _order(model: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterable[str]:
    """Names of the models that this one uses, each before those that it uses."""
    found: dict[str, None] = {}
    waiting = [*_references(model["properties"])]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += _references(definitions[name])
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "$ref" in value:
            yield value["$ref"].rpartition("/")[2]
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


def _kind(value: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """What a value may be, in words."""
    match value:
        case {"$ref": reference}:
            name = reference.rpartition("/")[2]
            if name.startswith(_STATED):
                stated = definitions[name]["properties"]["value"]
                return f"statement of {_kind(stated, definitions)}"
            title = _title(name)
            return f"[{title}](#{title.lower()})"
        case {"anyOf": choices}:
            some = [choice for choice in choices if choice != {"type": "null"}]
            return " or ".join(_kind(choice, definitions) for choice in some)
        case {"enum": values}:
            return " or ".join(f"`{item}`" for item in values)
        case {"const": only}:
            return f"`{only}`"
        case {"type": "object", "additionalProperties": inner}:
            return f"table of {_kind(inner, definitions)}"
        case {"type": "object", "patternProperties": inner}:
            return f"table of {_kind(next(iter(inner.values())), definitions)}"
        case {"type": "array", "prefixItems": inner}:
            return f"[{', '.join(_kind(item, definitions) for item in inner)}]"
        case {"type": "array", "items": inner}:
            return f"list of {_kind(inner, definitions)}"
        case {"type": "integer" | "number" as kind}:
            return f"{kind}{_range(value)}"
        case {"type": "string", "pattern": pattern} if pattern.startswith("^[#R@.]"):
            return "text of `#`, `R`, `@` and `.`"
        case {"type": "string", "pattern": _}:
            return "name"
        case {"type": "string"}:
            return "text"
        case {"type": "boolean"}:
            return "true or false"
    raise AssertionError(f"a form of the schema that has no words: {value}")


def _range(value: Mapping[str, Any]) -> str:
    low = value.get("minimum", value.get("exclusiveMinimum"))
    high = value.get("maximum", value.get("exclusiveMaximum"))
    if high is not None and high >= _ANY:
        high = None
    above = "above " if "exclusiveMinimum" in value else ""
    below = "below " if "exclusiveMaximum" in value else ""
    match low, high:
        case None, None:
            return ""
        case _, None:
            return f", at least {low:,}" if not above else f" above {low:,}"
        case _:
            return f", {above}{low:,g} to {below}{_short(high)}"


def _short(number: float) -> str:
    """A large power of two as one."""
    whole = int(number)
    if whole == number and whole > 1 << 20 and whole & (whole - 1) == 0:
        return f"2^{whole.bit_length() - 1}"
    return f"{number:,g}"


def _plain(docstring: str) -> str:
    """A docstring as Markdown: marks of code are single."""
    return re.sub(r"``(.+?)``", r"`\1`", docstring)
