"""Export to NIR: what is written reads back as the network it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from somac.compiler.nir.export import to_nir, write_nir
from somac.compiler.nir.export_graph import describe
from somac.compiler.nir.load import Loaded, from_raw, load_nir
from somac.compiler.nir.options import NirOptions
from somac.compiler.nir.raw import RawFile
from somac.grammar.library import library
from somac.ir.connectivity import (
    AllToAll,
    Chain,
    Connectivity,
    Convolution,
    Dense,
    OneToOne,
    Pool,
    Sparse,
)
from somac.ir.digest import digest_of
from somac.ir.errors import Severity, SomacError
from somac.ir.expr import Name
from somac.ir.graph import Edge, zero_delay_cycle
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import Assign, Emission, NeuronModel
from somac.ir.simulate import reference

LoadGraph = Callable[..., Loaded]

FILES = (
    "braille_noDelay_bias_zero",
    "braille_noDelay_bias_zero_subgraph",
    "cnn_sinabs",
    "l2mu_braille7",
    "lif_norse",
    "lif_rockpool",
)
PROFILES = (None, "norse", "snntorch", "spikingjelly", "sinabs")
UNKNOWN = {
    ("braille_noDelay_bias_zero", "sinabs"),
    ("braille_noDelay_bias_zero_subgraph", "sinabs"),
    *(("l2mu_braille7", profile) for profile in ("norse", "spikingjelly", "sinabs")),
}
"""Models with a neuron or a reset that the framework does not have."""


def read_back(network: Network) -> Loaded:
    """What is read of what is written, without a file in between."""
    raw = RawFile(f"{network.name}.nir", "1.0.8", describe(network), "")
    return from_raw(raw, NirOptions(repair=False))


def meaning(network: Network) -> str:
    """Digest of all but names of projections, how they share synapses, and the order of lists."""
    synapses: Counter[tuple[object, ...]] = Counter()
    for p in network.projections:
        rows = p.connectivity.rows(0, p.connectivity.source_size)
        source = np.repeat(np.arange(p.connectivity.source_size), np.diff(rows.indptr))
        for a, b, delay, weight in zip(source, rows.target, rows.delay, rows.weight, strict=True):
            synapses[p.source, int(a), p.target, p.port, int(b), p.delay + int(delay)] += weight
    return digest_of(
        {
            "dt": network.dt,
            "semantics": network.semantics,
            "inputs": sorted(map(digest_of, network.inputs)),
            "populations": sorted(map(digest_of, network.populations)),
            "synapses": sorted(map(digest_of, ((k, v) for k, v in synapses.items() if v))),
            "outputs": sorted(map(digest_of, network.outputs)),
        }
    )


# -- real models ------------------------------------------------------------------------------


@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", FILES)
def test_file_comes_back_bit_for_bit(
    shared: Path, tmp_path: Path, name: str, profile: str | None
) -> None:
    nir = pytest.importorskip("nir")
    source = shared / "nir" / f"{name}.nir"
    if (name, profile) in UNKNOWN:
        with pytest.raises(SomacError, match="E0150"):
            load_nir(source, NirOptions(profile=profile))
        return
    network = load_nir(source, NirOptions(profile=profile)).network
    path = tmp_path / f"{name}.nir"
    write_nir(network, path)
    loaded = load_nir(path, NirOptions(repair=False))
    assert loaded.network.text() == network.text()
    assert loaded.network.digest() == network.digest()
    # the nir library's own type check finds nothing to complain of, or to add
    graph = nir.read(path)
    assert len(graph.nodes) == len(to_nir(network).nodes)


# -- any network ------------------------------------------------------------------------------

MODELS = {
    "nir_if": {"r": 1.0, "v_threshold": 2.0, "v_reset": -1.0},
    "nir_if_subtract": {"r": 2.0, "v_threshold": 3.0},
    "nir_lif": {"tau": 2.0, "r": 4.0, "v_leak": 1.0, "v_threshold": 2.0, "v_reset": 0.0},
    "nir_lif_subtract_delayed": {"tau": 4.0, "r": 2.0, "v_leak": 0.0, "v_threshold": 2.0},
    "nir_cuba_lif": {"tau_syn": 2.0, "tau_mem": 4.0, "r": 2.0, "v_leak": 0.0, "w_in": 2.0}
    | {"v_threshold": 2.0, "v_reset": 0.0},
    "nir_threshold": {"threshold": 1.0},
    "nir_i": {"r": 1.0},
    "nir_li": {"tau": 2.0, "r": 1.0, "v_leak": 0.0},
    "relay": {},
}
"""Parameters with which all arithmetic of a few steps is exact."""


def model(name: str) -> NeuronModel:
    integrator = None if name in ("relay", "constant") else "euler_sequential"
    return library().model(name, integrator)


def weights(seed: int, *shape: int) -> NDArray[np.float64]:
    """Small whole numbers; the first is not zero."""
    found = np.random.default_rng(seed).integers(-2, 3, shape).astype(np.float64)
    found.reshape(-1)[:1] = 1.0
    return found


@st.composite
def wires(draw: st.DrawFn, source: tuple[int, ...], target: tuple[int, ...]) -> Connectivity:
    """A map that NIR can say between cells of these shapes."""
    a, b = prod(source), prod(target)
    seed = draw(st.integers(0, 2**16))
    kinds = ["dense", "sparse", "all"] if len(target) == 1 else []
    kinds += ["one"] * 2 if source == target else []
    if len(source) == 3 and len(target) == 3 and source[1:] == target[1:]:
        kinds += ["conv"] * 2
    if len(source) == 3 and len(target) == 1 and min(source[1:]) > 1:
        kinds += ["pool"]
    match draw(st.sampled_from(kinds or ["none"])):
        case "dense":
            return Dense(weights(seed, b, a))
        case "sparse":
            rng = np.random.default_rng(seed)
            places = np.unique(rng.integers(0, a * b, 5))
            delay = rng.integers(0, 3, len(places)) if draw(st.booleans()) else None
            return Sparse.from_coordinates(
                places // b, places % b, weights(seed, len(places)) + 3.0, delay, (a, b)
            )
        case "all":
            return AllToAll(np.asarray(draw(st.sampled_from([-1.0, 1.0, 2.0]))), a, b)
        case "one":
            shared = np.asarray(draw(st.sampled_from([1.0, 2.0])))
            delay = np.random.default_rng(seed).integers(0, 3, a) if draw(st.booleans()) else None
            return OneToOne(shared if draw(st.booleans()) else weights(seed, a), a, delay)
        case "conv":
            kernel = weights(seed, target[0], source[0], 3, 3)
            return Convolution(kernel, source, (1, 1), ((1, 1), (1, 1)), (1, 1))
        case "pool":
            pool = Pool(
                np.asarray(draw(st.sampled_from([1.0, 0.25, 0.5]))), source, (2, 2), (1, 1), (0, 0)
            )
            last = draw(wires((pool.target_size,), target))
            return Chain((draw(st.sampled_from([pool, Chain((pool,))])), last))
        case _:
            raise AssertionError("no map between these shapes")


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A few populations, joined in any way that has no loop without delay."""
    grid = (2, 3, 3)
    shapes: dict[str, tuple[int, ...]] = {
        "x": draw(st.sampled_from([(3,), grid])),
        "y": (2,),
    }
    populations = []
    names = [f"p{index}" for index in range(draw(st.integers(1, 4)))]
    for name in names:
        # a grid can only come from a grid
        shape = draw(st.sampled_from([(2,), (3,), *([grid] if shapes["x"] == grid else [])]))
        # what a relay on a grid passes on is multiplied out, and then is no convolution
        kind = draw(st.sampled_from([k for k in MODELS if k != "relay" or shape != grid]))
        shapes[name] = shape
        parameters = {
            key: value
            if draw(st.booleans())
            else np.full(prod(shape), value) + np.arange(prod(shape))
            for key, value in MODELS[kind].items()
            if not key.startswith("tau")
        } | {key: value for key, value in MODELS[kind].items() if key.startswith("tau")}
        bias = draw(st.sampled_from([None, 1.0, 2.0]))
        known = model(kind)
        populations.append(
            Population(
                name, shape, known, parameters, {} if bias is None else {known.inputs[0]: bias}
            )
        )
    ports = {p.name: p.model.inputs[0] for p in populations}
    relays = {p.name for p in populations if p.model.name == "relay"}
    projections: list[Projection] = []
    # every population gets an input, and its shape's own kind of it
    pairs = [("x", name) for name in names]
    extra = [(a, b) for a in (*shapes,) for b in names if len(shapes[b]) == 1 or a in names]
    pairs += draw(st.lists(st.sampled_from(extra), max_size=4)) if extra else []
    for index, (a, b) in enumerate(pairs):
        # NIR cannot make a grid of a vector, nor a loop of sums
        if len(shapes[b]) > len(shapes[a]) or {a, b} <= relays:
            continue
        delay = draw(st.integers(0, 2))
        made = Projection(f"e{index}", a, b, ports[b], draw(wires(shapes[a], shapes[b])), delay)
        edges = [
            Edge(p.source, p.target, p.delay + min(p.connectivity.delays))
            for p in (*projections, made)
        ]
        projections.append(replace(made, delay=delay + 1) if zero_delay_cycle(edges) else made)
    if draw(st.booleans()):
        populations.append(Population("clock", (1,), model("constant"), {}))
        vectors = [name for name in names if len(shapes[name]) == 1]
        projections += [
            Projection(
                f"c{name}", "clock", name, ports[name], Dense(weights(1, prod(shapes[name]), 1)), 2
            )
            for name in vectors[:1]
        ]
    outputs = tuple(Output(f"o{name}", name) for name in names)
    inputs = tuple(Input(name, shapes[name], "count") for name in ("x", "y"))
    return Network("random", 1.0, inputs, tuple(populations), tuple(projections), outputs)


