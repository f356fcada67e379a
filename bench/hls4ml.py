"""Recurrent layers as hls4ml computes them: the rows of `RESULTS.md#hls4ml`.

    python -m bench.hls4ml                          our golden model and the emulator alone
    python -m bench.hls4ml --peers-python PATH      every bit beside hls4ml's C simulation
    python -m bench.hls4ml --peers-python PATH --record tests/data/hls4ml_layers.npz

PATH is a Python with what `peers/requirements-hls4ml.txt` lists; hls4ml wants g++. The networks
have the sizes of two in arXiv 2207.00559: top tagging, 20 steps of 6 numbers, 20 units of LSTM or
GRU, 64 with relu, one with sigmoid; and QuickDraw, 100 steps of 3 numbers, 128 units, 256 and 128
with relu, 5 (without the softmax). Weights, biases and inputs are random numbers of their
formats. Seconds are CPU seconds. `--record` writes 20 inputs and outputs of small networks, for
the tests.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from somac.compiler.layers import (
    Activation,
    Dense,
    FixedTypes,
    Gru,
    Layer,
    Lstm,
    static_network,
    unrolled_inputs,
    unrolled_network,
)
from somac.compiler.pipeline import CompileOptions, compile_integer
from somac.compiler.plugins import BACKENDS, find_backend, installed
from somac.compiler.targets import load_targets
from somac.ir.errors import SomacError
from somac.ir.fixed import Format, Overflow, Rounding, quantise, to_real
from somac.ir.integer import IntegerNetwork
from somac.ir.simulate import golden
from somac.ir.target import Target

__all__ = ["CASES", "Case", "Sizes", "Weights", "drawn", "network_of", "outputs_of"]

Raw = NDArray[np.int64]
Weights = Mapping[str, Raw]

PEER: Final = Path(__file__).parent / "peers" / "hls4ml_layers.py"
ROUNDS: Final = 3
WIDE: Final = Format(16, 6)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of a network: a sequence, a recurrent layer, dense layers with their activations.

    `samples` is how many sequences the bench takes.
    """

    name: str
    samples: int
    steps: int
    channels: int
    units: int
    dense: tuple[tuple[str, int, Activation], ...]


