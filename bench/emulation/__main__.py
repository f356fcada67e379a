"""The tables of `RESULTS.md#emulation`.

    python -m bench.emulation                            the emulator alone
    python -m bench.emulation --peers-python PATH        beside its peers
    python -m bench.emulation --lava-python PATH         beside Lava, spike by spike
    python -m bench.emulation --large                    with 30 million synapses too
    python -m bench.emulation --part vogels-abbott

PATH is a Python with what `peers/requirements.txt` lists, or for Lava, which wants Python 3.10 or
older, `peers/requirements-lava.txt`. CPU seconds of one thread, interleaved, median of five rounds.
Networks are compiled, and C++ of peers is built, into a folder where they stay (`--folder`).
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import gettempdir

import numpy as np

from bench.data import SHARED, digits_ten
from bench.emulation.bundles import integer_bundle, lif_bundle, nir_bundle
from bench.emulation.classifier import Classifier, classifier, classifier_network
from bench.emulation.lif_networks import LifNetwork, microcircuit, vogels_abbott
from bench.emulation.measure import (
    Contestant,
    Emulated,
    brian2,
    medians,
    peer,
    spikes_of,
    told_by,
)
from somac.compiler.api import Program

TICKS = 10_000
FEW_SAMPLES = 4
"""For peers that take long."""

ROUNDS_OF_A_SAMPLE = 25
"""A sample takes the emulator less than a millisecond."""


def lif_part(
    network: Callable[[], LifNetwork], target: str, nest: bool, options: argparse.Namespace
) -> None:
    """A recurrent network for a second of its time."""
    made = network()
    folder = options.folder / made.name
    program = lif_bundle(made, folder, target)
    ours = Emulated(program, {"nothing": np.zeros((1, TICKS, 1), np.uint8)})
    contestants: dict[str, Contestant] = {"somac": ours}
    spikes: dict[str, list[float]] = {}
    if options.peers_python:
        arrays = folder / "peers.npz"
        np.savez(arrays, **made.arrays())
        python = options.peers_python
        spikes["Brian2 C++"] = []
        contestants["Brian2 C++"] = brian2(
            python, arrays, TICKS, folder / "brian2", spikes["Brian2 C++"]
        )
        if nest:
            spikes["NEST"] = []
            contestants["NEST"] = peer(
                python, "nest_lif.py", arrays, TICKS, 1, spikes=spikes["NEST"]
            )
    report(made.name, ours, contestants, spikes, options)


def classifier_part(options: argparse.Namespace) -> None:
    """64 samples of 250 steps."""
    model = classifier()
    folder = options.folder / "classifier"
    program = integer_bundle(classifier_network(model), folder, "spinnaker2")
    ours = Emulated(program, {"spikes": model.spikes})
    contestants: dict[str, Contestant] = {"somac": ours}
    spikes: dict[str, list[float]] = {}
    if options.peers_python:
        arrays = folder / "peers.npz"
        np.savez(arrays, **model.arrays())
        for name in ("torch", "norse"):
            spikes[name] = []
            contestants[name] = peer(
                options.peers_python, "torch_classifier.py", arrays, 1, name, spikes=spikes[name]
            )
    rate = report("classifier", ours, contestants, spikes, options)
    if options.peers_python:
        # of other neurons, and one sample at a time: only events per second compare
        arguments = folder / "peers.npz", options.rounds, FEW_SAMPLES
        for name in ("xylosim", "sanafe"):
            told = told_by(options.peers_python, f"{name}_classifier.py", *arguments)
            other = told["events"] / np.median(told["seconds"])
            times = f"{other / 1e6:,.0f} M events/s: somac has {rate / other:,.0f} times"
            print(f"| | {name} | | | {times} |")
    if options.lava_python:
        lava_rows(program, model, folder, options)


def lava_rows(
    program: Program, model: Classifier, folder: Path, options: argparse.Namespace
) -> None:
    """Lava's fixed-point mode: one sample after the other, and every spike of every cell."""
    arrays, fired = folder / "peers.npz", folder / "lava.npz"
    np.savez(arrays, **model.arrays())
    inputs = {"spikes": model.spikes[:FEW_SAMPLES]}
    starts = {p.name: p.start for p in program.golden().populations}
    ticks = inputs["spikes"].shape[1] + max(starts.values())
    told = told_by(options.lava_python, "lava_classifier.py", arrays, FEW_SAMPLES, ticks, fired)
    alone = [Emulated(program, {"spikes": sample[None]}) for sample in inputs["spikes"]]
    seconds = medians({str(n): run for n, run in enumerate(alone)}, ROUNDS_OF_A_SAMPLE)
    ours, theirs = np.median(list(seconds.values())), np.median(told["seconds"])
    print(f"| classifier, a sample | somac | {ours:.5f} | | |")
    clock = f"{np.median(told['wall']):.2f} s of the clock"
    print(f"| | Lava | {theirs:.2f} | | {theirs / ours:,.0f} times somac, {clock} |")
    signals = spikes_of(program, inputs, tuple(starts))
    with np.load(fired) as file:
        for name, start in starts.items():
            theirs = file[name][:, start : start + signals[name].shape[1]]
            differ = int((theirs != signals[name]).sum())
            print(
                f"| | spikes of {name} | | {int(signals[name].sum()):,} | {differ} differ from "
                f"Lava's {int(theirs.sum()):,}, by cell and step, in {FEW_SAMPLES} samples |"
            )


