"""`Network` and `IntegerNetwork` as files: one JSON text, and a `.npy` per array.

What is written follows from the fields of the dataclasses and their types. The same value
gives the same bytes. Files are untrusted when read: every field must be there with the type
its class declares (one that is None unless given may be left out), every array must be as long as
it says, and the value validates itself.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from somac.ir import connectivity, npy
from somac.ir.connectivity import Connectivity
from somac.ir.datapath import SEMANTICS
from somac.ir.errors import Place, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Network

__all__ = [
    "GOLDEN",
    "integer_from_files",
    "integer_to_files",
    "network_from_files",
    "network_to_files",
]

GOLDEN = "golden"
"""Folder of a bundle that holds the integer network: for verification, no emulator reads it."""

FORMAT = 1
MAIN = "network.json"

# what a class that is not closed stands for
_KINDS: Mapping[Any, tuple[type, ...]] = {
    Connectivity: (
        connectivity.AllToAll,
        connectivity.Chain,
        connectivity.Convolution,
        connectivity.Dense,
        connectivity.OneToOne,
        connectivity.Pool,
        connectivity.Sparse,
    )
}
_MAX_INTEGER = 1 << 63
# of one input or population; designs are of 10**6 in all
_MAX_CELLS = 1 << 26

_Value = TypeVar("_Value", bound=Network | IntegerNetwork)


def integer_to_files(network: IntegerNetwork, folder: str) -> dict[str, bytes]:
    """An integer network as files of a bundle: contents by name, all under `folder`."""
    return _to_files(network, folder)


def integer_from_files(files: Mapping[str, bytes], folder: str) -> IntegerNetwork:
    """The integer network that `integer_to_files` wrote.

    Raises
    ------
    SomacError
        E0704, naming the file, if one is missing or not as it must be; E0705 if they are of
        another version of the format or of `docs/reference/semantics.md`.
    """
    return _from_files(IntegerNetwork, files, folder)


def network_to_files(network: Network, folder: str) -> dict[str, bytes]:
    """A network as files: contents by name, all under `folder`."""
    return _to_files(network, folder)


def network_from_files(files: Mapping[str, bytes], folder: str) -> Network:
    """The network that `network_to_files` wrote; errors as `integer_from_files`."""
    return _from_files(Network, files, folder)


def _to_files(value: Network | IntegerNetwork, folder: str) -> dict[str, bytes]:
    arrays: dict[str, bytes] = {}
    head = {
        "format": FORMAT,
        "semantics": SEMANTICS,
        "type": type(value).__name__,
        "value": _encode(type(value), value, _Writing(arrays)),
    }
    text = json.dumps(head, indent=1, sort_keys=True, allow_nan=False) + "\n"
    contents = arrays | {MAIN: text.encode()}
    return {f"{folder}/{name}": content for name, content in contents.items()}


def _from_files(kind: type[_Value], files: Mapping[str, bytes], folder: str) -> _Value:
    try:
        return _read(kind, _Reading(files, folder))
    except _MalformedError as error:
        raise SomacError(
            "E0704",
            f"the network in the bundle cannot be read: {error}",
            place=Place(file=error.file, node=".".join(error.path) or None),
            hint="compile the model again",
        ) from None


def _read(kind: type[_Value], at: _Reading) -> _Value:
    content = at.files.get(at.main)
    if content is None:
        raise at.wrong("the file is missing")
    try:
        head = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise at.wrong(f"not JSON: {error}") from None
    if not isinstance(head, dict):
        raise at.wrong("not a JSON object")
    for name, need in (("format", FORMAT), ("semantics", SEMANTICS)):
        version = _plain(int, head.get(name), at.inside(name))
        if version != need:
            raise SomacError(
                "E0705",
                f"the network in the bundle is of another version of its {name}",
                place=Place(file=at.main),
                have=f"{name} {version}",
                need=f"{name} {need}",
                hint="compile the model again with this version of somac",
            )
    if head.get("type") != kind.__name__ or "value" not in head:
        raise at.wrong(f"it holds no {kind.__name__}")
    try:
        value: object = _decode(kind, head["value"], at)
    except RecursionError:
        raise at.wrong("expressions are nested too deeply") from None
    if not isinstance(value, kind):
        raise at.wrong(f"it holds no {kind.__name__}")
    for part in (*value.inputs, *value.populations):
        if part.size > _MAX_CELLS:
            raise at.wrong(f"{part.name} has {part.size} cells, more than {_MAX_CELLS}")
    return value


class _MalformedError(Exception):
    """What is wrong, in which file, and at which path in the JSON text."""

    def __init__(self, problem: str, file: str, path: tuple[str, ...]) -> None:
        super().__init__(problem)
        self.file, self.path = file, path


@dataclass(frozen=True, slots=True)
class _Writing:
    """Where in the value the writer is, and the files of the arrays it came by."""

    arrays: dict[str, bytes]
    path: tuple[str, ...] = ()

    def inside(self, name: str) -> _Writing:
        return replace(self, path=(*self.path, name))


@dataclass(frozen=True, slots=True)
class _Reading:
    """Where in the JSON text the reader is, and the files it reads."""

    files: Mapping[str, bytes]
    folder: str
    path: tuple[str, ...] = ()

    @property
    def main(self) -> str:
        return f"{self.folder}/{MAIN}"

    def inside(self, name: str) -> _Reading:
        return replace(self, path=(*self.path, name))

    def wrong(self, problem: str, file: str | None = None) -> _MalformedError:
        return _MalformedError(problem, file or self.main, self.path)


def _encode(hint: Any, value: Any, at: _Writing) -> Any:
    """A value of the declared type `hint` as JSON; its arrays go to `at`."""
    origin, arguments = get_origin(hint), get_args(hint)
    kinds = _kinds(hint)
    if kinds:
        kind: Any = type(value)
        if kind not in kinds:
            raise TypeError(f"{'.'.join(at.path)}: a {kind.__name__} cannot be written")
        record = {
            name: _encode(declared, getattr(value, name), at.inside(name))
            for name, declared in _fields(kind).items()
        }
        return record if len(kinds) == 1 else {"kind": kind.__name__, **record}
    if _is_optional(hint):
        return None if value is None else _encode(arguments[0], value, at)
    if origin is np.ndarray:
        return _encode_array(value, at)
    if origin is tuple:
        return [
            _encode(declared, entry, at.inside(str(number)))
            for number, (declared, entry) in enumerate(
                zip(_entries(hint, value), value, strict=True)
            )
        ]
    if origin is Mapping:
        return {key: _encode(arguments[1], entry, at.inside(key)) for key, entry in value.items()}
    if origin is Literal:
        return str(value)
    if issubclass(hint, Enum):
        return value.name
    return hint(value)


def _decode(hint: Any, data: Any, at: _Reading) -> Any:
    """The value of the declared type `hint` that JSON `data` stands for."""
    origin, arguments = get_origin(hint), get_args(hint)
    kinds = _kinds(hint)
    if kinds:
        return _decode_record(kinds, data, at)
    if _is_optional(hint):
        return None if data is None else _decode(arguments[0], data, at)
    if origin is np.ndarray:
        return _decode_array(hint, data, at)
    if origin is tuple:
        entries = _entries(hint, data) if isinstance(data, list) else ()
        if not isinstance(data, list) or len(entries) != len(data):
            raise at.wrong("not a JSON array of the right length")
        return tuple(
            _decode(declared, entry, at.inside(str(number)))
            for number, (declared, entry) in enumerate(zip(entries, data, strict=True))
        )
    if origin is Mapping:
        if not isinstance(data, dict):
            raise at.wrong("not a JSON object")
        return {key: _decode(arguments[1], entry, at.inside(key)) for key, entry in data.items()}
    names = arguments if origin is Literal else None
    if names is None and issubclass(hint, Enum):
        names = tuple(hint.__members__)
    if names is not None:
        if data not in names:
            raise at.wrong(f"{data!r:.60} is not one of {', '.join(names)}")
        return data if origin is Literal else hint[data]
    return _plain(hint, data, at)


@cache
def _kinds(hint: Hashable) -> tuple[type, ...]:
    """The dataclasses that a value of the declared type can be of; none if it is no such type."""
    if get_origin(hint) in (Union, UnionType) and all(map(is_dataclass, get_args(hint))):
        return get_args(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return (hint,)
    return _KINDS.get(hint, ())


@cache
def _fields(kind: Any) -> Mapping[str, Any]:
    """The declared type of each field of a dataclass."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


