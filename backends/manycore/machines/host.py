"""All cores of a bundle on this computer: their C, compiled, in lockstep."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation, Machine
from somac.backends.api.tools import CC, build, execute, find, missing
from somac.backends.manycore.machines.bundle import Bundle, read_bundle
from somac.backends.manycore.machines.emulation import checked_inputs, emulation
from somac.backends.manycore.machines.session import CoreRecord, encode_session, read_records
from somac.backends.manycore.machines.variants import (
    RUNTIME,
    RUNTIME_SOURCES,
    Variant,
    find_variants,
    write_parts,
    write_sources,
)
from somac.ir.program import Program

__all__ = ["HOST_C", "HostCores", "host_cores"]

Integers = NDArray[np.int64]

RUN_SECONDS = 3600.0
"""Time after which a run is taken to hang."""

_EXECUTABLE = "lockstep"
_SHARED = (*RUNTIME_SOURCES, "host/router.c", "host/lockstep.c")


class HostCores:
    """The compiled cores of a bundle, in a folder that holds nothing else."""

    def __init__(self, bundle: Bundle, folder: Path, options: Sequence[str] = ()) -> None:
        """Compile; `options` are further options of the compiler."""
        self.bundle = bundle
        self.variants = find_variants(bundle)
        self.figures: Mapping[str, int] = {}
        self._folder = folder
        write_sources(bundle, folder)
        (folder / "programs.c").write_text(_programs(self.variants), encoding="utf-8")
        sources = ["programs.c"]
        for number, variant in enumerate(self.variants):
            sources.append(f"program{number}.c")
            (folder / sources[-1]).write_text(_program(number, variant), encoding="utf-8")
        sources += write_parts(bundle, range(len(bundle.cores)), folder, "parts.c")
        sources += [str(RUNTIME / name) for name in _SHARED]
        compiler = [find(CC), "-std=c11", "-O2", f"-I{RUNTIME}", *options]
        build([*compiler, *sources, "-o", _EXECUTABLE], folder, "the C of the cores")

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
        """Run, as `somac.backends.api.Emulator` says; SomacError E0715, E0843."""
        given = checked_inputs(self.bundle, inputs)
        return emulation(
            self.bundle, self.records(given), given, record, record_states, record_weights
        )

    def records(
        self, inputs: Mapping[str, Integers], trace: Path | None = None
    ) -> list[CoreRecord]:
        """What each core records; the packets of the run go to the file `trace`."""
        samples, steps = next(iter(inputs.values())).shape[:2]
        session, recorded = self._folder / "session", self._folder / "records"
        session.write_bytes(encode_session(self.bundle, self.variants, inputs))
        files = [session, recorded] + ([] if trace is None else [trace])
        what = "the C of the cores, compiled for this machine,"
        execute([self._folder / _EXECUTABLE, *files], self._folder, what, RUN_SECONDS)
        return read_records(recorded, self.bundle, samples, steps)


def _program(number: int, variant: Variant) -> str:
    """C of a variant under a name of its own."""
    defined = [f"PROGRAM program{number}", *variant.defines()]
    lines = [f"#define {text}" for text in defined] + [f'#include "{variant.source}"']
    return "\n".join(lines) + "\n"


def _programs(variants: Sequence[Variant]) -> str:
    """C that lists the programs of all variants."""
    names = [f"program{number}" for number in range(len(variants))]
    declared = "".join(f"extern const struct program {name};\n" for name in names)
    listed = ", ".join(f"&{name}" for name in names)
    return (
        '#include "core.h"\n\n'
        f"{declared}\n"
        "extern const struct program *const programs[];\n"
        f"const struct program *const programs[] = {{{listed}}};\n"
    )


@contextmanager
def host_cores(program: Program, options: Sequence[str] = ()) -> Iterator[HostCores]:
    """Compile the cores of a program; the files are gone afterwards.

    Raises
    ------
    SomacError
        E0840 without a compiler, E0841 if it fails.
    """
    with tempfile.TemporaryDirectory(prefix="somac-") as folder:
        yield HostCores(read_bundle(program), Path(folder), options)


HOST_C = Machine(
    name="host-c",
    title="C of the cores on this machine",
    differs="E0821",
    missing=lambda: missing([CC]),
    open=host_cores,
    usual=True,
)
