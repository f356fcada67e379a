"""Does the compiled model compute what the trained one meant? The table of `RESULTS.md#fidelity`.

    python -m bench.fidelity             every recording (about 20 minutes)
    python -m bench.fidelity --limit 50  the first 50 of each set

Three claims, each in the same run: the float reference gives the recorded spikes of the
framework that trained the model; integers keep the accuracy; the emulator, which reads the
compiled files alone, gives the golden integers bit for bit.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data import SHARED, braille, digits_ten, nmnist, unpacked
from bench.l2mu import l2mu_spikes
from somac.compiler.api import Program
from somac.compiler.load import LoadOptions, load_model
from somac.compiler.pipeline import compile_network
from somac.compiler.targets import find_target
from somac.ir.errors import SomacError
from somac.ir.network import Network
from somac.ir.simulate import golden, reference

Batch = tuple[NDArray[Any], NDArray[np.int64] | None]
TARGET = "spinnaker2"


# -- 1. the float reference against recordings -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recording:
    """Spikes another simulator recorded, by population, and the profile that means the same."""

    model: str
    profile: str
    simulator: str
    spikes: Callable[[Network], Mapping[str, NDArray[Any]]]
    inputs: Callable[[], NDArray[Any]]
    precision: type[np.floating[Any]] = np.float64


def _braille_recording(name: str) -> Callable[[Network], Mapping[str, NDArray[Any]]]:
    def spikes(_: Network) -> Mapping[str, NDArray[Any]]:
        with np.load(SHARED / "reference" / name) as file:
            return {"lif1.lif": file["hidden"], "lif2": file["out"]}

    return spikes


def _braille_inputs(name: str) -> Callable[[], NDArray[Any]]:
    def inputs() -> NDArray[Any]:
        with np.load(SHARED / "reference" / name) as file:
            return file["x"]

    return inputs


def _hidden_recording(_: Network) -> Mapping[str, NDArray[Any]]:
    with np.load(SHARED / "reference" / "float_braille_zero_hidden.npz") as file:
        return {"lif1.lif": unpacked(file)}


def _cnn_recording(name: str) -> Callable[[Network], Mapping[str, NDArray[Any]]]:
    def spikes(network: Network) -> Mapping[str, NDArray[Any]]:
        recorded = {}
        with np.load(SHARED / "reference" / name) as file:
            for layer, node in enumerate(("1", "3", "6", "10", "12")):
                size = network.population(node).size
                values = file[f"L{layer}"]
                if values.shape[-1] != size:
                    values = np.unpackbits(values, axis=-1)[..., :size]
                recorded[node] = np.moveaxis(values, 1, 0)
        return recorded

    return spikes


def _l2mu_recording(network: Network) -> Mapping[str, NDArray[Any]]:
    del network
    return l2mu_spikes(SHARED / "nir" / _L2MU, braille()[0])


def _lif_recording(name: str) -> Callable[[Network], Mapping[str, NDArray[Any]]]:
    def spikes(_: Network) -> Mapping[str, NDArray[Any]]:
        with np.load(SHARED / "reference" / "sim_lif.npz") as file:
            return {"1": file[name].reshape(1, -1, 1)}

    return spikes


def _lif_inputs() -> NDArray[Any]:
    with np.load(SHARED / "reference" / "sim_lif.npz") as file:
        return file["x"].reshape(1, -1, 1)


_BRAILLE = "braille_noDelay_bias_zero.nir"
_L2MU = "l2mu_braille7.nir"
RECORDINGS = (
    Recording("lif_norse.nir", "norse", "Norse", _lif_recording("norse_dt=1e-4"), _lif_inputs),
    Recording(
        "lif_norse.nir", "spikingjelly", "SpikingJelly", _lif_recording("spikingjelly"), _lif_inputs
    ),
    *(
        Recording(
            _BRAILLE,
            profile,
            simulator,
            _braille_recording(f"braille_zero_{profile}.npz"),
            _braille_inputs(f"braille_zero_{profile}.npz"),
        )
        for profile, simulator in (("norse", "Norse"), ("spikingjelly", "SpikingJelly"))
    ),
    Recording(_BRAILLE, "nir-euler", "float64", _hidden_recording, lambda: braille()[0]),
    Recording(
        _L2MU,
        "snntorch",
        "snnTorch's equations",
        _l2mu_recording,
        lambda: braille()[0],
        np.float32,
    ),
    *(
        Recording(
            "cnn_sinabs.nir",
            profile,
            simulator,
            _cnn_recording(f"sim_cnn_numbers_{file}.npz"),
            lambda: digits_ten()[0],
            precision,
        )
        for profile, simulator, file, precision in (
            ("norse", "Norse", "norse", np.float64),
            ("spikingjelly", "SpikingJelly", "spikingjelly_patched", np.float64),
            # one of its membranes is 1.000003 in float64 and below the threshold of 1 in float32
            ("sinabs", "Sinabs", "sinabs", np.float32),
        )
    ),
)


def recording_rows() -> Iterator[Sequence[str]]:
    """A row per recording: how many of its spikes the float reference does not give."""
    for recording in RECORDINGS:
        options = LoadOptions(profile=recording.profile)
        network = load_model(SHARED / "nir" / recording.model, options).network
        spikes = recording.spikes(network)
        given = {network.inputs[0].name: recording.inputs()}
        trace = reference(network, given, record=spikes, precision=recording.precision)
        differing = [int((trace.signals[n] != spikes[n]).sum()) for n in spikes]
        total = sum(int(np.count_nonzero(s)) for s in spikes.values())
        yield (
            recording.model,
            recording.simulator,
            recording.profile,
            recording.precision.__name__,
            " ".join(map(str, differing)),
            str(total),
        )


# -- 2. integers against float, emulator against golden ----------------------------------------


@dataclass(frozen=True, slots=True)
class Workload:
    """A model with recorded inputs: `batches` gives (inputs, labels), `most` of them at most."""

    model: str
    batches: Callable[[int | None], Iterator[Batch]]
    options: Mapping[str, Any] = field(default_factory=dict)
    most: int | None = None


def _braille_batches(limit: int | None) -> Iterator[Batch]:
    x, label = braille()
    for first in range(0, len(x[:limit]), 64):
        part = slice(first, min(first + 64, limit or len(x)))
        yield x[part], label[part]


def _lif_batches(_: int | None) -> Iterator[Batch]:
    yield _lif_inputs(), None


def _nmnist_batches(limit: int | None) -> Iterator[Batch]:
    yield from nmnist(20, limit)


def _random_batches(size: int) -> Callable[[int | None], Iterator[Batch]]:
    """Seeded noise for files without recordings of their own."""

    def batches(_: int | None) -> Iterator[Batch]:
        yield (np.random.default_rng(0).random((4, 200, size)) < 0.2).astype(np.int64), None

    return batches


WORKLOADS = (
    Workload("lif_norse.nir", _lif_batches),
    Workload("lif_rockpool.nir", _lif_batches),
    Workload(_BRAILLE, _braille_batches),
    Workload("braille_noDelay_bias_zero_subgraph.nir", _braille_batches),
    Workload(_L2MU, _braille_batches),
    Workload("cnn_sinabs.nir", _nmnist_batches),
    Workload("cnn_sinabs.nir", _nmnist_batches, {"profile": "sinabs"}, 100),
)


@dataclass(slots=True)
class Tally:
    """What a workload adds up to, over batches."""

    samples: int = 0
    labelled: int = 0
    right: dict[str, int] = field(default_factory=dict)
    spikes: int = 0
    moved: int = 0
    mismatches: int = 0
    compared: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def add_classes(self, who: str, signal: NDArray[Any], label: NDArray[np.int64]) -> None:
        """Count the samples whose most active output is the label."""
        found = int((signal.sum(axis=1).argmax(axis=1) == label).sum())
        self.right[who] = self.right.get(who, 0) + found

    def accuracy(self, who: str) -> str:
        """In percent, with two digits."""
        return f"{100 * self.right[who] / self.labelled:.2f}" if self.labelled else "-"


def _timed(tally: Tally, what: str, work: Callable[[], Any]) -> Any:
    begin = time.process_time()
    result = work()
    tally.seconds[what] = tally.seconds.get(what, 0.0) + time.process_time() - begin
    return result


def run_workload(path: Path, workload: Workload, limit: int | None) -> tuple[Tally, Program]:
    """Float, golden and emulated signals of every population, and states of the last two."""
    network = load_model(path, LoadOptions(**workload.options)).network
    tally = Tally()
    compiled = _timed(tally, "compile", lambda: compile_network(network, find_target(TARGET)))
    program = Program(compiled.program)
    names = [p.name for p in network.populations]
    (source,) = network.inputs
    (output,) = network.outputs
    from somac.compiler.plugins import find_backend

    emulator = find_backend(compiled.target.backend).emulator(compiled.program)
    for x, label in workload.batches(limit):
        given = {source.name: x.astype(np.int64)}
        float_trace = _timed(tally, "float", lambda g=given: reference(network, g, record=names))
        meant = _timed(
            tally,
            "golden",
            lambda g=given: golden(compiled.golden, g, record=names, record_states=names),
        )
        seen = _timed(
            tally,
            "emulator",
            lambda g=given: emulator.run(g, record=names, record_states=names),
        )
        tally.samples += len(x)
        for name in names:
            tally.spikes += int(np.count_nonzero(float_trace.signals[name]))
            tally.moved += int((float_trace.signals[name] != meant.signals[name]).sum())
            pairs = [(seen.signals[name], meant.signals[name])]
            pairs += [(seen.states[name][s], v) for s, v in meant.states[name].items()]
            tally.mismatches += sum(int((a != b).sum()) for a, b in pairs)
            tally.compared += sum(b.size for _, b in pairs)
        if label is not None:
            tally.labelled += len(label)
            for who, signals in (
                ("float", float_trace.signals),
                ("golden", meant.signals),
                ("emulated", seen.outputs),
            ):
                tally.add_classes(who, signals[output.name], label)
    return tally, program


def workload_rows(limit: int | None) -> Iterator[Sequence[str]]:
    """A row per model."""
    for workload in WORKLOADS:
        most = workload.most if limit is None else min(limit, workload.most or limit)
        tally, program = run_workload(SHARED / "nir" / workload.model, workload, most)
        findings = len(program.verify())
        yield (
            workload.model,
            str(workload.options.get("profile", "nir-euler")),
            str(tally.samples),
            *(tally.accuracy(who) for who in ("float", "golden", "emulated")),
            f"{tally.moved} of {tally.spikes}",
            f"{tally.mismatches} of {tally.compared}",
            str(findings),
            f"{tally.seconds['compile']:.1f}",
            f"{tally.seconds['emulator']:.1f}",
        )


def older_rows() -> Iterator[Sequence[str]]:
    """A row per file of an older nir version: compiled and verified, or why not."""
    for path in sorted((SHARED / "nir" / "older").glob("*.nir")):
        try:
            network = load_model(path).network
            batches = _random_batches(network.inputs[0].size)
            tally, program = run_workload(path, Workload(path.name, batches), None)
        except SomacError as error:
            codes = ", ".join(dict.fromkeys(d.code for d in error.diagnostics))
            first = error.diagnostics[0].message
            yield path.name, f"refused: {codes}: {first}", "-", "-"
        else:
            repaired = len(load_model(path).notes)
            yield (
                path.name,
                f"read with {repaired} notes",
                f"{tally.mismatches} of {tally.compared}",
                str(len(program.verify())),
            )


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> None:
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, help="recordings per set (all by default)")
    limit = parser.parse_args().limit
    print("Float reference against recorded spikes (differing per layer):\n")
    _table(
        ("model", "simulator", "profile", "computed in", "differing", "spikes"), recording_rows()
    )
    print("\nCompiled for", TARGET, "with 8-bit weights (accuracy in %, times in CPU seconds):\n")
    _table(
        (
            "model",
            "profile",
            "samples",
            "float",
            "integer",
            "emulated",
            "spikes moved by integers",
            "emulator mismatches",
            "checker's findings",
            "compile s",
            "emulate s",
        ),
        workload_rows(limit),
    )
    print("\nFiles of older versions:\n")
    _table(("file", "result", "emulator mismatches", "checker's findings"), older_rows())


if __name__ == "__main__":
    main()
