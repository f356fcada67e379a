"""Descriptions of bundles: JSON that is believed only if every field is right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from somac.ir.datapath import SEMANTICS
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.program import Program

__all__ = ["read_as"]

_PROBLEMS = 20

_Described = TypeVar("_Described", bound=BaseModel)


def read_as(
    program: Program,
    file: str,
    what: str,
    version: int,
    model: type[_Described],
    contradictions: Callable[[_Described], Iterable[str]],
) -> _Described:
    """Read the description of a bundle.

    Parameters
    ----------
    file, what
        Name of the file, and what it describes, in a word.
    version
        Of the form that `model` has; that of the integers is `SEMANTICS`.
    contradictions
        What is wrong though every field by itself is right.

    Raises
    ------
    SomacError
        E0703 if the file is missing, E0704 if it is not JSON, E0705 if it is of another
        version, E0710 if a field is not what it must be.
    """
    _require_version(program, file, what, version)
    try:
        found = model.model_validate_json(program.files[file])
    except ValidationError as error:
        raise SomacError.of(
            Diagnostic(
                "E0710",
                f"{'.'.join(str(key) for key in problem['loc']) or 'the file'}: {problem['msg']}",
                Place(file=file),
            )
            for problem in error.errors()[:_PROBLEMS]
        ) from None
    problems = [Diagnostic("E0710", text, Place(file=file)) for text in contradictions(found)]
    if problems:
        raise SomacError.of(problems[:_PROBLEMS])
    return found


def _require_version(program: Program, file: str, what: str, version: int) -> None:
    data = program.json(file)
    if not isinstance(data, dict):
        return
    for field, known in (("format", version), ("semantics", SEMANTICS)):
        if field in data and data[field] != known:
            raise SomacError(
                "E0705",
                f"the {what} has {field} {data[field]!r}",
                place=Place(file=file),
                have=f"{field} {data[field]!r}",
                need=f"{field} {known}",
                hint="compile the model again with this version of somac",
            )
