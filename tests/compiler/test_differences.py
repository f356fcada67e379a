"""Comparing signals: where they differ first; emulators that are right and one that is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.compiler import agreement as agreements
from somac.compiler.agreement import agreement, batches
from somac.compiler.differences import First, differences, earliest
from somac.compiler.passes.quantise import quantise
from somac.compiler.stimuli import random_stimuli
from somac.ir.connectivity import Dense
from somac.ir.errors import SomacError
from somac.ir.expr import Binary, Name
from somac.ir.fixed import Format
from somac.ir.integer import IntegerInput, IntegerNetwork
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import Assign, Emission, NeuronModel, State
from somac.ir.simulate import golden


def test_the_first_difference_is_of_the_earliest_step() -> None:
    a = np.zeros((3, 5, 2, 2))
    b = a.copy()
    b[0, 4, 0, 0], b[2, 1, 1, 0], b[1, 1, 1, 1] = 1, 5, 3
    (found,) = differences({"x": a}, {"x": b})
    assert (found.values, found.differing, found.largest) == (60, 3, 5.0)
    assert found.first == First(step=1, sample=1, cell=3, a=0.0, b=3.0)
    assert (found.total_a, found.total_b) == (0.0, 9.0)


def test_earliest_is_the_first_of_equals() -> None:
    a = {name: np.zeros((1, 3, 1)) for name in "xyz"}
    b = {name: np.zeros((1, 3, 1)) for name in "xyz"}
    assert earliest(differences(a, b)) is None
    b["y"][0, 1], b["z"][0, 1], b["x"][0, 2] = 1, 1, 1
    found = earliest(differences(a, b))
    assert found is not None
    assert found.name == "y"


def test_other_shapes_and_numbers() -> None:
    a = {"classes": np.array([1, 2, 3]), "rates": np.array([[0.5, np.nan]]), "one": np.array(1)}
    b = {"classes": np.array([1, 0, 3]), "rates": np.array([[0.5, np.nan]]), "one": np.array(2)}
    found = {d.name: d for d in differences(a, b)}
    assert found["classes"].first == First(0, 1, 0, 2.0, 0.0)
    assert found["rates"].differing == 0
    assert found["one"].first == First(0, 0, 0, 1.0, 2.0)
    (nan,) = differences({"x": np.array([np.nan])}, {"x": np.array([1.0])})
    assert np.isnan(nan.largest)
    (empty,) = differences({"x": np.zeros((0, 3, 2))}, {"x": np.zeros((0, 3, 2))})
    assert (empty.values, empty.first) == (0, None)
    (flags,) = differences({"x": np.array([[[True]]])}, {"x": np.array([[[0.0]]])})
    assert flags.largest == 1.0


def test_nothing_to_compare() -> None:
    a, b = np.zeros((1, 2, 3)), np.zeros((1, 2, 4))
    with pytest.raises(SomacError, match=r"E0910.*no signal in common"):
        differences({"x": a}, {"y": a})
    with pytest.raises(SomacError) as caught:
        differences({"x": a, "y": a, "z": a}, {"x": b, "y": b, "z": a})
    assert [d.place.node for d in caught.value.diagnostics] == ["x", "y"]


@given(arrays(np.int8, array_shapes(min_dims=3, max_dims=3), elements=st.integers(0, 2)), st.data())
def test_differences_are_found(a: NDArray[np.int8], data: st.DataObject) -> None:
    b = data.draw(arrays(np.int8, a.shape, elements=st.integers(0, 2)))
    (found,) = differences({"x": a}, {"x": b})
    assert found.differing == int((a != b).sum())
    order = [(t, s, c) for s, t, c in np.argwhere(a != b).tolist()]
    if order:
        assert found.first is not None
        assert (found.first.step, found.first.sample, found.first.cell) == min(order)


# stimuli


def test_stimuli_cover_the_range() -> None:
    inputs = (
        IntegerInput("s", (20,), "spike", Format(1, 1, signed=False)),
        IntegerInput("c", (20,), "count", Format(8, 8, signed=False)),
        IntegerInput("v", (4, 5), "value", Format(16, 2), 2.0**-14),
    )
    found = random_stimuli(inputs, 16, 40, seed=7)
    assert {name: value.shape for name, value in found.items()} == dict.fromkeys(
        "scv", (16, 40, 20)
    )
    assert set(np.unique(found["s"])) == {0, 1}
    shares = found["s"].mean(axis=(1, 2))
    assert shares[0] < 0.1
    assert shares[-1] > 0.8
    assert (found["c"] == np.rint(found["c"])).all()
    assert found["c"].min() == 0
    assert 128 < found["c"].max() <= 255
    assert 1.0 < np.abs(found["v"]).max() <= 2.0
    raw = found["v"] / 2.0**-14
    np.testing.assert_array_equal(raw, np.rint(raw))


def test_stimuli_depend_on_the_seed_alone() -> None:
    inputs = [IntegerInput(n, (3,), "spike", Format(1, 1, signed=False)) for n in "ab"]
    one, again = (random_stimuli(inputs, 4, 10, seed=1) for _ in range(2))
    other = random_stimuli(inputs, 4, 10, seed=2)
    np.testing.assert_array_equal(one["a"], again["a"])
    assert (one["a"] != other["a"]).any()
    assert (one["a"] != one["b"]).any()


# agreement


def accumulating() -> IntegerNetwork:
    """Cells that add up their input and send the sum."""
    model = NeuronModel(
        "sum", (), ("i",), (State("v"),), (Assign("v", Binary("+", Name("v"), Name("i"))),),
        Emission("value", "v"),
    )  # fmt: skip
    weights = Dense(np.array([[1.0, -2.0], [0.5, 3.0]]))
    network = Network(
        "n", 1e-3, (Input("in", (2,), "spike"),), (Population("cells", (2,), model, {}),),
        (Projection("w", "in", "cells", "i", weights),), (Output("out", "cells"),),
    )  # fmt: skip
    return quantise(network).network


class Imitation:
    """The golden model as an emulator, with one value of one tick of a sample changed."""

    def __init__(self, network: IntegerNetwork, wrong: tuple[str, int, int, int] | None) -> None:
        self._network, self._wrong, self._seen = network, wrong, 0

    def run(
        self,
        inputs: Mapping[str, NDArray[Any]],
        *,
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
        record_weights: Sequence[str] = (),
        first: int = 0,
    ) -> Emulation:
        trace = golden(self._network, inputs, record=record, record_states=record_states)
        if self._wrong is not None:
            what, sample, step, cell = self._wrong
            values = trace.signals["cells"] if what == "signal" else trace.states["cells"][what]
            here = sample - self._seen
            if 0 <= here < len(values):
                values[here, step, cell] += 1
        self._seen += len(inputs["in"])
        outputs = {o.name: trace.signals[o.name] for o in self._network.outputs}
        return Emulation(outputs, trace.signals, trace.states)


@pytest.mark.parametrize("budget", [1, 40, 1 << 24])
@pytest.mark.parametrize("wrong", [None, ("signal", 0, 3, 1), ("signal", 4, 0, 0), ("v", 2, 9, 1)])
def test_agreement(
    monkeypatch: pytest.MonkeyPatch, budget: int, wrong: tuple[str, int, int, int] | None
) -> None:
    monkeypatch.setattr(agreements, "_BUDGET", budget)
    network = accumulating()
    inputs = {"in": (np.arange(5 * 10 * 2) % 3 == 0).astype(np.int64).reshape(5, 10, 2)}
    told: list[tuple[int, int]] = []
    found = agreement(
        Imitation(network, wrong), network, inputs, lambda done, of: told.append((done, of))
    )
    assert [d.name for d in found.signals] == ["cells"]
    assert [d.name for d in found.states] == ["cells.v"]
    assert {d.values for d in (*found.signals, *found.states)} == {100}
    assert told[0] == (0, 5)
    assert len(told) == (1 if budget > 40 else 5)
    if wrong is None:
        assert found.differing == 0
        return
    assert found.differing == 1
    what, sample, step, cell = wrong
    (difference,) = found.signals if what == "signal" else found.states
    assert difference.first is not None
    at = difference.first
    assert (at.sample, at.step, at.cell, at.a - at.b) == (sample, step, cell, 1)


def test_agreement_without_samples() -> None:
    network = accumulating()
    found = agreement(Imitation(network, None), network, {"in": np.zeros((0, 3, 2), np.int64)})
    assert found.differing == 0
    assert sum(1 for _ in batches({"in": np.zeros((0, 3, 2))}, network)) == 1
