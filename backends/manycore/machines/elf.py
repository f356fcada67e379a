"""The programs of a bundle's cores as ELF files for a Cortex-M4, and the list of them.

They are linked with the board layer of a simulated board, whose name the list gives. The same
compiler gives the same bytes, wherever it runs.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from somac.backends.api import Account
from somac.backends.api.tools import Tool, build, find, missing
from somac.backends.manycore.machines.bundle import Bundle, read_bundle
from somac.backends.manycore.machines.variants import (
    RUNTIME,
    RUNTIME_SOURCES,
    Variant,
    find_variants,
    write_parts,
    write_sources,
)
from somac.ir.errors import Place, SomacError
from somac.ir.program import Program

__all__ = [
    "ARM_TOOLS",
    "BOARD",
    "CODE_BYTES",
    "FILE",
    "Elf",
    "build_elf",
    "matching",
    "to_json",
    "with_elf",
]

FILE = "elf.json"
FORMAT = 1
BOARD = "mps2-an386"
"""The board that qemu simulates, whose board layer the programs are linked with."""

CODE_BYTES = 32 << 10
"""Code memory of a core: `core_code_bytes` of the chips in `targets.yaml`."""

ARM_CC = Tool(("arm-none-eabi-gcc",), "the Arm compiler (Debian: gcc-arm-none-eabi)")
ARM_SIZE = Tool(("arm-none-eabi-size",), "the Arm tools (Debian: binutils-arm-none-eabi)")
ARM_TOOLS = (ARM_CC, ARM_SIZE)

OPTIONS = (
    *("-std=c11", "-mcpu=cortex-m4", "-mthumb", "-ffreestanding", "-nostdlib"),
    # memset must not be made of itself
    "-fno-tree-loop-distribute-patterns",
    # what is not called is left out
    "-ffunction-sections",
)
_FAST, _SMALL = "-O2", "-Os"
# no names of files, which may differ
_LINK = ("-Wl,--gc-sections", "-s", "-T", str(RUNTIME / "cortex_m4" / "link.ld"))
_CORE_SOURCES = (*RUNTIME_SOURCES, "main.c")
_BOARD_SOURCES = ("cortex_m4/start.c", "cortex_m4/host.c", "cortex_m4/replay.c")


@dataclass(frozen=True, slots=True)
class Elf:
    """A program as it is built: bytes of code, of data with an initial value, and of other data."""

    variant: Variant
    content: bytes
    code: int
    data: int
    zeroed: int


def build_elf(bundle: Bundle, folder: Path, options: Sequence[str] = ()) -> tuple[Elf, ...]:
    """Compile every variant in a folder, to ``core0.elf``, ``core1.elf``, ...

    Raises
    ------
    SomacError
        E0840 if a tool is missing, E0841 if one fails, E0842 if a program is too large.
    """
    write_sources(bundle, folder)
    compiler = [find(ARM_CC), *OPTIONS, f"-I{RUNTIME}", *options]
    objects = []
    for level, sources in ((_FAST, _CORE_SOURCES), (_SMALL, _BOARD_SOURCES)):
        files = [str(RUNTIME / source) for source in sources]
        build([*compiler, level, "-c", *files], folder, "the program of a core")
        objects += [f"{PurePosixPath(source).stem}.o" for source in sources]
    return tuple(
        _built(bundle, folder, number, variant, compiler, objects)
        for number, variant in enumerate(find_variants(bundle))
    )


def _built(
    bundle: Bundle,
    folder: Path,
    number: int,
    variant: Variant,
    compiler: Sequence[str],
    objects: Sequence[str],
) -> Elf:
    """Compile the neuron program and the blocks of its cores; link them with the objects of all."""
    name = f"core{number}.elf"
    macros = [f"-D{text.replace(' ', '=', 1)}" for text in variant.defines()]
    own = [variant.source, *write_parts(bundle, variant.cores, folder, f"parts{number}.c")]
    build(
        [*compiler, _FAST, *macros, *own, *objects, *_LINK, "-lgcc", "-o", name],
        folder,
        variant.source,
    )
    sized = build([find(ARM_SIZE), name], folder, variant.source)
    text, data, zeroed = (int(field) for field in sized.splitlines()[1].split()[:3])
    if text + data > CODE_BYTES:
        raise SomacError(
            "E0842",
            f"{variant.source} and the runtime are too large for the code memory of a core",
            place=Place(file=variant.source),
            have=f"{CODE_BYTES} bytes",
            need=f"{text + data} bytes",
        )
    return Elf(variant, (folder / name).read_bytes(), text, data, zeroed)


def with_elf(program: Program) -> Program:
    """The program with an ELF file per variant, and the list of them.

    Raises
    ------
    SomacError
        As `build_elf`.
    """
    absent = missing(ARM_TOOLS)
    if absent:
        raise SomacError.of(absent)
    bundle = read_bundle(program)
    with tempfile.TemporaryDirectory(prefix="somac-") as name:
        made = build_elf(bundle, Path(name))
        compiler = compiler_version(Path(name))
    names = _names(made)
    files = dict(zip(names, (elf.content for elf in made), strict=True))
    listed = {
        "format": FORMAT,
        "board": BOARD,
        "compiler": compiler,
        "options": " ".join((*OPTIONS, _FAST)),
        "programs": [_listed(name, elf) for name, elf in zip(names, made, strict=True)],
    }
    files[FILE] = to_json(listed)
    files |= _accounted(Account.of(program), made).file()
    return replace(program, files={**program.files, **files})


def to_json(value: Any) -> bytes:
    """JSON with sorted keys: the same bytes for the same value."""
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"


def _accounted(account: Account, made: Sequence[Elf]) -> Account:
    """The memory account, with the code of each core."""
    code = {core: elf.code + elf.data for elf in made for core in elf.variant.cores}
    cores = (replace(core, code_bytes=code[n]) for n, core in enumerate(account.memory))
    return replace(account, memory=tuple(cores))


def compiler_version(folder: Path) -> str:
    """The first line that the compiler says of itself."""
    return build([find(ARM_CC), "--version"], folder, "nothing").splitlines()[0].strip()


def _names(made: Sequence[Elf]) -> list[str]:
    """``programs/NAME.elf`` for the first variant of a program, then ``NAME.1.elf``, ..."""
    names: list[str] = []
    for elf in made:
        stem = PurePosixPath(elf.variant.source).stem
        earlier = sum(PurePosixPath(e.variant.source).stem == stem for e in made[: len(names)])
        names.append(f"programs/{stem}{f'.{earlier}' if earlier else ''}.elf")
    return names


def _listed(name: str, elf: Elf) -> dict[str, Any]:
    return {
        "file": name,
        "program": elf.variant.program,
        "parameters": [[width, int(each)] for width, each in elf.variant.parameters],
        "cores": list(elf.variant.cores),
        "bytes": {"code": elf.code, "data": elf.data, "zeroed": elf.zeroed},
    }


def matching(program: Program, made: Sequence[Elf], folder: Path) -> Mapping[str, int]:
    """How many ELF files of a bundle the C gives byte for byte, as figures; nothing without any.

    Files of another compiler cannot be compared, and count apart.

    Raises
    ------
    SomacError
        E0823 if a file is not what the same compiler makes of the bundle's C, or missing.
    """
    if FILE not in program.files:
        return {}
    listed = program.json(FILE)
    if not isinstance(listed, dict) or listed.get("compiler") != compiler_version(folder):
        return {"ELF files of another compiler, not compared": len(made)}
    for name, elf in zip(_names(made), made, strict=True):
        if program.files.get(name) != elf.content:
            raise SomacError(
                "E0823",
                f"{name} is not what {elf.variant.source} gives",
                place=Place(file=name),
                hint="compile the model again with --elf",
            )
    return {"ELF files of the bundle, built again byte for byte": len(made)}
