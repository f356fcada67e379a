"""A network of the size of a fruit fly's brain on a board: the rows of `RESULTS.md#fruit-fly`.

    python -m bench.fruit_fly [--neurons N] [--small N] [--ticks T] [--folder FOLDER]

As many neurons and connections as version 783 of the FlyWire connectome (138,639 neurons with
connections, 15,091,983 of them), joined at random with log-normal degrees; the equations and
constants are those of Shiu et al. 2024 (Nature 634:210; their `model.py`): leaky integrate-and-fire
with exponential synapses, steps of 0.1 ms, every connection 1.8 ms, 0.275 mV a synapse. A
connection has at least five synapses, as the connectome does; two hundred neurons are driven at
150 Hz, each event as strong as 250 synapses.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from somac.compiler.api import Program
from somac.compiler.inputs import raw_inputs
from somac.compiler.load import load_model
from somac.compiler.pipeline import compile_network
from somac.compiler.plugins import find_backend
from somac.compiler.targets import find_target
from somac.ir.simulate import golden

__all__ = [
    "CONNECTIONS",
    "NEURONS",
    "FlyNetwork",
    "agreement_stage",
    "compile_stage",
    "drive",
    "fly_network",
    "fly_text",
    "verify_stage",
]

NEURONS: Final = 138_639
CONNECTIONS: Final = 15_091_983
TARGET: Final = "spinnaker2-48"

_SPREAD: Final = 1.1
"""Standard deviation of the logarithm of a degree."""

_GOLDEN_TICKS: Final = 150
"""Of the whole network, of which every state of every tick is kept."""

_INHIBITORY: Final = 0.35
_DRIVEN: Final = 200
_RATE_HZ: Final = 150.0
_DRIVE_PARTS: Final = 4
"""Parallel synapses of a driving event: together they are as strong as 250, one alone would need
weights of more bits than connections do."""

_TEXT = """\
network fruit_fly:
    dt 0.1 ms
    profile none

neuron shiu_lif(tau_m [s] = 20 ms, tau_syn [s] = 5 ms, v_threshold = 7, hold = 22):
    "Voltages in mV above rest, where a spike resets them; exact steps, none while refractory."
    input i
    state v
    state g
    state rest
    gain = tau_syn / (tau_m - tau_syn) * (exp(-dt / tau_m) - exp(-dt / tau_syn))
    free = rest <= 0
    v = select(free, clamp(exp(-dt / tau_m) * v + gain * g, -128, 127), v)
    g = clamp(select(free, exp(-dt / tau_syn) * g, g) + i, -4096, 4095)
    spike when v > v_threshold
    rest = select(spike, hold, max(rest - 1, 0))
    v = select(spike, 0, v)
    g = select(spike, 0, g)

input driven[{driven}]: spikes
population neurons[{neurons}]: shiu_lif
projection driven -> neurons: synapses(
    load("arrays.npz", "d_source"), load("arrays.npz", "d_target"), {strength!r})
projection neurons -> neurons: synapses(
    load("arrays.npz", "source"), load("arrays.npz", "target"),
    load("arrays.npz", "weight")) delay 18 ticks
