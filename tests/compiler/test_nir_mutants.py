"""Graphs that nobody meant: imported (and compiled) or refused with codes, and nothing else.

Files of odd bytes are the matter of `test_nir_raw_mutants.py`; here the structure is odd.
"""

from __future__ import annotations

import os
import resource
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from somac.compiler.nir.load import Loaded
from somac.compiler.nir.neurons import NEURONS
from somac.compiler.pipeline import compile_network
from somac.compiler.targets import find_target
from somac.ir.errors import SomacError
from somac.ir.network import Network

LoadGraph = Callable[..., Loaded]

SEED = 20261121
SECONDS = 5.0
COMPILE_SECONDS = 60.0
BYTES = 10**9
CELLS = 100
"""Populations of fewer cells go all the way through the compiler."""

LINEAR = ("Affine", "Linear", "Scale", "Conv1d", "Conv2d", "SumPool2d", "AvgPool2d", "Flatten")
TYPES = (*LINEAR, "Delay", *NEURONS, "Input", "Output", "MaxPool2d")
FITTING: dict[str, dict[str, tuple[int, ...]]] = {
    "Affine": {"weight": (2, 2), "bias": (2,)},
    "Linear": {"weight": (2, 2)},
    "Scale": {"scale": (2,)},
    "Delay": {"delay": (2,)},
    **{type_: dict.fromkeys(names, (2,)) for type_, names in NEURONS.items()},
}
"""Nodes for two signals: their parameters and the shapes of those."""

PARAMETERS = (
    *("weight", "bias", "scale", "stride", "padding", "dilation", "groups", "input_shape"),
    *("kernel_size", "start_dim", "end_dim", "input_type", "delay", "shape", "threshold", "tau"),
    *("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in", "odd"),
)
KEYS = ("dt", "reset", "reset_delay", "threshold_cmp", "kind", "profile", "integrator")

# small, and what sizes, delays and products like least; a file's numbers are finite
NUMBERS = [0, 1, 2, 3, 5, -1, 0.5, 1e-3, 60000, 2**31, 2**40, 2.0**62, 1e300, -1e300, 1e-310]

Graph = tuple[dict[str, Any], str]


class Example(NamedTuple):
    """A graph and how to import it."""

    graph: Graph
    metadata: dict[str, Any]
    options: dict[str, Any]


@st.composite
def arrays(draw: st.DrawFn) -> NDArray[Any]:
    """Numbers and text of any shape that a file may hold."""
    if draw(st.integers(0, 9)) == 0:
        return np.array(draw(st.sampled_from(["same", "valid", "x", ""])))
    shape = tuple(draw(st.lists(st.integers(0, 4), max_size=4)))
    dtype = draw(st.sampled_from(["f4", "f8", "f2", "i8", "u1", "?", "i1"]))
    # most numbers are such that the graph has a chance
    values = st.one_of(st.sampled_from(NUMBERS[:8]), st.sampled_from(NUMBERS))
    flat = [draw(values) for _ in range(min(int(np.prod(shape)), 12))]
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.resize(np.array(flat or [1.0]), shape).astype(dtype))


METADATA = st.dictionaries(
    st.sampled_from(KEYS),
    st.one_of(
        st.sampled_from(["subtract", "zero", ">", ">=", "norse", "sinabs", "spike", "exponential"]),
        st.sampled_from([0, 1, 1e-3, -1.0, 1e300, 1e-310, float("nan"), True]),
        arrays(),
    ),
    max_size=2,
)


