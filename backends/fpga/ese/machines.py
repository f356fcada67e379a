"""The SystemVerilog of a sparse engine in a simulator, from the files of its bundle alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.backends.api.inputs import Taken, check_recorded, checked_inputs
from somac.backends.fpga.description import FILE
from somac.backends.fpga.ese.description import Description, Population, read_description
from somac.backends.fpga.machines.streams import bits_of, values_of
from somac.backends.fpga.simulators.design import Beats, Design, Records, Stimulus, words_of
from somac.backends.fpga.simulators.simulation import (
    Simulation,
    SimulatorName,
    open_simulation,
)
from somac.ir.datapath import parse
from somac.ir.errors import Place, SomacError
from somac.ir.program import Program

__all__ = ["EseRtl", "design_of", "open_rtl"]

Integers = NDArray[np.int64]

Signs = Mapping[str, bool]
"""By ``population.state``, whether it is signed."""

_SOURCES, _IMAGES = "rtl/", "mem/"
_MARGIN = 64
"""Cycles of what is fixed in a phase, more than any takes."""


class EseRtl:
    """An engine that runs in a simulator: samples side by side in its channels, a run for each
    group of them."""

    def __init__(self, description: Description, signs: Signs, simulation: Simulation) -> None:
        self.description = description
        self._signs = signs
        self._simulation = simulation
        self._cycles = 0

    @property
    def figures(self) -> Mapping[str, int]:
        """Clock cycles of all that has been run."""
        return {"clock cycles simulated": self._cycles}

    def run(
        self,
        inputs: Mapping[str, NDArray[Any]],
        /,
        *,
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
        record_weights: Sequence[str] = (),
        first: int = 0,
    ) -> Emulation:
        """Run, as `somac.backends.api.Emulator` says.

        Raises
        ------
        SomacError
            E0715 if the inputs are not those of the design, E0716 if there is not what is to be
            recorded, E0843, E0852 and E0853 if the simulation fails, E0855 if a stream is wrong.
        """
        d = self.description
        taken = Taken(d.input.name, d.input.cells, d.input.low, d.input.high)
        x = checked_inputs(inputs, [taken])[d.input.name].astype(np.int64)
        check_recorded(
            record,
            record_states,
            record_weights,
            inputs=[d.input.name],
            populations=d.populations(),
            file=FILE,
        )
        samples, steps = x.shape[:2]
        stimulus = Stimulus(
            (_beats(d, x),),
            (steps * d.outputs.cells,),
            (steps * d.cells.cells, steps * d.outputs.cells),
        )
        records = self._simulation.run(stimulus, _longest(d, steps))
        self._cycles += int(records.cycles.sum())
        return self._emulation(records, x, samples, record, record_states)

    def _emulation(
        self,
        records: Records,
        x: Integers,
        samples: int,
        record: Sequence[str],
        record_states: Sequence[str],
    ) -> Emulation:
        d = self.description
        steps = x.shape[1]
        signals, states = {d.input.name: x}, {}
        sent = []
        for p, beats in zip((d.cells, d.outputs), records.probes, strict=True):
            words = bits_of(beats.data)
            sent.append(_values(d, words, steps, p.cells, (0, d.activation_bits), True)[:samples])
            if p.population is not None:
                signals[p.population] = sent[-1]
                states[p.population] = self._states(p, words, steps, samples)
        left = _left(d, records.outputs[0], steps)[:samples]
        if not np.array_equal(left, sent[1]):
            raise SomacError(
                "E0855",
                f"the stream of output {d.output.name} is not what its update had sent",
                place=Place(node=d.output.name),
                have=f"{int((left != sent[1]).sum())} values of {left.size} that differ",
            )
        return Emulation(
            {d.output.name: left},
            {name: signals[name] for name in record},
            {name: states[name] for name in record_states},
            {"cycles": int(records.cycles.sum())},
            sent={name: (value != 0).sum(axis=(0, 1)) for name, value in signals.items()},
            cycles=_cycles(d, records, steps, samples),
        )

    def _states(
        self, p: Population, words: NDArray[np.uint8], steps: int, samples: int
    ) -> dict[str, Integers]:
        """What a probe shows above what is sent: per channel, the states one above the other."""
        d, found, place = self.description, {}, 0
        for state in p.states:
            first, signed = d.vector + place, self._signs[f"{p.population}.{state.name}"]
            part = _values(d, words, steps, p.cells, (first, state.bits), signed, p.state_bits)
            found[state.name] = part[:samples]
            place += state.bits
        return found


@contextmanager
def open_rtl(program: Program, simulator: SimulatorName) -> Iterator[EseRtl]:
    """Build the SystemVerilog of a program for a simulator; the files are gone afterwards.

    Raises
    ------
    SomacError
        E0703 to E0713 if the design cannot be read, E0840 if a tool is missing, E0841 if one
        does not take the design.
    """
    d = read_description(program)
    signs = dict(_signs(program, d))
    with open_simulation(design_of(program), simulator) as simulation:
        yield EseRtl(d, signs, simulation)


def design_of(program: Program) -> Design:
    """The engine as simulators take it: a stream in, one out, probes of cells and outputs."""
    d = read_description(program)
    sources, images = program.under(_SOURCES), program.under(_IMAGES)
    return Design(sources, images, 1, d.vector, 1, d.vector, 2, d.probe)


def _signs(program: Program, d: Description) -> Iterator[tuple[str, bool]]:
    for p in (d.cells, d.outputs):
        try:
            datapath = parse(program.files[p.datapath].decode())
            for state in p.states:
                signed = datapath.format_of("state", state.name).signed
                yield f"{p.population}.{state.name}", signed
        except (ValueError, KeyError) as error:
            place = Place(file=p.datapath)
            raise SomacError("E0713", f"not its datapath: {error}", place=place) from None


def _grouped(d: Description, values: Integers) -> Integers:
    """Samples (samples, ...) as groups of channels, (groups, channels, ...); the last is filled up
    with zeros."""
    groups = -(-len(values) // d.channels)
    padded = np.zeros((groups * d.channels, *values.shape[1:]), np.int64)
    padded[: len(values)] = values
    return padded.reshape(groups, d.channels, *values.shape[1:])


def _beats(d: Description, x: Integers) -> NDArray[np.uint32]:
    """uint32 (groups, beats, words): an input of all channels in a beat, the first lowest."""
    groups = _grouped(d, x)
    flat = groups.transpose(0, 2, 3, 1).reshape(len(groups), -1, d.channels)
    bits = (flat[..., None] >> np.arange(d.activation_bits)) & 1
    padded = np.zeros((*flat.shape[:2], 32 * words_of(d.vector)), np.uint8)
    padded[..., : d.vector] = bits.reshape(*flat.shape[:2], d.vector)
    return np.packbits(padded, axis=2, bitorder="little").view("<u4").astype(np.uint32)


def _values(
    d: Description,
    bits: NDArray[np.uint8],
    steps: int,
    cells: int,
    field: tuple[int, int],
    signed: bool,
    apart: int | None = None,
) -> Integers:
    """int64 (samples, steps, cells): fields of all channels out of words of bits.

    The first begins at `field[0]` and has `field[1]` bits; those of channels are so far `apart`,
    by default one after the other.
    """
    first, width = field
    places = first + (apart or width) * np.arange(d.channels)[:, None] + np.arange(width)
    found = values_of(bits[..., places], signed=signed)
    shaped = found.reshape(-1, steps, cells, d.channels).transpose(0, 3, 1, 2)
    return shaped.reshape(-1, steps, cells)


def _left(d: Description, beats: Beats, steps: int) -> Integers:
    """What left the stream; SomacError E0855 for steps that do not end where they should."""
    ends = beats.last.reshape(-1, steps, d.outputs.cells)
    if (ends != (np.arange(d.outputs.cells) == d.outputs.cells - 1)).any():
        text = f"the stream of output {d.output.name} has steps that end elsewhere"
        raise SomacError("E0855", text, place=Place(node=d.output.name))
    return _values(d, bits_of(beats.data), steps, d.outputs.cells, (0, d.activation_bits), True)


def _cycles(d: Description, records: Records, steps: int, samples: int) -> dict[str, Integers]:
    """Of the group of each sample: when inputs are taken, results are there, outputs leave."""
    seen = {
        f"input {d.input.name}": records.accepted[0],
        "cells": records.probes[0].cycles,
        "outputs": records.probes[1].cycles,
        f"output {d.output.name}": records.outputs[0].cycles,
    }
    group = np.arange(samples) // d.channels
    return {name: at.reshape(len(at), steps, -1)[group] for name, at in seen.items()}


def _longest(d: Description, steps: int) -> int:
    """Cycles of a run in which one thing is done at a time, so that one that hangs is found out."""
    work = d.lanes * d.entries + 8 * d.columns
    cells = 4 * (d.cells.cells + d.outputs.cells + d.input.cells)
    latency = d.cells.latency + d.outputs.latency
    return (steps + 1) * (work + cells + latency + _MARGIN)