output neurons
"""


@dataclass(frozen=True, slots=True, eq=False)
class FlyNetwork:
    """Connections by source: int32, int32 and float64 (connections,), weights in mV."""

    neurons: int
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    weight: NDArray[np.float64]
    driven: NDArray[np.int64]


def fly_network(
    neurons: int = NEURONS, connections: int | None = None, seed: int = 1
) -> FlyNetwork:
    """Random connections between neurons whose degrees in and out are log-normal.

    Without `connections`, as many to a neuron as in the brain.
    """
    rng = np.random.default_rng(seed)
    count = round(CONNECTIONS * neurons / NEURONS) if connections is None else connections
    out, into = rng.lognormal(0.0, _SPREAD, (2, neurons))
    source = np.repeat(np.arange(neurons, dtype=np.int32), rng.multinomial(count, out / out.sum()))
    share = np.cumsum(into / into.sum())
    target = np.minimum(np.searchsorted(share, rng.random(count)), neurons - 1).astype(np.int32)
    synapses = np.minimum(4 + rng.geometric(0.2, count), 63)
    inhibitory = rng.random(neurons) < _INHIBITORY
    weight = 0.275 * np.where(inhibitory[source], -synapses, synapses)
    driven = np.sort(rng.choice(np.flatnonzero(~inhibitory), min(_DRIVEN, neurons // 4), False))
    return FlyNetwork(neurons, source, target, weight, driven.astype(np.int64))


def fly_text(network: FlyNetwork, folder: Path) -> Path:
    """The network as `.snn` text in a folder, with its arrays."""
    folder.mkdir(parents=True, exist_ok=True)
    cells = np.arange(len(network.driven), dtype=np.int32)
    np.savez(
        folder / "arrays.npz",
        source=network.source,
        target=network.target,
        weight=network.weight,
        d_source=np.repeat(cells, _DRIVE_PARTS),
        d_target=np.repeat(network.driven, _DRIVE_PARTS),
    )
    text = _TEXT.format(
        neurons=network.neurons, driven=len(network.driven), strength=0.275 * 250 / _DRIVE_PARTS
    )
    (folder / "model.snn").write_text(text)
    return folder / "model.snn"


def drive(channels: int, ticks: int, seed: int = 2) -> NDArray[np.uint8]:
    """Poisson events, (1, ticks, channels)."""
    rng = np.random.default_rng(seed)
    return (rng.random((1, ticks, channels)) < _RATE_HZ * 1e-4).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Pass:
    """What a part of the work took; `peak` in MB, of its process until then."""

    name: str
    wall: float
    cpu: float
    peak: float


class _Clock:
    """Passes one after the other, each from the end of the one before it."""

    def __init__(self) -> None:
        self.passes: list[Pass] = []
        self._last = time.perf_counter(), time.process_time()

    def mark(self, name: str, _: object = None) -> None:
        """A pass has ended."""
        now = time.perf_counter(), time.process_time()
        wall, cpu = (b - a for a, b in zip(self._last, now, strict=True))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
        self.passes.append(Pass(name, wall, cpu, peak))
        self._last = now


def compile_stage(model: Path, bundle: Path) -> list[Pass]:
    """From text and arrays to a bundle on disk."""
    clock = _Clock()
    network = load_model(model).network
    clock.mark("read")
    compiled = compile_network(network, find_target(TARGET), observe=clock.mark)
    Program(compiled.program).save(bundle, overwrite=True)
    clock.mark("write")
    return clock.passes


def verify_stage(bundle: Path) -> tuple[list[Pass], int]:
    """What the checker finds in the written files."""
    clock = _Clock()
    program = Program.open(bundle)
    clock.mark("open")
    findings = len(program.verify())
    clock.mark("verify")
    return clock.passes, findings


def run_stage(bundle: Path, ticks: int) -> tuple[list[Pass], dict[str, int]]:
    """Emulate, with the events by kind."""
    clock = _Clock()
    program = Program.open(bundle).files
    clock.mark("open")
    emulator = find_backend(program.backend).emulator(program)
    clock.mark("decode")
    channels = program.json("experiment.json")["inputs"][0]["shape"][0]
    seen = emulator.run({"driven": drive(channels, ticks)})
    clock.mark(f"emulate {ticks} ticks")
    fired = {"neurons that fired": int((seen.sent["neurons"] > 0).sum())}
    return clock.passes, {**seen.counts, **fired}


def agreement_stage(bundle: Path, ticks: int) -> tuple[int, int, int]:
    """Spikes, values compared with the golden integers, and how many of them differ."""
    program = Program.open(bundle)
    network = program.golden()
    given = raw_inputs({"driven": drive(network.inputs[0].size, ticks)}, network.inputs)
    names = ["neurons"]
    meant = golden(network, given, record=names, record_states=names)
    emulator = find_backend(program.files.backend).emulator(program.files)
    seen = emulator.run(given, record=names, record_states=names)
    pairs = [(seen.signals["neurons"], meant.signals["neurons"])]
    pairs += [(seen.states["neurons"][s], v) for s, v in meant.states["neurons"].items()]
    differing = sum(int((a != b).sum()) for a, b in pairs)
    return int(meant.signals["neurons"].sum()), sum(a.size for a, _ in pairs), differing


def figures(bundle: Path) -> dict[str, str]:
    """What the written files hold."""
    program = Program.open(bundle).files
    cores = program.json("experiment.json")["cores"]
    report = program.json("report.json")
    used = [len(content) for name, content in program.files.items() if name.startswith("images/")]
    tables = [table["entries"] for table in report["routing_tables"]]
    return {
        "cores": f"{len(cores):,}",
        "chips with a routing table": f"{len(tables):,}",
        "bytes of images": f"{sum(used):,} (largest {max(used):,})",
        "table entries": f"{sum(tables):,} (most on a chip {max(tables):,})",
    }


def _apart(function: Callable[..., Any], *arguments: object) -> Any:
    """The result of a function in a process of its own, whose memory is its own too."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


