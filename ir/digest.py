"""What makes values comparable: arrays that cannot change, canonical bytes, their BLAKE2b.

Two values have one digest exactly if they are equal field by field; neither PYTHONHASHSEED,
machine, memory layout nor byte order enters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = ["canonical", "digest_of", "freeze_arrays", "integers", "read_only", "summary"]

_Scalar = TypeVar("_Scalar", bound=np.generic)


def read_only(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """The array, contiguous, in native byte order, not writeable; copied only if need be."""
    if _immutable(array) and array.flags.c_contiguous and array.dtype.isnative:
        return array
    copy = np.array(array, dtype=array.dtype.newbyteorder("="), order="C")
    copy.flags.writeable = False
    return copy


def freeze_arrays(value: Any, dtype: DTypeLike | None = None) -> None:
    """Make every field of a frozen dataclass a `read_only` array: for its ``__post_init__``.

    Parameters
    ----------
    value
        The instance; all of its fields are arrays.
    dtype
        What their elements become; None leaves them as they are.
    """
    for field in fields(value):
        array = getattr(value, field.name)
        whole = array if dtype is None else array.astype(dtype, copy=False)
        object.__setattr__(value, field.name, read_only(whole))


def _immutable(array: NDArray[Any]) -> bool:
    """Whether nothing can change the array, be it through an array that it is a view of."""
    base: Any = array
    while isinstance(base, np.ndarray):
        if base.flags.writeable:
            return False
        base = base.base
    return True


def integers(array: ArrayLike) -> NDArray[np.int64]:
    """The array as int64; TypeError if its numbers are not integers, so that none is cut off."""
    given = np.asarray(array)
    if given.size and (given.dtype.kind not in "biu" or given.dtype == np.uint64):
        raise TypeError(f"integers are needed, not {given.dtype}")
    return given.astype(np.int64, copy=False)


def digest_of(value: Any) -> str:
    """BLAKE2b-256 of the canonical bytes of `value`, as hexadecimal text."""
    digest = hashlib.blake2b(digest_size=32)
    for piece in canonical(value):
        digest.update(piece)
    return digest.hexdigest()


def summary(array: NDArray[Any]) -> str:
    """For dumps: the number of a 0-d array, else the shape and the start of the digest."""
    return repr(array.item()) if array.ndim == 0 else f"{array.shape} {digest_of(array)[:16]}"


def canonical(value: Any) -> Iterator[bytes | memoryview]:
    """Bytes that tell `value` from every other value; tags and lengths prevent run-ons.

    Known kinds: None, bool, int, float, str, bytes, enum members, NumPy arrays and scalars,
    tuples and lists, mappings and sets (by sorted canonical keys), and dataclasses.
    """
    match value:
        case None:
            yield b"n;"
        case bool() | np.bool_():
            yield b"b1;" if value else b"b0;"
        case Enum():
            yield from _tagged(b"e", f"{type(value).__name__}.{value.name}".encode())
        case int() | np.integer():
            yield from _tagged(b"i", str(int(value)).encode())
        case float() | np.floating():
            yield from _tagged(b"f", float(value).hex().encode())
        case str():
            yield from _tagged(b"s", value.encode())
        case bytes():
            yield from _tagged(b"y", value)
        case np.ndarray():
            if value.dtype.hasobject:
                raise TypeError(f"no canonical bytes for an array of {value.dtype}")
            little = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
            head = f"{little.dtype.str}{value.shape}".encode()
            yield from _tagged(b"a", head)
            yield little.reshape(-1).view(np.uint8).data
        case tuple() | list():
            yield f"t{len(value)};".encode()
            for item in value:
                yield from canonical(item)
        case Mapping():
            pairs = sorted(
                ((b"".join(canonical(k)), v) for k, v in value.items()), key=lambda pair: pair[0]
            )
            yield f"m{len(pairs)};".encode()
            for key, item in pairs:
                yield key
                yield from canonical(item)
        case set() | frozenset():
            items = sorted(b"".join(canonical(item)) for item in value)
            yield f"u{len(items)};".encode()
            yield from items
        case _ if is_dataclass(value) and not isinstance(value, type):
            yield from _tagged(b"d", type(value).__name__.encode())
            for field in fields(value):
                yield from canonical(getattr(value, field.name))
        case _:
            raise TypeError(f"no canonical bytes for {type(value).__name__}")


def _tagged(tag: bytes, payload: bytes) -> Iterator[bytes]:
    yield tag + str(len(payload)).encode() + b":"
    yield payload