TOP_TAGGING: Final = Sizes(
    "top tagging", 1000, 20, 6, 20, (("fc1", 64, "relu"), ("out", 1, "sigmoid"))
)
QUICKDRAW: Final = Sizes(
    "QuickDraw",
    100,
    100,
    3,
    128,
    (("fc1", 256, "relu"), ("fc2", 128, "relu"), ("out", 5, "linear")),
)
SMALL: Final = Sizes(
    "small", 20, 8, 3, 5, (("fc1", 7, "relu"), ("fc2", 6, "linear"), ("out", 2, "sigmoid"))
)


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of recurrent layer, the formats of its numbers, and how steps are laid out."""

    kind: Literal["lstm", "gru"]
    weight: Format
    accum: Format
    result: Format
    static: bool = True

    @property
    def name(self) -> str:
        """Unique."""
        mode = "static" if self.static else "unrolled"
        formats = dict.fromkeys(map(str, (self.weight, self.accum, self.result)))
        return f"{self.kind} {mode} {' '.join(formats)}"

    @property
    def types(self) -> FixedTypes:
        """Weights and biases have one format."""
        return FixedTypes(self.weight, self.weight, self.accum, self.result)


def _cases() -> Iterator[Case]:
    narrow = Format(8, 3)
    half_up = Format(12, 3, True, Rounding.RND)
    even = Format(12, 4, True, Rounding.RND_CONV)
    kinds: tuple[Literal["lstm", "gru"], ...] = ("lstm", "gru")
    for kind in kinds:
        yield Case(kind, WIDE, WIDE, WIDE)
        yield Case(kind, WIDE, WIDE, WIDE, static=False)
        for format in (narrow, half_up, even):
            yield Case(kind, format, format, format)
    # formats that differ; hls4ml's LSTM does not compile where the result is no accumulator
    yield Case("lstm", Format(9, 2), Format(18, 8), Format(18, 8))
    yield Case("gru", Format(9, 2), Format(18, 8), replace(even, overflow=Overflow.SAT))


CASES: Final = tuple(_cases())


def drawn(sizes: Sizes, case: Case, seed: int = 1) -> dict[str, Raw]:
    """Raw weights in the layout of Keras, and inputs ``x`` (samples, steps, channels)."""
    rng = np.random.default_rng(seed)
    gates = 4 if case.kind == "lstm" else 3
    width, units = gates * sizes.units, sizes.units
    shapes: dict[str, tuple[int, ...]] = {
        "rnn_kernel": (sizes.channels, width),
        "rnn_recurrent": (units, width),
        "rnn_bias": (width,) if case.kind == "lstm" else (2, width),
    }
    for name, cells, _ in sizes.dense:
        shapes |= {f"{name}_kernel": (units, cells), f"{name}_bias": (cells,)}
        units = cells
    weights = {
        name: quantise(rng.normal(0, 0.3 if name.endswith("bias") else 0.5, shape), case.weight)
        for name, shape in shapes.items()
    }
    x = rng.normal(0, 1, (sizes.samples, sizes.steps, sizes.channels))
    return weights | {"x": quantise(x, case.result)}


def network_of(sizes: Sizes, case: Case, weights: Weights) -> IntegerNetwork:
    """The layers, static or unrolled."""
    recurrent = Lstm if case.kind == "lstm" else Gru
    types = case.types
    layers: list[Layer] = [
        recurrent(
            "rnn", weights["rnn_kernel"], weights["rnn_recurrent"], weights["rnn_bias"], types
        )
    ]
    layers += [
        Dense(name, weights[f"{name}_kernel"], weights[f"{name}_bias"], types, activation)
        for name, _, activation in sizes.dense
    ]
    if case.static:
        return static_network(case.kind, layers, case.result)
    return unrolled_network(case.kind, layers, case.result, sizes.steps)


def inputs_of(case: Case, x: Raw) -> dict[str, Raw]:
    """For the network of a case."""
    return {"x": x} if case.static else unrolled_inputs(x)


def outputs_of(case: Case, sizes: Sizes, weights: Weights) -> Raw:
    """What the golden model sends after the last step, (samples, cells), for ``weights["x"]``."""
    network = network_of(sizes, case, weights)
    return golden(network, inputs_of(case, weights["x"])).signals["out"][:, -1]


def _ap_fixed(format: Format) -> str:
    modes = f"AP_{format.rounding.value},AP_{format.overflow.value}"
    return f"ap_fixed<{format.width},{format.integer},{modes}>"


def peer(
    python: str, sizes: Sizes, case: Case, weights: Weights
) -> tuple[Raw, Mapping[str, float]]:
    """What hls4ml's C simulation sends, raw, and its seconds."""
    model = {
        "kind": case.kind,
        "static": case.static,
        "steps": sizes.steps,
        "channels": sizes.channels,
        "units": sizes.units,
        "dense": sizes.dense,
        **{name: _ap_fixed(getattr(case, name)) for name in ("weight", "accum", "result")},
    }
    real = {name: to_real(raw, case.weight) for name, raw in weights.items()}
    real["x"] = to_real(weights["x"], case.result)
    with TemporaryDirectory() as folder:
        arrays, work = Path(folder) / "model.npz", Path(folder) / "work"
        _save(arrays, {"model": np.array(json.dumps(model)), **real})
        command = [python, str(PEER), str(arrays), str(work)]
        environment = os.environ | {"JAX_PLATFORMS": "cpu"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
        told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        y = np.load(work / "y.npy")
    return quantise(y, case.result), told


def _save(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    # by type hints of NumPy, the values could be its own options
    save: Any = np.savez_compressed
    save(file, **arrays)


def _timed(run: Any) -> tuple[Any, float]:
    """The result, and the median CPU seconds of some rounds."""
    seconds = []
    for _ in range(ROUNDS):
        before = time.process_time()
        result = run()
        seconds.append(time.process_time() - before)
    return result, median(seconds)


def fpga() -> Target | None:
    """The largest part of the backend "fpga", if it is installed."""
    if "fpga" not in installed(BACKENDS):
        return None
    return load_targets()["xcvu9p"]


def emulated(
    network: IntegerNetwork, inputs: Mapping[str, Raw], target: Target
) -> tuple[Raw, float] | None:
    """What the emulator of a bundle sends last, and its CPU seconds; None for what is too large."""
    try:
        program = compile_integer(network, target, CompileOptions(options={"fit": 100})).program
    except SomacError as error:
        if {d.code for d in error.diagnostics} != {"E0663"}:
            raise
        return None
    emulator = find_backend(target.backend).emulator(program)
    emulator.run(inputs)
    seen, seconds = _timed(lambda: emulator.run(inputs))
    return seen.outputs["out"][:, -1], seconds


def rows(python: str | None, target: Target | None) -> Iterator[str]:
    """A row per case."""
    large = [(QUICKDRAW, case) for case in CASES if case.weight == case.result == WIDE]
    for sizes, case in [*((TOP_TAGGING, case) for case in CASES), *large]:
        weights = drawn(sizes, case)
        network = network_of(sizes, case, weights)
        inputs = inputs_of(case, weights["x"])
        trace, seconds = _timed(lambda n=network, i=inputs: golden(n, i))
        ours = trace.signals["out"][:, -1]
        count = sizes.samples
        columns = [sizes.name, case.name, f"{len(np.unique(ours))}", f"{count / seconds:,.0f}"]
        theirs = 0.0
        if python:
            y, told = peer(python, sizes, case, weights)
            theirs = told["seconds"]
            columns += [
                f"{(y != ours).sum()} of {y.size:,}",
                f"{told['compile']:.1f}",
                f"{count / theirs:,.0f}",
            ]
        found = emulated(network, inputs, target) if target else None
        if target and found is None:
            columns += ["too large"] * (3 if python else 2)
        if found is not None:
            sent, taken = found
            columns += [f"{(sent != ours).sum()} of {sent.size:,}", f"{count / taken:,.0f}"]
            columns += [f"{theirs / taken:.0f}"] if python else []
        yield f"| {' | '.join(columns)} |"


def record(python: str, file: Path) -> None:
    """Small networks with what hls4ml gave for them, a name per case and array."""
    arrays: dict[str, NDArray[Any]] = {}
    for number, case in enumerate(CASES):
        weights = drawn(SMALL, case, seed=number)
        y, _ = peer(python, SMALL, case, weights)
        for name, raw in {**weights, "y": y}.items():
            arrays[f"{number}_{name}"] = raw.astype(np.int16)
    _save(file, arrays)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers-python", help="a Python in which hls4ml is installed")
    parser.add_argument("--record", type=Path, help="write what the tests compare with")
    options = parser.parse_args()
    if options.record:
        if not options.peers_python:
            parser.error("--record needs --peers-python")
        record(options.peers_python, options.record)
        return
    target = fpga()
    head = ["network", "weights, accumulator, result", "values sent", "golden, samples/s"]
    if options.peers_python:
        head += ["words that differ from hls4ml", "hls4ml compiles, s", "hls4ml, samples/s"]
    if target:
        head += ["emulated words that differ", f"{target.name} emulated, samples/s"]
        head += ["times hls4ml"] if options.peers_python else []
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows(options.peers_python, target):
        print(row, flush=True)


if __name__ == "__main__":
    main()