@settings(max_examples=80)
@given(network=networks(), seed=st.integers(0, 2**16))
def test_network_comes_back_with_the_same_signals(network: Network, seed: int) -> None:
    loaded = read_back(network)
    assert {n.code for n in loaded.notes if n.severity is Severity.WARNING} <= {"E0164"}
    back = loaded.network
    assert back.dt == network.dt
    rng = np.random.default_rng(seed)
    x = {i.name: rng.integers(0, 3, (2, 6, i.size)) for i in network.inputs}
    expected, found = reference(network, x), reference(back, x)
    for output in network.outputs:
        np.testing.assert_array_equal(
            found.signals[output.name], expected.signals[output.name], err_msg=output.name
        )
    # once read, nothing changes any more
    assert meaning(read_back(back).network) == meaning(back)


@settings(max_examples=25)
@given(network=networks())
def test_nir_library_reads_what_is_written(
    tmp_path_factory: pytest.TempPathFactory, network: Network
) -> None:
    nir = pytest.importorskip("nir")
    path = tmp_path_factory.mktemp("nir") / "model.nir"
    write_nir(network, path)
    graph = nir.read(path)
    assert {type(node).__name__ for node in graph.nodes.values()} >= {"Output"}
    assert [p.name for p in path.parent.iterdir()] == ["model.nir"]


