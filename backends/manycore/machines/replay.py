"""The files of a replay: what one core received in a run, and what it computed from that."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.machines.bundle import Core, words
from somac.backends.manycore.machines.session import CoreRecord, state_values

__all__ = ["Packets", "Replayed", "encode_replay", "read_replay", "read_trace"]

Integers = NDArray[np.int64]

_TRACE = 6
_HEAD = 4


@dataclass(frozen=True, slots=True, eq=False)
class Packets:
    """Packets in their order: sample, tick, key and payload as int64 (packets, 4)."""

    rows: Integers

    def per_tick(self, samples: int, ticks: int) -> Integers:
        """How many there are in each tick, (samples * ticks,)."""
        at = self.rows[:, 0] * ticks + self.rows[:, 1]
        return np.bincount(at, minlength=samples * ticks)


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """What a core did in a replay.

    Parameters
    ----------
    record
        Its signals and states.
    sent
        The packets it sent.
    update, receive
        int64 (samples * ticks,): the time that the update and the packets received took, in
        ticks of the simulator's timer.
    """

    record: CoreRecord
    sent: Packets
    update: Integers
    receive: Integers


def read_trace(file: Path, cores: int) -> tuple[list[Packets], list[Packets]]:
    """Per core the packets it received, and those it sent."""
    rows = np.fromfile(file, dtype="<u4").reshape(-1, _TRACE)
    # samples, ticks and keys are unsigned, payloads are not
    events = rows.astype(np.int64)
    events[:, 5] = rows[:, 5].astype(np.int32)
    sides = []
    for kind in (0, 1):
        own = events[events[:, 1] == kind]
        own = own[np.argsort(own[:, 0], kind="stable")]
        edges = np.searchsorted(own[:, 0], np.arange(cores + 1))
        sides.append([Packets(own[a:b, 2:]) for a, b in pairwise(edges.tolist())])
    received, sent = sides
    return received, sent


def encode_replay(core: Core, received: Packets, samples: int, steps: int, ticks: int) -> bytes:
    """The session of one core."""
    where = (core.states_at, core.states_bytes, core.learnt_at, core.learnt_bytes)
    head = (samples, steps, ticks, len(core.image), core.size, *where)
    counts = received.per_tick(samples, ticks)
    # every tick has a word of its own before its packets
    body = np.zeros(len(counts) + 2 * len(received.rows), dtype="<u4")
    begin = np.arange(len(counts)) + 2 * (np.cumsum(counts) - counts)
    body[begin] = counts
    inside = np.ones(len(body), dtype=np.bool_)
    inside[begin] = False
    body[inside] = (received.rows[:, 2:] & 0xFFFFFFFF).astype("<u4").reshape(-1)
    return words(head) + core.image + body.tobytes()


def read_replay(file: Path, core: Core, samples: int, steps: int, ticks: int) -> Replayed:
    """What the core recorded."""
    content = file.read_bytes()
    signals = np.zeros((samples, steps, core.neurons), dtype=np.int64)
    states = np.zeros((samples, steps, core.states_bytes), dtype=np.uint8)
    learnt = np.zeros((samples, core.learnt_bytes), dtype=np.uint8)
    times = np.zeros((samples * ticks, 2), dtype=np.int64)
    sent = [np.zeros((0, 4), dtype=np.int64)]
    at = 0
    for sample in range(samples):
        step = 0
        for tick in range(ticks):
            updated, count, *spent = np.frombuffer(content, "<u4", _HEAD, at).tolist()
            times[sample * ticks + tick] = spent
            at += 4 * _HEAD
            if count:
                packets = np.frombuffer(content, "<i4", 2 * count, at).reshape(-1, 2)
                sent.append(_rows(sample, tick, packets))
                at += 8 * count
            if updated:
                signals[sample, step] = np.frombuffer(content, "<i4", core.neurons, at)
                at += 4 * core.neurons
                states[sample, step] = np.frombuffer(content, np.uint8, core.states_bytes, at)
                at += core.states_bytes
                step += 1
        learnt[sample] = np.frombuffer(content, np.uint8, core.learnt_bytes, at)
        at += core.learnt_bytes
    record = CoreRecord(signals, state_values(core, states), learnt)
    return Replayed(record, Packets(np.concatenate(sent)), times[:, 0], times[:, 1])


def _rows(sample: int, tick: int, packets: NDArray[np.int32]) -> Integers:
    rows = np.empty((len(packets), 4), dtype=np.int64)
    rows[:, :2] = sample, tick
    rows[:, 2] = packets[:, 0].astype(np.uint32)
    rows[:, 3] = packets[:, 1]
    return rows
