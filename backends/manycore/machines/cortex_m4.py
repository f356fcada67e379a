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
from somac.backends.manycore.machines.bundle import Bundle, read_bundle
from somac.backends.manycore.machines.emulation import checked_inputs, emulation
from somac.backends.manycore.machines.host import HostCores
from somac.backends.manycore.machines.replay import (
    Packets,
    Replayed,
    encode_replay,
    read_replay,
    read_trace,
)
from somac.backends.manycore.machines.toolchain import CC, Tool, build, execute, find, missing
from somac.backends.manycore.machines.variants import (
    RUNTIME,
    Variant,
    find_variants,
    write_rules,
    write_sources,
)
from somac.ir.errors import Place, SomacError
from somac.ir.program import Program

__all__ = ["CODE_BYTES", "CORTEX_M4", "CortexCores", "cortex_cores"]

Integers = NDArray[np.int64]

CODE_BYTES = 32 << 10
"""Code memory of a core: `core_code_bytes` of the chips in `targets.yaml`."""

CORE_SECONDS = 900.0
"""Time after which the simulation of a core is taken to hang."""

ARM_CC = Tool(("arm-none-eabi-gcc",), "the Arm compiler (Debian: gcc-arm-none-eabi)")
ARM_SIZE = Tool(("arm-none-eabi-size",), "the Arm tools (Debian: binutils-arm-none-eabi)")
QEMU = Tool(("qemu-system-arm",), "qemu for Arm (Debian: qemu-system-arm)")
TOOLS = (CC, ARM_CC, ARM_SIZE, QEMU)

_OPTIONS = (
    *("-std=c11", "-O2", "-mcpu=cortex-m4", "-mthumb", "-ffreestanding", "-nostdlib"),
    # memset must not be made of itself
    "-fno-tree-loop-distribute-patterns",
)
_SHARED = (
    *("core.c", "receive.c", "block.c", "matrix.c", "convolution.c", "mac.c", "plastic.c"),
    *("cortex_m4/start.c", "cortex_m4/host.c", "cortex_m4/replay.c"),
)
_QEMU_OPTIONS = (
    *("-M", "mps2-an386", "-cpu", "cortex-m4", "-display", "none"),
    *("-monitor", "none", "-serial", "none"),
    *("-semihosting-config", "enable=on,target=native"),
)
# a nanosecond an instruction
_COUNTING = ("-icount", "shift=0")


class CortexCores:
    """The cores of a bundle compiled for a Cortex-M4, in a folder that holds nothing else.

    With `counting`, the simulator's timer counts instructions, and is slower.
    """

    def __init__(
        self, bundle: Bundle, folder: Path, options: Sequence[str] = (), *, counting: bool = False
    ) -> None:
        self.bundle = bundle
        self.variants = find_variants(bundle)
        self._folder = folder
        self._simulator = [find(QEMU), *_QEMU_OPTIONS, *(_COUNTING if counting else ())]
        self._host = HostCores(bundle, _made(folder / "host"), options)
        write_sources(bundle, folder)
        self.code_bytes = tuple(
            self._build(number, variant, options) for number, variant in enumerate(self.variants)
        )
        self.figures: Mapping[str, int] = {
            f"bytes of code in {self.label(variant)}": size
            for variant, size in zip(self.variants, self.code_bytes, strict=True)
        }

    def label(self, variant: Variant) -> str:
        """A variant by its source and the populations that it is for."""
        cores = frozenset(variant.cores)
        own = [p.name for p in self.bundle.populations if any(c in cores for _, c in p.slices)]
        return f"{variant.source} ({', '.join(own)})"

    def _build(self, number: int, variant: Variant, options: Sequence[str]) -> int:
        """Compile a program whole; returns the bytes of its code."""
        compiler = [find(ARM_CC), *_OPTIONS, f"-I{RUNTIME}", *options]
        compiler += [f"-D{text.replace(' ', '=', 1)}" for text in variant.defines()]
        rules = self.bundle.learning.rules_of(variant.cores)
        sources = [variant.source, *(str(RUNTIME / name) for name in _SHARED)]
        sources += write_rules(self.bundle, rules, self._folder, f"rules{number}.c")
        linker = ["-T", str(RUNTIME / "cortex_m4" / "link.ld"), "-lgcc", "-o", _elf(number)]
        build([*compiler, *sources, *linker], self._folder, variant.source)
        sized = build([find(ARM_SIZE), _elf(number)], self._folder, variant.source)
        text, data = (int(field) for field in sized.splitlines()[1].split()[:2])
        if text + data > CODE_BYTES:
            raise SomacError(
                "E0842",
                f"{variant.source} and the runtime are too large for the code memory of a core",
                place=Place(file=variant.source),
                have=f"{CODE_BYTES} bytes",
                need=f"{text + data} bytes",
            )
        return text + data

    def run(
        self,
        inputs: Mapping[str, NDArray[Any]],
        *,
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
        record_weights: Sequence[str] = (),
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

    def replay(self, inputs: Mapping[str, Integers]) -> Iterator[tuple[Packets, Replayed]]:
        """Simulate core after core: what each received, and what it did."""
        samples, steps = next(iter(inputs.values())).shape[:2]
        ticks = self.bundle.ticks(steps)
        trace = self._folder / "trace"
        self._host.records(inputs, trace)
        received, sent = read_trace(trace, len(self.bundle.cores))
        variant = {core: n for n, v in enumerate(self.variants) for core in v.cores}
        for number, core in enumerate(self.bundle.cores):
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
        E0840 if a tool is missing, E0841 if one fails, E0842 if a program is too large.
    """
    absent = missing(TOOLS)
    if absent:
        raise SomacError.of(absent)
    with tempfile.TemporaryDirectory(prefix="somac-") as folder:
        yield CortexCores(read_bundle(program), Path(folder), options, counting=counting)


CORTEX_M4 = Machine(
    name="cortex-m4",
    title="C of the cores on a Cortex-M4",
    differs="E0822",
    missing=lambda: missing(TOOLS),
    open=cortex_cores,
)
