"""The files of a bundle as they come to be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.emit.names import file_name
from somac.ir.npy import encode

__all__ = ["Files", "number_or_file", "to_json"]


class Files:
    """A bundle that is being written: contents by name."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def add(self, name: str, content: bytes) -> str:
        """A file of just that name, which it gives back."""
        self.contents[name] = content
        return name

    def add_array(self, folder: str, parts: tuple[str, ...], array: NDArray[Any]) -> str:
        """An array in a file called after `parts`; the name of the file."""
        name = file_name(folder, parts, ".npy", self.contents)
        return self.add(name, encode(array))


def number_or_file(
    files: Files, folder: str, parts: tuple[str, ...], values: NDArray[np.int64]
) -> int | str:
    """Values of cells: the number that all have, or a file of int64 with one each."""
    if values.size and (values == values.flat[0]).all():
        return int(values.flat[0])
    return files.add_array(folder, parts, values)


def to_json(data: Mapping[str, Any]) -> bytes:
    """Stable text."""
    return json.dumps(data, indent=1, sort_keys=True).encode() + b"\n"