def cnn_part(options: argparse.Namespace) -> None:
    """The CNN of the NIR paper on its ten digits, 300 steps, as Sinabs computes."""
    model = SHARED / "nir" / "cnn_sinabs.nir"
    folder = options.folder / "cnn"
    x, _ = digits_ten()
    program = nir_bundle(model, folder, "spinnaker2", "sinabs", x[:2])
    (source,) = program.golden().inputs
    ours = Emulated(program, {source.name: x})
    contestants: dict[str, Contestant] = {"somac": ours}
    spikes: dict[str, list[float]] = {}
    if options.peers_python:
        import nir

        arrays = folder / "peers.npz"
        nodes = nir.read(model).nodes
        weights = {f"w{n}": nodes[k].weight for n, k in enumerate(("0", "2", "5", "9", "11"))}
        np.savez(arrays, x=x.reshape(*x.shape[:2], *source.shape), **weights)
        spikes["Sinabs"] = []
        contestants["Sinabs"] = peer(
            options.peers_python, "sinabs_cnn.py", arrays, 1, spikes=spikes["Sinabs"]
        )
    report("cnn", ours, contestants, spikes, options)


def command_line_part(options: argparse.Namespace) -> None:
    """`somac run` on the digits that come with somac, after a first time."""
    root = Path(__file__).resolve().parents[2]
    folder = options.folder / "digits"
    somac = [sys.executable, "-c", "from somac.compiler.cli import main; main()"]
    if not folder.exists():
        model = root / "examples" / "digits" / "digits.nir"
        command = [*somac, "compile", str(model), "-o", str(folder), "-q"]
        subprocess.run(command, check=True, capture_output=True)
    run = [*somac, "run", str(folder), "--input", str(root / "examples" / "digits" / "test.npz")]

    def warm() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(run, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    warm()
    seconds = medians({"somac run": warm}, options.rounds)
    print(f"| command line | somac run | {seconds['somac run']:.2f} | | |")


def report(
    name: str,
    ours: Emulated,
    contestants: dict[str, Contestant],
    spikes: dict[str, list[float]],
    options: argparse.Namespace,
) -> float:
    """One row for each contestant; returns synaptic events per second."""
    seconds = medians(contestants, options.rounds)
    events = ours.seen.counts["synaptic_events"]
    own = seconds["somac"]
    print(
        f"| {name} | somac | {own:.4f} | {ours.seen.counts['spikes']:,} | "
        f"{events / own / 1e6:,.0f} M events/s, {ours.bytes_per_synapse:.2f} bytes per synapse |"
    )
    for peer_name, value in seconds.items():
        if peer_name != "somac":
            counted = spikes.get(peer_name)
            shown = f"{counted[0]:,.0f}" if counted else ""
            print(f"| | {peer_name} | {value:.4f} | {shown} | {value / own:.1f} times somac |")
    sys.stdout.flush()
    return events / own


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "vogels-abbott": lambda o: lif_part(vogels_abbott, "spinnaker2", True, o),
    "classifier": classifier_part,
    "cnn": cnn_part,
    "command-line": command_line_part,
    "microcircuit-3M": lambda o: lif_part(microcircuit, "spinnaker2-48", True, o),
    "microcircuit-30M": lambda o: lif_part(lambda: microcircuit(1.0), "spinnaker2-48", False, o),
}

LARGE = ("microcircuit-30M",)
"""Compiled in minutes, with several gigabytes of memory."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--peers-python", help="a Python in which the peers are installed")
    parser.add_argument("--lava-python", help="a Python in which Lava is installed")
    parser.add_argument("--large", action="store_true", help=f"{', '.join(LARGE)} too")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path(gettempdir()) / "somac-bench-emulation")
    options = parser.parse_args(arguments)
    print("| workload | | CPU s | spikes | |\n|---|---|---|---|---|")
    usual = [part for part in PARTS if options.large or part not in LARGE]
    for part in options.part or usual:
        PARTS[part](options)


if __name__ == "__main__":
    main()
