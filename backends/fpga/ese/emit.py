"""An engine as files: SystemVerilog, memory images, and a description of what they hold.

| file | what it holds |
|---|---|
| ``rtl/ese_*.sv`` | hand-written modules |
| ``rtl/NAME_core.sv`` | the engine of this network: parameters, its two updates |
| ``rtl/NAME.sv`` | the module on top |
| ``rtl/cell_update.sv``, ``rtl/output_update.sv`` and what they instantiate | generated pipelines |
| ``rtl/sim.sv`` | the module that simulators run |
| ``mem/entries_NNN.mem``, ``mem/pointers_NNN.mem`` | the stream of a lane, where its columns end |
| ``mem/cells.mem``, ``mem/outputs.mem`` | per cell, its parameters and first states |
| other ``mem/*.mem`` | tables of functions |
| ``datapaths/cells.datapath``, ``datapaths/outputs.datapath`` | the updates as text |
| ``design.json`` | sizes, formats, the schedule |
| ``tb/*`` | a testbench with stimuli |
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.systemverilog import part_source
from somac.backends.fpga.description import FILE, FORMAT
from somac.backends.fpga.emit.testbench import (
    Bench,
    Stream,
    beats_of,
    bench_files,
    steps_for,
    stimuli,
)
from somac.backends.fpga.ese.description import CIRCUIT, entries_image, pointers_image
from somac.backends.fpga.ese.encoding import Encoded, encode, work_of
from somac.backends.fpga.ese.rtl import library
from somac.backends.fpga.ese.schedule import Latencies, Work
from somac.backends.fpga.ese.structure import (
    Geometry,
    Structure,
    require_geometry,
    structure_of,
)
from somac.backends.fpga.ese.top import Parts, beat_bits, core, names_of, sim, top
from somac.backends.fpga.ese.update import Update, update_of
from somac.backends.fpga.ese.words import hex_image, packed_words, unsigned_width
from somac.ir.datapath import SEMANTICS
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program
from somac.ir.simulate import golden

__all__ = ["STAGE_NS", "Emitted", "emit", "updates_of"]

STAGE_NS = 5.0
"""Budget of a stage of the update pipelines: a clock of 200 MHz, as ESE's."""


@dataclass(frozen=True, slots=True, eq=False)
class Emitted:
    """The files of an engine, and the values that they were made from."""

    program: Program
    structure: Structure
    geometry: Geometry
    encoded: Encoded
    updates: tuple[Update, Update]

    @property
    def top(self) -> str:
        """Name of the module on top."""
        return names_of(self.structure.network).top

    @property
    def latencies(self) -> Latencies:
        """Of the updates."""
        return Latencies(*(u.lane.latency for u in self.updates))

    @property
    def work(self) -> Work:
        """What its cycles follow from."""
        return work_of(self.structure, self.encoded, self.latencies)


def emit(network: IntegerNetwork, geometry: Geometry, target: str = "") -> Emitted:
    """Write a network as an engine; `target` is the name of what it is for.

    Raises
    ------
    SomacError
        E0670 for a network that it cannot run.
    """
    structure = structure_of(network)
    require_geometry(structure, geometry)
    cells, outputs = updates_of(structure)
    names = names_of(network)
    parts = Parts(structure, geometry, encode(structure, geometry), cells, outputs, names)
    described = json.dumps(_description(parts), indent=1, sort_keys=True)
    sources = {
        **library(),
        **_sources(cells, parts),
        **_sources(outputs, parts),
        f"{names.top}_core.sv": core(parts).encode(),
        f"{names.top}.sv": top(parts).encode(),
        "sim.sv": sim(parts).encode(),
    }
    files = {f"rtl/{name}": text for name, text in sources.items()}
    files |= {f"mem/{name}": image for name, image in _images(parts).items()}
    files |= {
        _datapath_file(update): update.population.datapath.text().encode()
        for update in (cells, outputs)
    }
    files |= {f"tb/{name}": text for name, text in _bench(parts).items()}
    files[FILE] = f"{described}\n".encode()
    program = Program("fpga", target, dict(sorted(files.items())))
    return Emitted(program, structure, geometry, parts.encoded, (cells, outputs))


def updates_of(structure: Structure) -> tuple[Update, Update]:
    """The pipelines of the cells and of the outputs."""
    return (
        update_of(structure.cells, "cell", STAGE_NS),
        update_of(structure.outputs, "output", STAGE_NS),
    )


