"""An archive of arrays, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = ["ArrayView", "arrays_view"]


@dataclass(frozen=True, slots=True)
class ArrayView:
    """An array: its range, and how many of its values are not zero."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    low: float | None
    high: float | None
    nonzero: int


def arrays_view(arrays: Mapping[str, NDArray[Any]]) -> tuple[ArrayView, ...]:
    """A line per array."""
    return tuple(
        ArrayView(
            name,
            str(value.dtype),
            value.shape,
            float(value.min()) if value.size else None,
            float(value.max()) if value.size else None,
            int((value != 0).sum()),
        )
        for name, value in arrays.items()
    )