# -- what NIR cannot say ----------------------------------------------------------------------


def network_of(
    *populations: Population,
    maps: tuple[tuple[str, str, Connectivity], ...] = (),
    delay: int = 0,
    x: tuple[int, ...] = (4,),
) -> Network:
    """A network with the inputs ``x`` and ``grid`` in which every population is an output."""
    ports = {p.name: p.model.inputs[0] for p in populations if p.model.inputs}
    projections = (
        Projection(f"e{index}", a, b, ports[b], wires, delay)
        for index, (a, b, wires) in enumerate(maps)
    )
    outputs = tuple(Output(p.name, p.name) for p in populations)
    inputs = (Input("x", x), Input("grid", (1, 2, 2)))
    return Network("some", 1e-3, inputs, populations, tuple(projections), outputs)


def cells(*shape: int, name: str = "p", kind: str = "nir_if", **more: Any) -> Population:
    return Population(name, shape, model(kind), MODELS.get(kind, {}), **more)


def unsayable(network: Network) -> tuple[str, ...]:
    with pytest.raises(SomacError) as caught:
        to_nir(network)
    assert {d.code for d in caught.value.diagnostics} == {"E0156"}
    assert caught.value.exit_code == 2
    return tuple(d.message for d in caught.value.diagnostics)


def test_every_model_that_is_none_of_nirs_is_named() -> None:
    mine = NeuronModel("mine", (), ("i",), (), (Assign("o", Name("i")),), Emission("count", "o"))
    network = network_of(Population("a", (4,), mine, {}), cells(4), Population("b", (2,), mine, {}))
    assert unsayable(network) == tuple(
        f"population {name}: model mine is none of NIR's neurons in profile nir-euler"
        for name in "ab"
    )


