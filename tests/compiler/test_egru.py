"""Event-based GRU: against its equations written out, and its integers on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from somac.backends.manycore.backend import ManycoreBackend
from somac.compiler.inputs import raw_inputs
from somac.compiler.passes.quantise import QuantiseOptions
from somac.compiler.pipeline import Compiled, CompileOptions, compile_network
from somac.compiler.targets import find_target
from somac.grammar.library import library
from somac.ir.connectivity import Dense, Sparse
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.simulate import Trace, golden, reference

Real = NDArray[np.float64]

INPUTS, SIZES, CLASSES = 12, (24, 16), 5
GATES = ("z", "r", "g")


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights by gate [cells, sources] and [cells, cells], biases by port, thresholds."""

    forward: dict[str, Real]
    recurrent: dict[str, Real]
    bias: dict[str, Real]
    threshold: Real


@cache
def layers() -> tuple[tuple[Layer, ...], Real, Real]:
    """Random layers with gates that open and close, half of the weights pruned; the readout."""
    rng = np.random.default_rng(3)

    def weights(cells: int, sources: int) -> Real:
        kept = rng.random((cells, sources)) < 0.5
        return np.asarray(rng.normal(0, 2.8 / np.sqrt(sources), (cells, sources)) * kept)

    made = []
    for sources, cells in zip((INPUTS, *SIZES), SIZES, strict=False):
        forward = {gate: weights(cells, sources) for gate in GATES}
        recurrent = {gate: weights(cells, cells) for gate in GATES}
        bias = {port: rng.normal(0, 0.3, cells) for port in (*GATES, "reset")}
        # as EvNN draws them, of mean 0.3
        made.append(Layer(forward, recurrent, bias, rng.beta(3 * 0.3 / 0.7, 3, cells)))
    return tuple(made), rng.normal(0, 0.25, (CLASSES, SIZES[-1])), rng.normal(0, 0.1, CLASSES)


@cache
def network() -> Network:
    """The layers as populations; recurrent weights sparse, the others dense."""
    made, readout, offset = layers()
    model = library().model("egru", None)
    populations, projections = [], []
    before = "x"
    for number, layer in enumerate(made):
        name = f"layer{number}"
        cells = len(layer.threshold)
        populations.append(
            Population(name, (cells,), model, {"v_threshold": layer.threshold}, layer.bias)
        )
        for gate, weight in layer.forward.items():
            projections.append(Projection(f"{name} {gate}", before, name, gate, Dense(weight)))
        for gate, weight in layer.recurrent.items():
            target, source = np.nonzero(weight)
            wiring = Sparse.from_coordinates(
                source, target, weight[target, source], None, (cells, cells)
            )
            port = "reset" if gate == "g" else gate
            projections.append(Projection(f"{name} again {gate}", name, name, port, wiring, 1))
        before = name
    relay = library().model("relay", None)
    populations.append(Population("classes", (CLASSES,), relay, {}, {"i": offset}))
    projections.append(Projection("readout", before, "classes", "i", Dense(readout)))
    return Network(
        "egru",
        1e-3,
        (Input("x", (INPUTS,), "value"),),
        tuple(populations),
        tuple(projections),
        (Output("classes", "classes"),),
    )


def stimulus(samples: int = 3, steps: int = 40) -> Real:
    return np.random.default_rng(4).uniform(-1, 1, (samples, steps, INPUTS))


def written_out(x: Real) -> dict[str, tuple[Real, Real]]:
    """Signals and states of each layer, and twice what the classes send: the equations alone."""

    def sigmoid(a: Real) -> Real:
        return np.asarray(1 / (1 + np.exp(-a)))

    made, readout, offset = layers()
    samples, steps = x.shape[:2]
    h = [np.zeros((samples, cells)) for cells in SIZES]
    y = [np.zeros((samples, cells)) for cells in SIZES]
    seen: dict[str, list[tuple[Real, Real]]] = {"layer0": [], "layer1": [], "classes": []}
    for step in range(steps):
        heard = x[:, step]
        for k, layer in enumerate(made):
            w, v, b = layer.forward, layer.recurrent, layer.bias
            z = sigmoid(heard @ w["z"].T + y[k] @ v["z"].T + b["z"])
            r = sigmoid(heard @ w["r"].T + y[k] @ v["r"].T + b["r"])
            g = np.tanh(heard @ w["g"].T + b["g"] + r * (y[k] @ v["g"].T + b["reset"]))
            mixed = z * h[k] + (1 - z) * g
            event = mixed > layer.threshold
            y[k], h[k] = event * mixed, mixed - event * layer.threshold
            seen[f"layer{k}"].append((y[k], h[k]))
            heard = y[k]
        sent = heard @ readout.T + offset
        seen["classes"].append((sent, sent))
    return {
        name: (np.stack([s for s, _ in pairs], 1), np.stack([s for _, s in pairs], 1))
        for name, pairs in seen.items()
    }