def _sources(update: Update, parts: Parts) -> dict[str, bytes]:
    lane, structure = update.lane, parts.structure
    channels = parts.geometry.channels
    text = update.source(channels, structure.sum_bits, structure.activation_bits)
    made = {f"{update.name}_update.sv": text, f"{lane.name}.sv": lane.text}
    made |= {f"{part}.sv": part_source(part) for part in lane.parts}
    return {name: content.encode() for name, content in made.items()}


def _images(parts: Parts) -> dict[str, bytes]:
    geometry, encoded, depth = parts.geometry, parts.encoded, parts.entries
    made = {_memory(u): u.constants() for u in (parts.cells, parts.outputs)}
    for update in (parts.cells, parts.outputs):
        made |= {name: text.encode() for name, text in update.lane.memories.items()}
    for lane in range(geometry.lanes):
        skips, weights = encoded.skips[lane], encoded.weights[lane]
        fields = [(skips, geometry.index_bits), (weights, geometry.weight_bits)]
        words = packed_words(fields, len(weights))
        width = geometry.index_bits + geometry.weight_bits
        made[entries_image(lane)] = hex_image(words, width, depth)
        ends = encoded.ends[lane].tolist()
        made[pointers_image(lane)] = hex_image(ends, unsigned_width(depth), len(ends))
    return made


def _bench(parts: Parts) -> Mapping[str, bytes]:
    """Other stimuli on each channel, and what the golden model makes of them."""
    structure, channels = parts.structure, parts.geometry.channels
    network, bits = structure.network, structure.activation_bits
    steps = steps_for(int(parts.encoded.stored.sum()) * channels)
    given = stimuli(network.inputs, steps, channels)
    (output,) = network.outputs
    meant = golden(network, given, record=[output.source]).signals[output.source]

    def stream(name: str, values: NDArray[np.int64]) -> Stream:
        words = values.transpose(1, 2, 0)
        beats = beats_of(words.reshape(-1, channels), bits)
        vector = channels * bits
        return Stream(name, words.shape[1], beat_bits(vector), vector, beats)

    work = parts.geometry.lanes * parts.entries + 8 * int(parts.encoded.columns.sum())
    return bench_files(
        Bench(
            parts.names.top,
            (stream(parts.names.input, given[structure.x.name]),),
            (stream(parts.names.output, meant),),
            steps,
            1000 + 2 * (work + parts.cells.lane.latency + parts.outputs.lane.latency),
            framed=False,
        )
    )


def _memory(update: Update) -> str:
    return f"{update.name}s.mem"


def _datapath_file(update: Update) -> str:
    return f"datapaths/{update.name}s.datapath"


def _description(parts: Parts) -> dict[str, Any]:
    structure, geometry = parts.structure, parts.geometry
    (output,) = structure.network.outputs
    x, handed_on = structure.x, structure.handed_on
    return {
        "format": FORMAT,
        "semantics": SEMANTICS,
        "circuit": CIRCUIT,
        "name": parts.names.top,
        "stage_ns": STAGE_NS,
        "lanes": geometry.lanes,
        "channels": geometry.channels,
        "depth": geometry.depth,
        "index_bits": geometry.index_bits,
        "weight_bits": geometry.weight_bits,
        "activation_bits": structure.activation_bits,
        "sum_bits": structure.sum_bits,
        "entries": parts.entries,
        "input": {
            "name": x.name,
            "stream": parts.names.input,
            "cells": x.size,
            "low": x.format.minimum,
            "high": x.format.maximum,
        },
        "cells": _population(parts.cells, structure.cells.name),
        "outputs": _population(parts.outputs, None if handed_on else structure.outputs.name),
        "output": {"name": output.name, "stream": parts.names.output},
        "matrices": [
            {
                "projection": None if handed_on and m.source == "m" else m.projection.name,
                "source": m.source,
                "bank": m.bank,
                "columns": m.columns,
            }
            for m in structure.matrices
        ],
    }


def _population(update: Update, name: str | None) -> dict[str, Any]:
    population = update.population
    stored = {f.name for f in update.parameters}
    return {
        "population": name,
        "cells": population.size,
        "datapath": _datapath_file(update),
        "ports": list(population.datapath.names("input")),
        "latency": update.lane.latency,
        "states": [{"name": f.name, "bits": f.width} for f in update.states],
        "parameters": [{"name": f.name, "bits": f.width} for f in update.parameters],
        # one value for all cells, which the update holds as a constant, or has no use for
        "constants": {
            name: int(np.ravel(values)[0])
            for name, values in population.parameters.items()
            if name not in stored
        },
        "memory": _memory(update),
    }
