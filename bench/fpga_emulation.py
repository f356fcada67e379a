"""The emulator of FPGA designs beside Verilator: the table of RESULTS.md.

    python -m bench.fpga_emulation

Two designs: the Braille network of the NIR paper (12-38-7) on its recordings, and 700 inputs, 256
recurrent LIF neurons with synaptic current and 20 outputs (the sizes of networks for SHD) with
random weights on random spikes. Both are folded as the compiler does by itself. Verilator runs
the same design with its C++ harness, built beforehand, on the first of the samples; outputs and
the cycles in which they leave must be equal. Seconds are CPU seconds of one thread, the median of
some runs.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

import somac
from bench.data import SHARED, braille
from somac.backends.fpga.description import Sender
from somac.backends.fpga.emulator import FpgaEmulator
from somac.backends.fpga.simulators.design import Design, Records, Stimulus, words_of
from somac.backends.fpga.simulators.simulation import missing_tools, open_simulation
from somac.compiler.passes.quantise import quantise
from somac.compiler.pipeline import compile_integer
from somac.compiler.targets import find_target
from somac.grammar.library import library
from somac.ir.connectivity import Dense
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.program import Program

TARGET = "xcku060"
ROUNDS = 5
SIMULATED = 20
"""Samples that Verilator runs."""

_DT = 1e-3
_SIZES = (700, 256, 20)
_PARAMETERS = {
    "tau_syn": 5e-3,
    "tau_mem": 20e-3,
    "r": 1.0,
    "w_in": 1.0,
    "v_leak": 0.0,
    "v_reset": 0.0,
    "v_threshold": 1.0,
}


def spoken() -> tuple[IntegerNetwork, dict[str, NDArray[np.uint8]]]:
    """The recurrent network and its inputs: 4 % of the channels send in a step."""
    rng = np.random.default_rng(0)
    channels, hidden, classes = _SIZES
    model = library().model("nir_cuba_lif", "euler_sequential")
    parameters = {p.name: np.asarray(_PARAMETERS[p.name]) for p in model.parameters}
    (port,) = model.inputs

    def wires(targets: int, sources: int, spread: float) -> Dense:
        return Dense(rng.normal(0.0, spread, (targets, sources)))

    network = Network(
        "spoken",
        _DT,
        (Input("x", (channels,), "spike"),),
        (
            Population("hidden", (hidden,), model, parameters, {}),
            Population("out", (classes,), model, parameters, {}),
        ),
        (
            Projection("in", "x", "hidden", port, wires(hidden, channels, 1.6), 0),
            Projection("again", "hidden", "hidden", port, wires(hidden, hidden, 0.4), 1),
            Projection("forth", "hidden", "out", port, wires(classes, hidden, 1.0), 0),
        ),
        (Output("y", "out"),),
        {"profile": "nir-euler"},
    )
    x = rng.random((200, 250, channels)) < 0.04
    return quantise(network).network, {"x": x.view(np.uint8)}


def recorded() -> tuple[IntegerNetwork, dict[str, NDArray[np.uint8]]]:
    """The Braille network and its recordings."""
    network = quantise(somac.load(SHARED / "nir" / "braille_noDelay_bias_zero.nir")).network
    return network, {network.inputs[0].name: braille()[0]}


def beats(values: NDArray[np.integer[Any]], sender: Sender, bits: int) -> NDArray[np.uint32]:
    """Signals (samples, steps, cells) as beats of an input stream (samples, beats, words)."""
    samples, steps, cells = values.shape
    each = max(1, sender.bits)
    padded = np.zeros((samples, steps, sender.words * sender.width), np.int64)
    padded[..., :cells] = values
    own = ((padded[..., None] >> np.arange(each)) & 1).astype(np.uint8)
    full = np.zeros((samples, steps * sender.words, 32 * words_of(bits)), np.uint8)
    full[..., : sender.width * each] = own.reshape(*full.shape[:2], -1)
    return np.packbits(full, axis=2, bitorder="little").view(np.uint32)


def simulated(program: Program, inputs: Mapping[str, NDArray[np.uint8]]) -> tuple[Records, float]:
    """What Verilator sees of a design, and its CPU seconds."""
    d = FpgaEmulator(program, engine="plain").description
    senders = {s.id: s for s in d.senders()}
    steps = next(iter(inputs.values())).shape[1]
    parts = {
        folder: {n.split("/", 1)[1]: c for n, c in program.files.items() if n.startswith(folder)}
        for folder in ("rtl/", "mem/")
    }
    stimulus = Stimulus(
        tuple(beats(inputs[i.name], i, d.sim.input_bits) for i in d.inputs),
        tuple(steps * senders[o.source].words for o in d.outputs),
        (0,) * d.sim.probes,
    )
    with open_simulation(
        Design(parts["rtl/"], parts["mem/"], **d.sim.model_dump()), "verilator"
    ) as opened:
        return timed(lambda: opened.run(stimulus, 1 << 30), resource.RUSAGE_CHILDREN)


def timed(run: Callable[[], Any], who: int) -> tuple[Any, float]:
    """The result, and the median CPU seconds of some runs."""
    seconds = []
    for _ in range(ROUNDS):
        before = resource.getrusage(who)
        result = run()
        after = resource.getrusage(who)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return result, median(seconds)


def row(name: str, network: IntegerNetwork, inputs: Mapping[str, NDArray[np.uint8]]) -> str:
    """A row of the table."""
    program = compile_integer(network, find_target(TARGET)).program
    few = {n: values[:SIMULATED] for n, values in inputs.items()}
    records, theirs = simulated(program, few)
    start = time.process_time()
    emulator = FpgaEmulator(program, engine="fast", threads=1)
    emulator.run(few)
    begun = time.process_time() - start
    _, timing = emulator.timed(few)
    first = records.outputs[0].cycles.reshape(*timing.outputs[0].shape, -1)[:, :, 0]
    if (first != timing.outputs[0]).any() or (records.cycles != timing.cycles).any():
        raise SystemExit(f"{name}: Verilator sees other cycles")
    emulation, ours = timed(lambda: emulator.run(inputs), resource.RUSAGE_SELF)
    steps = next(iter(inputs.values()))[:, :, 0].size
    each = [1e6 * theirs / timing.outputs[0].size, 1e6 * ours / steps]
    hidden = emulation.sent[network.populations[0].name].mean() / steps
    lanes = ", ".join(f"{e.lanes}" for e in emulator.description.engines)
    columns = [
        name,
        lanes,
        f"{emulation.counts['cycles'] / steps:.0f}",
        f"{emulation.counts['events'] / steps:.1f}",
        f"{100 * hidden:.1f}",
        *(f"{value:.3g}" for value in each),
        f"{each[0] / each[1]:.0f}",
        f"{begun:.1f}",
    ]
    return f"| {' | '.join(columns)} |"


def main() -> None:
    """Print the table."""
    if missing_tools("verilator"):
        raise SystemExit("Verilator is not on this machine")
    head = ["design", "lanes", "cycles per step", "events per step", "hidden cells that send, %"]
    head += ["Verilator, us per step", "emulator, us per step", "times", "first run, s"]
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    print(row("Braille 12-38-7", *recorded()), flush=True)
    print(row("700-256-20, recurrent", *spoken()), flush=True)


if __name__ == "__main__":
    main()
