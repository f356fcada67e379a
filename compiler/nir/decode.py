"""Raw nodes to linear nodes and ports: parameters checked, defaults taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

import numpy as np

from somac.compiler.nir.fields import Fields, Real
from somac.compiler.nir.maps import Affine, Conv, Delay, Flatten, LinearNode, Pool, Port, Scale
from somac.compiler.nir.shape import Shape, shape_text

__all__ = ["LINEAR", "PORTS", "read_linear"]

PORTS = ("Input", "Output")

_MAX_WINDOW = 2**16
"""Cells of one pooling window: each is a pass over the input."""

_MAX_TICKS = 2**20
"""Simulating a delay takes that many signals of memory."""

_WHOLE = 1e-6
"""How far from a whole number of ticks a delay may be, in ticks, without a warning."""


def read_linear(fields: Fields, dt: float) -> LinearNode | None:
    """The linear node or port of a raw node, or None if something is wrong (and put down).

    `dt` is the time step in seconds.
    """
    type_ = fields.node.type
    node = _delay(fields, dt) if type_ == _DELAY else _READERS[type_](fields)
    fields.warn_unused()
    return node if fields.sound else None


def _affine(fields: Fields) -> LinearNode | None:
    weight = fields.real("weight")
    if weight.ndim < 2 or weight.size == 0:
        fields.refuse("E0142", "weight", "is no matrix", have=f"shape {shape_text(weight.shape)}")
        return None
    bias: Real | None = None
    if fields.node.type == "Affine":
        bias = fields.real("bias", 0.0)
        out = weight.shape[:-1]
        if bias.ndim > len(out) or not _spreads(bias.shape, out):
            fields.refuse(
                "E0142",
                "bias",
                "does not fit the weights",
                have=f"shape {shape_text(bias.shape)}",
                need=f"shape {shape_text(out)}",
            )
    return Affine(weight, bias if bias is not None and bias.any() else None)


def _spreads(shape: Shape, to: Shape) -> bool:
    tail = to[len(to) - len(shape) :]
    return all(n in (1, m) for n, m in zip(shape, tail, strict=True))


def _scale(fields: Fields) -> LinearNode | None:
    scale = fields.real("scale")
    if scale.size == 0:
        fields.refuse("E0142", "scale", "has no entries")
        return None
    return Scale(scale)


def _conv(fields: Fields) -> LinearNode | None:
    rank = 1 if fields.node.type == "Conv1d" else 2
    weight = fields.real("weight")
    stride = fields.whole("stride", rank, 1)
    dilation = fields.whole("dilation", rank, 1)
    groups = fields.whole("groups", 1, 1)[0]
    bias = fields.real("bias", 0.0)
    spatial = fields.shape("input_shape")
    if spatial is not None and len(spatial) != rank:
        fields.refuse("E0142", "input_shape", f"is {list(spatial)}", need=f"{rank} entries")
    if weight.ndim != rank + 2 or weight.size == 0 or weight.shape[0] % groups:
        fields.refuse(
            "E0142",
            "weight",
            "has a shape that is not that of kernels",
            have=f"shape {shape_text(weight.shape)}, {groups} groups",
            need=f"{rank + 2} dimensions, the first a multiple of the groups",
        )
        return None
    if bias.size not in (1, weight.shape[0]) or bias.ndim > 1:
        fields.refuse(
            "E0142",
            "bias",
            "does not fit the weights",
            have=f"shape {shape_text(bias.shape)}",
            need=f"{weight.shape[0]} entries",
        )
        return None
    padding = _padding(fields, weight.shape[2:], stride, dilation)
    whole = np.broadcast_to(bias.reshape(-1), weight.shape[:1]) if bias.any() else None
    return Conv(weight, whole, stride, padding, dilation, groups, spatial)


def _padding(
    fields: Fields, kernel: Shape, stride: Shape, dilation: Shape
) -> tuple[tuple[int, int], ...]:
    """Zeros before and after along each axis; 'same' splits as PyTorch does, more at the end."""
    text = fields.text("padding")
    if text is None:
        return tuple((pad, pad) for pad in fields.whole("padding", len(kernel), 0, least=0))
    if text == "valid":
        return ((0, 0),) * len(kernel)
    if text != "same":
        fields.refuse("E0142", "padding", f"is {text!r}", need="'same', 'valid' or numbers")
    elif max(stride) > 1:
        fields.refuse(
            "E0151", "padding", "is 'same'", have=f"stride {shape_text(stride)}", need="stride 1"
        )
    totals = [step * (size - 1) for step, size in zip(dilation, kernel, strict=True)]
    return tuple((total // 2, total - total // 2) for total in totals)


def _pool(fields: Fields) -> LinearNode | None:
    kernel = fields.whole("kernel_size", 2)
    if fields.has("stride"):
        stride = fields.whole("stride", 2)
    else:
        stride = kernel
        fields.report.note(
            "E0160",
            f"{fields.name}: stride is missing, that of the window taken",
            fields.node.path,
        )
    padding = fields.whole("padding", 2, 0, least=0)
    if prod(kernel) > _MAX_WINDOW:
        fields.refuse(
            "E0152",
            "kernel_size",
            "makes windows too large",
            have=f"{prod(kernel):,} cells",
            need=f"at most {_MAX_WINDOW:,}",
        )
    weight = 1.0 if fields.node.type == "SumPool2d" else 1.0 / prod(kernel)
    return Pool(kernel, stride, padding, weight)


def _flatten(fields: Fields) -> LinearNode | None:
    start = fields.whole("start_dim", 1, 1, least=-32)[0]
    end = fields.whole("end_dim", 1, -1, least=-32)[0]
    return Flatten(start, end, fields.shape("input_type"))


def _delay(fields: Fields, dt: float) -> LinearNode | None:
    seconds = fields.real("delay")
    if seconds.size == 0 or (seconds < 0).any():
        fields.refuse("E0143", "delay", "is negative or empty", need="times of at least 0 s")
        return None
    # a quotient that is no number is too large
    with np.errstate(over="ignore"):
        exact = seconds / dt
    if exact.max() > _MAX_TICKS:
        fields.refuse(
            "E0143",
            "delay",
            f"is {float(seconds.max()):g} s",
            have=f"{float(exact.max()):.4g} time steps of {dt:g} s",
            need=f"at most {_MAX_TICKS:,}",
        )
        return None
    ticks = np.rint(exact)
    worst = float(np.abs(exact - ticks).max())
    if worst > _WHOLE:
        fields.report.warn(
            "E0185",
            f"{fields.name}: delays are no multiples of the time step and were rounded",
            fields.node.path,
            have=f"up to {worst:.3g} time steps of {dt:g} s from a whole number",
        )
    return Delay(ticks.astype(np.int64))


def _port(fields: Fields) -> LinearNode | None:
    return Port(fields.shape("shape"))


_READERS: Mapping[str, Callable[[Fields], LinearNode | None]] = {
    "Affine": _affine,
    "AvgPool2d": _pool,
    "Conv1d": _conv,
    "Conv2d": _conv,
    "Flatten": _flatten,
    "Input": _port,
    "Linear": _affine,
    "Output": _port,
    "Scale": _scale,
    "SumPool2d": _pool,
}

_DELAY = "Delay"

LINEAR = (*(name for name in _READERS if name not in PORTS), _DELAY)
"""Types of linear nodes (nir 1.0.8)."""
