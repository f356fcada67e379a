"""pydantic's findings as diagnostics: file, line, column, and the key that was meant."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from somac.compiler.targets.tree import Path, Tree
from somac.ir.errors import Diagnostic
from somac.ir.suggest import did_you_mean

__all__ = ["explain"]

MAX_REPORTED = 20
"""Mistakes shown at once; the rest follow from the same few causes."""

KINDS = {
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "a list in brackets",
    "dict_type": "a table of keys and values",
    "model_type": "a table of keys and values",
    "model_attributes_type": "a table of keys and values",
    "finite_number": "a finite number",
}


def explain(error: ValidationError, tree: Tree, root: type[BaseModel]) -> Iterator[Diagnostic]:
    """A diagnostic per finding, in the order of the file."""
    found = error.errors(include_url=False, include_context=True)
    diagnostics = [_diagnostic(item, tree, root) for item in found]
    diagnostics.sort(key=lambda d: (d.place.line or 0, d.place.column or 0, d.message))
    yield from list(dict.fromkeys(diagnostics))[:MAX_REPORTED]


def _diagnostic(item: Any, tree: Tree, root: type[BaseModel]) -> Diagnostic:
    kind: str = item["type"]
    path: Path = tuple(part for part in item["loc"] if part != "[key]")
    name = ".".join(str(part) for part in path)
    if kind == "extra_forbidden":
        known = _keys(root, path[:-1])
        return Diagnostic(
            "E0305",
            f"unknown key {path[-1]!r}",
            tree.place(path, key=True),
            hint=did_you_mean(str(path[-1]), known) or f"known here: {', '.join(known)}",
        )
    if kind == "missing":
        if tree.data is None:
            return Diagnostic("E0306", "the file is empty", tree.place(()))
        return Diagnostic(
            "E0306",
            f"{'.'.join(map(str, path[:-1])) or 'the file'} lacks the key {path[-1]!r}",
            tree.place(path[:-1], key=True),
        )
    if kind == "literal_error":
        need = item["ctx"]["expected"]
        choices = [word.strip("'") for word in need.replace(" or ", ", ").split(", ")]
        hint = did_you_mean(str(item["input"]), choices)
    else:
        need, hint = KINDS.get(kind) or _condition(item["msg"]), None
    in_key = item["loc"][-1:] == ("[key]",)
    return Diagnostic(
        "E0307",
        f"{name or 'the description'} is not what belongs there",
        tree.place(path, key=in_key),
        have=_short(item["input"]),
        need=need,
        hint=hint,
    )


def _keys(root: type[BaseModel], path: Path) -> list[str]:
    """The keys that the table at `path` may have."""
    kind: Any = root
    for part in path:
        if _is_model(kind):
            kind = {f.alias or key: f.annotation for key, f in kind.model_fields.items()}[part]
        else:
            kind = get_args(kind)[1 if get_origin(kind) is dict else 0]
        if get_origin(kind) in {Annotated, Union, UnionType}:
            kind = get_args(kind)[0]
    return [f.alias or key for key, f in kind.model_fields.items()] if _is_model(kind) else []


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _condition(message: str) -> str:
    """What must hold, of pydantic's sentence."""
    for opening in ("Input should be ", "String should ", "Value should ", "Tuple should "):
        message = message.removeprefix(opening)
    return message


def _short(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a table of keys and values"
        case tuple():
            return f"a list of {len(value)}"
        case str():
            return f"the text {value[:60]!r}{'...' if len(value) > 60 else ''}"
        case _:
            return str(value)[:60]
