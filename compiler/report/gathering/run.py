"""One sample through the emulator and the golden model: signals and states side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.compiler.agreement import recorded_values
from somac.compiler.inputs import Recording, raw_inputs
from somac.compiler.plugins import find_backend
from somac.compiler.report.data import Events, Raster, Spikes, Trace, Traces
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork, IntegerPopulation
from somac.ir.program import Program
from somac.ir.simulate import Trace as Meant
from somac.ir.simulate import golden

__all__ = ["Ran", "raster_of", "run_sample", "traces_of"]

Integers = NDArray[np.int64]

_BUDGET = 1 << 25
"""Values of states and signals that are recorded at most."""

_MOST_CELLS = 128
"""Cells of a population whose events are shown."""

_MOST_DIFFERING = 32
"""Of them, those that are shown because they differ."""

_BUSY_CELLS = 2
"""Cells of a population whose states are shown because they send most."""

_MOST_TRACED = 24
"""Populations whose states are shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Ran:
    """A sample, what the emulator made of it, and what the golden model did.

    `inputs` are raw (1, steps, channels), of `steps_given`; `sample` of `samples` is the number.
    """

    sample: int
    samples: int
    steps_given: int
    label: int | None
    inputs: Mapping[str, Integers]
    seen: Emulation
    meant: Meant

    @property
    def steps(self) -> int:
        """That were run."""
        return int(next(iter(self.inputs.values())).shape[1])


def run_sample(
    program: Program, network: IntegerNetwork, recording: Recording, sample: int
) -> Ran | None:
    """Run it, as many of its steps as can be recorded; None if it has none.

    Raises
    ------
    SomacError
        E0903 if there is no such sample, or inputs do not fit.
    """
    samples, steps = next(iter(recording.inputs.values())).shape[:2]
    if not samples * steps:
        return None
    if not 0 <= sample < samples:
        raise SomacError(
            "E0903",
            f"there is no sample {sample}",
            have=f"{samples} samples, counted from 0",
        )
    shown = min(steps, max(1, _BUDGET // max(1, recorded_values(network))))
    some = {name: v[sample : sample + 1, :shown] for name, v in recording.inputs.items()}
    given = raw_inputs(some, network.inputs)
    names = [p.name for p in network.populations]
    seen = (
        find_backend(program.backend)
        .emulator(program)
        .run(given, record=names, record_states=names)
    )
    meant = golden(network, given, record=names, record_states=names)
    label = None if recording.labels is None else int(recording.labels[sample])
    return Ran(sample, samples, steps, label, given, seen, meant)


def raster_of(network: IntegerNetwork, ran: Ran) -> Raster:
    """Signals of inputs and populations, in the order of the model."""
    inputs = [
        _spikes(i.name, i.kind, ran.inputs[i.name][0], ran.inputs[i.name][0], is_input=True)
        for i in network.inputs
    ]
    populations = [
        _spikes(
            p.name,
            p.datapath.output_kind,
            ran.seen.signals[p.name][0],
            ran.meant.signals[p.name][0],
        )
        for p in network.populations
    ]
    return Raster(
        ran.sample,
        ran.samples,
        ran.steps,
        ran.steps_given,
        network.dt,
        (*inputs, *populations),
        sum(p.differing for p in populations),
        ran.label,
    )


def _spikes(
    name: str, kind: str, seen: Integers, meant: Integers, *, is_input: bool = False
) -> Spikes:
    """Of signals (steps, cells)."""
    wrong = seen != meant
    shown = _chosen(seen.shape[1], np.flatnonzero(wrong.any(axis=0)))
    a, b = seen[:, shown], meant[:, shown]
    return Spikes(
        name=name,
        kind=kind,
        cells=seen.shape[1],
        shown=shown,
        emulator=_events(a, a != 0, shown),
        reference=_events(b, b != 0, shown),
        missing=_events(b, (a != b) & (b != 0), shown),
        extra=_events(a, (a != b) & (a != 0), shown),
        total=int(np.count_nonzero(seen)),
        total_reference=int(np.count_nonzero(meant)),
        differing=int(np.count_nonzero(wrong)),
        is_input=is_input,
    )


def _chosen(cells: int, differing: Integers) -> Integers:
    """All cells; of many, some that differ and others evenly spread."""
    if cells <= _MOST_CELLS:
        return np.arange(cells)
    some = differing[:_MOST_DIFFERING]
    spread = np.linspace(0, cells - 1, _MOST_CELLS - len(some)).astype(np.int64)
    return np.union1d(some, spread)


def _events(signal: Integers, which: NDArray[np.bool_], shown: Integers) -> Events:
    step, column = np.nonzero(which)
    return Events(step, shown[column], signal[step, column])


def traces_of(network: IntegerNetwork, ran: Ran) -> Traces | None:
    """States of the busiest cells and of one that differs, of each population; None without any."""
    traces = tuple(trace for p in network.populations[:_MOST_TRACED] for trace in _traces(p, ran))
    return Traces(network.dt, traces) if traces else None


def _traces(p: IntegerPopulation, ran: Ran) -> Iterator[Trace]:
    states, meant = ran.seen.states[p.name], ran.meant.states[p.name]
    sent = ran.seen.signals[p.name][0]
    for name in states:
        seen, should = states[name][0], meant[name][0]
        format = p.datapath.format_of("state", name)
        scale = np.broadcast_to(p.scales.get(name, np.float64(1.0)), p.size)
        for cell in _looked_at(sent, seen, should):
            yield Trace(
                population=p.name,
                state=name,
                cell=cell,
                raw=seen[:, cell],
                reference=should[:, cell],
                scale=float(scale[cell]),
                format=str(format),
                low=format.minimum,
                high=format.maximum,
                sent=sent[:, cell],
            )


def _looked_at(sent: Integers, seen: Integers, meant: Integers) -> list[int]:
    """The cells that send most, or move most where none sends; and the first that differs."""
    activity = np.count_nonzero(sent, axis=0)
    if not activity.any():
        activity = np.ptp(seen, axis=0) if len(seen) else activity
    order = np.argsort(-activity, kind="stable")[:_BUSY_CELLS]
    wrong = np.flatnonzero((seen != meant).any(axis=0))[:1]
    return sorted({*order.tolist(), *wrong.tolist()})
