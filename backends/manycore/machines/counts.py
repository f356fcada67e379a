"""Instructions of the cores' C on a Cortex-M4: of a neuron's update, a packet, a synaptic event.

The simulator executes an instruction a nanosecond (``-icount shift=0``), and its timer, at
25 MHz, counts 40 of them. It has no model of cycles: these are instructions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.machines.bundle import Core
from somac.backends.manycore.machines.cortex_m4 import cortex_cores
from somac.backends.manycore.machines.elf import FILE as ELF_FILE
from somac.backends.manycore.machines.elf import to_json
from somac.ir.program import Program

__all__ = ["Costs", "UpdateCost", "count_instructions", "with_counts"]

Integers = NDArray[np.int64]

_PER_TIMER_TICK = 40
_STEPS = 24
_SENT_SHARE = 0.2
_IN_BLOCKS = 255


@dataclass(frozen=True, slots=True)
class UpdateCost:
    """What a neuron program costs.

    Parameters
    ----------
    code_bytes
        Its code, the runtime and what surrounds it in the simulation.
    updates
        Neuron updates that were counted.
    instructions
        Of one, sending and recording its signal included; NaN if there was none.
    """

    code_bytes: int
    updates: int
    instructions: float


@dataclass(frozen=True, slots=True)
class Costs:
    """Instructions in a run of all cores.

    Parameters
    ----------
    programs
        By program.
    packets, events
        Packets that cores received, and synaptic events that these led to.
    per_event
        All that receiving takes, over the events; NaN without any.
    of_packet, of_event
        The same taken apart, by least squares over all ticks of all cores: what each packet
        takes (its look-up), and each event (a word of a row).
    """

    programs: Mapping[str, UpdateCost]
    packets: int
    events: int
    per_event: float
    of_packet: float
    of_event: float


def count_instructions(program: Program, inputs: Mapping[str, Integers]) -> Costs:
    """The costs of a bundle's programs, in a run on raw inputs (samples, steps, channels).

    Raises
    ------
    SomacError
        E0840 to E0843 if a tool is missing or fails.
    """
    samples, steps = next(iter(inputs.values())).shape[:2]
    with cortex_cores(program, counting=True) as cores:
        bundle, variants = cores.bundle, cores.variants
        ticks = bundle.ticks(steps)
        spent = [0] * len(bundle.cores)
        arrivals = [np.zeros((3, 0), dtype=np.int64)]
        for number, (received, done) in enumerate(cores.replay(inputs)):
            core = bundle.cores[number]
            updated = np.zeros((samples, ticks), dtype=np.bool_)
            updated[:, core.start :: core.period][:, :steps] = True
            spent[number] = int(done.update[updated.reshape(-1)].sum())
            tick = received.rows[:, 0] * ticks + received.rows[:, 1]
            synapses = _synapses(core, received.rows[:, 2])
            events = np.bincount(tick, synapses, minlength=samples * ticks).astype(np.int64)
            packets = received.per_tick(samples, ticks)
            arrivals.append(np.stack([packets, events, done.receive]))
        programs = {}
        for variant, size in zip(variants, cores.code_bytes, strict=True):
            updates = samples * steps * sum(bundle.cores[n].neurons for n in variant.cores)
            time = _PER_TIMER_TICK * sum(spent[n] for n in variant.cores)
            programs[cores.label(variant)] = UpdateCost(
                size, updates, time / updates if updates else math.nan
            )
    return _costs(programs, np.hstack(arrivals))


def with_counts(program: Program) -> Program:
    """A program with ELF files, in whose list stands what updates took of each of them.

    The first core of each that has no blocks is simulated, with random packets into the network:
    what blocks do counts apart, and the simulator has no MAC array. A program that only cores with
    blocks run is not counted.

    Raises
    ------
    SomacError
        E0840 to E0843 if a tool is missing or fails.
    """
    listed = program.json(ELF_FILE)
    with cortex_cores(program, counting=True) as cores:
        bundle = cores.bundle
        rng = np.random.default_rng(0)
        inputs = {
            name: (rng.random((1, _STEPS, len(keys))) < _SENT_SHARE).astype(np.int64)
            for name, keys in bundle.inputs.items()
        }
        plain = [[n for n in v.cores if not _blocks(bundle.cores[n])] for v in cores.variants]
        chosen = {
            own[0]: entry for own, entry in zip(plain, listed["programs"], strict=True) if own
        }
        ticks = bundle.ticks(_STEPS)
        replays = cores.replay(inputs, list(chosen))
        for (number, entry), (_, done) in zip(chosen.items(), replays, strict=True):
            core = bundle.cores[number]
            at = np.arange(core.start, ticks, core.period)[:_STEPS]
            entry["counted"] = {
                "updates": len(at),
                "neurons": core.neurons,
                "sent": int(done.sent.per_tick(1, ticks)[at].sum()),
                "instructions": int(_PER_TIMER_TICK * done.update[at].sum()),
            }
    return replace(program, files={**program.files, ELF_FILE: to_json(listed)})


def _blocks(core: Core) -> int:
    return int(np.frombuffer(core.image, "<u4", 1, 4 * 24)[0])


def _costs(programs: Mapping[str, UpdateCost], arrivals: Integers) -> Costs:
    packets, events, time = arrivals
    if not events.any():
        return Costs(programs, int(packets.sum()), 0, math.nan, math.nan, math.nan)
    instructions = _PER_TIMER_TICK * time.astype(np.float64)
    amounts = np.stack([packets, events], axis=1).astype(np.float64)
    (of_packet, of_event), *_ = np.linalg.lstsq(amounts, instructions, rcond=None)
    return Costs(
        programs,
        int(packets.sum()),
        int(events.sum()),
        float(instructions.sum() / events.sum()),
        float(of_packet),
        float(of_event),
    )


def _synapses(core: Core, keys: Integers) -> Integers:
    """How many synapses in rows each key leads to on a core, by its population table."""
    head = np.frombuffer(core.image, "<u4", 32).astype(np.int64)
    entries = np.frombuffer(core.image, "<u4", 7 * int(head[14]), int(head[19])).reshape(-1, 7)
    found = np.zeros(len(keys), dtype=np.int64)
    for key, mask, first, count, index, _, last in entries.astype(np.int64).tolist():
        if last >> 16 & 0xFF == _IN_BLOCKS:
            continue
        offsets = np.frombuffer(core.image, f"<u{head[15]}", count + 1, index).astype(np.int64)
        if mask:
            row = (keys & ~mask & 0xFFFFFFFF) - first
            there = (keys & mask == key) & (row >= 0) & (row < count)
        else:
            listed = np.frombuffer(core.image, "<u4", count, first).astype(np.int64)
            row = np.minimum(np.searchsorted(listed, keys), count - 1)
            there = listed[row] == keys
        row = np.where(there, row, 0)
        found += np.where(there, offsets[row + 1] - offsets[row], 0)
    return found
