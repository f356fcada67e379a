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

from somac.backends.api import Emulation, Value
from somac.backends.fpga import create
from somac.backends.fpga.ese.cost import work_in
from somac.backends.fpga.ese.description import read_description
from somac.backends.fpga.ese.emulator.decode import read_engine, synapses
from somac.backends.fpga.ese.schedule import Schedule, predict
from somac.compiler.passes.calibrate import calibrate
from somac.compiler.passes.prune import prune
from somac.compiler.passes.quantise import QuantiseOptions, quantise
from somac.compiler.pipeline import Compiled, CompileOptions, compile_network
from somac.compiler.targets import find_target
from somac.grammar.lower import network_of
from somac.ir.connectivity import Dense
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import NeuronModel
from somac.ir.program import Program
from somac.ir.simulate import golden

__all__ = ["compiled", "integers", "lstmp", "raw_inputs", "sequences"]

SIZES: Final = (153, 1024, 512)
LANES: Final = 32
CHANNELS: Final = 32
MHZ: Final = 200
DEPTH: Final = 8
TARGET: Final = "xcku060"
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

OPTIONS: Final = QuantiseOptions(
    weight_bits=12, state_bits=16, coefficient_bits=16, accumulator_bits=40, per_channel=False
)

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
    return quantise(pruned, OPTIONS, seen.seen, seen.learnt).network


def sparse(channels: int) -> dict[str, Value]:
    """The engine of the paper, for so many samples side by side."""
    return {"circuit": "sparse", "lanes": LANES, "channels": channels, "queue-columns": DEPTH}


def compiled(
    network: Network,
    x: NDArray[np.float64],
    density: float | Mapping[str, float],
    circuit: Mapping[str, Value],
    *,
    balanced: bool = True,
) -> Compiled:
    """The same, compiled for ESE's part, of which all may be used, pruned for its lanes."""
    pruned = prune(network, density, LANES, balanced=balanced).network
    options = CompileOptions(quantise=OPTIONS, options={"fit": 100, **circuit})
    return compile_network(pruned, find_target(TARGET), options, calibration_inputs={"x": x})


def raw_inputs(network: IntegerNetwork, x: NDArray[np.float64]) -> NDArray[np.int64]:
    """The integers that stand for inputs."""
    (given,) = network.inputs
    raw = np.rint(x / given.scale)
    return np.clip(raw, given.format.minimum, given.format.maximum).astype(np.int64)


def _us(cycles: float) -> float:
    return cycles / MHZ


def _schedule(program: Program, depth: int | None = None) -> Schedule:
    """As predicted from the files, also for queues of another depth."""
    d = read_description(program)
    return predict(work_in(program, d), d.depth if depth is None else depth, STEPS)


def _rows(program: Program, network: IntegerNetwork, balance: Mapping[str, float]) -> Iterator[str]:
    d = read_description(program)
    schedule = _schedule(program)
    matrix_of, *_ = synapses(read_engine(program))
    stored = np.bincount(matrix_of, minlength=len(d.matrices))
    padding = work_in(program, d).entries.sum(axis=0) - stored
    ideal = -(-stored // d.lanes)
    sizes = {p.name: p.connectivity.target_size for p in network.projections}
    yield (
        f"{'matrix':8s} {'rows x columns':>14s} {'entries':>8s} {'padding':>8s} {'balance':>8s} "
        f"{'theory us':>10s} {'us':>7s} {'ESE us':>7s}"
    )
    for number, matrix in enumerate(d.matrices):
        name = str(matrix.projection)
        size = f"{sizes[name]} x {matrix.columns}"
        yield (
            f"{name:8s} {size:>14s} {stored[number]:8,d} {padding[number]:8,d} "
            f"{100 * balance[name]:7.1f}% {_us(ideal[number]):10.2f} "
            f"{_us(schedule.per_matrix[-1, number]):7.2f} {PUBLISHED_US[name]:7.2f}"
        )
    yield (
        f"{'a step':8s} {'':14s} {stored.sum():8,d} {padding.sum():8,d} {'':8s} "
        f"{_us(ideal.sum()):10.2f} {_us(schedule.period):7.2f} {PUBLISHED_STEP_US:7.2f}"
    )
    gops = 2 * stored.sum() * CHANNELS / _us(schedule.period) / 1e3
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
        wanted = sparse(CHANNELS)
        made = compiled(network, x, density, wanted, balanced=balanced)
        print(f"\n{title}, pruned {how}, queues of {DEPTH} columns")
        for row in _rows(made.program, made.golden, {p.name: p.balance for p in report}):
            print(row)
        _emulated(made, x)
        depths = (1, 2, 4, 8, 16, 32, 64)
        found = (f"{d}: {_us(_schedule(made.program, d).period):.1f}" for d in depths)
        print(f"us per step by columns in a queue: {', '.join(found)}")
        print(made.program.json("report.json")["remarks"]["area"])


def _emulated(made: Compiled, x: NDArray[np.float64]) -> None:
    raw = raw_inputs(made.golden, x)
    began = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    schedule = _schedule(made.program)
    predicted = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    emulator = create().emulator(made.program)
    emulator.run({"x": raw[:, :1]})
    ready = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    run = emulator.run({"x": raw})
    ended = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    wanted = golden(made.golden, {"x": raw}).signals["y"]
    same = np.array_equal(run.outputs["y"], wanted)
    cycles = _as_predicted(run, schedule)
    busy, total = run.per_core["entries"], run.counts["cycles"]
    print(
        f"emulated: {total:,} cycles of {STEPS} steps, {'equal' if cycles else 'NOT equal'} "
        f"to those predicted; outputs {'equal' if same else 'NOT equal'} to the golden integers; "
        f"lanes busy {100 * busy.min() / total:.1f} to {100 * busy.max() / total:.1f} % of the "
        "cycles"
    )
    print(
        f"CPU seconds: {predicted - began:.2f} to predict, {(ended - ready) / STEPS:.3f} to "
        "emulate a step"
    )


def _as_predicted(run: Emulation, schedule: Schedule) -> bool:
    """Whether results leave the updates and the engine when they should, for every sequence."""
    wanted = {"cells": schedule.cells, "outputs": schedule.outputs, "output y": schedule.beats}
    return all(bool((run.cycles[name][:, :, 0] == at).all()) for name, at in wanted.items())


def _simulated(density: float, channels: int) -> None:
    """The RTL at full size, two steps of it."""
    x = sequences(SIZES[0], channels, 2)
    wanted = sparse(channels)
    made = compiled(lstmp(density=density), x, density, wanted)
    raw = {"x": raw_inputs(made.golden, x)}
    names = [p.name for p in made.golden.populations]
    emulated = create().emulator(made.program).run(raw, record=names)
    machine = next(m for m in create().machines() if m.name == "verilator")
    began = time.perf_counter()
    with machine.open(made.program) as running:
        built = time.perf_counter()
        found = running.run(raw, record=names)
    ended = time.perf_counter()
    same = all(
        np.array_equal(have[name], values)
        for have, need in ((found.signals, emulated.signals), (found.cycles, emulated.cycles))
        for name, values in need.items()
    )
    print(
        f"\nRTL with {channels} channels in Verilator: {emulated.counts['cycles']:,} cycles of 2 "
        f"steps; outputs, cells and cycles {'equal' if same else 'NOT equal'} to the emulator's; "
        f"{built - began:.0f} s to build, {ended - built:.1f} s to run"
    )


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
