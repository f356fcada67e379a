"""Shapes of signals: what fits what. Cells are numbered in C order."""

from __future__ import annotations

from itertools import accumulate
from math import prod
from operator import mul
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Shape",
    "Shaped",
    "is_joined",
    "read_elementwise",
    "shape_text",
    "spread",
    "squeezed",
]

_Scalar = TypeVar("_Scalar", bound=np.generic)

Shape = tuple[int, ...]


class Shaped:
    """A node that shapes can be inferred for; this one takes any shape as it is."""

    __slots__ = ()

    @property
    def demands(self) -> Shape | None:
        """The shape it reads, if its parameters say so."""
        return None

    @property
    def infers(self) -> str | None:
        """A parameter of its shape that the file lacks, so that it must be inferred."""
        return None

    @property
    def wants(self) -> str:
        """What it can read, for people."""
        return "any shape" if self.demands is None else f"shape {shape_text(self.demands)}"

    def reads(self, shape: Shape, /) -> Shape | None:
        """The shape in which it reads signals of `shape`; None if they do not fit."""
        return shape

    def gives(self, shape: Shape, /) -> Shape:
        """The shape it sends if it reads `shape`.

        Raises
        ------
        ValueError
            If there is none; the text says why.
        """
        return shape


def squeezed(shape: Shape) -> Shape:
    """The shape without dimensions of size 1."""
    return tuple(n for n in shape if n != 1)


def is_joined(first: Shape, second: Shape) -> bool:
    """Whether one shape is the other with neighbouring dimensions joined.

    The cells of both then are the same in C order, and no axis changed its place: (8, 4, 4)
    and (8, 16) are, (8, 4, 4) and (4, 4, 8) are not.
    """
    if prod(first) != prod(second):
        return False
    steps = [set(accumulate(squeezed(shape), mul)) for shape in (first, second)]
    return steps[0] <= steps[1] or steps[1] <= steps[0]


def read_elementwise(own: Shape, shape: Shape) -> Shape | None:
    """The shape in which a node of parameters of shape `own` reads signals of `shape`.

    One value serves all cells; a shape like (16, 1, 1) serves the channels of (16, 5, 5).
    None where they do not fit.
    """
    if prod(own) == 1 or squeezed(own) == squeezed(shape):
        return shape
    if len(own) == len(shape) and all(n in (1, m) for n, m in zip(own, shape, strict=True)):
        return shape
    return own if is_joined(own, shape) else None


def spread(value: NDArray[_Scalar], shape: Shape) -> NDArray[_Scalar]:
    """The entries of `value` for each cell of `shape`, (cells,).

    `shape` is what `read_elementwise` gave for the shape of `value`.
    """
    whole = value if value.size == prod(shape) else np.broadcast_to(value, shape)
    return whole.reshape(-1)


def shape_text(shape: Shape) -> str:
    """The shape for people: ``2x34x34``, ``1`` for a scalar."""
    return "x".join(map(str, shape)) or "1"
