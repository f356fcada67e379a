"""A text to a network: settings, populations, generators, delays, arrays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from somac.grammar.lower import Choices, load_snn, network_of
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
from somac.ir.errors import SomacError
from somac.ir.network import Network
from somac.ir.simulate import reference

HEAD = "network n:\n    dt 0.1 ms\ninput x[2, 4, 4]: spikes\n"
TARGET = "neuron n:\n    input i\n    input j\n    spike when i + j > 0\npopulation a[6]: n\n"


def wired(stage: str, source: str = "x", target: str = "a[6]") -> Network:
    population = f"population {target}: relay\npopulation b[6]: relay\n"
    return network_of(f"{HEAD}{population}projection {source} -> a: {stage}\n")


def connectivity(stage: str, source: str = "x", target: str = "a[6]") -> Connectivity:
    return wired(stage, source, target).projections[0].connectivity


EXAMPLE = """\
network digits:
    dt 0.1 ms
    profile norse

neuron discrete_one(beta, threshold):
    input i
    state v
    fired = v > threshold
    v = beta * v + i - threshold * fired
    spike when v > threshold

neuron readout(tau [s]):
    input i
    dv/dt = (i - v) / tau
    send v

input pixels[64]: spikes
population hidden[8, 16]: discrete_one(beta = 0.5, threshold = load("digits.npz", "thr"))
    bias i = load("digits.npz", "b1")
