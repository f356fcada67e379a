"""The two sides of `somac compare`: signals, however they were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
import numpy as np

from somac.compiler.agreement import last_weights
from somac.compiler.api import Program
from somac.compiler.archive import read_arrays
from somac.compiler.cli.console import Console
from somac.compiler.cli.views.compared import Side, Signals
from somac.compiler.cli.work import network_of, recording_for
from somac.compiler.inputs import Recording, raw_inputs
from somac.compiler.load import LoadOptions
from somac.compiler.passes.quantise import QuantiseOptions, quantise
from somac.compiler.signals import in_units, learnt_in_units
from somac.ir.integer import IntegerInput
from somac.ir.network import Input, Output
from somac.ir.simulate import golden, reference

__all__ = ["Data", "integers", "run_of", "simulated"]


@dataclass(frozen=True, slots=True)
class Data:
    """The file of recorded inputs, if one was given, and how much of it to use."""

    path: Path | None
    samples: int | None

    def for_inputs(self, inputs: tuple[Input, ...] | tuple[IntegerInput, ...]) -> Recording:
        """The recording for a network."""
        if self.path is None:
            raise click.UsageError("Running a model needs --input NPZ.")
        return recording_for(self.path, inputs, self.samples)


def run_of(console: Console, path: Path, reading: LoadOptions, data: Data) -> Side:
    """A file of arrays as it is, a bundle emulated, a model simulated in floating point."""
    if path.suffix.lower() == ".npz":
        return Side(str(path), read_arrays(path))
    if path.is_dir():
        return _emulated(console, path, data)
    return simulated(console, path, reading, data)


def simulated(console: Console, path: Path, reading: LoadOptions, data: Data) -> Side:
    """The float reference of a model."""
    network = network_of(console, path, reading)
    recording = data.for_inputs(network.inputs)
    names = [p.name for p in network.populations]
    with console.progress() as report:
        report("simulate")
        learning = [p.name for p in network.projections if p.plasticity is not None]
        trace = reference(network, recording.inputs, record=names, record_weights=learning)
    signals = {**_ordered(names, trace.signals), **last_weights(trace.weights)}
    label = f"{path}, floating point, profile {network.semantics.get('profile', 'of its own')}"
    return Side(label, signals, _accuracy(signals, network.outputs, recording))


def integers(
    console: Console, path: Path, reading: LoadOptions, data: Data, bits: int | None
) -> Side:
    """The integers of a model, before a target has a say."""
    network = network_of(console, path, reading)
    recording = data.for_inputs(network.inputs)
    options = QuantiseOptions() if bits is None else QuantiseOptions(weight_bits=bits)
    with console.progress() as report:
        report("quantise")
        integer = quantise(network, options).network
        names = [p.name for p in integer.populations]
        report("simulate")
        raw = raw_inputs(recording.inputs, integer.inputs)
        learning = [p.name for p in integer.projections if p.plasticity is not None]
        trace = golden(integer, raw, record=names, record_weights=learning)
    sources = {o.name: o.source for o in integer.outputs}
    raw_signals = _ordered(names, trace.signals)
    signals = {n: in_units(integer, sources.get(n, n), v) for n, v in raw_signals.items()}
    learnt = {n: learnt_in_units(integer, n, states) for n, states in trace.weights.items()}
    signals |= last_weights(learnt)
    label = f"{path}, integers, weights of {options.weight_bits} bits"
    return Side(label, signals, _accuracy(signals, integer.outputs, recording))


def _emulated(console: Console, path: Path, data: Data) -> Side:
    program = Program.open(path)
    network = program.golden()
    recording = data.for_inputs(network.inputs)
    names = [p.name for p in network.populations]
    with console.progress() as report:
        progress = partial(report, "emulate")
        learning = [p.name for p in network.projections if p.plasticity is not None]
        run = program.run(
            recording.inputs, record=names, record_weights=learning, progress=progress
        )
    accuracy = _accuracy(run.outputs, network.outputs, recording)
    signals = {**run.signals, **run.outputs, **last_weights(run.weights)}
    return Side(f"{path}, emulated", signals, accuracy)


def _ordered(first: Sequence[str], signals: Signals) -> Signals:
    """Populations before outputs: of two that differ from one step on, the cause is named."""
    return {name: signals[name] for name in (*first, *(n for n in signals if n not in first))}


def _accuracy(signals: Signals, outputs: tuple[Output, ...], recording: Recording) -> float | None:
    """The share of samples whose most active cell of the first output is their label."""
    if recording.labels is None or not outputs or not signals[outputs[0].name].size:
        return None
    classes = np.argmax(signals[outputs[0].name].sum(axis=1), axis=1)
    return float((classes == recording.labels).mean())
