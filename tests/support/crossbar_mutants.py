"""Bundles of the crossbar with one thing changed, for tests of what reads them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from somac.ir import npy
from somac.ir.program import Program

__all__ = ["array_mutants", "byte_mutants", "json_mutants", "with_file"]

Path = tuple[str | int, ...]


def with_file(program: Program, name: str, content: bytes | None) -> Program:
    """The program with another file, or without it."""
    files = {k: v for k, v in program.files.items() if k != name}
    return Program(
        program.backend, program.target, files if content is None else {**files, name: content}
    )


def leaves(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value inside of a document, containers too."""
    yield path, data
    inner: Any = ()
    if isinstance(data, dict):
        inner = data.items()
    elif isinstance(data, list):
        inner = enumerate(data)
    for key, value in inner:
        yield from leaves(value, (*path, key))


def changed(value: Any) -> Iterator[Any]:
    """Other values in the place of one."""
    yield None if value is not None else "x"
    match value:
        case bool():
            yield not value
        case int():
            yield from (value + 1, value - 1, value + (1 << 40), -value - 2, str(value))
        case float():
            yield from (value + 1.0, -value - 1.0, value * 1.5 + 0.25)
        case str():
            yield from (value + "x", "", value[1:], 7)
        case list() if value:
            yield from (value[:-1], [*value, value[-1]], [])
            if value[::-1] != value:
                yield value[::-1]
        case dict():
            yield {**value, "more": 1}
            yield from ({k: v for k, v in value.items() if k != gone} for gone in value)
        case _:
            yield 1


def json_mutants(content: bytes) -> Iterator[tuple[Path, Any, bytes]]:
    """The place, what is there now, and the file, of every document with one change."""
    data = json.loads(content)
    for path, value in leaves(data):
        for other in changed(value):
            if not path:
                yield path, other, json.dumps(other).encode()
                continue
            mutant = copy.deepcopy(data)
            at = mutant
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = other
            yield path, other, json.dumps(mutant).encode()


def array_mutants(content: bytes, random: np.random.Generator, count: int) -> Iterator[bytes]:
    """Files of the same array but for its shape, its type, or one of its elements."""
    array = npy.decode(content)
    yield npy.encode(array[:-1])
    yield npy.encode(np.concatenate([array, array[-1:]]))
    yield npy.encode(array[None])
    yield npy.encode(array.astype(np.float64))
    yield npy.encode(array.astype(np.int64 if array.dtype != np.int64 else np.int32))
    for _ in range(count if array.size else 0):
        other = array.copy()
        at = random.integers(array.size)
        by = int(random.choice([1, -1, 2, 100, -100]))
        other.flat[at] = np.array(int(other.flat[at]) + by).astype(array.dtype)
        yield npy.encode(other)


def byte_mutants(content: bytes, random: np.random.Generator, count: int) -> Iterator[bytes]:
    """Files with a byte changed, cut, or repeated."""
    for _ in range(count):
        at = int(random.integers(len(content)))
        yield content[:at] + bytes([content[at] ^ int(random.integers(1, 256))]) + content[at + 1 :]
    for at in random.integers(len(content), size=count).tolist():
        yield content[:at]
        yield content[:at] + content[at : at + 8] + content[at:]
