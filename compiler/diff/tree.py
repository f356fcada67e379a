"""Trees of dataclasses, mappings, lists and arrays, compared to the last leaf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.diff.values import Change, Numbers, Scalar, joined
from somac.compiler.differences import unequal
from somac.ir.fixed import Format

__all__ = ["array_difference", "differing"]

_NAMES = ("name", "population", "projection", "core", "chip", "channel")
"""What tells the items of a list apart, wherever they stand in it."""


def differing(a: Any, b: Any, path: tuple[str, ...] = ()) -> Iterator[Change | Numbers]:
    """Every leaf that differs, by its path; items of lists are matched by their names."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        yield from array_difference(".".join(path), a, b)
    elif isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in joined(map(str, a), map(str, b)):
            yield from differing(a.get(key), b.get(key), (*path, key))
    elif _is_list(a) and _is_list(b):
        yield from _lists(a, b, path)
    elif _is_record(a) and type(a) is type(b):
        for field in fields(a):
            name = field.name
            yield from differing(getattr(a, name), getattr(b, name), (*path, name))
    elif not _equal(a, b):
        yield Change(".".join(path), _leaf(a), _leaf(b))


def array_difference(what: str, a: NDArray[Any], b: NDArray[Any]) -> Iterator[Change | Numbers]:
    """How many numbers of two arrays differ; two that are no numbers are equal."""
    if a.shape != b.shape:
        yield Change(what, _leaf(a), _leaf(b))
        return
    apart = unequal(a, b)
    count = int(np.count_nonzero(apart))
    if count:
        yield Numbers(what, int(a.size), count, _largest(a[apart], b[apart]))


def _largest(a: NDArray[Any], b: NDArray[Any]) -> float | None:
    whole = a.dtype.kind in "biu" and b.dtype.kind in "biu"
    kind = np.int64 if whole else np.float64
    with np.errstate(over="ignore", invalid="ignore"):
        largest = float(np.abs(a.astype(kind) - b.astype(kind)).max())
    return largest if np.isfinite(largest) else None


def _lists(a: Sequence[Any], b: Sequence[Any], path: tuple[str, ...]) -> Iterator[Change | Numbers]:
    left, right = _named(a), _named(b)
    if left is not None and right is not None:
        yield from differing(left, right, path)
        if left.keys() == right.keys() and list(left) != list(right):
            yield Change(".".join((*path, "order")), ", ".join(left), ", ".join(right))
        return
    if len(a) != len(b):
        yield Change(".".join(path), _items(a), _items(b))
        return
    for index, (x, y) in enumerate(zip(a, b, strict=True)):
        yield from differing(x, y, (*path, str(index)))


def _named(items: Sequence[Any]) -> dict[str, Any] | None:
    """The items by what they are called, if all are and each otherwise."""
    for key in _NAMES:
        names = [_field(item, key) for item in items]
        if all(isinstance(n, str | int) for n in names) and len({*names}) == len(names):
            return dict(zip(map(str, names), items, strict=True))
    return None


def _field(item: Any, key: str) -> Any:
    return item.get(key) if isinstance(item, Mapping) else getattr(item, key, None)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _is_record(value: Any) -> bool:
    return is_dataclass(value) and not isinstance(value, type | Format)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray) or type(a) is not type(b):
        return type(a) in (int, float) and type(b) in (int, float) and bool(a == b)
    return bool(a == b)


def _leaf(value: Any) -> Scalar:
    """A value in a few words."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Enum():
            return str(value.value)
        case np.ndarray():
            if value.ndim == 0:
                return _leaf(value.item())
            return f"{'x'.join(map(str, value.shape))} numbers"
        case Mapping():
            return f"{len(value)} {'value' if len(value) == 1 else 'values'}"
        case list() | tuple():
            return _items(value)
        case Format():
            return str(value)
        case _:
            name = getattr(value, "name", None)
            return f"a {type(value).__name__}" if name is None else str(name)


def _items(items: Sequence[Any]) -> str:
    if len(items) <= 4 and all(isinstance(i, int | float | str) for i in items):
        return ", ".join(map(str, items)) or "none"
    return f"{len(items)} {'item' if len(items) == 1 else 'items'}"
