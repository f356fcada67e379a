"""What cores recorded, put together as the network's populations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.backends.manycore.machines.bundle import Bundle, Population
from somac.backends.manycore.machines.plastic import weights_of
from somac.backends.manycore.machines.session import CoreRecord
from somac.ir.datapath import parse
from somac.ir.errors import Diagnostic, Place, SomacError

__all__ = ["checked_inputs", "emulation"]

Integers = NDArray[np.int64]


def checked_inputs(
    bundle: Bundle, inputs: Mapping[str, NDArray[np.integer]]
) -> dict[str, Integers]:
    """The inputs as int64; SomacError E0715 if they are not (samples, steps, channels) each."""
    problems = [
        Diagnostic(
            "E0715",
            f"input {name} is missing or has another shape",
            Place(node=name),
            have=f"shape {np.shape(inputs[name])}" if name in inputs else "nothing",
            need=f"(samples, steps, {len(keys)})",
        )
        for name, keys in bundle.inputs.items()
        if name not in inputs or np.shape(inputs[name])[2:] != (len(keys),)
    ]
    if problems:
        raise SomacError.of(problems)
    return {name: np.asarray(inputs[name], dtype=np.int64) for name in bundle.inputs}


def emulation(
    bundle: Bundle,
    records: Sequence[CoreRecord],
    inputs: Mapping[str, Integers],
    record: Sequence[str],
    record_states: Sequence[str],
    record_weights: Sequence[str],
) -> Emulation:
    """Signals and states of populations from those of cores; SomacError E0716 for other names."""
    populations = {p.name: p for p in bundle.populations}
    unknown = [name for name in record if name not in populations and name not in inputs]
    unknown += [name for name in record_states if name not in populations]
    plastic = {p.name: p for p in bundle.learning.projections}
    unknown += [name for name in record_weights if name not in plastic]
    if unknown:
        raise SomacError.of(
            Diagnostic("E0716", f"there is nothing of the name {name!r}", Place(node=name))
            for name in unknown
        )
    signals = dict(inputs)
    for name in (*record, *bundle.outputs.values()):
        if name not in signals:
            signals[name] = _cells(populations[name], records, lambda r: r.signals)
    states = {}
    datapaths = [parse(text) for text in bundle.programs.values()]
    for name in record_states:
        core = bundle.cores[populations[name].slices[0][1]]
        labels = datapaths[core.program].names("state")
        states[name] = {
            label: _cells(populations[name], records, _state(number))
            for number, label in enumerate(labels)
        }
    return Emulation(
        {name: signals[source] for name, source in bundle.outputs.items()},
        {name: signals[name] for name in record},
        states,
        weights={
            name: weights_of(
                bundle.learning,
                plastic[name],
                _cells_by_key(bundle, plastic[name].source),
                _places(bundle, populations[plastic[name].target]),
                {n: (core.learnt_at, records[n].learnt) for n, core in enumerate(bundle.cores)},
            )
            for name in record_weights
        },
    )


def _cells_by_key(bundle: Bundle, source: str) -> dict[int, int]:
    """The cell of an input or population that sends each key."""
    if source in bundle.inputs:
        return {key: n for n, key in enumerate(bundle.inputs[source].tolist()) if key >= 0}
    (population,) = (p for p in bundle.populations if p.name == source)
    found: dict[int, int] = {}
    for core, cells in _places(bundle, population).items():
        key = bundle.cores[core].key
        if key is not None:
            found |= {key + n: cell for n, cell in enumerate(cells.tolist())}
    return found


def _places(bundle: Bundle, population: Population) -> dict[int, Integers]:
    """Per core of a population, the cell of the model that each of its neurons is."""
    return {
        core: population.cells[start : start + bundle.cores[core].neurons]
        for start, core in population.slices
    }


def _cells(
    population: Population,
    records: Sequence[CoreRecord],
    values: Callable[[CoreRecord], Integers],
) -> Integers:
    """Values (samples, steps, cells) of a population, from those slice by slice."""
    found = np.concatenate([values(records[core]) for _, core in population.slices], axis=2)
    cells = np.empty_like(found)
    cells[:, :, population.cells] = found
    return cells


def _state(number: int) -> Callable[[CoreRecord], Integers]:
    return lambda record: record.states[number]
