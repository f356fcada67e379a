"""The files between somac and a simulation, in a folder of their own.

=============== ===============================================================================
plan            decimal numbers: samples, cycles of reset, most cycles of a sample; beats of
                each input, then those awaited of each output and of each probe, in a sample
input<i>        the beats of all samples, each in whole 32-bit words, most significant byte first
accepted<i>     rows of words in the order of this machine: sample, cycle (low, high), number
                of the beat
output<i>,      rows of words in the order of this machine: sample, cycle (low, high), note,
probe<i>        data, least significant word first. Bit 0 of the note is that of the last beat
                of a packet, bit 1 says that a bit of the data is undefined
ended           `complete`, `stuck` or `undefined`, with sample and cycle
=============== ===============================================================================
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.simulators.design import Beats, Design, Records, Stimulus, words_of
from somac.ir.errors import Diagnostic, SomacError

__all__ = ["read_records", "write_stimulus"]

_HEAD = 4
_LAST, _UNDEFINED = 1, 2


def write_stimulus(stimulus: Stimulus, max_cycles: int, reset_cycles: int, folder: Path) -> None:
    """Write what a simulation reads."""
    numbers = [
        [stimulus.samples, reset_cycles, max_cycles],
        [beats.shape[1] for beats in stimulus.inputs],
        stimulus.outputs,
        stimulus.probes,
    ]
    plan = "".join(" ".join(map(str, line)) + "\n" for line in numbers)
    (folder / "plan").write_text(plan, encoding="ascii")
    for number, beats in enumerate(stimulus.inputs):
        (folder / f"input{number}").write_bytes(beats[:, :, ::-1].astype(">u4").tobytes())


def read_records(design: Design, stimulus: Stimulus, max_cycles: int, folder: Path) -> Records:
    """Read what a simulation has written.

    Raises
    ------
    SomacError
        E0843 if it did not come to its end, E0852 if something awaited did not come, E0853 if
        something undefined was seen.
    """
    end, sample, cycle = _ended(folder / "ended")
    accepted = [_rows(folder / f"accepted{i}", 0) for i in range(design.inputs)]
    outputs = [_rows(folder / f"output{i}", design.output_bits) for i in range(design.outputs)]
    probes = [_rows(folder / f"probe{i}", design.probe_bits) for i in range(design.probes)]
    if end == "undefined":
        raise SomacError(
            "E0853",
            f"ready or valid of a stream is undefined in cycle {cycle} of sample {sample}",
            hint="something that rst does not set decides it",
        )
    if end != "complete":
        raise SomacError.of(
            _stuck(kind, number, int(np.sum(rows[:, 0] == sample)), awaited, sample, max_cycles)
            for kind, all_rows, all_awaited in (
                ("output", outputs, stimulus.outputs),
                ("probe", probes, stimulus.probes),
            )
            for number, (rows, awaited) in enumerate(zip(all_rows, all_awaited, strict=True))
            if np.sum(rows[:, 0] == sample) < awaited
        )
    return Records(
        tuple(
            _cycles_of_acceptance(rows, stimulus.samples, beats.shape[1])
            for rows, beats in zip(accepted, stimulus.inputs, strict=True)
        ),
        tuple(
            _beats(f"output {number}", rows, stimulus.samples, count)
            for number, (rows, count) in enumerate(zip(outputs, stimulus.outputs, strict=True))
        ),
        tuple(
            _beats(f"probe {number}", rows, stimulus.samples, count)
            for number, (rows, count) in enumerate(zip(probes, stimulus.probes, strict=True))
        ),
    )


def _ended(file: Path) -> tuple[str, int, int]:
    """How a simulation ended, in which sample and cycle."""
    said = file.read_text(encoding="ascii").split() if file.exists() else []
    if len(said) != 3:
        raise SomacError("E0843", "the simulation stopped before its end")
    return said[0], int(said[1]), int(said[2])


def _rows(file: Path, bits: int) -> NDArray[np.uint32]:
    return np.fromfile(file, dtype=np.uint32).reshape(-1, _HEAD + words_of(bits))


def _cycles(rows: NDArray[np.uint32]) -> NDArray[np.int64]:
    return rows[:, 1].astype(np.int64) | rows[:, 2].astype(np.int64) << 32


def _cycles_of_acceptance(rows: NDArray[np.uint32], samples: int, beats: int) -> NDArray[np.int64]:
    found = np.full((samples, beats), -1, np.int64)
    found[rows[:, 0], rows[:, 3]] = _cycles(rows)
    return found


def _beats(stream: str, rows: NDArray[np.uint32], samples: int, count: int) -> Beats:
    cycles, note = _cycles(rows).reshape(samples, count), rows[:, 3].reshape(samples, count)
    undefined = np.argwhere(note & _UNDEFINED)
    if undefined.size:
        sample, beat = undefined[0].tolist()
        raise SomacError(
            "E0853",
            f"{stream} has undefined bits in beat {beat} of sample {sample}, cycle "
            f"{cycles[sample, beat]}",
            hint="neither rst nor a memory image sets what they come from",
        )
    data = rows[:, _HEAD:].reshape(samples, count, -1 if rows.size else rows.shape[1] - _HEAD)
    return Beats(cycles, np.ascontiguousarray(data), (note & _LAST).astype(np.bool_))


def _stuck(
    kind: str, number: int, came: int, awaited: int, sample: int, max_cycles: int
) -> Diagnostic:
    thing = "beats" if kind == "output" else "words"
    return Diagnostic(
        "E0852",
        f"{kind} {number} is not complete after {max_cycles} cycles of sample {sample}",
        have=f"{came} {thing}",
        need=f"{awaited} {thing}",
    )