def _table(title: str, passes: list[Pass]) -> None:
    print(f"| {title} | wall s | CPU s | peak memory |\n|---|---|---|---|")
    for p in passes:
        print(f"| {p.name} | {p.wall:.1f} | {p.cpu:.1f} | {p.peak:,.0f} MB |")
    wall, cpu = sum(p.wall for p in passes), sum(p.cpu for p in passes)
    print(f"| in all | {wall:.1f} | {cpu:.1f} | {max(p.peak for p in passes):,.0f} MB |\n")


def measure(folder: Path, neurons: int, ticks: int, small: int) -> None:
    """Print the tables."""
    network = fly_network(neurons)
    model = fly_text(network, folder / "whole")
    into = np.bincount(network.target, minlength=neurons)
    print(
        f"{neurons:,} neurons, {len(network.source):,} connections; inputs of a neuron: "
        f"{into.mean():.1f} on average, {into.max():,} at most\n",
        flush=True,
    )
    bundle = folder / "whole" / "bundle"
    _table("compile", _apart(compile_stage, model, bundle))
    for what, value in figures(bundle).items():
        print(f"{what}: {value}")
    passes, findings = _apart(verify_stage, bundle)
    print(f"findings of the checker: {findings}\n", flush=True)
    _table("verify", passes)
    passes, counts = _apart(run_stage, bundle, ticks)
    _table("run", passes)
    print(", ".join(f"{count:,} {kind}" for kind, count in counts.items()) + "\n", flush=True)
    model = fly_text(fly_network(small), folder / "small")
    _apart(compile_stage, model, folder / "small" / "bundle")
    for cells, compared, steps in (
        (neurons, bundle, min(ticks, _GOLDEN_TICKS)),
        (small, folder / "small" / "bundle", ticks),
    ):
        spikes, values, differing = _apart(agreement_stage, compared, steps)
        print(
            f"{cells:,} neurons, {steps:,} ticks, {spikes:,} spikes: {differing} of {values:,} "
            "signals and states differ from the golden ones"
        )


def main() -> None:
    """Measure in a folder, one that is deleted unless another is named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--neurons", type=int, default=NEURONS)
    parser.add_argument("--small", type=int, default=4000, help="neurons of the golden comparison")
    parser.add_argument("--ticks", type=int, default=1000)
    parser.add_argument("--folder", type=Path, help="keep models and bundles here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(given.folder or Path(folder), given.neurons, given.ticks, given.small)


if __name__ == "__main__":
    main()
