"""Graphs that nobody meant: imported or refused with codes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from somac.compiler.nir.load import Loaded
from somac.ir.errors import SomacError

LoadGraph = Callable[..., Loaded]

TYPES = (
    *(
        "Affine",
        "Linear",
        "Scale",
        "Conv1d",
        "Conv2d",
        "SumPool2d",
        "AvgPool2d",
        "Flatten",
        "Delay",
    ),
    *("I", "IF", "LI", "LIF", "CubaLI", "CubaLIF", "Threshold", "Input", "Output", "MaxPool2d"),
)
PARAMETERS = (
    *("weight", "bias", "scale", "stride", "padding", "dilation", "groups", "input_shape"),
    *("kernel_size", "start_dim", "end_dim", "input_type", "delay", "shape", "threshold", "tau"),
    *("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in", "odd"),
)
KEYS = ("dt", "reset", "reset_delay", "threshold_cmp", "kind", "profile", "integrator")


@st.composite
def arrays(draw: st.DrawFn) -> NDArray[Any]:
    """Numbers and text of any shape that a file may hold."""
    if draw(st.integers(0, 9)) == 0:
        return np.array(draw(st.sampled_from(["same", "valid", "x", ""])))
    shape = tuple(draw(st.lists(st.integers(0, 4), max_size=4)))
    dtype = draw(st.sampled_from(["f4", "f8", "f2", "i8", "u1", "?", "i1"]))
    values = st.sampled_from([0, 1, 2, 3, 5, -1, 0.5, 1e-3, 60000])
    flat = [draw(values) for _ in range(min(int(np.prod(shape)), 12))]
    with np.errstate(all="ignore"):
        return np.resize(np.array(flat or [1.0]), shape).astype(dtype)


METADATA = st.dictionaries(
    st.sampled_from(KEYS),
    st.one_of(
        st.sampled_from(["subtract", "zero", ">", ">=", "norse", "value", "spike", "exponential"]),
        st.sampled_from([0, 1, 1e-3, -1.0, float("nan"), True]),
        arrays(),
    ),
    max_size=2,
)


@st.composite
def graphs(draw: st.DrawFn, depth: int = 1) -> tuple[dict[str, Any], str]:
    """A few nodes of any type with any parameters, joined in any way."""
    names = [f"n{index}" for index in range(draw(st.integers(1, 5)))]
    nodes: dict[str, Any] = {}
    for name in names:
        if depth and draw(st.integers(0, 7)) == 0:
            nodes[name] = draw(graphs(depth - 1))
            continue
        parameters = draw(st.dictionaries(st.sampled_from(PARAMETERS), arrays(), max_size=6))
        nodes[name] = (
            draw(st.sampled_from(TYPES)),
            {**parameters, "metadata": draw(METADATA)},
        )
    ends = st.sampled_from([*names, "n", "n9", "n0.n1"])
    edges = draw(st.lists(st.tuples(ends, ends), min_size=1, max_size=8))
    return nodes, ", ".join(f"{a} -> {b}" for a, b in edges)


@st.composite
def mutants(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A sound model with a few things changed."""
    kinds = {"LIF": ("tau", "r", "v_leak", "v_threshold"), "IF": ("r", "v_threshold")}
    kind = draw(st.sampled_from(list(kinds)))
    nodes: dict[str, Any] = {
        "input": ("Input", {"shape": np.array([1, 4, 4])}),
        "conv": (
            "Conv2d",
            {"weight": np.ones((2, 1, 3, 3)), "bias": np.ones(2)}
            | {name: np.array(1) for name in ("stride", "padding", "dilation", "groups")},
        ),
        "pool": ("SumPool2d", {"kernel_size": np.array([2, 2]), "padding": np.zeros(2, np.int64)}),
        "flat": ("Flatten", {"start_dim": np.array(0), "end_dim": np.array(-1)}),
        "fc": ("Affine", {"weight": np.ones((3, 8)), "bias": np.ones(3)}),
        "neuron": (kind, {name: np.full(3, 0.5) for name in kinds[kind]}),
        "back": ("Linear", {"weight": np.ones((3, 3))}),
        "output": ("Output", {"shape": np.array([3])}),
    }
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(list(nodes)))
        type_, parameters = nodes[name]
        known = [*parameters, draw(st.sampled_from(PARAMETERS))]
        nodes[name] = (type_, {**parameters, draw(st.sampled_from(known)): draw(arrays())})
    edges = "input -> conv -> pool -> flat -> fc -> neuron -> output, neuron -> back -> neuron"
    more = draw(st.lists(st.tuples(*[st.sampled_from(list(nodes))] * 2), max_size=1))
    return nodes, ", ".join([edges, *(f"{a} -> {b}" for a, b in more)])


@settings(max_examples=300)
@given(graph=st.one_of(graphs(), mutants()), metadata=METADATA, repair=st.booleans())
def test_import_or_refusal(
    load_graph: LoadGraph, graph: tuple[dict[str, Any], str], metadata: Any, repair: bool
) -> None:
    error = refusal(load_graph, *graph, metadata, repair=repair)
    if error is not None:
        assert error.exit_code == 2
        assert all(d.place.file == "model.nir" for d in error.diagnostics)


def refusal(load_graph: LoadGraph, *arguments: Any, **options: Any) -> SomacError | None:
    try:
        load_graph(*arguments, **options)
    except SomacError as error:
        return error
    return None
