"""Linear nodes: the network computes what the nodes of the graph compute one by one.

Signals, weights, biases are small integers, so that every sum is exact in any order.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from somac.compiler.nir.load import Loaded
from somac.ir.simulate import reference

LoadGraph = Callable[..., Loaded]
Node = tuple[str, dict[str, Any]]
Array = NDArray[Any]

DT = 1.0


def integers(shape: tuple[int, ...]) -> st.SearchStrategy[Array]:
    """Arrays of -2 to 2, drawn by seed: their values do not matter to shrinking."""
    return st.integers(0, 2**32 - 1).map(
        lambda seed: np.random.default_rng(seed).integers(-2, 3, shape).astype(np.float64)
    )


# -- nodes, and what each computes: written down plainly from the definitions ------------------


def convolve(x: Array, node: dict[str, Any]) -> Array:
    """PyTorch's definition, cell by cell; `x` is (steps, channels, *spatial)."""
    weight, rank = node["weight"], node["weight"].ndim - 2
    stride, dilation = (np.broadcast_to(node[k], rank) for k in ("stride", "dilation"))
    span = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:], strict=True)]
    if str(node["padding"]) == "same":
        pads = [(s // 2, s - s // 2) for s in span]
    elif str(node["padding"]) == "valid":
        pads = [(0, 0)] * rank
    else:
        pads = [(int(p), int(p)) for p in np.broadcast_to(node["padding"], rank)]
    padded = np.pad(x, [(0, 0), (0, 0), *pads])
    out = [(n - s - 1) // d + 1 for n, s, d in zip(padded.shape[2:], span, stride, strict=True)]
    channels, inner = weight.shape[:2]
    result = np.zeros((len(x), channels, *out))
    for target in range(channels):
        first = target // (channels // node["groups"]) * inner
        for place in product(*map(range, out)):
            for source in range(inner):
                for k in product(*map(range, weight.shape[2:])):
                    at = [
                        p * s + j * d for p, s, j, d in zip(place, stride, k, dilation, strict=True)
                    ]
                    value = padded[(slice(None), first + source, *at)]
                    result[(slice(None), target, *place)] += weight[(target, source, *k)] * value
        result[:, target] += node["bias"][target]
    return result


def pool(x: Array, node: dict[str, Any], average: bool) -> Array:
    kernel, stride, pad = (
        np.broadcast_to(node[k], 2) for k in ("kernel_size", "stride", "padding")
    )
    padded = np.pad(x, [(0, 0), (0, 0), *((int(p), int(p)) for p in pad)])
    out = [(n - k) // s + 1 for n, k, s in zip(padded.shape[2:], kernel, stride, strict=True)]
    result = np.zeros((*x.shape[:2], *out))
    for i, j in product(*map(range, out)):
        top, left = i * stride[0], j * stride[1]
        window = padded[:, :, top : top + kernel[0], left : left + kernel[1]]
        result[:, :, i, j] = window.sum(axis=(2, 3)) / (kernel.prod() if average else 1)
    return result


def late(x: Array, node: dict[str, Any]) -> Array:
    """Each cell some steps later."""
    ticks = np.broadcast_to(node["delay"] / DT, x.shape[1:]).astype(int)
    result = np.zeros_like(x)
    for cell in np.ndindex(*x.shape[1:]):
        if ticks[cell] < len(x):
            result[(slice(ticks[cell], None), *cell)] = x[(slice(len(x) - ticks[cell]), *cell)]
    return result


def apply(node: Node, x: Array) -> Array:
    """What a node makes of signals (steps, *shape)."""
    kind, p = node
    match kind:
        case "Affine":
            return np.einsum("...oi,...i->...o", p["weight"], x) + p["bias"]
        case "Linear":
            return np.einsum("...oi,...i->...o", p["weight"], x)
        case "Scale":
            return x * p["scale"]
        case "Conv1d" | "Conv2d":
            return convolve(x, p)
        case "SumPool2d" | "AvgPool2d":
            return pool(x, p, kind == "AvgPool2d")
        case "Flatten":
            shape = x.shape[1:]
            start, end = p["start_dim"], p["end_dim"] % len(shape)
            return x.reshape(len(x), *shape[:start], -1, *shape[end + 1 :])
        case _:
            return late(x, p)


@st.composite
def convolutions(draw: st.DrawFn, shape: tuple[int, ...]) -> Node:
    rank = len(shape) - 1
    small = st.integers(1, 2)
    groups = draw(st.sampled_from([g for g in (1, 2, 3) if shape[0] % g == 0]))
    kernel = tuple(draw(st.integers(1, min(3, n))) for n in shape[1:])
    channels = groups * draw(small)
    fits = [2 * (k - 1) < n for k, n in zip(kernel, shape[1:], strict=True)]
    dilation = [draw(small) if wide else 1 for wide in fits]
    padding: Any = [draw(st.integers(0, 1)) for _ in kernel]
    stride: Any = [draw(small) for _ in kernel]
    if draw(st.booleans()):
        padding = np.array(draw(st.sampled_from(["same", "valid"])))
        stride = [1] * rank
    parameters = {
        "weight": draw(integers((channels, shape[0] // groups, *kernel))),
        "bias": draw(integers((channels,))),
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
    }
    if draw(st.booleans()):
        parameters["input_shape"] = shape[1:]
    return f"Conv{rank}d", parameters


@st.composite
def pools(draw: st.DrawFn, shape: tuple[int, ...]) -> Node:
    kernel = [draw(st.sampled_from([k for k in (1, 2, 4) if k <= n])) for n in shape[1:]]
    parameters = {
        "kernel_size": kernel,
        "stride": [draw(st.integers(1, 2)) for _ in kernel],
        "padding": [draw(st.integers(0, k // 2)) for k in kernel],
    }
    return draw(st.sampled_from(["SumPool2d", "AvgPool2d"])), parameters


@st.composite
def linear_nodes(draw: st.DrawFn, shape: tuple[int, ...]) -> Node:
    """A node that reads signals of that shape."""
    kinds = ["Scale", "Delay", "Flatten"]
    kinds += ["Affine", "Linear"] if len(shape) <= 2 else []
    kinds += ["conv"] * 2 if len(shape) in (2, 3) else []
    kinds += ["pool"] if len(shape) == 3 else []
    match draw(st.sampled_from(kinds)):
        case "Scale":
            return "Scale", {"scale": draw(integers(shape))}
        case "Delay":
            # one delay for all cells, or one for each
            ticks = draw(integers(draw(st.sampled_from([(), shape]))))
            return "Delay", {"delay": np.abs(ticks) * DT}
        case "Flatten":
            start = draw(st.integers(0, len(shape) - 1))
            end = draw(st.integers(start, len(shape) - 1))
            return "Flatten", {"start_dim": start, "end_dim": end, "input_type": shape}
        case "conv":
            return draw(convolutions(shape))
        case "pool":
            return draw(pools(shape))
        case kind:
            out = draw(st.integers(1, 4))
            weight = draw(integers((*shape[:-1], out, shape[-1])))
            bias = {"bias": draw(integers((*shape[:-1], out)))} if kind == "Affine" else {}
            return kind, {"weight": weight, **bias}


@st.composite
def linear_graphs(
    draw: st.DrawFn,
) -> tuple[dict[str, Node], list[tuple[str, str]], dict[str, tuple[int, ...]]]:
    """A graph without loops: each node reads one or two before it of one shape."""
    shape = draw(st.sampled_from([(3,), (4,), (2, 4), (3, 5), (1, 4, 5), (2, 5, 4)]))
    nodes: dict[str, Node] = {}
    shapes = {"input": shape}
    edges: list[tuple[str, str]] = []
    for index in range(draw(st.integers(1, 5))):
        name = f"n{index}"
        first = draw(st.sampled_from(list(shapes)))
        alike = [other for other in shapes if shapes[other] == shapes[first] and other != first]
        sources = [
            first,
            *([draw(st.sampled_from(alike))] if alike and draw(st.booleans()) else []),
        ]
        nodes[name] = draw(linear_nodes(shapes[first]))
        shapes[name] = apply(nodes[name], np.zeros((1, *shapes[first]))).shape[1:]
        edges += [(source, name) for source in sources]
    return nodes, edges, shapes


@settings(max_examples=150)
@given(graph=linear_graphs(), seed=st.integers(0, 2**32 - 1))
def test_network_computes_what_the_nodes_compute(
    load_graph: LoadGraph, graph: Any, seed: int
) -> None:
    nodes, edges, shapes = graph
    x = np.random.default_rng(seed).integers(0, 3, (6, *shapes["input"])).astype(np.float64)
    signals = {"input": x}
    for name, node in nodes.items():
        signals[name] = apply(node, sum(signals[a] for a, b in edges if b == name))
    leaves = [name for name in nodes if all(a != name for a, _ in edges)]
    outputs = {f"out_{name}": ("Output", {"shape": shapes[name]}) for name in leaves}
    text = ", ".join(f"{a} -> {b}" for a, b in [*edges, *((n, f"out_{n}") for n in leaves)])
    loaded = load_graph(
        {"input": ("Input", {"shape": shapes["input"]}), **nodes, **outputs}, text, {"dt": DT}
    )
    trace = reference(loaded.network, {"input": x.reshape(1, len(x), -1)})
    for name in leaves:
        found = trace.signals[f"out_{name}"][0].reshape(signals[name].shape)
        np.testing.assert_array_equal(found, signals[name], err_msg=name)
