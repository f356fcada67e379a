"""Where a kernel that slides over a grid meets it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

__all__ = ["Met", "output_size", "positions"]

Met = tuple[tuple[int, ...], tuple[slice, ...], tuple[slice, ...]]
"""A position in the kernel, and slices of the input and of the output along each axis."""


def output_size(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Places of a kernel on `size` cells and `padding` more; below 1 where it does not fit."""
    return (size + padding - dilation * (kernel - 1) - 1) // stride + 1


def positions(
    shape: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    before: tuple[int, ...],
    dilation: tuple[int, ...],
    out: tuple[int, ...],
) -> Iterator[Met]:
    """Kernel positions that meet the input, and where; `before` is the padding before it.

    Position k reads input cell ``o * stride + k * dilation - before`` for output cell o.
    """
    for position in product(*(range(k) for k in kernel)):
        inputs, outputs = [], []
        for size, step, count, k, spread, pad in zip(
            shape, stride, out, position, dilation, before, strict=True
        ):
            shift = k * spread - pad
            first = max(0, -(shift // step))
            last = min(count - 1, (size - 1 - shift) // step)
            if last < first:
                break
            inputs.append(slice(first * step + shift, last * step + shift + 1, step))
            outputs.append(slice(first, last + 1))
        else:
            yield position, tuple(inputs), tuple(outputs)
