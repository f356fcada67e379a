"""Plastic projections as the fast engine runs them: machine code, and memory it works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import Code, lower
from somac.backends.codegen.llvm_kernel import LlvmKernel, llvm_kernel
from somac.backends.codegen.llvm_rule import Column, llvm_rule
from somac.backends.codegen.llvm_values import storage_bits
from somac.backends.codegen.machine import MachineCode, compile_module
from somac.backends.manycore.emulator import columns as c
from somac.backends.manycore.emulator.parts import PlasticPart
from somac.backends.manycore.emulator.units import ALIGNMENT, SUM_RANGE, Unit, Worker
from somac.backends.manycore.emulator.wiring import Wiring

__all__ = ["PartUnit", "PartWorker", "part_units"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PartUnit:
    """A plastic projection with its machine code.

    Parameters
    ----------
    trace, trace_code
        The kernel of its traces; None without traces.
    codes
        The kernels of synapses by update.
    columns
        What these read and set besides the signal, in their order.
    stored
        Per trace and state of a synapse its initial values, as wide as they are kept, and where
        they are in the memory of a sample, in bytes.
    target, listed, source
        uint32 (synapses,): target of each; the synapses by target, and the source of these.
    """

    part: PlasticPart
    trace: LlvmKernel | None
    trace_code: MachineCode | None
    codes: Mapping[str, MachineCode]
    columns: tuple[Column, ...]
    stored: Mapping[str, tuple[NDArray[Any], int]]
    target: NDArray[np.uint32]
    listed: NDArray[np.uint32]
    source: NDArray[np.uint32]

    @property
    def bytes(self) -> int:
        """What its tables take."""
        return sum(a.nbytes for a in (self.target, self.listed, self.source))

    def state(self, name: str) -> tuple[int, int]:
        """Bits of a state of its synapses, and where it is."""
        values, offset = self.stored[name]
        return 8 * values.itemsize, offset


def part_units(wiring: Wiring, units: Sequence[Unit]) -> tuple[PartUnit, ...]:
    """The plastic projections of a program, compiled; their memory follows that of the groups."""
    offset = max(
        (
            at + values.nbytes
            for unit in units
            for at, values in zip(unit.offsets, unit.states, strict=True)
        ),
        default=0,
    )
    found = []
    for part in wiring.parts:
        made, offset = _made(part, units[part.group], offset)
        found.append(made)
    return tuple(found)


def _made(part: PlasticPart, unit: Unit, offset: int) -> tuple[PartUnit, int]:
    rule = part.rule
    known = {("param", name): (int(v), int(v)) for name, v in part.parameters.items()}
    formats = {name: rule.format_of(name) for name in (*rule.traces, *rule.states)}
    bits = {name: storage_bits(f.minimum, f.maximum) for name, f in formats.items()}
    trace = None
    if "trace" in rule.updates:
        path = rule.updates["trace"]
        inputs = {
            ("input", name): SUM_RANGE
            for name in path.names("input")
            if path.format_of("input", name).minimum <= SUM_RANGE[0]
            and path.format_of("input", name).maximum >= SUM_RANGE[1]
        }
        code = lower(path, known | inputs)
        own = {name: bits[name] for name in rule.traces}
        trace = llvm_kernel(code, path.names("input"), own, graded=False)
    columns = [Column("synapse", name, bits[name]) for name in rule.states]
    columns += [Column("source", name, bits[name]) for name in rule.traces]
    columns += [Column("target", name, unit.stored(state)[0]) for name, state in part.post.items()]
    stored = {}
    for name, values in (*part.traces.items(), *part.states.items()):
        kept = values.astype(f"i{bits[name] // 8}")
        offset = -(-offset // ALIGNMENT) * ALIGNMENT
        stored[name] = kept, offset
        offset += kept.nbytes
    listed = part.by_target
    codes = {name: lower(rule.updates[name], known) for name in rule.synaptic}
    return PartUnit(
        part,
        trace,
        None if trace is None else compile_module(trace.text, "update"),
        {name: _compiled(name, code, columns) for name, code in codes.items()},
        tuple(columns),
        stored,
        part.target.astype(np.uint32),
        listed.astype(np.uint32),
        part.cell[listed].astype(np.uint32),
    ), offset


def _compiled(update: str, code: Code, columns: Sequence[Column]) -> MachineCode:
    text = llvm_rule(code, columns, rows=update != "on_post", delivers=update == "on_pre")
    return compile_module(text, "update")


class PartWorker:
    """What one thread needs of plastic projections.

    `table` is int64 (parts, columns), `offsets` those of rows and lists by target; `cells` and
    `signals` have room to note what arrives.
    """

    def __init__(
        self, wiring: Wiring, parts: Sequence[PartUnit], units: Sequence[Unit], worker: Worker
    ) -> None:
        self.table = np.zeros((len(parts), c.PART_COLUMNS), dtype=np.int64)
        most = max((unit.part.cells for unit in parts), default=0)
        self.cells = np.zeros(most, dtype=np.int32)
        self.signals = np.zeros(most, dtype=np.int32)
        # a trace's kernel says what it sends, which nobody wants to know
        self._unused = np.zeros(most, dtype=np.uint8)
        self._addresses: list[Integers] = []
        offsets = [np.zeros(0, dtype=np.int64)]
        for row, unit in zip(self.table, parts, strict=True):
            part, group = unit.part, wiring.groups[unit.part.group]
            row[c.PART_ARRIVALS] = part.arrivals
            row[c.PART_CELLS] = part.cells
            if unit.trace is not None and unit.trace_code is not None:
                row[c.PART_TRACE] = unit.trace_code.address
                ports = [worker.sums_at(part.arrivals)] * len(unit.trace.ports)
                states = [worker.memory_at(unit.stored[name][1]) for name in unit.trace.states]
                unused = [self._unused.ctypes.data] * 2
                row[c.PART_TRACE_ADDRESSES] = self._kept([*ports, *states, *unused])
            for column, name in (
                (c.PART_ON_PRE, "on_pre"),
                (c.PART_ON_POST, "on_post"),
                (c.PART_EACH_STEP, "each_step"),
            ):
                row[column] = unit.codes[name].address if name in unit.codes else 0
            owner = units[part.group]
            row[c.PART_ADDRESSES] = self._kept(
                [
                    *(a.ctypes.data for a in (unit.target, unit.listed, unit.source)),
                    worker.sums_at(group.first + part.port * group.stride),
                    *(
                        worker.memory_at(
                            owner.stored(part.post[column.name])[1]
                            if column.owner == "target"
                            else unit.stored[column.name][1]
                        )
                        for column in unit.columns
                    ),
                ]
            )
            row[c.PART_ROWS] = sum(map(len, offsets))
            offsets.append(part.begin)
            row[c.PART_POSTS] = sum(map(len, offsets))
            counts = np.bincount(part.target, minlength=group.cells)
            offsets.append(np.append(0, np.cumsum(counts)))
            row[c.PART_TARGET] = wiring.segments[part.group].first
            row[c.PART_TARGETS] = group.cells
        self.offsets = np.concatenate(offsets)

    def _kept(self, addresses: Sequence[int]) -> int:
        table = np.array(addresses, dtype=np.int64)
        self._addresses.append(table)
        return table.ctypes.data
