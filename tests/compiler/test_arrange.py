"""Which neurons share a core: fewer cores hear each source, and the bits stay what they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.backends.api import Guidance, ResourceModel
from somac.backends.manycore.backend import ManycoreBackend
from somac.compiler.inputs import raw_inputs
from somac.compiler.mapping.partition import NO_SOURCE, Hypergraph, PartitionOptions
from somac.compiler.passes import arrange
from somac.compiler.passes.arrange import Layout, arranged_layout, contiguous_layout
from somac.compiler.passes.quantise import quantise
from somac.compiler.pipeline import Compiled, compile_network
from somac.compiler.targets import find_target
from somac.compiler.testing import Case, cases
from somac.grammar.library import library
from somac.ir.arrange import arranged
from somac.ir.connectivity import AllToAll, Connectivity, Convolution, Dense, Sparse
from somac.ir.errors import Severity
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.simulate import golden

TARGET = find_target("spinnaker2")
SIDE, CHANNELS = 16, 4
CELLS = CHANNELS * SIDE * SIDE


def network(first: Connectivity, second: Connectivity) -> Network:
    """An input and two populations of integrate-and-fire neurons."""
    profile = library().profile("nir-euler")
    model = library().model(profile.model_for("IF", "value") or "", profile.integrator)
    values = {"r": np.float64(1), "v_threshold": np.float64(1), "v_reset": np.float64(0)}
    parameters = {p.name: values[p.name] for p in model.parameters}
    (port,) = model.inputs
    return Network(
        "net",
        1.0,
        (Input("in", (first.source_size,), "spike"),),
        tuple(
            Population(name, (wiring.target_size,), model, parameters)
            for name, wiring in (("a", first), ("b", second))
        ),
        (Projection("in_a", "in", "a", port, first), Projection("a_b", "a", "b", port, second)),
        (Output("out", "b"),),
        {"profile": "nir-euler"},
    )


def convolution(channels: int) -> Convolution:
    weight = np.random.default_rng(0).normal(0, 0.3, (CHANNELS, channels, 3, 3))
    return Convolution(weight, (channels, SIDE, SIDE), (1, 1), ((1, 1), (1, 1)), (1, 1))


def dense(source: int, target: int) -> Dense:
    return Dense(np.random.default_rng(0).normal(0, 0.1, (target, source)))


def small_world(cells: int) -> Sparse:
    """Every cell hears its neighbours on a ring, whose numbers are drawn at random."""
    number = np.random.default_rng(7).permutation(cells)
    source = np.repeat(np.arange(cells), 10)
    target = (source + np.tile(np.arange(10), cells)) % cells
    weight = np.random.default_rng(1).normal(0, 0.3, len(source))
    return Sparse.from_coordinates(number[source], number[target], weight, None, (cells, cells))


def legal(network: Network) -> IntegerNetwork:
    return ManycoreBackend().legalise(quantise(network).network, TARGET, Guidance()).network


def measure(network: IntegerNetwork) -> ResourceModel:
    return ManycoreBackend().resources(network, TARGET, Guidance())


def layouts(network: Network) -> tuple[Layout, Layout]:
    """In the order of the model, and as the pass has it."""
    whole = legal(network)
    plain = contiguous_layout(whole, TARGET.resources, measure(whole))
    return plain, arranged_layout(plain, TARGET.resources, measure, {}, PartitionOptions(1))


def deliveries(layout: Layout, projection: int) -> int:
    """How many cores hear a source, summed over sources."""
    wiring = layout.network.projections[projection]
    edges = [cut.start for cut in layout.cuts if cut.population == wiring.target]
    rows = wiring.connectivity.rows(0, wiring.connectivity.source_size)
    source = np.repeat(np.arange(len(rows.indptr) - 1), np.diff(rows.indptr))
    core = np.searchsorted(edges, rows.target, side="right")
    return len(np.unique(np.stack([source, core]), axis=1).T)


@given(cases(), st.data())
def test_signals_and_states_go_with_their_cells(case: Case, data: st.DataObject) -> None:
    network = quantise(case.network).network
    moved = [p for p in network.populations if data.draw(st.booleans())]
    order = {p.name: np.array(data.draw(st.permutations(range(p.size)))) for p in moved}
    names = [p.name for p in network.populations]
    inputs = raw_inputs(case.inputs, network.inputs)
    before = golden(network, inputs, record=names, record_states=names)
    after = golden(arranged(network, order), inputs, record=names, record_states=names)
    for name in names:
        cells: Any = order.get(name, slice(None))
        np.testing.assert_array_equal(after.signals[name], before.signals[name][..., cells])
        for state, values in before.states[name].items():
            np.testing.assert_array_equal(after.states[name][state], values[..., cells])


def test_nothing_moves_without_an_order() -> None:
    few = legal(network(dense(3, 4), dense(4, 2)))
    assert arranged(few, {}) is few


@pytest.mark.parametrize(
    ("name", "cells"), [("a", [0, 0, 1, 2]), ("a", []), ("b", [1, 2]), ("nobody", [0])]
)
def test_an_order_is_a_permutation_of_cells(name: str, cells: list[int]) -> None:
    few = legal(network(dense(3, 4), dense(4, 2)))
    with pytest.raises(ValueError, match=f"order of {name} is no permutation"):
        arranged(few, {name: np.array(cells, dtype=np.int64)})


def test_patches_of_a_convolution_share_cores() -> None:
    plain, other = layouts(network(convolution(2), convolution(CHANNELS)))
    assert set(other.order) == {"a", "b"}
    assert len(other.cuts) <= len(plain.cuts)
    for projection in (0, 1):
        assert deliveries(other, projection) < 0.5 * deliveries(plain, projection)


def test_neighbours_on_a_ring_share_cores() -> None:
    plain, other = layouts(network(small_world(1200), small_world(1200)))
    for projection in (0, 1):
        assert deliveries(other, projection) < 0.4 * deliveries(plain, projection)


def test_slices_fit_their_cores_and_make_up_populations() -> None:
    _, other = layouts(network(convolution(2), convolution(CHANNELS)))
    model = measure(other.network)
    for name in ("a", "b"):
        cuts = [cut for cut in other.cuts if cut.population == name]
        assert [cut.start for cut in cuts] == [0, *(cut.stop for cut in cuts[:-1])]
        assert cuts[-1].stop == CELLS
        for cut in cuts:
            assert cut.demand == dict(model.demand(name, cut.start, cut.stop))
            assert all(cut.demand[r] <= most for r, most in TARGET.resources.items())
    np.testing.assert_array_equal(np.sort(other.order["a"]), np.arange(CELLS))


def complete(source: int, target: int) -> Sparse:
    """Every cell to every cell, told one by one, none of them so weak that it rounds to 0."""
    ends = np.indices((source, target)).reshape(2, -1)
    return Sparse.from_coordinates(*ends, np.full(ends.shape[1], 0.1), None, (source, target))


ONE_WEIGHT = AllToAll(np.asarray(0.1), 300, 400)


@pytest.mark.parametrize("wiring", [dense(300, 400), complete(300, 400), ONE_WEIGHT])
def test_where_all_hear_all_the_order_stays(wiring: Connectivity) -> None:
    plain, other = layouts(network(wiring, dense(400, 10)))
    assert len(plain.cuts) > 2
    assert other.order == {}
    assert other.cuts == plain.cuts


def test_one_weight_for_all_pairs_is_not_told_pair_by_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may stand for more pairs than there is memory for, in a network that fits nowhere."""
    monkeypatch.setattr(arrange, "_nets", None)
    plain, other = layouts(network(ONE_WEIGHT, dense(400, 10)))
    assert other.cuts == plain.cuts


