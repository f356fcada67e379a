"""What slices cost: never less than what is emitted, and not much more."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.api import Guidance
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.options import UseOfArrays
from somac.backends.manycore.scan import profile
from somac.ir.connectivity import Dense, OneToOne, Sparse
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.mapping import Mapping
from somac.ir.program import Program
from somac.ir.target import Target, WordLayout


def emitted_sizes(program: Program) -> list[int]:
    """Bytes per core in the order of the slices, from the headers of the images."""
    cores = program.json("experiment.json")["cores"]
    return [int.from_bytes(program.files[c["image"]][8:12], "little") for c in cores]


@given(data=st.data())
@settings(max_examples=50)
def test_demand_bounds_what_is_emitted(
    data: st.DataObject,
    make_target: Callable[..., Target],
    plain_mapping: Callable[..., Mapping],
    random_networks: Callable[[int], st.SearchStrategy[IntegerNetwork]],
    uses_of_arrays: st.SearchStrategy[UseOfArrays],
) -> None:
    target = make_target(max_delay=20, array=True)
    network = data.draw(random_networks(20))
    arrays, largest = data.draw(uses_of_arrays), data.draw(st.sampled_from([6, 100]))
    mapping = plain_mapping(network, target, largest=largest, arrays=arrays)
    program = ManycoreBackend().emit(network, mapping, target, Guidance(options={"mac": arrays}))
    demands = [mapping.demand[n]["bytes"] for n, s in enumerate(mapping.slices) if s.core]
    for demand, size in zip(demands, emitted_sizes(program), strict=True):
        assert size <= demand


def test_demand_is_close(
    example: IntegerNetwork,
    make_target: Callable[..., Target],
    plain_mapping: Callable[..., Mapping],
) -> None:
    target = make_target(max_delay=40)
    mapping = plain_mapping(example, target)
    sizes = emitted_sizes(ManycoreBackend().emit(example, mapping, target, Guidance()))
    demands = [mapping.demand[n]["bytes"] for n, s in enumerate(mapping.slices) if s.core]
    assert sum(demands) <= 1.1 * sum(sizes)


@given(data=st.data())
@settings(max_examples=30)
def test_demand_never_shrinks(
    data: st.DataObject,
    make_target: Callable[..., Target],
    random_networks: Callable[[int], st.SearchStrategy[IntegerNetwork]],
    uses_of_arrays: st.SearchStrategy[UseOfArrays],
) -> None:
    network = data.draw(random_networks(9))
    # layouts that few neurons fit, so that the choice changes with the slice
    layouts = tuple(WordLayout(str(b), 15, 0, 1, b) for b in (0, 16))
    target = make_target(layouts=layouts, array=True)
    model = ManycoreBackend().resources(
        network, target, Guidance(options={"mac": data.draw(uses_of_arrays)})
    )
    for p in network.populations:
        inner = sorted(data.draw(st.lists(st.integers(0, p.size), min_size=2, max_size=2)))
        outer = data.draw(st.integers(0, inner[0])), data.draw(st.integers(inner[1], p.size))
        if inner[0] < inner[1]:
            small, large = model.demand(p.name, *inner), model.demand(p.name, *outer)
            assert small["bytes"] <= large["bytes"]
            assert small["neurons"] <= large["neurons"]


def test_profile_counts() -> None:
    wiring = Sparse.from_coordinates(
        np.array([0, 3, 3, 5]),
        np.array([1, 1, 0, 1]),
        np.array([4, -9, 2, 0], np.int32),
        np.array([2, 0, 7, 1]),
        (6, 3),
    )
    seen = profile(IntegerProjection("w", "a", "b", "x", wiring, 3))
    assert seen.magnitude == 9
    assert seen.delays == (3, 5, 10)
    assert seen.synapses.tolist() == [0, 1, 3, 3]
    assert [seen.span(0, 1), seen.span(0, 3), seen.span(2, 3)] == [1, 4, 0]


def test_a_few_synapses_of_a_large_source_are_searched(
    example: IntegerNetwork, example_program: Program
) -> None:
    report = example_program.json("report.json")
    lif = [core for core in report["cores"] if core["slice"].startswith("lif")]
    assert all(core["regions"]["keys"] > 0 for core in lif)
    # 900 sources, 36 synapses in some blocks of delays: a dense index would have 1800 bytes each
    assert all(core["regions"]["row_index"] < 900 for core in lif)


def test_weights_that_no_word_holds(
    example: IntegerNetwork, make_target: Callable[..., Target]
) -> None:
    target = make_target(layouts=(WordLayout("4/3/1/8", 4, 3, 1, 8),))
    with pytest.raises(SomacError, match="E0650") as caught:
        ManycoreBackend().resources(example, target, Guidance())
    assert [d.place.node for d in caught.value.diagnostics] == ["w3", "w4"]
    assert caught.value.diagnostics[0].need == "at most 15"
    assert caught.value.exit_code == 3


def test_more_neurons_than_a_word_can_name(
    example: IntegerNetwork, make_target: Callable[..., Target]
) -> None:
    target = make_target(layouts=(WordLayout("12/0/1/3", 12, 0, 1, 3),))
    model = ManycoreBackend().resources(example, target, Guidance())
    assert model.demand("lif", 0, 8)["bytes"] < 1 << 16
    assert model.demand("lif", 0, 9)["bytes"] > 1 << 32


def test_a_million_synapses_are_counted_quickly(
    example: IntegerNetwork, make_target: Callable[..., Target]
) -> None:
    rng = np.random.default_rng(0)
    relay = example.population("value")
    size = 1000
    large = IntegerNetwork(
        "large",
        1.0,
        (),
        (type(relay)("p", (size,), relay.datapath, {}, {"y": np.int64(0)}),),
        (
            IntegerProjection(
                "w", "p", "p", "x", Dense(rng.integers(-9, 9, (size, size)).astype(np.int32)), 1
            ),
            IntegerProjection("s", "p", "p", "x", OneToOne(np.int32(1), size), 1),
        ),
        (),
    )
    begin = time.process_time()
    model = ManycoreBackend().resources(large, make_target(), Guidance())
    for start in range(0, size, 10):
        model.demand("p", start, start + 10)
    assert time.process_time() - begin < 2
