"""A file of a bundle, from which only what is there can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Place, SomacError

__all__ = ["FileBytes"]


class FileBytes:
    """The bytes of a file; what is wrong with them is raised under a code."""

    def __init__(self, content: bytes, name: str, code: str) -> None:
        self.content = content
        self.name = name
        self.code = code

    def need(self, condition: bool, problem: str) -> None:
        """SomacError unless the condition holds."""
        if not condition:
            raise SomacError(self.code, problem, place=Place(file=self.name))

    def array(self, address: int, dtype: str, count: int) -> NDArray[Any]:
        """`count` numbers from an address on; SomacError if they are not all there."""
        size = np.dtype(dtype).itemsize
        end = address + size * count
        self.need(0 <= address <= end <= len(self.content), f"bytes {address} to {end} are absent")
        return np.frombuffer(self.content, dtype, count, address)
