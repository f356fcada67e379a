"""Parameters and states as they are stored, and what describes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.regions import align

__all__ = ["Values", "descriptors"]


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """A parameter or state as stored: `width` bytes a value, one value or one each."""

    values: NDArray[np.int64]
    width: int
    shared: bool

    def part(self, neurons: slice) -> Values:
        """Those of some neurons."""
        return Values(self.values[neurons], self.width, self.shared)

    def __bytes__(self) -> bytes:
        stored = self.values[:1] if self.shared else self.values
        raw = stored.astype(f"<i{self.width}").tobytes()
        return raw.ljust(align(len(raw)), b"\0")


def descriptors(values: tuple[Values, ...], address: int) -> bytes:
    """Address, width and spread of each: 8 bytes."""
    described = b""
    for v in values:
        described += address.to_bytes(4, "little") + bytes((v.width, 0 if v.shared else 1, 0, 0))
        address += len(bytes(v))
    return described
