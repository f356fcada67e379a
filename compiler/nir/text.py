"""Text out of HDF5: names of links, strings of datasets, each bounded and checked.

Runs in the reading process only, which is why h5py is imported at the top. Strings of variable
length are where a damaged file can make the HDF5 library run for ever: nothing here can
prevent that, and the parent's clock ends it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import h5py
import numpy as np
from h5py import h5d, h5s, h5t

from somac.compiler.nir.admit import Dataset, hdf5
from somac.compiler.nir.limits import Limits
from somac.ir.errors import Place, SomacError

__all__ = ["checked_name", "read_texts"]

_BLOCK = 4096
"""Strings read at once, so that the sum of their lengths is known before the next ones."""

_LAYOUT = frozenset("\n\r\t")


def checked_name(raw: bytes, path: str, limits: Limits) -> str:
    """A name as text: UTF-8, printable, not empty, of bounded length.

    `path` is where the name is found.

    Raises
    ------
    SomacError
        E0112.
    """
    try:
        text = raw.decode("utf-8")
        why = "" if text.isprintable() else "it has control or invisible characters"
    except UnicodeDecodeError:
        text, why = "", "it is not UTF-8"
    if not raw:
        why = "it is empty"
    elif len(raw) > limits.name_bytes:
        why = f"it has {len(raw):,} bytes, the limit is {limits.name_bytes:,}"
    if why:
        raise SomacError(
            "E0112",
            f"a name in {path} cannot be used: {why}",
            place=Place(node=path),
            have=repr(raw[:80])[1:],
            need="printable UTF-8",
            hint="rename the layer and export the model again",
        )
    return text


def read_texts(
    dataset: h5d.DatasetID, info: Dataset, budget: int, *, layout: bool = False
) -> list[str] | None:
    """All strings of a dataset in C order, or None if they take more than the budget.

    Parameters
    ----------
    dataset, info
        An admitted dataset of dtype ``S``.
    budget
        Bytes that may be read.
    layout
        Whether tabs and line ends are allowed.

    Raises
    ------
    SomacError
        E0111 bytes that are no text, E0107 damaged.
    """
    shape = info.shape or ()
    if info.size == 0:
        return []
    if not shape:
        parts: Iterable[slice | None] = (None,)
    else:
        rows = max(1, _BLOCK // math.prod(shape[1:]))
        parts = (slice(at, min(at + rows, shape[0])) for at in range(0, shape[0], rows))
    texts: list[str] = []
    for part in parts:
        block = _read(dataset, info, part)
        budget -= sum(map(len, block))
        if budget < 0:
            return None
        texts += (_text(item, info, layout) for item in block)
    return texts


def _read(dataset: h5d.DatasetID, info: Dataset, rows: slice | None) -> list[bytes]:
    shape = info.shape or ()
    with hdf5(info.path):
        type_ = dataset.get_type()
        if type_.is_variable_str():
            dtype = h5py.string_dtype()
            memory_type = h5t.py_create(dtype)
        else:
            dtype = np.dtype(f"S{info.item_bytes}")
            memory_type = type_
        if rows is None:
            array = np.empty(shape, dtype=dtype)
            dataset.read(h5s.ALL, h5s.ALL, array, memory_type)
        else:
            count = (rows.stop - rows.start, *shape[1:])
            array = np.empty(count, dtype=dtype)
            space = dataset.get_space()
            space.select_hyperslab((rows.start, *(0 for _ in shape[1:])), count)
            dataset.read(h5s.create_simple(count), space, array, memory_type)
    return [item if isinstance(item, bytes) else b"" for item in array.ravel().tolist()]


def _text(item: bytes, info: Dataset, layout: bool) -> str:
    try:
        text = item.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if not (text.isprintable() or (layout and all(c.isprintable() or c in _LAYOUT for c in text))):
        raise SomacError(
            "E0111",
            f"{info.path} holds bytes that are not text",
            place=Place(node=info.path),
            have=repr(item[:80])[1:],
            need="printable UTF-8",
            hint="the file is damaged or was not written by nir.write",
        )
    return text
