"""Arrays from `.npy` and `.npz` files beside a text, none of whose sizes is taken on trust."""

from __future__ import annotations

import ast
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import SomacError
from somac.ir.suggest import did_you_mean

__all__ = ["Budget", "Folder", "Limits"]

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000
_DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248])")
_FIELDS = {"descr", "fortran_order", "shape"}
_MOST_DIMENSIONS = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """What a text may ask for: cells in one population, bytes of arrays in all."""

    cells: int = 10**9
    bytes: int = 2 * 2**30


@dataclass(slots=True)
class Budget:
    """Memory that a text may still take."""

    limits: Limits
    taken: int = 0

    def take(self, amount: float, what: str) -> None:
        """Count `amount` bytes for `what` before they are taken.

        Raises
        ------
        SomacError
            E0223 if that is more than is left.
        """
        if self.taken + amount > self.limits.bytes:
            raise SomacError(
                "E0223",
                f"{what} takes too much memory",
                have=_megabytes(self.taken + amount),
                need=f"at most {_megabytes(self.limits.bytes)} for all arrays of a text",
            )
        self.taken += int(amount)


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of a text, from which it may load; None for a text without one."""

    path: Path | None
    budget: Budget

    def load(self, file: str, key: str | None) -> NDArray[np.float64]:
        """An array of numbers, as float64.

        Parameters
        ----------
        file
            Path of a `.npy` or `.npz` file, relative to the folder, with ``/``.
        key
            Name of the array in an `.npz` file; may be left out if there is one.

        Raises
        ------
        SomacError
            E0221 for a path that leads out of the folder, E0222 for a file that has no such
            array of numbers or is damaged, E0223 for one that is too large.
        """
        path = self._inside(file)
        try:
            if path.suffix.lower() == ".npz":
                with zipfile.ZipFile(path) as archive:
                    member = _member(archive, file, key)
                    with archive.open(member) as stream:
                        return self._read(stream, member.file_size, f"{file}, {key or ''}")
            if key is not None:
                raise _unreadable(file, "only .npz files hold arrays by name")
            with path.open("rb") as stream:
                return self._read(stream, path.stat().st_size, file)
        except (
            OSError,
            EOFError,
            NotImplementedError,
            OverflowError,
            RuntimeError,
            ValueError,
            struct.error,
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            raise _unreadable(file, str(error)) from error

    def _inside(self, file: str) -> Path:
        parts = PurePosixPath(file).parts
        bad = file.startswith(("/", "\\")) or ".." in parts or ":" in file or "\\" in file
        if self.path is None or bad or not parts:
            raise SomacError(
                "E0221",
                f"{file} is not in the folder of the text",
                need="a relative path with /, without ..",
            )
        home = self.path.resolve()
        try:
            path = home.joinpath(*parts).resolve(strict=True)
            mode = path.stat().st_mode
        except (OSError, RuntimeError, ValueError) as error:
            raise _unreadable(file, "there is no such file") from error
        if not path.is_relative_to(home):
            raise SomacError("E0221", f"{file} is a link that leads out of the folder of the text")
        if not stat.S_ISREG(mode):
            raise _unreadable(file, "it is not a regular file")
        return path

    def _read(self, stream: IO[bytes], size: int, name: str) -> NDArray[np.float64]:
        dtype, fortran, shape, header = _header(stream, name)
        count = prod(shape)
        if header + count * dtype.itemsize != size:
            raise _unreadable(
                name,
                f"the header declares {count * dtype.itemsize} bytes of numbers, and there are "
                f"{size - header}",
            )
        self.budget.take(count * (8 + dtype.itemsize), f"the array {name}")
        data = _exactly(stream.read, count * dtype.itemsize)
        array = np.frombuffer(data, dtype) if count else np.zeros(0)
        return array.reshape(shape, order="F" if fortran else "C").astype(np.float64)


def _member(archive: zipfile.ZipFile, file: str, key: str | None) -> zipfile.ZipInfo:
    names = {
        info.filename.removesuffix(".npy"): info
        for info in archive.infolist()
        if info.filename.endswith(".npy")
    }
    if key is None and len(names) == 1:
        return next(iter(names.values()))
    if key is None or key not in names:
        wanted = "say which array" if key is None else f"there is no array {key} in it"
        raise SomacError(
            "E0222", f"{file}: {wanted}", hint=did_you_mean(key or "", names) or "it has no arrays"
        )
    member = names[key]
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _unreadable(file, f"array {key} is packed in a way that NumPy does not use")
    return member


def _header(
    stream: IO[bytes], name: str
) -> tuple[np.dtype[np.generic], bool, tuple[int, ...], int]:
    """Dtype, Fortran order, shape, and length of the header (NEP 1)."""
    start = _exactly(stream.read, 8)
    if start[:6] != _MAGIC:
        raise _unreadable(name, "it is no .npy data")
    if start[6] not in (1, 2, 3):
        raise _unreadable(name, f"version {start[6]} of the .npy format is not known")
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(_exactly(stream.read, width), "little")
    if length > _LONGEST_HEADER:
        raise _unreadable(name, f"its header has {length} bytes")
    text = _exactly(stream.read, length).decode("utf-8" if start[6] == 3 else "latin-1")
    try:
        fields = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise _unreadable(name, "its header cannot be read") from error
    if not isinstance(fields, dict) or set(fields) != _FIELDS:
        raise _unreadable(name, "its header is not that of an array")
    descr, fortran, shape = fields["descr"], fields["fortran_order"], fields["shape"]
    if not (isinstance(descr, str) and _DTYPE.fullmatch(descr)):
        raise _unreadable(
            name, f"it holds {descr!r}, not booleans, integers or floats of 8 to 64 bits"
        )
    sound = (
        isinstance(fortran, bool)
        and isinstance(shape, tuple)
        and len(shape) <= _MOST_DIMENSIONS
        and all(type(n) is int and n >= 0 for n in shape)
    )
    if not sound:
        raise _unreadable(name, f"its header declares the shape {shape!r}")
    return np.dtype(descr), fortran, shape, 8 + width + length


def _exactly(read: Callable[[int], bytes], count: int) -> bytes:
    parts = []
    while count > 0:
        part = read(min(count, 1 << 24))
        if not part:
            raise EOFError("the file ends early")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _unreadable(file: str, reason: str) -> SomacError:
    return SomacError("E0222", f"{file} cannot be loaded: {reason}")


def _megabytes(amount: float) -> str:
    return f"{amount / 2**20:.0f} MiB"
