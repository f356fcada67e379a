"""Export to NIR: what is written reads back as the network it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from math import prod
from pathlib import Path

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
from somac.ir.graph import Edge, zero_delay_cycle
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import NeuronModel
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
            return Chain((pool, Dense(weights(seed, b, pool.target_size))))
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