@st.composite
def fitting_nodes(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A node that reads and sends two signals, with numbers that may be odd."""
    type_ = draw(st.sampled_from(list(FITTING)))
    one = draw(st.sampled_from([0.5, 1.0, 2.0]))
    parameters = {name: np.full(shape, one) for name, shape in FITTING[type_].items()}
    odd = draw(st.sampled_from([None, None, *parameters]))
    if odd is not None:
        parameters[odd].flat[0] = draw(st.sampled_from(NUMBERS))
    return type_, parameters


@st.composite
def odd_nodes(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A node of any type with any parameters."""
    parameters = draw(st.dictionaries(st.sampled_from(PARAMETERS), arrays(), max_size=6))
    return draw(st.sampled_from(TYPES)), {**parameters, "metadata": draw(METADATA)}


@st.composite
def graphs(draw: st.DrawFn, depth: int = 1) -> Graph:
    """A few nodes joined in any way; in every other graph all fit together."""
    names = [f"n{index}" for index in range(draw(st.integers(1, 5)))]
    is_odd = draw(st.booleans())
    nodes: dict[str, Any] = {}
    for name in names:
        if depth and draw(st.integers(0, 7)) == 0:
            nodes[name] = draw(graphs(depth - 1))
        else:
            nodes[name] = draw(odd_nodes() if is_odd else fitting_nodes())
    ends = st.sampled_from([*names, "n", "n9", "n0.n1"] if is_odd else names)
    edges = draw(st.lists(st.tuples(ends, ends), min_size=1, max_size=8))
    if not is_odd:
        nodes |= {type_.lower(): (type_, {"shape": np.array([2])}) for type_ in ("Input", "Output")}
        edges += [("input", names[0]), (names[-1], "output")]
    return nodes, ", ".join(f"{a} -> {b}" for a, b in edges)


ONES = dict.fromkeys(("stride", "padding", "dilation", "groups"), np.array(1))
SOUND = ("IF", "LIF", "CubaLIF", "LI")


def sound_model(kind: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """A model with a node of every sort: conv, pool, matrices, delay, recurrence, subgraph."""
    neuron = (kind, {name: np.full(3, 0.5) for name in NEURONS[kind]})
    inner = {
        "in": ("Input", {"shape": np.array([3])}),
        "scale": ("Scale", {"scale": np.array([1.0, 2.0, 0.5])}),
        "out": ("Output", {"shape": np.array([3])}),
    }
    nodes: dict[str, Any] = {
        "input": ("Input", {"shape": np.array([1, 4, 4])}),
        "conv": ("Conv2d", {"weight": np.ones((2, 1, 3, 3)), "bias": np.ones(2), **ONES}),
        "pool": ("AvgPool2d", {"kernel_size": np.array([2, 2]), "padding": np.zeros(2, np.int64)}),
        "flat": ("Flatten", {"start_dim": np.array(0), "end_dim": np.array(-1)}),
        "fc": ("Affine", {"weight": np.ones((3, 8)) / 8, "bias": np.ones(3)}),
        "neuron": neuron,
        "late": ("Delay", {"delay": np.full(3, 2e-3)}),
        "sub": (inner, "in -> scale -> out"),
        "last": neuron,
        "back": ("Linear", {"weight": np.eye(3) / 2}),
        "output": ("Output", {"shape": np.array([3])}),
    }
    way = ("input", "conv", "pool", "flat", "fc", "neuron", "late", "sub", "last", "output")
    return nodes, [*pairwise(way), ("neuron", "back"), ("back", "neuron")]


def is_numbers(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and value.size > 0


@st.composite
def mutants(draw: st.DrawFn) -> Graph:
    """A sound model with a few things changed."""
    nodes, edges = sound_model(draw(st.sampled_from(SOUND)))
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from([n for n in nodes if isinstance(nodes[n][0], str)]))
        type_, parameters = nodes[name]
        match draw(st.integers(0, 15)):
            case 0:
                nodes[name] = draw(st.sampled_from(TYPES)), parameters
            case 1:
                removed = draw(st.sampled_from(list(parameters) or ["odd"]))
                nodes[name] = type_, {k: v for k, v in parameters.items() if k != removed}
            case 2 if len(edges) > 1:
                edges.remove(draw(st.sampled_from(edges)))
            case 3 | 4:
                edges.append(draw(st.tuples(*[st.sampled_from(list(nodes))] * 2)))
            case 5 if len(nodes) > 2:
                del nodes[name]
            case 6:
                nodes[name] = type_, {**parameters, "metadata": draw(METADATA)}
            case 7 | 8:
                own = sorted(parameters.keys() - {"metadata"})
                changed = draw(st.sampled_from([*own, draw(st.sampled_from(PARAMETERS))]))
                nodes[name] = type_, {**parameters, changed: draw(arrays())}
            case _ if numbers := sorted(k for k, v in parameters.items() if is_numbers(v)):
                # the right shape, one odd number
                changed = draw(st.sampled_from(numbers))
                values = parameters[changed].astype(np.float64)
                values.flat[draw(st.integers(0, values.size - 1))] = draw(st.sampled_from(NUMBERS))
                nodes[name] = type_, {**parameters, changed: values}
    return nodes, ", ".join(f"{a} -> {b}" for a, b in edges)


def examples(graph: st.SearchStrategy[Graph]) -> st.SearchStrategy[Example]:
    options = st.fixed_dictionaries(
        {"repair": st.sampled_from([True] * 5 + [False])},
        optional={"profile": st.sampled_from(["nir-euler", "norse", "snntorch", "sinabs"])},
    )
    return st.builds(Example, graph, st.just({"dt": 1e-3}) | METADATA, options)


KINDS = {"random graphs": examples(graphs()), "mutated models": examples(mutants())}


def imported(load_graph: LoadGraph, example: Example) -> Network | None:
    """The network, None if it is refused: whatever else comes of it is a bug of ours."""
    refusal = None
    try:
        return load_graph(*example.graph, example.metadata, **example.options).network
    except SomacError as error:
        refusal = error
    assert refusal.exit_code == 2
    assert all(d.place.file == "model.nir" for d in refusal.diagnostics), refusal
    return None


def test_sound_models_are_imported_and_compiled(load_graph: LoadGraph) -> None:
    for kind in SOUND:
        nodes, edges = sound_model(kind)
        text = ", ".join(f"{a} -> {b}" for a, b in edges)
        found = imported(load_graph, Example((nodes, text), {"dt": 1e-3}, {"repair": False}))
        assert found is not None
        compile_network(found, find_target("spinnaker2"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred(load_graph: LoadGraph, kind: str) -> None:
    @settings(max_examples=100)
    @given(example=KINDS[kind])
    def every(example: Example) -> None:
        imported(load_graph, example)

    every()


# -- the long run: time and memory of each, and the rest of the compiler ------------------------


class Cost(NamedTuple):
    """What one example came to in a process of its own."""

    end: str
    load_seconds: float
    seconds: float
    peak_bytes: int


def end_of(load_graph: LoadGraph, example: Example) -> str:
    """How the way of an example ends, after the CPU time of its import."""
    started = time.process_time()
    found = imported(load_graph, example)
    seconds = time.process_time() - started
    if found is None:
        return f"{seconds} refused"
    if max(p.size for p in (*found.populations, *found.inputs)) >= CELLS:
        return f"{seconds} imported"
    refusal = None
    try:
        compile_network(found, find_target("spinnaker2"))
    except SomacError as error:
        refusal = error
    assert refusal is None or refusal.exit_code in (2, 3), refusal
    return f"{seconds} {'compiled' if refusal is None else 'does not compile'}"


def in_a_fork(load_graph: LoadGraph, example: Example) -> Cost:
    """Take an example through the compiler in a fork, which ends if it hangs or eats memory."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (8 * BYTES, 8 * BYTES))
            signal.alarm(int(2 * COMPILE_SECONDS))
            end = end_of(load_graph, example)
        except BaseException:  # noqa: BLE001 (the parent hears of it)
            end = f"nan {traceback.format_exc()[-4000:]}"
        try:
            os.write(write, end.encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    _, status, usage = os.wait4(child, 0)
    assert status == 0, f"ended by signal {os.WTERMSIG(status)}"
    seconds, _, end = said.partition(" ")
    return Cost(end, float(seconds), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_2000(load_graph: LoadGraph, kind: str) -> None:
    ends: Counter[str] = Counter()
    load, whole, peak = [0.0], [0.0], [0]
    # what a fork would else import each time
    test_sound_models_are_imported_and_compiled(load_graph)

    @seed(SEED)
    @settings(max_examples=2000, database=None, suppress_health_check=list(HealthCheck))
    @given(example=KINDS[kind])
    def every(example: Example) -> None:
        cost = in_a_fork(load_graph, example)
        assert cost.end in ("refused", "imported", "does not compile", "compiled"), cost.end
        assert cost.load_seconds < SECONDS
        assert cost.seconds < COMPILE_SECONDS
        assert cost.peak_bytes < BYTES
        ends[cost.end] += 1
        load.append(cost.load_seconds)
        whole.append(cost.seconds)
        peak.append(cost.peak_bytes)

    every()
    print(
        f"{ends.total()} {kind}, seed {SEED}: {dict(ends)}; import at most {max(load):.2f} s, "
        f"all at most {max(whole):.1f} s, {max(peak) / 1e6:.0f} MB"
    )
    assert ends.total() >= 2000
    # enough of them are sound for the rest of the compiler to be seen
    assert ends["compiled"] > 100
