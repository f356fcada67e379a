"""Reading the files of an engine: its description, its streams, its updates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import NumpyKernel, numpy_kernel
from somac.ir.datapath import Datapath, parse
from somac.ir.errors import SomacError
from somac.ir.fixed import Format

__all__ = [
    "CELL_VALUES",
    "INPUT_VALUES",
    "OUTPUT_VALUES",
    "Cells",
    "Engine",
    "MatrixPlan",
    "read_engine",
    "synapses",
]

Integers = NDArray[np.int64]

INPUT_VALUES, OUTPUT_VALUES, CELL_VALUES = 0, 1, 2
"""What columns stand for: inputs of this step, outputs of the one before, cells of this one."""

_SOURCES = {"x": INPUT_VALUES, "y": OUTPUT_VALUES, "m": CELL_VALUES}


@dataclass(frozen=True, slots=True)
class MatrixPlan:
    """A matrix of the schedule: where its columns come from, where its sums go."""

    name: str
    source: int
    bank: int
    columns: int


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The update of the cells or of the outputs.

    Parameters
    ----------
    name, size, ports, latency
        As the description says.
    datapath, kernel
        The update, and the same as vectorised code.
    parameters
        Per parameter, (size,) or 0-d.
    initial
        Per state, (size,).
    """

    name: str
    size: int
    ports: tuple[str, ...]
    latency: int
    datapath: Datapath
    kernel: NumpyKernel
    parameters: Mapping[str, Integers]
    initial: Mapping[str, Integers]

    def wrapped(self, port: str, sums: Integers) -> Integers:
        """Sums as the port reads them."""
        return _wrapped(sums, self.datapath.format_of("input", port))


@dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """What the files say.

    Parameters
    ----------
    ends
        int64 (lanes, columns of all matrices).
    weights, skips
        int64 (lanes, entries).
    """

    lanes: int
    channels: int
    depth: int
    inputs: int
    cells: Cells
    outputs: Cells
    matrices: tuple[MatrixPlan, ...]
    ends: Integers
    weights: Integers
    skips: Integers


def read_engine(files: Mapping[str, bytes]) -> Engine:
    """The engine that these files hold; SomacError E0671 where they contradict themselves."""
    try:
        engine = _engine(files)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise _contradiction(str(error)) from None
    columns = sum(m.columns for m in engine.matrices)
    if engine.ends.shape != (engine.lanes, columns) or engine.weights.ndim != 2:
        raise _contradiction("its streams are not of one length")
    steps = np.diff(engine.ends, prepend=0, axis=1)
    if (steps < 0).any() or engine.ends.max() > engine.weights.shape[1]:
        raise _contradiction("a column ends before it begins, or beyond its stream")
    synapses(engine)
    return engine


def _engine(files: Mapping[str, bytes]) -> Engine:
    described = json.loads(files["engine.json"])
    lanes = int(described["lanes"])
    entries = np.array([_words(files[f"entries_{k:03d}.hex"]) for k in range(lanes)], np.int64)
    skip, weight = int(described["index_bits"]), int(described["weight_bits"])
    return Engine(
        lanes,
        int(described["channels"]),
        int(described["depth"]),
        int(described["input"]["size"]),
        _cells(files, described["cells"], "cells"),
        _cells(files, described["outputs"], "outputs"),
        tuple(
            MatrixPlan(str(m["name"]), _SOURCES[m["source"]], int(m["bank"]), int(m["columns"]))
            for m in described["matrices"]
        ),
        np.array([_words(files[f"pointers_{k:03d}.hex"]) for k in range(lanes)], np.int64),
        _signed(entries >> skip, weight),
        entries & ((1 << skip) - 1),
    )


def _words(image: bytes) -> list[int]:
    return [int(line, 16) for line in image.split()]


def _signed(raw: Integers, width: int) -> Integers:
    sign = 1 << (width - 1)
    return (raw ^ sign) - sign


def _wrapped(raw: Integers, format: Format) -> Integers:
    low = raw & ((1 << format.width) - 1)
    return _signed(low, format.width) if format.signed else low


def _cells(files: Mapping[str, bytes], described: Mapping[str, Any], name: str) -> Cells:
    datapath = parse(files[f"{name}.datapath"].decode())
    size = int(described["size"])
    words = _words(files[f"{name}.hex"])
    parameters: dict[str, Integers] = {
        key: np.asarray(value, np.int64) for key, value in described["constants"].items()
    }
    place = 0
    for key, width in described["parameters"]:
        parameters[key] = _signed(_field(words, place, width), width)
        place += width
    place = max(1, place)
    initial = {}
    for key, width in described["states"]:
        field = _field(words, place, width)
        initial[key] = _wrapped(field, datapath.format_of("state", key))
        place += width
    return Cells(
        str(described["name"]),
        size,
        tuple(described["ports"]),
        int(described["latency"]),
        datapath,
        numpy_kernel(datapath),
        parameters,
        initial,
    )


def _field(words: list[int], place: int, width: int) -> Integers:
    return np.array([word >> place & ((1 << width) - 1) for word in words], np.int64)


def synapses(engine: Engine) -> tuple[Integers, Integers, Integers, Integers]:
    """What the streams say, entry by entry: matrix, target cell, source cell and weight.

    Entries that only skip rows are left out. SomacError E0671 where a stream leads out of its lane.
    """
    found: list[tuple[Integers, ...]] = []
    widths = [m.columns for m in engine.matrices]
    matrix_of = np.repeat(np.arange(len(widths)), widths)
    column_of = np.concatenate([np.arange(w) for w in widths])
    sizes = np.array([_targets(engine, m.bank) for m in engine.matrices])
    for lane in range(engine.lanes):
        ends = engine.ends[lane]
        position = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
        entries = len(position)
        # each entry goes on by the rows it skips and one more, from -1 at the top of its column
        passed = np.cumsum(engine.skips[lane, :entries] + 1)
        begins = np.concatenate(([0], ends[:-1]))
        top = np.concatenate(([0], passed))[begins]
        row = passed - top[position] - 1
        target = row * engine.lanes + lane
        matrix = matrix_of[position]
        weight = engine.weights[lane, :entries]
        outside = target >= sizes[matrix]
        if (outside & (weight != 0)).any() or (row >= -(-sizes[matrix] // engine.lanes)).any():
            raise _contradiction(f"the stream of lane {lane} leads to a row that is not there")
        real = weight != 0
        found.append((matrix[real], target[real], column_of[position][real], weight[real]))
    matrix, target, source, weight = (np.concatenate(part) for part in zip(*found, strict=True))
    return matrix, target, source, weight


def _targets(engine: Engine, bank: int) -> int:
    return engine.outputs.size if bank == len(engine.cells.ports) else engine.cells.size


def _contradiction(what: str) -> SomacError:
    return SomacError("E0671", f"the files of the sparse engine contradict themselves: {what}")
