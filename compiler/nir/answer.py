"""The reading process's answer, checked and made into values.

The process was fed a hostile file, so its answer is not trusted either: every size is checked
against the limits before memory is taken for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.nir import wire
from somac.compiler.nir.limits import Limits
from somac.compiler.nir.raw import MetadataValue, RawGraph, RawNode
from somac.compiler.nir.wire import MalformedError
from somac.ir.errors import Diagnostic, Place, SomacError

__all__ = ["Answer", "receive"]

_HEADER_BYTES = 2**28
_ERRORS_BYTES = 2**24
_BLOCK = 2**20
_DTYPES = {
    name: np.dtype(name)
    for name in ("|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8")
}


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What the reading process found."""

    version: str | None
    root: RawNode
    notes: tuple[Diagnostic, ...]


def receive(stream: IO[bytes], file: str, file_bytes: int, limits: Limits) -> Answer:
    """Read the answer of the reading process.

    Parameters
    ----------
    stream
        Its stdout.
    file, file_bytes
        The file's path, for diagnostics, and its size.
    limits
        What it may cost.

    Raises
    ------
    SomacError
        The file is refused: what the process says, or E0120 for booleans that are neither
        true nor false, or E0123 for every array with numbers that are not finite.
    MalformedError, EOFError
        There is no valid answer.
    """
    tag, length = wire.read_head(stream)
    if tag == wire.ERRORS:
        raise _refusal(stream, length, file)
    if tag != wire.HEADER:
        raise MalformedError("no header")
    header = wire.read_json(stream, length, _HEADER_BYTES)
    try:
        described = [_described(item) for item in header["arrays"]]
        total = sum(size for _, _, _, size in described)
        if total > min(limits.logical_bytes, limits.unpacked_of(file_bytes)):
            raise MalformedError("larger than the file may be")
        arrays = [_array(stream, file, *item) for item in described]
        _check_numbers(file, [item[0] for item in described], arrays)
        version = header["version"]
        root = _node(header["root"], "/node", arrays, depth=limits.depth)
        notes = wire.diagnostics_from_json(header["notes"], file)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise MalformedError(f"{type(error).__name__} in its header") from error
    if root.graph is None or not (version is None or isinstance(version, str)):
        raise MalformedError("no graph")
    return Answer(version, root, notes)


def _refusal(stream: IO[bytes], length: int, file: str) -> SomacError:
    diagnostics = wire.diagnostics_from_json(wire.read_json(stream, length, _ERRORS_BYTES), file)
    if not diagnostics:
        raise MalformedError("no reason")
    return SomacError.of(diagnostics)


def _described(item: Any) -> tuple[str, np.dtype[Any], tuple[int, ...], int]:
    path, name, shape = item
    shape = tuple(shape)
    if not isinstance(path, str) or not all(type(n) is int and n >= 0 for n in shape):
        raise MalformedError("an array without a shape")
    dtype = _DTYPES[name]
    return path, dtype, shape, math.prod(shape) * dtype.itemsize


def _array(
    stream: IO[bytes],
    file: str,
    path: str,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    nbytes: int,
) -> NDArray[Any]:
    tag, length = wire.read_head(stream)
    if tag == wire.ERRORS:
        raise _refusal(stream, length, file)
    if tag != wire.ARRAY or length != nbytes:
        raise MalformedError("an array of another size")
    buffer = np.empty(nbytes, dtype=np.uint8)
    view = memoryview(buffer.data)
    while view:
        taken = stream.readinto(view)  # type: ignore[attr-defined]
        if not taken:
            raise EOFError
        view = view[taken:]
    if dtype.kind == "b" and nbytes and buffer.max() > 1:
        raise SomacError(
            "E0120",
            f"{path} holds booleans that are neither true nor false",
            place=Place(file=file, node=path),
            have=f"{buffer.max()}",
            need="0 or 1",
        )
    buffer.setflags(write=False)
    return buffer.view(dtype).reshape(shape)


def _check_numbers(file: str, paths: Sequence[str], arrays: Sequence[NDArray[Any]]) -> None:
    wrong = []
    for path, array in zip(paths, arrays, strict=True):
        if array.dtype.kind != "f":
            continue
        bad = _not_finite(array.reshape(-1))
        if not bad.size:
            continue
        first = tuple(int(i) for i in np.unravel_index(bad[0], array.shape))
        where = f" at index {list(first)}" if first else ""
        wrong.append(
            Diagnostic(
                "E0123",
                f"{path} holds {array[first]}{where}",
                Place(file=file, node=path),
                have=f"{bad.size:,} of {array.size:,} values are not finite",
                need="finite numbers",
                hint="the training diverged, or a parameter was never set",
            )
        )
    if wrong:
        raise SomacError.of(wrong)


def _not_finite(flat: NDArray[Any]) -> NDArray[np.int64]:
    """Indices of what is not finite; by blocks, for the mask of a large array is large too."""
    found = [
        np.flatnonzero(~np.isfinite(flat[at : at + _BLOCK])) + at
        for at in range(0, flat.size, _BLOCK)
    ]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _node(tree: Any, path: str, arrays: Sequence[NDArray[Any]], depth: int) -> RawNode:
    if depth < 0:
        raise MalformedError("nested too deeply")
    type_, graph = tree["type"], tree["graph"]
    if not isinstance(type_, str) or not type_:
        raise MalformedError("a node without a type")
    parameters = {_name(k): _value(v, arrays) for k, v in tree["parameters"].items()}
    metadata = {_name(k): _plain(_value(v, arrays)) for k, v in tree["metadata"].items()}
    return RawNode(
        path,
        type_,
        MappingProxyType(parameters),
        MappingProxyType(metadata),
        None if graph is None else _graph(graph, path, arrays, depth),
    )


def _graph(tree: Any, path: str, arrays: Sequence[NDArray[Any]], depth: int) -> RawGraph:
    nodes = {
        _name(name): _node(node, f"{path}/nodes/{name}", arrays, depth - 1)
        for name, node in tree["nodes"].items()
    }
    edges = tuple((_name(source), _name(destination)) for source, destination in tree["edges"])
    return RawGraph(MappingProxyType(nodes), edges)


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise MalformedError("a name that is no text")
    return value


def _value(value: Any, arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    if type(value) is int and value >= 0:
        return arrays[value]
    texts = [_name(text) for text in value["texts"]]
    array = np.array(texts, dtype=np.str_).reshape(value["shape"])
    array.setflags(write=False)
    return array


def _plain(array: NDArray[Any]) -> MetadataValue:
    if array.ndim:
        return array
    value = array.item()
    if not isinstance(value, int | float | str | bool):
        raise MalformedError("metadata of an unknown type")
    return value
