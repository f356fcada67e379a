"""The many-core backend: processing elements with their own memory, spikes as multicast packets.

Light to import: what it needs is imported by `create`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from somac.backends.api import BackendInfo, Step
from somac.backends.manycore.options import MAC

if TYPE_CHECKING:
    from somac.backends.api import Backend

__all__ = ["INFO", "create"]

INFO = BackendInfo(
    "manycore",
    "many-core of processing elements on a multicast network",
    (1, 0),
    steps=(
        Step(
            "elf",
            "Also build the C of the cores with arm-none-eabi-gcc, an ELF file per program.",
        ),
        Step(
            "count",
            "Also count the instructions of these programs under qemu, for the costs; implies "
            "--elf.",
            includes=("elf",),
        ),
    ),
    options=(MAC,),
)


def create() -> Backend:
    """The backend."""
    from somac.backends.manycore.backend import ManycoreBackend

    return ManycoreBackend()