@cache
def _absent(kind: Any) -> frozenset[str]:
    """The fields of a dataclass that are None where they are not given."""
    return frozenset(field.name for field in fields(kind) if field.default is None)


def _is_optional(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType) and get_args(hint)[1:] == (NoneType,)


def _entries(hint: Any, values: Sequence[Any]) -> tuple[Any, ...]:
    """The declared types of a tuple's entries."""
    declared = get_args(hint)
    return (declared[0],) * len(values) if declared[1:] == (...,) else declared


def _decode_record(kinds: tuple[type, ...], data: Any, at: _Reading) -> Any:
    if not isinstance(data, dict):
        raise at.wrong("not a JSON object")
    given = dict(data)
    by_name = {kind.__name__: kind for kind in kinds}
    name = kinds[0].__name__ if len(kinds) == 1 else given.pop("kind", None)
    if not isinstance(name, str) or name not in by_name:
        raise at.wrong(f"{name!r:.60} is not one of {', '.join(by_name)}")
    declared = _fields(by_name[name])
    odd = sorted((given.keys() ^ declared.keys()) - (_absent(by_name[name]) - given.keys()))
    if odd:
        raise at.wrong(f"{odd[0]!r:.60} is missing, or no field of {name}")
    decoded = {
        field: _decode(declared[field], given[field], at.inside(field))
        for field in declared
        if field in given
    }
    try:
        return by_name[name](**decoded)
    except SomacError as error:
        raise at.wrong(error.diagnostics[0].message) from None
    except (ValueError, TypeError, OverflowError) as error:
        raise at.wrong(str(error)) from None