def anywhere(cells: int) -> Sparse:
    """Synapses without any structure."""
    rng = np.random.default_rng(0)
    flat = rng.choice(cells * cells, 30 * cells, replace=False)
    weight = rng.choice([-0.2, 0.2], len(flat))
    return Sparse.from_coordinates(flat // cells, flat % cells, weight, None, (cells, cells))


def test_a_sample_tells_whether_looking_for_an_order_is_worth_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arrange, "_MANY_PINS", 1)
    monkeypatch.setattr(arrange, "_SAMPLE", 1)
    monkeypatch.setattr(arrange, "_SAMPLE_PER_CELL", 4)
    _, near = layouts(network(small_world(1200), dense(1200, 10)))
    assert set(near.order) == {"a"}
    plain, far = layouts(network(anywhere(1200), dense(1200, 10)))
    assert far is plain


def test_a_sample_is_held_against_as_many_cells_to_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cores that hold a few cells each would seem to be fewer, and so to hear less."""
    monkeypatch.setattr(arrange, "_MANY_PINS", 1)
    monkeypatch.setattr(arrange, "_SAMPLE", 1)
    monkeypatch.setattr(arrange, "_SAMPLE_PER_CELL", 4)
    cells = 300
    graph = Hypergraph.of_targets(
        cells,
        np.full(cells, NO_SOURCE),
        np.ones(cells, np.int64),
        np.arange(cells + 1) * 30,
        np.argsort(np.random.default_rng(0).random((cells, cells)), axis=1)[:, :30].ravel(),
    )
    search = arrange._Search("a", graph, 256, 70, np.arange(cells) // 2)
    assert not search.promising()


def compiled() -> Compiled:
    return compile_network(network(convolution(2), convolution(CHANNELS)), TARGET)


def test_signals_come_in_the_order_of_the_model() -> None:
    result = compiled()
    assert set(result.mapping.order) == {"a", "b"}
    inputs = {"in": np.random.default_rng(2).integers(0, 2, (2, 12, 2 * SIDE * SIDE))}
    names = ["a", "b"]
    meant = golden(result.golden, inputs, record=names, record_states=names)
    seen = ManycoreBackend().emulator(result.program).run(inputs, record=names, record_states=names)
    for name in names:
        assert meant.signals[name].any()
        np.testing.assert_array_equal(seen.signals[name], meant.signals[name])
        for state, values in meant.states[name].items():
            np.testing.assert_array_equal(seen.states[name][state], values)
    found = ManycoreBackend().verify(result.program, result.golden)
    assert [d for d in found if d.severity is Severity.ERROR] == []


def test_the_dump_tells_of_the_order() -> None:
    mapping = compiled().mapping
    assert "\norder a " in mapping.text()
    assert mapping.digest() == compiled().mapping.digest()
