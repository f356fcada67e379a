"""The LSTM of ESE on the sparse engine: the rows of `RESULTS.md#ese`.

    python -m bench.ese [--rtl CHANNELS]

With --rtl, the RTL of the first case too, in Verilator, with so many of its 32 channels: the cycles
are those of all.

Han et al. 2017 (FPGA'17, arXiv 1612.00694) run an LSTM with projection, 153 inputs, 1024 cells and
512 outputs, on 32 processing elements of 32 channels at 200 MHz: 82.7 us for a step of 32
sequences. Their weights are not published. These are random, every row with a scale of its own,
drawn from a log-normal distribution of sigma 0.6, so that pruning by one threshold is as uneven as
it is for trained matrices. The densities are 10 % for all matrices, or those that ESE lists.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.ese.cosim import design_of, runs_of, stimulus_of
from somac.backends.fpga.ese.emit import Emitted, emit
from somac.backends.fpga.ese.emulator.run import EseEmulator
from somac.backends.fpga.ese.schedule import predict, theory
from somac.backends.fpga.ese.structure import Geometry
from somac.backends.fpga.simulators.simulation import open_simulation
from somac.compiler.passes.calibrate import calibrate
from somac.compiler.passes.prune import prune
from somac.compiler.passes.quantise import QuantiseOptions, quantise
from somac.grammar.lower import network_of
from somac.ir.connectivity import Dense
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import NeuronModel
from somac.ir.simulate import golden

__all__ = ["integers", "lstmp", "raw_inputs", "sequences"]

SIZES: Final = (153, 1024, 512)
LANES: Final = 32
CHANNELS: Final = 32
MHZ: Final = 200
SPREAD: Final = 0.6
STEPS: Final = 3

PUBLISHED_US: Final = {
    "W_ix": 5.36,
    "W_fx": 5.36,
    "W_gx": 5.36,
    "W_ox": 5.36,
    "W_ir": 10.31,
    "W_fr": 10.01,
    "W_gr": 9.89,
    "W_or": 10.04,
    "W_ym": 15.66,
}
"""Of each matrix; g is what the paper calls c. Recalled, and consistent with its other figures."""

PUBLISHED_STEP_US: Final = 82.7

PUBLISHED_DENSITY: Final = {
    "W_ix": 0.117,
    "W_fx": 0.117,
    "W_gx": 0.118,
    "W_ox": 0.115,
    "W_ir": 0.113,
    "W_fr": 0.115,
    "W_gr": 0.112,
    "W_or": 0.115,
    "W_ym": 0.100,
}

NEURONS: Final = """\
network lstmp:
    dt 10 ms

neuron lstmp(p_i = 0, p_f = 0, p_o = 0):
    "A cell of an LSTM with peepholes."
    input i
    input f
    input g
    input o
    state c
    gate_in = sigmoid(i + p_i * c)
    gate_keep = sigmoid(f + p_f * c)
    c = gate_keep * c + gate_in * tanh(g)
    m = sigmoid(o + p_o * c) * tanh(c)
    send m

neuron projected:
    input s
    send s