def _plain(kind: Any, data: Any, at: _Reading) -> Any:
    """A number, truth value or text, as JSON has it."""
    if type(data) is not kind:
        raise at.wrong(f"{data!r:.60} is not of type {kind.__name__}")
    if (kind is int and abs(data) >= _MAX_INTEGER) or (kind is float and not isfinite(data)):
        raise at.wrong(f"{data!r:.60} is out of range")
    return data


def _encode_array(value: NDArray[Any], at: _Writing) -> Any:
    """A single number stands in the text beside its type, other arrays have a file each."""
    if value.dtype.name not in npy.DTYPES:
        raise TypeError(f"{'.'.join(at.path)}: an array of {value.dtype} cannot be written")
    if value.ndim == 0:
        return {value.dtype.name: value.item()}
    name = ".".join(at.path) + ".npy"
    at.arrays[name] = npy.encode(value)
    return {"npy": name}


def _decode_array(hint: Any, data: Any, at: _Reading) -> NDArray[Any]:
    (scalar,) = get_args(get_args(hint)[1])
    types = npy.DTYPES if scalar is Any else (np.dtype(scalar).name,)
    if not isinstance(data, dict) or len(data) != 1:
        raise at.wrong("not an array")
    ((kind, value),) = data.items()
    if kind in types:
        number = _plain(type(np.zeros((), kind).item()), value, at)
        try:
            return np.array(number, dtype=kind)
        except OverflowError as error:
            raise at.wrong(str(error)) from None
    file = f"{at.folder}/{value}" if kind == "npy" and isinstance(value, str) else ""
    if file not in at.files:
        raise at.wrong(f"no array of type {' or '.join(types)}: {data!r:.60}")
    try:
        array = npy.decode(at.files[file])
    except ValueError as error:
        raise at.wrong(str(error), file) from None
    if array.dtype.name not in types:
        raise at.wrong(f"numbers of type {array.dtype}, not {' or '.join(types)}", file)
    return array