def test_constants_have_no_output() -> None:
    (why,) = unsayable(network_of(cells(1, kind="constant")))
    assert why == "output p: NIR has no spikes of every step to send"


def test_sums_in_a_loop() -> None:
    sums = [cells(4, name=name, kind="relay") for name in "ab"]
    one = OneToOne(np.ones(()), 4)
    (why,) = unsayable(network_of(*sums, maps=(("a", "b", one), ("b", "a", one)), delay=1))
    assert why.startswith("a -> b -> a: populations that only add up")


def one_by_one(shape: tuple[int, ...], out: int = 1, pad: int = 0) -> Convolution:
    """A convolution that looks at one cell, with `pad` zeros at the end of each axis."""
    rank = len(shape) - 1
    weight = np.ones((out, shape[0], *(1,) * rank))
    return Convolution(weight, shape, (1,) * rank, ((0, pad),) * rank, (1,) * rank)


@pytest.mark.parametrize(
    ("target", "wires", "why"),
    [
        ((1, 2, 2, 1), one_by_one((1, 2, 2, 1)), "a convolution over 3 dimensions"),
        ((1, 3, 3), one_by_one((1, 2, 2), pad=1), "padding of ((0, 1), (0, 1))"),
        ((1, 4), Pool(np.ones(()), (1, 4), (1,), (1,), (0,)), "pooling over 1 dimensions"),
        ((2**23,), AllToAll(np.ones(()), 4, 2**23), "33,554,432 of a matrix are more than"),
    ],
)
def test_connectivity_without_a_node(
    target: tuple[int, ...], wires: Connectivity, why: str
) -> None:
    (found,) = unsayable(network_of(cells(*target), maps=(("x", "p", wires),)))
    assert found.startswith("projection e0: ")
    assert why in found


def test_every_delay_after_a_pool_is_a_link() -> None:
    pool = Pool(np.ones(()), (1, 2, 2), (2, 1), (1, 1), (0, 0))
    source, to, delay = np.array([[0, 1, 1], [0, 0, 1], [0, 3, 3]])
    late = Sparse.from_coordinates(source, to, np.array([1.0, 2.0, 3.0]), delay, (2, 2))
    network = network_of(cells(2), maps=(("grid", "p", Chain((Chain((pool,)), late))),))
    back = read_back(network).network
    assert [p.delay for p in back.projections] == [0, 3]


def test_map_without_synapses_is_no_link() -> None:
    at = np.zeros(0, np.int64)
    none = Sparse.from_coordinates(at, at, np.zeros(0), None, (4, 4))
    network = network_of(cells(4), maps=(("x", "p", none), ("x", "p", ONE)))
    assert len(read_back(network).network.projections) == 1


def test_populations_take_the_shape_their_nodes_want() -> None:
    dense = network_of(cells(2, 2), maps=(("x", "p", Dense(np.ones((4, 4)))),))
    assert read_back(dense).network.population("p").shape == (4,)
    conv = network_of(cells(1, 2, 2), maps=(("x", "p", one_by_one((1, 2, 2))),))
    assert read_back(conv).network.inputs[0].shape == (1, 2, 2)


def test_vector_and_grid_at_once() -> None:
    maps = (("x", "p", Dense(np.ones((4, 4)))), ("grid", "p", one_by_one((1, 2, 2))))
    (why,) = unsayable(network_of(cells(1, 2, 2), maps=maps))
    assert why.startswith("projection e0: signals of shape 4 would have to become 1x2x2")


