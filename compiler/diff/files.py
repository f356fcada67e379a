"""The files of two bundles: which differ, and in what, as far as their kind is known."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from somac.compiler.diff.tree import array_difference, differing
from somac.compiler.diff.values import MOST_LINES, Change, Numbers, joined, lines_in_common
from somac.compiler.words import count
from somac.ir import npy
from somac.ir.program import Program

__all__ = ["File", "FileChange", "files"]

_MOST_FIELDS = 1_000


@dataclass(frozen=True, slots=True)
class File:
    """Its size, and BLAKE2b of its content as in the manifest."""

    bytes: int
    blake2b: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that differs; None on the side that does not have it.

    `what` says how much of it, by what it is: fields, numbers, lines or bytes. Of JSON `fields`
    are those that differ, not too many.
    """

    name: str
    a: File | None
    b: File | None
    what: str = ""
    fields: tuple[Change | Numbers, ...] = ()


def files(a: Program, b: Program) -> tuple[FileChange, ...]:
    """Every file that is not the same on both sides, by name."""
    return tuple(
        _change(name, a.files.get(name), b.files.get(name))
        for name in sorted(joined(a.files, b.files))
        if a.files.get(name) != b.files.get(name)
    )


def _change(name: str, a: bytes | None, b: bytes | None) -> FileChange:
    what = ""
    fields: tuple[Change | Numbers, ...] = ()
    if a is not None and b is not None:
        found = _fields(a, b) if name.endswith(".json") else None
        if found is not None:
            fields = tuple(found[:_MOST_FIELDS])
            what = count(len(found), "field")
        else:
            what = _content(name, a, b)
    return FileChange(name, _file(a), _file(b), what, fields)


def _file(content: bytes | None) -> File | None:
    if content is None:
        return None
    return File(len(content), hashlib.blake2b(content, digest_size=32).hexdigest())


def _fields(a: bytes, b: bytes) -> list[Change | Numbers] | None:
    try:
        return list(differing(_parsed(a), _parsed(b)))
    except (ValueError, RecursionError):
        return None


def _parsed(content: bytes) -> Any:
    return json.loads(content)


def _content(name: str, a: bytes, b: bytes) -> str:
    if name.endswith(".npy"):
        found = _arrays(a, b)
        if found is not None:
            return found
    left, right = _lines(a), _lines(b)
    if left is not None and right is not None:
        both = lines_in_common(left, right)
        return f"+{len(right) - both:,} -{len(left) - both:,} lines"
    if len(a) == len(b):
        unequal = np.frombuffer(a, np.uint8) != np.frombuffer(b, np.uint8)
        first = int(np.argmax(unequal))
        return f"{np.count_nonzero(unequal):,} of {count(len(a), 'byte')}, from {first:#x} on"
    return ""


def _arrays(a: bytes, b: bytes) -> str | None:
    try:
        found = next(iter(array_difference("", npy.decode(a), npy.decode(b))), None)
    except ValueError:
        return None
    match found:
        case Numbers(count=numbers, differing=differing):
            return f"{differing:,} of {count(numbers, 'number')}"
        case Change(a=before, b=after):
            return f"{before}, then {after}"
        case None:
            return "another type of numbers"


def _lines(content: bytes) -> list[str] | None:
    """The lines of a text that is not long; None of anything else."""
    if b"\0" in content or content.count(b"\n") > MOST_LINES:
        return None
    try:
        return content.decode().splitlines()
    except UnicodeDecodeError:
        return None
