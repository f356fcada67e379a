"""Files of a bundle as arrays and JSON, believed only if they are whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from somac.backends.crossbar.description import Description
from somac.backends.damage import DamagedError, require
from somac.ir import npy
from somac.ir.errors import Diagnostic, Place
from somac.ir.program import Program

__all__ = ["array", "check_files", "document"]

_FOLDERS = ("arrays/", "digital/", "parameters/", "programs/", "schedule/", "tables/")
_SCHEDULE = ("schedule/sums.npy", "schedule/turns.npy")


def array(program: Program, file: str, dtype: str, *shape: int | None) -> NDArray[Any]:
    """The array of a file; `DamagedError` for another type or shape, None standing for any size."""
    require(file in program.files, file, "missing")
    try:
        found = npy.decode(program.files[file])
    except ValueError as error:
        raise DamagedError(file, str(error)) from None
    fits = len(found.shape) == len(shape) and all(
        need in (None, have) for have, need in zip(found.shape, shape, strict=True)
    )
    meant = " x ".join("any" if n is None else str(n) for n in shape)
    require(
        found.dtype.name == dtype and fits,
        file,
        f"{found.dtype} of shape {found.shape}, not {dtype} of {meant}",
    )
    return found


def document(program: Program, file: str, fields: frozenset[str]) -> dict[str, Any]:
    """The object of a JSON file with just these fields, `format` 1 among them."""
    require(file in program.files, file, "missing")
    try:
        data = json.loads(program.files[file])
    except (ValueError, RecursionError) as error:
        raise DamagedError(file, f"not JSON: {error}") from None
    require(isinstance(data, dict), file, "not an object")
    require(data.keys() == fields, file, f"other fields than {', '.join(sorted(fields))}")
    version = data["format"]
    require(type(version) is int and version == 1, file, f"format {version!r}, not 1")
    found: dict[str, Any] = data
    return found


def check_files(program: Program, d: Description) -> Iterator[Diagnostic]:
    """E0812 for files that belong to nothing, or to two things."""
    named = [d.sources, d.targets, *_SCHEDULE]
    named += [name for a in d.arrays for name in (a.codes, a.found) if name is not None]
    for way in d.digital:
        named += [way.sources, way.targets, way.weights]
        named += [] if way.delays is None else [way.delays]
    for p in d.populations:
        named += [v for v in (*p.parameters.values(), *p.initial.values()) if isinstance(v, str)]
    for name in sorted({n for n in named if named.count(n) > 1}):
        yield Diagnostic("E0812", "one file for two things", Place(file=name))
    known = {*named, *(p.program for p in d.populations)}
    for name in sorted(program.files):
        if name.startswith(_FOLDERS) and name not in known:
            yield Diagnostic("E0812", "a file that belongs to nothing", Place(file=name))
