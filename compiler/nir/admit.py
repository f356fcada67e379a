"""Which HDF5 datasets are plain: decided from their headers, before any data is touched.

Runs in the reading process only, which is why h5py is imported at the top.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from h5py import h5d, h5s, h5t, h5z

from somac.compiler.nir.limits import Limits
from somac.ir.errors import Place, SomacError

__all__ = ["Dataset", "admit", "hdf5"]

# what h5py makes of an error of the library
_LIBRARY_ERRORS = (OSError, RuntimeError, LookupError, ValueError, TypeError, ArithmeticError)
_OUT_OF_MEMORY = ("memory allocation failed", "unable to allocate", "can't allocate")

_NUMBERS: tuple[tuple[h5t.TypeID, str], ...] = (
    (h5t.IEEE_F32LE, "<f4"),
    (h5t.STD_I64LE, "<i8"),
    (h5t.IEEE_F64LE, "<f8"),
    (h5t.IEEE_F16LE, "<f2"),
    (h5t.STD_I8LE, "|i1"),
    (h5t.STD_I16LE, "<i2"),
    (h5t.STD_I32LE, "<i4"),
    (h5t.STD_U8LE, "|u1"),
    (h5t.STD_U16LE, "<u2"),
    (h5t.STD_U32LE, "<u4"),
    (h5t.STD_U64LE, "<u8"),
    (h5t.IEEE_F16BE, "<f2"),
    (h5t.IEEE_F32BE, "<f4"),
    (h5t.IEEE_F64BE, "<f8"),
    (h5t.STD_I8BE, "|i1"),
    (h5t.STD_I16BE, "<i2"),
    (h5t.STD_I32BE, "<i4"),
    (h5t.STD_I64BE, "<i8"),
    (h5t.STD_U8BE, "|u1"),
    (h5t.STD_U16BE, "<u2"),
    (h5t.STD_U32BE, "<u4"),
    (h5t.STD_U64BE, "<u8"),
)

_CLASSES: dict[int, str] = {
    h5t.INTEGER: "integer of an unusual layout",
    h5t.FLOAT: "float of an unusual layout",
    h5t.TIME: "time",
    h5t.STRING: "string",
    h5t.BITFIELD: "bit field",
    h5t.OPAQUE: "opaque",
    h5t.COMPOUND: "compound",
    h5t.REFERENCE: "reference",
    h5t.ENUM: "enumeration",
    h5t.VLEN: "variable-length sequence",
    h5t.ARRAY: "array",
}

_FILTERS: dict[int, str] = {
    h5z.FILTER_DEFLATE: "gzip",
    h5z.FILTER_SHUFFLE: "shuffle",
    h5z.FILTER_FLETCHER32: "fletcher32",
    h5z.FILTER_LZF: "lzf",
}
_OTHER_FILTERS: dict[int, str] = {4: "szip", 5: "nbit", 6: "scaleoffset"}


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset that may be read.

    Parameters
    ----------
    path
        Its path in the file.
    shape
        Its shape, () for a scalar, or None for the null dataspace, which holds nothing.
    dtype
        NumPy's name of the type it is read as, ``S`` for text, ``|b1`` for booleans.
    item_bytes
        Bytes per element in the file, unpacked.
    stored
        Whether any data was ever written to it.
    """

    path: str
    shape: tuple[int, ...] | None
    dtype: str
    item_bytes: int
    stored: bool

    @property
    def size(self) -> int:
        """Number of elements."""
        return 0 if self.shape is None else math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Unpacked bytes."""
        return self.size * self.item_bytes


@contextmanager
def hdf5(path: str) -> Iterator[None]:
    """Turn whatever the HDF5 library raises about the object at `path` into E0107 (or E0125)."""
    try:
        yield
    except _LIBRARY_ERRORS as error:
        said = "".join(c if c.isprintable() else " " for c in str(error))[:300]
        if any(sign in said.lower() for sign in _OUT_OF_MEMORY):
            raise MemoryError(path) from None
        raise SomacError(
            "E0107",
            f"{path} cannot be read: the file is damaged",
            place=Place(node=path),
            have=f"the HDF5 library says: {said}",
            hint="fetch or export the file again",
        ) from None


def admit(dataset: h5d.DatasetID, path: str, limits: Limits) -> Dataset:
    """Check that a dataset is plain and say what it is.

    Raises
    ------
    SomacError
        E0114 data outside the file; E0117, E0118 chunks beyond the limits; E0120 type; E0121
        filter; E0107 the header cannot be read.
    """
    with hdf5(path):
        space = dataset.get_space()
        null = space.get_simple_extent_type() == h5s.NULL
        shape = None if null else tuple(int(n) for n in space.get_simple_extent_dims())
        type_ = dataset.get_type()
        item_bytes = int(type_.get_size())
        dtype = _dtype(type_)
    if dtype is None:
        _refuse_type(type_, path)
    _check_layout(dataset, path, shape or (), item_bytes, limits)
    with hdf5(path):
        stored = bool(dataset.get_storage_size())
    return Dataset(path, shape, str(dtype), item_bytes, stored)


def _dtype(type_: h5t.TypeID) -> str | None:
    kind = type_.get_class()
    if kind in (h5t.INTEGER, h5t.FLOAT):
        return next((name for standard, name in _NUMBERS if type_.equal(standard)), None)
    if kind == h5t.STRING:
        return "S"
    if kind == h5t.ENUM and type_.get_size() == 1 and type_.get_nmembers() == 2:
        members = {type_.get_member_name(i): type_.get_member_value(i) for i in range(2)}
        return "|b1" if members == {b"FALSE": 0, b"TRUE": 1} else None
    return None


def _refuse_type(type_: h5t.TypeID, path: str) -> None:
    with hdf5(path):
        kind = _CLASSES.get(type_.get_class(), "unknown")
        bits = 8 * type_.get_size()
    raise SomacError(
        "E0120",
        f"{path} holds elements of a type that is not plain numbers or text",
        place=Place(node=path),
        have=f"{kind}, {bits} bits each",
        need="bool, int8 to int64, uint8 to uint64, float16, float32 or float64",
        hint="convert the array before nir.write, e.g. with .astype('float32')",
    )


def _check_layout(
    dataset: h5d.DatasetID, path: str, shape: tuple[int, ...], item_bytes: int, limits: Limits
) -> None:
    with hdf5(path):
        plan = dataset.get_create_plist()
        layout = plan.get_layout()
        external = plan.get_external_count()
        filters = [int(plan.get_filter(i)[0]) for i in range(plan.get_nfilters())]
        chunk = plan.get_chunk() if layout == h5d.CHUNKED else None
    if external or layout == h5d.VIRTUAL:
        raise SomacError(
            "E0114",
            f"{path} takes its data from another file",
            place=Place(node=path),
            have="external storage" if external else "a virtual dataset",
            need="data stored in this file",
            hint="read it with h5py on a machine you trust it on, and write it anew with nir.write",
        )
    if layout not in (h5d.COMPACT, h5d.CONTIGUOUS, h5d.CHUNKED):
        raise SomacError(
            "E0107", f"{path} has an unknown storage layout ({layout})", place=Place(node=path)
        )
    _check_filters(filters, path)
    if chunk is not None:
        _check_chunks(tuple(int(n) for n in chunk), path, shape, item_bytes, limits)


def _check_filters(filters: list[int], path: str) -> None:
    unknown = [f for f in filters if f not in _FILTERS]
    if unknown or len(set(filters)) < len(filters):
        names = (_FILTERS.get(f) or _OTHER_FILTERS.get(f) or f"filter {f}" for f in filters)
        raise SomacError(
            "E0121",
            f"{path} is packed in a way that is not supported",
            place=Place(node=path),
            have=", ".join(names),
            need=f"any of {', '.join(_FILTERS.values())}, each once",
            hint="write the file with nir.write(..., compression='gzip')",
        )


def _check_chunks(
    chunk: tuple[int, ...], path: str, shape: tuple[int, ...], item_bytes: int, limits: Limits
) -> None:
    nbytes = math.prod(chunk) * item_bytes
    if nbytes > limits.chunk_bytes:
        raise SomacError(
            "E0118",
            f"one chunk of {path} is too large to unpack",
            place=Place(node=path),
            have=f"{nbytes:,} bytes in a chunk of shape {chunk}",
            need=f"at most {limits.chunk_bytes:,} bytes",
            hint="write the dataset with smaller chunks, or without",
        )
    count = math.prod(-(-n // max(c, 1)) for n, c in zip(shape, chunk, strict=False))
    if count > limits.chunks:
        raise SomacError(
            "E0117",
            f"{path} is cut into too many chunks",
            place=Place(node=path),
            have=f"{count:,} chunks of shape {chunk}",
            need=f"at most {limits.chunks:,}",
            hint="write the dataset with larger chunks, or without",
        )