input x[1]: values
population cells[1]: lstmp
population y[1]: projected
output y
"""


def lstmp(
    inputs: int = SIZES[0],
    cells: int = SIZES[1],
    outputs: int = SIZES[2],
    *,
    density: float = 0.1,
    seed: int = 1,
) -> Network:
    """Random weights of which so many will be left, peepholes, biases."""
    rng = np.random.default_rng(seed)

    def matrix(rows: int, columns: int) -> Dense:
        scale = np.exp(rng.normal(0, SPREAD, (rows, 1))) / np.sqrt(2 * density * columns)
        return Dense(rng.normal(0, 1, (rows, columns)) * scale)

    cell, projected = _models()
    gates = "ifgo"
    peepholes = {f"p_{g}": rng.normal(0, 0.1, cells) for g in "ifo"}
    biases = {g: rng.normal(0, 0.1, cells) + (g == "f") for g in gates}
    return Network(
        "lstmp",
        0.01,
        (Input("x", (inputs,), "value"),),
        (
            Population("cells", (cells,), cell, peepholes, biases),
            Population("y", (outputs,), projected, {}),
        ),
        (
            *(Projection(f"W_{g}x", "x", "cells", g, matrix(cells, inputs)) for g in gates),
            *(Projection(f"W_{g}r", "y", "cells", g, matrix(cells, outputs), 1) for g in gates),
            Projection("W_ym", "cells", "y", "s", matrix(outputs, cells)),
        ),
        (Output("y", "y"),),
    )


def _models() -> Sequence[NeuronModel]:
    found = network_of(NEURONS)
    return [p.model for p in found.populations]


def sequences(inputs: int, channels: int, steps: int, seed: int = 2) -> NDArray[np.float64]:
    """Inputs of a normal distribution, (channels, steps, inputs)."""
    return np.random.default_rng(seed).normal(0, 1, (channels, steps, inputs)).clip(-4, 4)


def integers(
    network: Network,
    x: NDArray[np.float64],
    density: float | Mapping[str, float],
    lanes: int,
    *,
    balanced: bool = True,
) -> IntegerNetwork:
    """Pruned, calibrated on these inputs, with weights of 12 bits and values of 16."""
    pruned = prune(network, density, lanes, balanced=balanced).network
    seen = calibrate(pruned, {"x": x})
    options = QuantiseOptions(
        weight_bits=12, state_bits=16, coefficient_bits=16, accumulator_bits=40, per_channel=False
    )
    return quantise(pruned, options, seen.seen, seen.learnt).network


def raw_inputs(network: IntegerNetwork, x: NDArray[np.float64]) -> NDArray[np.int64]:
    """The integers that stand for inputs."""
    (given,) = network.inputs
    raw = np.rint(x / given.scale)
    return np.clip(raw, given.format.minimum, given.format.maximum).astype(np.int64)


def _us(cycles: float) -> float:
    return cycles / MHZ


def _rows(emitted: Emitted, balance: Mapping[str, float]) -> Iterator[str]:
    schedule = predict(
        emitted.structure, emitted.encoded, emitted.geometry, emitted.latencies, STEPS
    )
    ideal = theory(emitted.encoded)
    entries = emitted.encoded.entries
    yield (
        f"{'matrix':8s} {'rows x columns':>14s} {'entries':>8s} {'padding':>8s} {'balance':>8s} "
        f"{'theory us':>10s} {'us':>7s} {'ESE us':>7s}"
    )
    for number, matrix in enumerate(emitted.structure.matrices):
        name = matrix.projection.name
        size = f"{matrix.projection.connectivity.target_size} x {matrix.columns}"
        stored = int(entries[:, number].sum() - emitted.encoded.padding[number])
        yield (
            f"{name:8s} {size:>14s} {stored:8,d} {emitted.encoded.padding[number]:8,d} "
            f"{100 * balance[name]:7.1f}% {_us(ideal[number]):10.2f} "
            f"{_us(schedule.per_matrix[-1, number]):7.2f} {PUBLISHED_US[name]:7.2f}"
        )
    stored = int((entries.sum(axis=0) - emitted.encoded.padding).sum())
    yield (
        f"{'a step':8s} {'':14s} {stored:8,d} {emitted.encoded.padding.sum():8,d} {'':8s} "
        f"{_us(ideal.sum()):10.2f} {_us(schedule.period):7.2f} {PUBLISHED_STEP_US:7.2f}"
    )
    gops = 2 * stored * CHANNELS / _us(schedule.period) / 1e3
    yield (
        f"{schedule.period:,} cycles for {CHANNELS} sequences: {gops:.0f} GOPS, "
        f"{CHANNELS / _us(schedule.period):.3f} M steps/s of one sequence; first output after "
        f"{_us(schedule.latency):.1f} us"
    )


def _case(density: float | Mapping[str, float], title: str) -> None:
    network = lstmp(density=float(np.mean(list(PUBLISHED_DENSITY.values()))))
    x = sequences(SIZES[0], CHANNELS, STEPS)
    for balanced in (True, False):
        how = "balanced over the lanes" if balanced else "by one threshold per matrix"
        report = prune(network, density, LANES, balanced=balanced).report
        emitted = emit(
            integers(network, x, density, LANES, balanced=balanced), Geometry(LANES, CHANNELS)
        )
        print(f"\n{title}, pruned {how}, queues of {emitted.geometry.depth} columns")
        for row in _rows(emitted, {p.name: p.balance for p in report}):
            print(row)
        _emulated(emitted, x)
        _depths(emitted)


def _emulated(emitted: Emitted, x: NDArray[np.float64]) -> None:
    network = emitted.structure.network
    raw = raw_inputs(network, x)
    began = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    schedule = predict(
        emitted.structure, emitted.encoded, emitted.geometry, emitted.latencies, STEPS
    )
    predicted = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    emulator = EseEmulator(emitted.files)
    emulator.run(raw[:, :1])
    compiled = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    run = emulator.run(raw)
    ended = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    wanted = golden(network, {"x": raw}).signals["y"]
    same = np.array_equal(run.outputs, wanted)
    cycles = np.array_equal(run.done, schedule.done)
    cycles = cycles and np.array_equal(run.beats[:, 0], schedule.beats)
    print(
        f"emulated: {run.cycles:,} cycles of {STEPS} steps, {'equal' if cycles else 'NOT equal'} "
        f"to those predicted; outputs {'equal' if same else 'NOT equal'} to the golden integers; "
        f"lanes busy {100 * run.busy.min() / run.cycles:.1f} to "
        f"{100 * run.busy.max() / run.cycles:.1f} % of the cycles"
    )
    print(
        f"CPU seconds: {predicted - began:.2f} to predict, {(ended - compiled) / STEPS:.3f} to "
        "emulate a step"
    )


def _simulated(density: float, channels: int) -> None:
    """The RTL at full size, two steps of it."""
    x = sequences(SIZES[0], channels, 2)
    network = integers(lstmp(density=density), x, density, LANES)
    emitted = emit(network, Geometry(LANES, channels))
    raw = raw_inputs(network, x)
    wanted = EseEmulator(emitted.files).run(raw)
    began = time.perf_counter()
    with open_simulation(design_of(emitted), "verilator") as simulation:
        built = time.perf_counter()
        records = simulation.run(stimulus_of(emitted, raw[None]), 10 * wanted.cycles)
    ended = time.perf_counter()
    (found,) = runs_of(emitted, records, 2)
    same = all(
        np.array_equal(getattr(found, field), getattr(wanted, field))
        for field in ("outputs", "cells", "beats", "cells_from", "outputs_from")
    )
    print(
        f"\nRTL with {channels} channels in Verilator: {wanted.cycles:,} cycles of 2 steps; "
        f"outputs, cells and cycles {'equal' if same else 'NOT equal'} to the emulator's; "
        f"{built - began:.0f} s to build, {ended - built:.1f} s to run"
    )


def _depths(emitted: Emitted) -> None:
    found = []
    for depth in (1, 2, 4, 8, 16, 32, 64):
        geometry = Geometry(LANES, CHANNELS, depth)
        schedule = predict(emitted.structure, emitted.encoded, geometry, emitted.latencies, STEPS)
        found.append(f"{depth}: {_us(schedule.period):.1f}")
    print(f"us per step by columns in a queue: {', '.join(found)}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.ese")
    parser.add_argument("--rtl", type=int, default=0, metavar="CHANNELS")
    channels = parser.parse_args().rtl
    _case(0.1, "all matrices 10 % dense")
    _case(PUBLISHED_DENSITY, "matrices as dense as ESE's")
    if channels:
        _simulated(0.1, channels)


if __name__ == "__main__":
    main()
