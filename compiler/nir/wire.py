"""What the reading process and its parent say to each other: frames of JSON and raw arrays.

Nothing is pickled. A frame is one byte of tag, eight bytes of length (little-endian) and that
many bytes.

* To the child: `REQUEST`, JSON ``{"limits": {...}, "file_bytes": n}``; then the file itself, `n`
  bytes.
* From the child, when the file is sound: `HEADER`, JSON ``{"version", "root", "arrays",
  "notes"}``; then one `ARRAY` for each entry ``[path, dtype, shape]`` of ``arrays``: its
  elements, little-endian, in C order.
* From the child otherwise, at any place of the above: `ERRORS`, a JSON list of diagnostics.

``root`` is a node: ``{"type", "parameters", "metadata", "graph"}``. The values of parameters and
metadata are indices into ``arrays``, or ``{"texts": [...], "shape": [...]}``; ``graph`` is null or
``{"nodes": {name: node}, "edges": [[source, destination], ...]}``.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from dataclasses import asdict
from typing import IO, Any

from somac.ir.errors import Diagnostic, Place, Severity

__all__ = [
    "ARRAY",
    "ERRORS",
    "HEADER",
    "REQUEST",
    "MalformedError",
    "diagnostics_from_json",
    "diagnostics_to_json",
    "read_exactly",
    "read_head",
    "read_json",
    "write_frame",
    "write_json",
]

REQUEST, HEADER, ARRAY, ERRORS = b"Q", b"H", b"A", b"E"

_HEAD = struct.Struct("<cQ")
_BLOCK = 2**20


class MalformedError(Exception):
    """What was received is not what was agreed."""


def write_frame(stream: IO[bytes], tag: bytes, payload: bytes | memoryview) -> None:
    """Write one frame; `payload` is contiguous bytes."""
    stream.write(_HEAD.pack(tag, len(payload)))
    stream.write(payload)


def write_json(stream: IO[bytes], tag: bytes, value: Any) -> None:
    """Write one frame of JSON."""
    write_frame(stream, tag, json.dumps(value, separators=(",", ":")).encode("ascii"))


def read_head(stream: IO[bytes]) -> tuple[bytes, int]:
    """Read tag and length of the next frame.

    Raises
    ------
    EOFError
        The stream ended.
    """
    tag, length = _HEAD.unpack(read_exactly(stream, _HEAD.size))
    return tag, length


def read_exactly(stream: IO[bytes], length: int) -> bytes:
    """Read `length` bytes, in blocks: memory is taken as bytes arrive, not as they are promised.

    Raises
    ------
    EOFError
        The stream ended.
    """
    parts = []
    while length:
        part = stream.read(min(length, _BLOCK))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def read_json(stream: IO[bytes], length: int, most: int) -> Any:
    """Read a JSON payload of at most `most` bytes.

    Raises
    ------
    MalformedError
        It is longer, or not JSON.
    EOFError
        The stream ended.
    """
    if length > most:
        raise MalformedError(f"a frame of {length:,} bytes")
    try:
        return json.loads(read_exactly(stream, length))
    except (ValueError, RecursionError) as error:
        raise MalformedError("not JSON") from error


def diagnostics_to_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, str | None]]:
    """Diagnostics of the reading process: their place is a node only."""
    return [{**asdict(d), "place": d.place.node, "severity": d.severity.value} for d in diagnostics]


def diagnostics_from_json(value: Any, file: str) -> tuple[Diagnostic, ...]:
    """The diagnostics of `diagnostics_to_json`, placed in `file`.

    Raises
    ------
    MalformedError
        `value` is something else.
    """
    try:
        return tuple(_diagnostic(item, file) for item in value)
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedError("not a list of diagnostics") from error


def _diagnostic(item: Any, file: str) -> Diagnostic:
    fields = {key: item[key] for key in ("message", "place", "have", "need", "hint")}
    if not all(value is None or isinstance(value, str) for value in fields.values()):
        raise TypeError("a field is no text")
    return Diagnostic(
        code=item["code"],
        message=fields["message"],
        place=Place(file=file, node=fields["place"]),
        have=fields["have"],
        need=fields["need"],
        hint=fields["hint"],
        severity=Severity(item["severity"]),
    )
