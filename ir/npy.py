"""Arrays as `.npy` files of one canonical form: version 1.0, C order, little-endian numbers.

Read strictly: nothing is unpickled, and a header is believed only if the file is as long as
it says.
"""

from __future__ import annotations

import re
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DTYPES", "decode", "encode"]

DTYPES = ("bool", "uint8", "int32", "int64", "float64")
"""Names of the element types that can be written."""

_MAGIC = b"\x93NUMPY\x01\x00"
_ALIGN = 64
_HEADER = re.compile(
    rb"\{'descr': '([<|][a-z][0-9])', 'fortran_order': False, "
    rb"'shape': \(((?:[0-9]{1,19}, ?)*(?:[0-9]{1,19})?)\), \} *\n"
)
_BY_CODE = {np.dtype(name).newbyteorder("<").str.encode(): np.dtype(name) for name in DTYPES}


def encode(array: NDArray[Any]) -> bytes:
    """The array as a `.npy` file; equal arrays give equal bytes."""
    if array.dtype.name not in DTYPES:
        raise ValueError(f"an array of {array.dtype} is not written")
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    shape = ", ".join(map(str, array.shape)) + ("," if array.ndim == 1 else "")
    head = f"{{'descr': '{little.dtype.str}', 'fortran_order': False, 'shape': ({shape}), }}"
    padding = -(len(_MAGIC) + 2 + len(head) + 1) % _ALIGN
    header = head.encode() + b" " * padding + b"\n"
    return _MAGIC + len(header).to_bytes(2, "little") + header + little.tobytes()


def decode(content: bytes) -> NDArray[Any]:
    """The array of a `.npy` file that `encode` wrote, read-only; ValueError for anything else."""
    start = len(_MAGIC) + 2
    if content[: len(_MAGIC)] != _MAGIC:
        raise ValueError("not a .npy file of version 1.0")
    end = start + int.from_bytes(content[len(_MAGIC) : start], "little")
    found = _HEADER.fullmatch(content[start:end])
    dtype = None if found is None else _BY_CODE.get(found[1])
    if found is None or dtype is None:
        raise ValueError("not a header of a plain array in C order")
    shape = tuple(int(size) for size in found[2].replace(b",", b" ").split())
    if prod(shape) * dtype.itemsize != len(content) - end:
        raise ValueError(f"{len(content) - end} bytes for an array of shape {shape} and {dtype}")
    little = np.frombuffer(content, dtype.newbyteorder("<"), offset=end)
    if dtype == np.bool_ and little.view(np.uint8).max(initial=0) > 1:
        raise ValueError("a truth value is neither 0 nor 1")
    return little.astype(dtype, copy=False).reshape(shape)