population middle[16]: LIF(tau = 20 ms, v_leak = 0, v_threshold = 1)
population out[10]: readout(tau = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] ms)
projection pixels -> hidden.i: dense(load("digits.npz", "w1"))
projection hidden -> hidden.i as recurrent: sparse(
    0.1, normal(0, 0.5), uniform(1, 5), seed = 3
) delay 1 tick
projection hidden -> middle: dense(uniform(-1, 1), seed = 4)
projection middle -> out.i: dense(load("digits.npz", "w2")) delay 3 ms
projection middle -> out.i: all_to_all(-0.1)
output hidden as spikes_out
output out
"""


@pytest.fixture
def example(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    np.savez_compressed(
        tmp_path / "digits.npz",
        thr=rng.uniform(0.5, 1, (8, 16)).astype(np.float32),
        b1=rng.normal(size=128),
        w1=rng.normal(size=(128, 64)),
        w2=rng.normal(size=(10, 16)),
    )
    path = tmp_path / "digits.snn"
    path.write_text(EXAMPLE, encoding="utf-8")
    return path


def test_a_whole_network(example: Path) -> None:
    network = load_snn(example)
    assert (network.name, network.dt) == ("digits", 1e-4)
    assert network.semantics == {"profile": "norse", "integrator": "euler_sequential"}
    assert [p.name for p in network.projections] == [
        "pixels->hidden.i",
        "recurrent",
        "hidden->middle.i",
        "middle->out.i",
        "middle->out.i#2",
    ]
    assert [p.delay for p in network.projections] == [0, 1, 0, 30, 0]
    hidden, middle, out = network.populations
    assert (hidden.shape, hidden.parameters["threshold"].shape) == ((8, 16), (128,))
    assert hidden.bias["i"].shape == (128,)
    assert middle.model.name == "norse_lif"
    np.testing.assert_array_equal(out.parameters["tau"], np.arange(1, 11) / 1000)
    assert [(o.name, o.source) for o in network.outputs] == [
        ("spikes_out", "hidden"),
        ("out", "out"),
    ]
    trace = reference(network, {"pixels": np.ones((1, 40, 64))})
    assert trace.signals["out"].any()


def test_a_text_is_loaded_the_same_everywhere(example: Path) -> None:
    """Neither the hash seed, the working directory nor the path to the file matters."""
    program = (
        "import sys; from pathlib import Path; from somac.grammar.lower import load_snn;"
        "print(load_snn(Path(sys.argv[1])).digest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program, path],
            cwd=cwd,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, cwd, path in (
            ("1", example.parent, example.name),
            ("2", example.parent.parent, str(example)),
        )
    }
    assert len(digests) == 1


def test_choices_take_the_place_of_settings(example: Path) -> None:
    text = EXAMPLE.replace("LIF(tau = 20 ms, v_leak = 0,", "LIF(tau = 20 ms, r = 1,")
    example.write_text(text, encoding="utf-8")
    choices = Choices(dt=1e-3, profile="snntorch", integrator="exponential", reset="subtract")
    network = load_snn(example, choices)
    assert network.dt == 1e-3
    assert network.semantics == {
        "profile": "snntorch",
        "integrator": "exponential",
        "reset": "subtract",
    }
    assert network.population("middle").model.name == "snntorch_lif_subtract"
    assert network.projections[3].delay == 3


def test_settings_of_the_text_and_its_own_profile() -> None:
    network = network_of(
        "network n:\n    dt 1 us\n    profile mine\n    reset subtract\n"
        '    semantics trained_in "a lab"\n    semantics profile "renamed"\n'
        'profile mine:\n    "mine"\n    integrator exponential\n    LIF -> nir_li\n'
        "population a[2]: LIF(tau = 1 ms, r = 2, v_leak = 0)\n"
    )
    assert network.dt == 1e-6
    assert network.semantics == {
        "profile": "renamed",
        "integrator": "exponential",
        "reset": "subtract",
        "trained_in": "a lab",
    }
    assert network.populations[0].model.output.kind == "value"


def test_no_profile_and_no_integrator() -> None:
    network = network_of(
        "network n:\n    dt 1 s\n    profile none\n    integrator none\npopulation a[1]: relay\n"
    )
    assert network.semantics == {}


def test_neurons_of_the_text_come_before_those_of_the_library() -> None:
    own = "neuron LIF:\n    input i\n    send i\npopulation a[1]: LIF\n"
    assert network_of(HEAD + own).populations[0].model.parameters == ()


def test_parameters_per_cell_and_drawn() -> None:
    text = f"{HEAD}population a[2, 3]: nir_li(tau = normal(20, 2, seed = 5) ms, r = [[1, 2, 3],"
    network = network_of(f"{text} [4, 5, 6]], v_leak = 0)\n    bias i = uniform(0, 1, seed = 6)\n")
    (population,) = network.populations
    np.testing.assert_array_equal(population.parameters["r"], np.arange(1, 7))
    tau = population.parameters["tau"]
    assert tau.shape == (6,)
    assert 0.01 < tau.min() < tau.max() < 0.03
    assert population.bias["i"].shape == (6,)


# --- generators -------------------------------------------------------------------------------


def test_dense() -> None:
    text = "network n:\n    dt 1 s\ninput y[2]: spikes\npopulation a[3]: relay\n"
    network = network_of(f"{text}projection y -> a: dense([[1, 2], [3, 4], [5, 6]] mV)\n")
    made = network.projections[0].connectivity
    assert isinstance(made, Dense)
    np.testing.assert_array_equal(made.weight, np.array([[1, 2], [3, 4], [5, 6]]) / 1000)


def test_drawn_weights_are_those_of_the_seed() -> None:
    first = connectivity("dense(normal(0, 0.5), seed = 1)")
    again = connectivity("dense(normal(0, 0.5, seed = 1))")
    other = connectivity("dense(normal(0, 0.5), seed = 2)")
    assert first.weights.shape == (6, 32)
    np.testing.assert_array_equal(first.weights, again.weights)
    assert (first.weights != other.weights).all()


def test_one_to_one() -> None:
    plain = connectivity("one_to_one", "b")
    assert isinstance(plain, OneToOne)
    assert (plain.weight.shape, plain.weight.item(), plain.delay) == ((), 1.0, None)
    full = connectivity("one_to_one([1, 2, 3, 4, 5, 6], delay = [0, 1, 2, 3, 4, 5])", "b")
    np.testing.assert_array_equal(full.weights, np.arange(1, 7))
    assert full.delays == (0, 1, 2, 3, 4, 5)
    timed = connectivity("one_to_one(1, delay = 0.3 ms)", "b")
    assert timed.delays == (3,)


def test_all_to_all() -> None:
    made = connectivity("all_to_all(0.25)")
    assert isinstance(made, AllToAll)
    assert (made.source_size, made.target_size, made.weight.item()) == (32, 6, 0.25)


def test_sparse() -> None:
    made = connectivity("sparse(0.5, weight = 2, delay = uniform(1, 3), seed = 7)")
    assert isinstance(made, Sparse)
    assert 60 < len(made.target) < 132
    assert set(made.weight.tolist()) == {2.0}
    assert made.delays == (1, 2, 3)
    rows = made.rows(0, 32)
    pairs = np.repeat(np.arange(32), np.diff(rows.indptr)) * 6 + rows.target
    assert len(np.unique(pairs)) == len(pairs)


@pytest.mark.parametrize(("probability", "synapses"), [("0", 0), ("1", 192)])
def test_sparse_at_its_ends(probability: str, synapses: int) -> None:
    made = connectivity(f"sparse({probability}, normal(0, 1), seed = 7)")
    assert made.weights.shape == (synapses,)


def test_synapses_keep_their_order_within_a_source() -> None:
    made = connectivity(
        "synapses(source = [3, 0, 3], target = [5, 1, 0], weight = [1, 2, 0], delay = [4, 0, 2])"
    )
    assert isinstance(made, Sparse)
    assert made.delay is not None
    np.testing.assert_array_equal(made.indptr[:5], [0, 1, 1, 1, 3])
    np.testing.assert_array_equal(made.target, [1, 5, 0])
    np.testing.assert_array_equal(made.weight, [2.0, 1.0, 0.0])
    np.testing.assert_array_equal(made.delay, [0, 4, 2])


def test_convolution() -> None:
    kernel = "[[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]]"
    made = connectivity(f"conv({kernel}, stride = 2, padding = [1, 0])", target="a[1, 3, 2]")
    assert isinstance(made, Convolution)
    assert (made.stride, made.padding, made.dilation) == ((2, 2), ((1, 1), (0, 0)), (1, 1))
    assert made.output_shape == (1, 3, 2)
    uneven = connectivity(f"conv({kernel}, padding = [[0, 1], [1, 0]])", target="a[1, 4, 4]")
    assert isinstance(uneven, Convolution)
    assert uneven.padding == ((0, 1), (1, 0))
    flat = connectivity("conv([[[1, 1]]], shape = [1, 32])", target="a[31]")
    assert flat.target_size == 31


def test_pools_and_chains() -> None:
    pooled = connectivity("pool(kernel = 2)", target="a[2, 2, 2]")
    assert isinstance(pooled, Pool)
    assert (pooled.kernel, pooled.stride, pooled.weight.item()) == ((2, 2), (2, 2), 1.0)
    mean = connectivity("average_pool(kernel = [2, 2], stride = [1, 2])", target="a[2, 3, 2]")
    assert mean.weights.item() == 0.25
    chain = connectivity("pool(kernel = 2) | dense(normal(0, 1), seed = 1)")
    assert isinstance(chain, Chain)
    assert (chain.source_size, chain.target_size, chain.weights.shape) == (32, 6, (6, 8))


def test_ports() -> None:
    network = network_of(f"{HEAD}{TARGET}projection x -> a.j: all_to_all(1)\n")
    assert network.projections[0].port == "j"
    with pytest.raises(SomacError, match="which one"):
        network_of(f"{HEAD}{TARGET}projection x -> a: all_to_all(1)\n")


@pytest.mark.parametrize(
    ("delay", "ticks"),
    [("0 ticks", 0), ("1 tick", 1), ("0.1 ms", 1), ("3 ms", 30), ("1 s", 10000), ("700 us", 7)],
)
def test_delays(delay: str, ticks: int) -> None:
    network = wired(f"all_to_all(1) delay {delay}")
    assert network.projections[0].delay == ticks


def test_quoted_names() -> None:
    network = network_of(
        'network "a network":\n    dt 1 s\ninput "0"[1]: values\npopulation "lif 1"[1]: relay\n'
        'projection "0" -> "lif 1" as "0 to 1": one_to_one\noutput "lif 1" as "out put"\n'
    )
    assert [p.name for p in network.populations] == ["lif 1"]
    assert network.inputs[0].kind == "value"
    assert (network.projections[0].name, network.outputs[0].name) == ("0 to 1", "out put")


def test_a_model_with_an_error_is_reported_once() -> None:
    bad = "neuron bad:\n    input i\n    v = w\n    send v\n"
    bad += "population a[1]: bad\npopulation b[1]: bad\n"
    with pytest.raises(SomacError) as caught:
        network_of(f"{HEAD}{bad}projection x -> a.k: all_to_all(1)\n")
    assert [d.code for d in caught.value.diagnostics] == ["E0206"]


def test_byte_order_mark_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "n.snn"
    text = HEAD.replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load_snn(path).digest() == network_of(HEAD).digest()


def test_an_example_runs_as_its_equations_say() -> None:
    """A count neuron and a value readout, in a loop with delays, against a few lines of Python."""
    network = network_of(
        "network n:\n    dt 1 ms\ninput x[1]: values\n"
        "neuron many(th):\n    input i\n    state v\n    v = v + i\n    n = max(floor(v / th), 0)\n"
        "    v = v - n * th\n    count n\n"
        "population a[1]: many(th = 2)\n"
        "projection x -> a: one_to_one(1.5)\nprojection a -> a: one_to_one(0.5) delay 2 ticks\n"
        "output a\n"
    )
    inputs = np.array([1.0, 4.0, 0.0, 2.0, 3.0, 0.0])
    trace: Any = reference(network, {"x": inputs[None, :, None]})
    v, sent = 0.0, [0.0, 0.0]
    for x in inputs:
        v += 1.5 * x + 0.5 * sent[-2]
        n = max(np.floor(v / 2), 0.0)
        v -= n * 2
        sent.append(n)
    np.testing.assert_array_equal(trace.signals["a"][0, :, 0], sent[2:])
