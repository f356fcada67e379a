"""The reading process: takes a file's bytes on stdin, answers on stdout in the form of `wire`.

Started by `sandbox`, once per file. It never opens a file: the parent sends the bytes, HDF5
gets them as an image in memory, and before it does, the process gives up the right to open
anything, to write files and to take more memory or time than it was granted.
"""

from __future__ import annotations

import math
import os
import resource
import sys
from typing import IO, TYPE_CHECKING, Any

from somac.compiler.nir import wire
from somac.compiler.nir.limits import Limits
from somac.ir.errors import Diagnostic, SomacError

if TYPE_CHECKING:
    from somac.compiler.nir.admit import Dataset

__all__ = ["main"]

_IMAGE_NOT_COPIED = 0x2 | 0x4
"""H5LT_FILE_IMAGE_DONT_COPY | H5LT_FILE_IMAGE_DONT_RELEASE: HDF5 reads our buffer in place."""

_REQUEST_BYTES = 2**16


def main() -> None:
    """Read one request, answer it, end."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    # built while there is memory to build it with
    exhausted = Diagnostic(
        "E0125",
        "reading the file took more memory than it may",
        hint="the file is damaged or made to exhaust memory; if you trust it, read it with wider "
        "Limits",
    )
    try:
        _answer(source, sink)
    except SomacError as error:
        wire.write_json(sink, wire.ERRORS, wire.diagnostics_to_json(error.diagnostics))
    except MemoryError:
        wire.write_json(sink, wire.ERRORS, wire.diagnostics_to_json([exhausted]))
    except Exception as error:  # noqa: BLE001  the parent must learn of every bug of ours
        bug = Diagnostic("E0128", f"{type(error).__name__}: {error}"[:500])
        wire.write_json(sink, wire.ERRORS, wire.diagnostics_to_json([bug]))
    sink.flush()
    # tearing down a library that was fed a damaged file can only do harm
    os._exit(0)


def _answer(source: IO[bytes], sink: IO[bytes]) -> None:
    tag, length = wire.read_head(source)
    request = wire.read_json(source, length, _REQUEST_BYTES)
    if tag != wire.REQUEST:
        raise wire.MalformedError("no request")
    limits = Limits(**request["limits"])
    file_bytes = int(request["file_bytes"])
    # the parent's clock comes first; this one ends a process whose parent is gone
    _lower(resource.RLIMIT_CPU, math.ceil(limits.wall_of(file_bytes)) + 1)
    try:
        from somac.compiler.nir import walk
    except ImportError as error:
        raise SomacError(
            "E0127", f"h5py cannot be imported: {error}", hint="install somac again"
        ) from None
    _confine(limits.memory_of(file_bytes))

    image = bytearray(file_bytes)
    view = memoryview(image)
    while view:
        taken = source.readinto(view)  # type: ignore[attr-defined]
        if not taken:
            raise EOFError("the file stopped early")
        view = view[taken:]
    file = _open(image)
    survey = walk.survey(file, file_bytes, limits)
    header = {
        "version": survey.version,
        "root": survey.root,
        "arrays": [(info.path, info.dtype, info.shape) for info in survey.arrays],
        "notes": wire.diagnostics_to_json(survey.notes),
    }
    wire.write_json(sink, wire.HEADER, header)
    for info in survey.arrays:
        wire.write_frame(sink, wire.ARRAY, _elements(file, info))


def _open(image: bytearray) -> Any:
    from h5py import h5f

    try:
        return h5f.open_file_image(image, flags=_IMAGE_NOT_COPIED)
    except (OSError, RuntimeError, ValueError):
        raise SomacError(
            "E0107",
            "the HDF5 library cannot open the file: its superblock is damaged",
            hint="fetch or export the file again",
        ) from None


def _elements(file: Any, info: Dataset) -> memoryview:
    """All elements of an admitted dataset, as little-endian bytes in C order."""
    import numpy as np
    from h5py import h5d, h5s, h5t

    from somac.compiler.nir.admit import hdf5

    boolean = info.dtype == "|b1"
    array = np.empty(info.shape or (), dtype="|u1" if boolean else info.dtype)
    if info.size:
        with hdf5(info.path):
            dataset = h5d.open(file, info.path.encode())
            type_ = dataset.get_type() if boolean else h5t.py_create(array.dtype)
            dataset.read(h5s.ALL, h5s.ALL, array, type_)
    return array.reshape(-1).view(np.uint8).data


def _confine(memory_bytes: int) -> None:
    """Give up opening files, writing them, new processes, and memory beyond what is granted."""
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NPROC, 0)
    _lower(resource.RLIMIT_AS, _address_space() + memory_bytes)
    _lower(resource.RLIMIT_NOFILE, 3)


def _address_space() -> int:
    """Bytes of address space in use; a generous guess where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as pages:
            return int(pages.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 2**32


def _lower(kind: int, value: int) -> None:
    """Lower a limit; one that is lower already stays."""
    hard = resource.getrlimit(kind)[1]
    least = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (least, least))