@cache
def compiled() -> Compiled:
    options = CompileOptions(quantise=QuantiseOptions(state_bits=16))
    return compile_network(network(), find_target("spinnaker2"), options)


@cache
def integers() -> Trace:
    program = compiled().golden
    raw = raw_inputs({"x": stimulus()}, program.inputs)
    names = [p.name for p in program.populations]
    return golden(program, raw, record=names, record_states=names)


def test_the_float_reference_is_the_published_equations() -> None:
    names = ["layer0", "layer1", "classes"]
    x = stimulus()
    found = reference(network(), {"x": x}, record=names, record_states=names)
    for name, (signals, states) in written_out(x).items():
        np.testing.assert_allclose(found.signals[name], signals, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(found.signals[name] != 0, signals != 0)
        for state in found.states[name].values():
            np.testing.assert_allclose(state, states, rtol=0, atol=1e-12)
    for name in ("layer0", "layer1"):
        assert 0.03 < (found.signals[name] != 0).mean() < 0.4


def test_states_stay_between_minus_one_and_one() -> None:
    """Proven, so that 16 bits are spent on nothing else."""
    for name in ("layer0", "layer1"):
        state = compiled().quantised.report[name].states["h"]
        assert state.proven
        assert state.bound == pytest.approx(1.0, abs=1e-9)
        assert state.step == 2.0**-14


def test_integers_follow_float() -> None:
    """8-bit weights and 16-bit states; few events move, and what is sent is near."""
    program = compiled().golden
    meant = written_out(stimulus())
    for name, (signals, _) in meant.items():
        made = integers().signals[name] * np.asarray(program.population(name).scales["output"])
        moved = (made != 0) != (signals != 0)
        if name != "classes":
            assert moved.mean() < 0.03
        error = np.abs(made - signals)
        # before events have moved, and after
        assert error[:, :2].max() < 0.02
        assert np.sqrt((error**2).mean()) < 0.2 * np.sqrt((signals**2).mean())


def test_weights_are_what_is_left_of_the_error() -> None:
    """With weights of 12 bits, the tables and products of 16 bits add next to nothing."""
    fine = QuantiseOptions(weight_bits=12, state_bits=16, value_bits=14)
    made = compile_network(
        network(), find_target("spinnaker2"), CompileOptions(quantise=fine)
    ).golden
    raw = raw_inputs({"x": stimulus()}, made.inputs)
    first = golden(made, raw, record=["layer0"]).signals["layer0"][:, :3]
    sent = first * np.asarray(made.population("layer0").scales["output"])
    assert np.abs(sent - written_out(stimulus())["layer0"][0][:, :3]).max() < 1e-3


def agreement(machine: str) -> int:
    """Signals and states in which a machine differs from the golden model."""
    from somac.compiler.api import Program

    program = Program(compiled().program)
    if not machine:
        return program.agreement({"x": stimulus()}).differing
    with program.machines()[machine].open(program.files) as running:
        both = program.agreements({"x": stimulus(2, 20)}, [running])
    return sum(found.differing for found in both)


def test_the_emulator_computes_the_integers() -> None:
    assert agreement("") == 0
    assert list(ManycoreBackend().verify(compiled().program, compiled().golden)) == []


def test_the_c_computes_the_integers(c_compiler: None) -> None:
    assert agreement("host-c") == 0


def test_a_cortex_m4_computes_the_integers(arm_tools: None) -> None:
    assert agreement("cortex-m4") == 0
