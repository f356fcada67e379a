"""SystemVerilog of designs in simulators: golden model, emulator and it agree to the last bit.

In every signal and state of every population, and in the cycle of every beat and update.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fpga_cases import (
    activity,
    agreement,
    design,
    integers,
    mapping,
    shuffled,
    united,
    united_inputs,
)
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import somac
from somac.backends.fpga.folding import EngineFold, Folding
from somac.backends.fpga.simulators.simulation import SimulatorName
from somac.compiler.testing import Case, cases
from somac.grammar.integrators import INTEGRATORS
from somac.grammar.library import library
from somac.ir.connectivity import Connectivity, Dense, OneToOne, Sparse
from somac.ir.datapath import Datapath, Instruction
from somac.ir.fixed import BOOL, Format, Rounding
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.product import ProductCast

SIMULATORS: tuple[SimulatorName, ...] = ("verilator", "iverilog", "cxxrtl")

Simulator = Callable[[SimulatorName], SimulatorName]


@pytest.fixture
def simulator(request: pytest.FixtureRequest) -> Simulator:
    """The name of a simulator whose tools are there."""

    def there(name: SimulatorName) -> SimulatorName:
        request.getfixturevalue(name)
        return name

    return there


# --- real models ------------------------------------------------------------------------------


def recorded(file: Path, samples: int, steps: int) -> Any:
    with np.load(file) as data:
        x = data["x"][:samples, :steps]
        return x.reshape(*x.shape[:2], -1).astype(np.int64)


@pytest.mark.parametrize(
    ("model", "name", "spikes"),
    [
        ("braille_noDelay_bias_zero", "verilator", 50),
        ("lif_norse", "verilator", 1),
        ("lif_rockpool", "verilator", 1),
        ("braille_noDelay_bias_zero", "iverilog", 50),
        ("lif_norse", "iverilog", 1),
        ("lif_rockpool", "iverilog", 1),
        ("lif_norse", "cxxrtl", 1),
        pytest.param("l2mu_braille7", "verilator", 50, marks=pytest.mark.long),
        pytest.param("braille_noDelay_bias_zero", "cxxrtl", 50, marks=pytest.mark.long),
    ],
)
def test_models_of_others(
    shared: Path, simulator: Simulator, model: str, name: SimulatorName, spikes: int
) -> None:
    network = integers(somac.load(shared / "nir" / f"{model}.nir"))
    found = agreement(network, activity(network, 2, 60), simulator(name))
    assert sum(abs(d.total_a) for d in found.signals) >= spikes


@pytest.mark.parametrize("example", ["digits", "digits_rows"])
def test_examples(repository: Path, simulator: Simulator, example: str) -> None:
    """On recordings."""
    folder = repository / "examples" / example
    network = integers(somac.load(folder / f"{example}.nir"))
    inputs = {network.inputs[0].name: recorded(folder / "test.npz", 4, 32)}
    found = agreement(network, inputs, simulator("verilator"))
    assert sum(d.total_a for d in found.signals) > 100


# --- random networks --------------------------------------------------------------------------

FOLDS = st.integers(0, 2**32 - 1)

# what is compiled for minutes is not made smaller when it fails
UNSHRUNK = [Phase.explicit, Phase.generate]


def check(case: Case, fold: int, name: SimulatorName) -> None:
    network = integers(case.network)
    agreement(network, case.inputs, name, design(network, *shuffled(network, fold)))


def check_together(some: list[Case], fold: int, name: SimulatorName) -> None:
    """Of one build, in which they run beside each other."""
    network = united([integers(case.network) for case in some])
    inputs = united_inputs([case.inputs for case in some])
    agreement(network, inputs, name, design(network, *shuffled(network, fold)))


@settings(max_examples=40)
@given(case=cases(), fold=FOLDS)
def test_random_networks(iverilog: None, case: Case, fold: int) -> None:
    """Cut anywhere, on any number of engines and lanes."""
    check(case, fold, "iverilog")


@settings(max_examples=1, phases=UNSHRUNK)
@given(some=st.lists(cases(), min_size=8, max_size=8), fold=FOLDS)
def test_random_networks_in_one_build(verilator: None, some: list[Case], fold: int) -> None:
    check_together(some, fold, "verilator")


@pytest.mark.long
@settings(max_examples=200)
@given(case=cases(), fold=FOLDS)
def test_two_hundred_random_networks(iverilog: None, case: Case, fold: int) -> None:
    check(case, fold, "iverilog")


@pytest.mark.long
@settings(max_examples=20, phases=UNSHRUNK)
@given(some=st.lists(cases(), min_size=10, max_size=10), fold=FOLDS)
def test_two_hundred_random_networks_compiled(verilator: None, some: list[Case], fold: int) -> None:
    check_together(some, fold, "verilator")


# --- neurons of the library -------------------------------------------------------------------

RANGES = {"v_threshold": (0.1, 0.6), "threshold": (0.2, 0.8), "v_reset": (-0.3, 0.2)}


def every_neuron(integrator: str, seed: int) -> IntegerNetwork:
    """A population of each, which hears spikes, numbers and in part itself."""
    rng = np.random.default_rng(seed)
    inputs = (Input("spikes", (5,), "spike"), Input("numbers", (3,), "value"))
    populations, projections = [], []
    for name in library().models:
        model = library().model(name, integrator)
        values = {}
        for p in model.parameters:
            low, high = RANGES.get(p.name, (0.2, 1.5))
            scale = 0.01 if p.name.startswith("tau") else 1.0
            values[p.name] = rng.uniform(low, high, 3 if rng.random() < 0.5 else ()) * scale
        populations.append(Population(name, (3,), model, values, {}))
        # what is integrated over a step of the model arrives divided by it
        spread = 300.0 if name.startswith("nir_") else 12.0
        # and that of a synapse that is integrated too, once more
        spread *= 10.0 if "cuba" in name else 1.0
        for port in model.inputs:
            for source in inputs:
                if rng.random() < 0.7 or source is inputs[0]:
                    wires = Dense(rng.normal(0, spread, (3, source.size)))
                    projections.append(
                        Projection(f"{source.name} {name} {port}", source.name, name, port, wires)
                    )
            again = OneToOne(rng.normal(0, 0.3, 3), 3)
            projections.append(Projection(f"{name} again {port}", name, name, port, again, 1))
    outputs = tuple(Output(f"out {p.name}", p.name) for p in populations)
    return integers(Network("every", 1e-3, inputs, tuple(populations), tuple(projections), outputs))


@pytest.mark.parametrize(
    "integrator",
    [
        pytest.param(name, marks=pytest.mark.long) if number else name
        for number, name in enumerate(INTEGRATORS)
    ],
)
def test_every_neuron_of_the_library(iverilog: None, integrator: str) -> None:
    network = every_neuron(integrator, 1)
    found = agreement(network, activity(network, 2, 16), "iverilog")
    sending = [d.name for d in found.signals if d.total_a]
    assert len(sending) > 0.75 * len(library().models)
    assert "egru" in sending


@pytest.mark.long
def test_every_neuron_of_the_library_compiled(verilator: None) -> None:
    for seed in range(3):
        network = every_neuron(next(iter(INTEGRATORS)), seed)
        agreement(network, activity(network, 4, 60), "verilator")


# --- what an engine can do --------------------------------------------------------------------


def relays(
    wirings: dict[str, tuple[str, str, Connectivity, int, ProductCast | None]],
    sizes: dict[str, int],
    sent: Format,
    width: int = 20,
    spiking: tuple[str, ...] = (),
) -> IntegerNetwork:
    """Populations that hand on what they receive, or spike if that is more than 3.

    `wirings` are source, target, wires, delay and conversion by name; what is no target is an
    input.
    """
    port = Instruction("input", Format(width, width), name="x")
    number = Datapath("relay", (port,), {}, 0, "value")
    three = Instruction("const", Format(3, 3), raw=3)
    spike = Datapath("over", (port, three, Instruction("gt", BOOL, (0, 1))), {}, 2, "spike")
    targets = dict.fromkeys(target for _, target, *_ in wirings.values())
    return IntegerNetwork(
        "relays",
        1.0,
        tuple(
            IntegerInput(n, (size,), "value", sent) for n, size in sizes.items() if n not in targets
        ),
        tuple(
            IntegerPopulation(n, (sizes[n],), spike if n in spiking else number, {}, {})
            for n in targets
        ),
        tuple(
            IntegerProjection(name, source, target, "x", wires, delay=delay, product=product)
            for name, (source, target, wires, delay, product) in wirings.items()
        ),
        tuple(Output(f"out {n}", n) for n in targets),
    )


def dense(rng: np.random.Generator, target: int, source: int, most: int = 90) -> Dense:
    return Dense(rng.integers(-most, most + 1, (target, source)).astype(np.int32))


def scattered(rng: np.random.Generator, target: int, source: int, delay: int) -> Sparse:
    """Synapses of any delay, some of them between the same cells."""
    count = target * source
    ends = rng.integers(0, source, count), rng.integers(0, target, count)
    weight = rng.integers(-90, 91, count).astype(np.int32)
    delays = rng.integers(0, delay + 1, count) if delay else None
    return Sparse.from_coordinates(*ends, weight, delays, (source, target))


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("rounding", Rounding)
def test_products_are_rounded(iverilog: None, rounding: Rounding, whole: bool) -> None:
    """Each by itself, by several shifts and not at all, at one engine."""
    rng = np.random.default_rng(5)
    casts = (ProductCast(3, rounding), ProductCast(7, rounding), None)
    wirings: dict[str, Any] = {
        f"w{n}": ("in", "a", dense(rng, 7, 5), n, cast) for n, cast in enumerate(casts)
    }
    wirings["beside"] = ("in", "b", dense(rng, 4, 5), 0, ProductCast(1, rounding))
    wirings["again"] = ("a", "b", dense(rng, 4, 7, 9), 1, ProductCast(4, rounding))
    network = relays(wirings, {"in": 5, "a": 7, "b": 4}, Format(8, 8))
    placed = mapping(network, {"a": (3,)})
    slices = placed.slices[1:]
    folding = Folding((EngineFold(3, slices, whole),), {"in": 2})
    agreement(network, activity(network, 2, 20), "iverilog", design(network, placed, folding))


@pytest.mark.parametrize("rounding", Rounding)
def test_products_of_parallel_synapses_are_rounded_apart(
    iverilog: None, rounding: Rounding
) -> None:
    rng = np.random.default_rng(6)
    wires = {d: scattered(rng, 6, 5, d) for d in (0, 3)}
    wirings = {f"w{d}": ("in", "a", w, 1, ProductCast(4, rounding)) for d, w in wires.items()}
    network = relays(dict(wirings), {"in": 5, "a": 6}, Format(9, 9))
    agreement(network, activity(network, 2, 20), "iverilog")


@pytest.mark.parametrize("lanes", [1, 3, 8])
def test_delays_of_synapses(iverilog: None, lanes: int) -> None:
    """Rings of accumulators that several sections share, each with delays of its own."""
    rng = np.random.default_rng(lanes)
    wirings: dict[str, Any] = {
        "near": ("in", "a", scattered(rng, 9, 4, 2), 0, None),
        "far": ("in", "b", scattered(rng, 5, 4, 6), 2, None),
        "over": ("a", "b", scattered(rng, 5, 9, 1), 0, None),
        "back": ("b", "a", scattered(rng, 9, 5, 3), 1, None),
    }
    network = relays(wirings, {"in": 4, "a": 9, "b": 5}, Format(5, 5), spiking=("a", "b"))
    placed = mapping(network, {"a": (2, 5)})
    folding = Folding((EngineFold(lanes, placed.slices[1:]),), {"in": 3})
    found = agreement(
        network, activity(network, 2, 40), "iverilog", design(network, placed, folding)
    )
    assert all(d.total_a for d in found.signals)


def test_a_spike_is_one_beside_numbers_of_one_bit(iverilog: None) -> None:
    """What is only ever 0 or -1 needs one bit, and a spike two, as both are signed."""
    rng = np.random.default_rng(7)
    minus = Datapath("minus", (Instruction("input", Format(1, 1), name="x"),), {}, 0, "value")
    network = relays(
        {
            "bits": ("in", "fires", dense(rng, 3, 3), 0, None),
            "to": ("fires", "a", dense(rng, 4, 3), 0, None),
            "one": ("in", "one", OneToOne(np.ones(3, np.int32), 3), 0, None),
            "from": ("one", "a", dense(rng, 4, 3), 0, None),
        },
        {"in": 3, "fires": 3, "one": 3, "a": 4},
        Format(1, 1),
        spiking=("fires",),
    )
    populations = tuple(
        IntegerPopulation("one", (3,), minus, {}, {}) if p.name == "one" else p
        for p in network.populations
    )
    network = IntegerNetwork(
        "bits",
        1.0,
        network.inputs,
        populations,
        network.projections,
        network.outputs,
    )
    made = design(network)
    values = {e["name"]: e["value_bits"] for e in made.json("design.json")["engines"]}
    assert values["a_engine"] == 2
    agreement(network, activity(network, 3, 20), "iverilog", made)


@pytest.mark.parametrize("name", SIMULATORS)
def test_several_slices_and_sections(simulator: Simulator, name: SimulatorName) -> None:
    """Slices of a population on engines apart and together, in each simulator."""
    rng = np.random.default_rng(8)
    wirings: dict[str, Any] = {
        "first": ("in", "a", dense(rng, 11, 6), 0, None),
        "second": ("a", "b", dense(rng, 7, 11), 0, None),
        "third": ("b", "c", dense(rng, 3, 7), 0, None),
        "back": ("c", "a", dense(rng, 11, 3), 1, None),
        "again": ("a", "a", dense(rng, 11, 11), 2, None),
    }
    sizes = {"in": 6, "a": 11, "b": 7, "c": 3}
    network = relays(wirings, sizes, Format(4, 4), spiking=("a", "b"))
    placed = mapping(network, {"a": (4, 9), "b": (5,)})
    a0, a1, a2, b0, b1, c = placed.slices[1:]
    engines = (EngineFold(2, (a0, b1)), EngineFold(4, (a1, a2, c)), EngineFold(3, (b0,)))
    made = design(network, placed, Folding(engines, {"in": 4}))
    found = agreement(network, activity(network, 3, 25), simulator(name), made)
    assert all(d.total_a for d in found.signals)