def test_bias_without_a_way() -> None:
    network = network_of(cells(4, bias={"i": np.ones(())}))
    assert read_back(network).network.population("p").bias["i"] == 1
    (why,) = unsayable(replace(network, inputs=()))
    assert why == "the bias of p: NIR has biases only on the way from somewhere"


def test_bias_of_each_cell_of_a_grid() -> None:
    bias = {"i": np.arange(8.0)}
    maps = (("grid", "p", one_by_one((1, 2, 2), out=2)),)
    (why,) = unsayable(network_of(cells(2, 2, 2, bias=bias), maps=maps))
    assert why == "the bias of p: NIR has none for each cell of a shape like 2x2x2"
    # maps side by side can have it
    plain = network_of(cells(1, 2, 2, bias={"i": np.arange(4.0)}), maps=(("grid", "p", ONE),))
    np.testing.assert_array_equal(
        read_back(plain).network.population("p").bias["i"], np.arange(4.0)
    )


ONE = OneToOne(np.ones(()), 4)


# -- names and files --------------------------------------------------------------------------


def test_names_are_made_fit_for_hdf5(tmp_path: Path) -> None:
    pytest.importorskip("nir")
    network = network_of(cells(4, name="a/b"), maps=(("x", "a/b", ONE),))
    write_nir(network, tmp_path / "model.nir")
    back = load_nir(tmp_path / "model.nir").network
    assert [p.name for p in back.populations] == ["a_b"]
    # the population has the name: the output gets another
    assert [(o.name, o.source) for o in back.outputs] == [("a_b_1", "a_b")]


def test_parallel_direct_edges_stay_two() -> None:
    network = network_of(cells(4), maps=(("x", "p", ONE), ("x", "p", ONE)))
    assert len(read_back(network).network.projections) == 2


def test_loop_that_edges_cannot_say_gets_delay_nodes() -> None:
    """A walk from x by way of a would find b -> a to be late."""
    loop = (("x", "a", ONE), ("a", "b", ONE), ("b", "a", ONE))
    network = network_of(cells(4, name="a"), cells(4, name="b"), maps=loop, delay=1)
    first, late, prompt = network.projections
    network = replace(network, projections=(first, late, replace(prompt, delay=0)))
    back = read_back(network).network
    assert [(p.source, p.target, p.delay) for p in back.projections] == [
        ("x", "a", 1),
        ("b", "a", 0),
        ("a", "b", 1),
    ]
    kinds = [type(node).__name__ for node in to_nir(network).nodes.values()]
    assert kinds.count("Delay") == 2


def test_file_that_cannot_be_written(tmp_path: Path) -> None:
    pytest.importorskip("nir")
    network = network_of(cells(4), maps=(("x", "p", ONE),))
    with pytest.raises(SomacError) as caught:
        write_nir(network, tmp_path / "missing" / "model.nir")
    assert caught.value.diagnostics[0].code == "E0157"
    (tmp_path / "folder").mkdir()
    with pytest.raises(SomacError):
        write_nir(network, tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_what_is_left_open_is_written_down(load_graph: LoadGraph) -> None:
    values = {name: np.ones(2) for name in ("tau", "r", "v_leak", "v_threshold", "v_reset")}
    choices = {"reset": "subtract", "reset_delay": 1, "threshold_cmp": ">="}
    nodes = {
        "input": ("Input", {"shape": [2], "metadata": {"kind": "spike"}}),
        "lif": ("LIF", {**values, "metadata": choices}),
        "output": ("Output", {"shape": [2]}),
    }
    network = load_graph(
        nodes, "input -> lif -> output", {"dt": 1e-3, "integrator": "exponential"}
    ).network
    graph = to_nir(network)
    assert graph.metadata == {"profile": "nir-euler", "integrator": "exponential", "dt": 1e-3}
    assert graph.nodes["lif"].metadata == {"dt": 1e-3, **choices}
    assert graph.nodes["input"].metadata == {"kind": "spike"}
