"""The cores of a bundle on a Cortex-M4 under qemu, one core after the other.

A run of all cores on this computer gives what each of them receives in every tick; a simulated
Cortex-M4 (board mps2-an386) gets the image of one core and these packets.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation, Machine
from somac.backends.api.tools import CC, Tool, execute, find, missing
from somac.backends.manycore.machines.bundle import read_bundle
from somac.backends.manycore.machines.elf import ARM_TOOLS, BOARD, build_elf, matching
from somac.backends.manycore.machines.emulation import checked_inputs, emulation
from somac.backends.manycore.machines.host import HostCores
from somac.backends.manycore.machines.replay import (
    Packets,
    Replayed,
    encode_replay,
    read_replay,
    read_trace,
)
from somac.backends.manycore.machines.variants import Variant
from somac.ir.errors import SomacError
from somac.ir.program import Program

__all__ = ["CORTEX_M4", "CortexCores", "cortex_cores"]

Integers = NDArray[np.int64]

CORE_SECONDS = 900.0
"""Time after which the simulation of a core is taken to hang."""

QEMU = Tool(("qemu-system-arm",), "qemu for Arm (Debian: qemu-system-arm)")
TOOLS = (CC, *ARM_TOOLS, QEMU)

_QEMU_OPTIONS = (
    *("-M", BOARD, "-cpu", "cortex-m4", "-display", "none"),
    *("-monitor", "none", "-serial", "none"),
    *("-semihosting-config", "enable=on,target=native"),
)
# a nanosecond an instruction
_COUNTING = ("-icount", "shift=0")


class CortexCores:
    """The cores of a bundle compiled for a Cortex-M4, in a folder that holds nothing else.

    What runs is always built here: an ELF file of the bundle is compared, never run, for qemu
    would let it do to the files of this computer whatever it likes.

    With `counting`, the simulator's timer counts instructions, and is slower.
    """

    def __init__(
        self,
        program: Program,
        folder: Path,
        options: Sequence[str] = (),
        *,
        counting: bool = False,
    ) -> None:
        self.bundle = read_bundle(program)
        self._folder = folder
        self._simulator = [find(QEMU), *_QEMU_OPTIONS, *(_COUNTING if counting else ())]
        self._host = HostCores(self.bundle, _made(folder / "host"), options)
        built = build_elf(self.bundle, folder, options)
        self.variants = tuple(elf.variant for elf in built)
        self.code_bytes = tuple(elf.code + elf.data for elf in built)
        self.figures: Mapping[str, int] = {
            f"bytes of code in {self.label(variant)}": size
            for variant, size in zip(self.variants, self.code_bytes, strict=True)
        }
        if not options:
            self.figures = {**self.figures, **matching(program, built, folder)}

    def label(self, variant: Variant) -> str:
        """A variant by its source and the populations that it is for."""
        cores = frozenset(variant.cores)
        own = [p.name for p in self.bundle.populations if any(c in cores for _, c in p.slices)]
        return f"{variant.source} ({', '.join(own)})"

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
            E0715 if the inputs do not fit, E0822 if a core sends other packets than on this
            computer, E0843 if a simulation fails.
        """
        given = checked_inputs(self.bundle, inputs)
        records = [replayed.record for _, replayed in self.replay(given)]
        return emulation(self.bundle, records, given, record, record_states, record_weights)

    def replay(
        self, inputs: Mapping[str, Integers], cores: Sequence[int] | None = None
    ) -> Iterator[tuple[Packets, Replayed]]:
        """Simulate core after core, all or those of some numbers: what each received and did."""
        samples, steps = next(iter(inputs.values())).shape[:2]
        ticks = self.bundle.ticks(steps)
        trace = self._folder / "trace"
        self._host.records(inputs, trace)
        received, sent = read_trace(trace, len(self.bundle.cores))
        variant = {core: n for n, v in enumerate(self.variants) for core in v.cores}
        for number in range(len(self.bundle.cores)) if cores is None else cores:
            core = self.bundle.cores[number]
            session = encode_replay(core, received[number], samples, steps, ticks)
            (self._folder / "session").write_bytes(session)
            what = f"core {core.place} of chip {core.chip} under qemu"
            command = [*self._simulator, "-kernel", _elf(variant[number])]
            execute(command, self._folder, what, CORE_SECONDS)
            done = read_replay(self._folder / "records", core, samples, steps, ticks)
            _check_sent(what, sent[number], done.sent)
            yield received[number], done


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _elf(number: int) -> str:
    return f"core{number}.elf"


def _check_sent(what: str, host: Packets, simulated: Packets) -> None:
    """E0822 if a core sends other packets in the simulation than on this computer."""
    common = min(len(host.rows), len(simulated.rows))
    unequal = np.flatnonzero((host.rows[:common] != simulated.rows[:common]).any(axis=1))
    if not len(unequal) and len(host.rows) == len(simulated.rows):
        return
    at = int(unequal[0]) if len(unequal) else common
    raise SomacError(
        "E0822",
        f"{what} sends other packets than on this machine, first packet {at}",
        have=_packet(simulated, at),
        need=_packet(host, at),
    )


def _packet(packets: Packets, at: int) -> str:
    if at >= len(packets.rows):
        return "no more packets"
    sample, tick, key, payload = packets.rows[at].tolist()
    return f"key {key:#010x} payload {payload} in tick {tick} of sample {sample}"


@contextmanager
def cortex_cores(
    program: Program, options: Sequence[str] = (), *, counting: bool = False
) -> Iterator[CortexCores]:
    """Compile the cores of a program; the files are gone afterwards.

    Raises
    ------
    SomacError
        E0840 if a tool is missing, E0841 if one fails, E0842 if a program is too large, E0823
        if an ELF file of the program is not what its C gives.
    """
    absent = missing(TOOLS)
    if absent:
        raise SomacError.of(absent)
    with tempfile.TemporaryDirectory(prefix="somac-") as folder:
        yield CortexCores(program, Path(folder), options, counting=counting)


CORTEX_M4 = Machine(
    name="cortex-m4",
    title="C of the cores on a Cortex-M4",
    differs="E0822",
    missing=lambda: missing(TOOLS),
    open=cortex_cores,
)
