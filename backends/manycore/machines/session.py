"""The files that `lockstep` reads and writes: a run of all cores, and what they recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.machines.bundle import Bundle, Chip, Core, words
from somac.backends.manycore.machines.variants import Variant

__all__ = ["CoreRecord", "encode_session", "read_records", "state_values"]

Integers = NDArray[np.int64]

_NOWHERE = 0xFFFFFFFF
_NO_TABLE = words([0, 0])


@dataclass(frozen=True, slots=True, eq=False)
class CoreRecord:
    """What a core recorded: int64 signals, and each state, (samples, steps, neurons).

    `learnt` are the bytes, uint8 (samples, bytes), in which is what it has learnt in a sample.
    """

    signals: Integers
    states: tuple[Integers, ...]
    learnt: NDArray[np.uint8]


def encode_session(
    bundle: Bundle, variants: Sequence[Variant], inputs: Mapping[str, Integers]
) -> bytes:
    """A run on raw inputs (samples, steps, channels), for `lockstep`."""
    samples, steps = next(iter(inputs.values())).shape[:2]
    keys = np.concatenate(list(bundle.inputs.values()))
    given = np.concatenate([inputs[name] for name in bundle.inputs], axis=2)
    variant = {core: number for number, v in enumerate(variants) for core in v.cores}
    counts = [len(bundle.chips), len(bundle.cores), bundle.host_chip, len(keys), bundle.period]
    return b"".join(
        [
            words([*counts, samples, steps, bundle.ticks(steps)]),
            *(_chip(chip) for chip in bundle.chips),
            *(_core(core, variant[number]) for number, core in enumerate(bundle.cores)),
            np.maximum(keys, 0).astype("<u4").tobytes(),
            (keys >= 0).astype("<u4").tobytes(),
            given.astype("<i4").tobytes(),
        ]
    )


def _chip(chip: Chip) -> bytes:
    links = [_NOWHERE if there is None else there for there in chip.links]
    # what follows magic and version in a table: entries, words of a route, and the entries
    return words(links) + (chip.table[8:] or _NO_TABLE)


def _core(core: Core, variant: int) -> bytes:
    head = (core.chip, core.place, variant, len(core.image), core.size)
    learnt = (core.learnt_at, core.learnt_bytes)
    return words([*head, core.states_at, core.states_bytes, *learnt]) + core.image


def read_records(file: Path, bundle: Bundle, samples: int, steps: int) -> list[CoreRecord]:
    """What each core recorded, in the order of the bundle."""
    sizes = [4 * core.neurons + core.states_bytes for core in bundle.cores]
    total = steps * sum(sizes) + sum(core.learnt_bytes for core in bundle.cores)
    content = np.fromfile(file, dtype=np.uint8).reshape(samples, total)
    found, at = [], 0
    for core, size in zip(bundle.cores, sizes, strict=True):
        raw = content[:, at : at + steps * size].reshape(samples, steps, size)
        signals = np.ascontiguousarray(raw[:, :, : 4 * core.neurons]).view("<i4")
        states = state_values(core, raw[:, :, 4 * core.neurons :])
        at += steps * size
        learnt = content[:, at : at + core.learnt_bytes]
        at += core.learnt_bytes
        found.append(CoreRecord(signals.astype(np.int64), states, learnt))
    return found


def state_values(core: Core, raw: NDArray[np.uint8]) -> tuple[Integers, ...]:
    """Each state (..., neurons) from the bytes (..., bytes) of all states."""
    found = []
    for column in core.states:
        begin = column.address - core.states_at
        stored = raw[..., begin : begin + column.width * core.neurons]
        values = np.ascontiguousarray(stored).view(f"<i{column.width}")
        found.append(values.astype(np.int64))
    return tuple(found)
