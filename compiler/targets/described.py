"""A description whose form is right, and what it shares with the one that comes with somac."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from somac.compiler.targets.schema import Description, Statement
from somac.compiler.targets.tree import Path, Tree
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.suggest import did_you_mean

__all__ = ["Described", "Found", "look_up", "statements"]

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Described:
    """A description whose form is right, and where its parts stand."""

    tree: Tree
    description: Description


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """An entry of a table, and where it stands."""

    item: T
    tree: Tree
    root: Path


def look_up(
    kind: type[T],
    table: str,
    name: str,
    files: Sequence[Described],
    asked: tuple[Tree, Path, str],
) -> Found[T]:
    """The entry `name` of a table, from the first of the files that has it.

    Parameters
    ----------
    asked
        Where the name stands that is looked up, and what refers to it: ``target 'a' is made of
        the chip``.

    Raises
    ------
    SomacError
        E0308 if no file has it.
    """
    for file in files:
        found = getattr(file.description, table).get(name)
        if isinstance(found, kind):
            return Found(found, file.tree, (table, name))
    tree, path, what = asked
    known = [key for file in files for key in getattr(file.description, table)]
    raise SomacError.of(
        [
            Diagnostic(
                "E0308",
                f"{what} {name!r}, which nobody describes",
                tree.place(path),
                hint=did_you_mean(name, known),
            )
        ]
    )


def statements(
    part: object, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Statement[object]]]:
    """Every statement inside a model, with its path."""
    if isinstance(part, Statement):
        yield path, part
    elif isinstance(part, BaseModel):
        for key in type(part).model_fields:
            yield from statements(getattr(part, key), (*path, key))
    elif isinstance(part, dict):
        for key, item in part.items():
            yield from statements(item, (*path, key))
