"""Archives of arrays (`.npz`): read with suspicion, written whole or not at all."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from somac.compiler.files import replaced
from somac.ir.errors import Place, SomacError

__all__ = ["open_archive", "read_arrays", "write_arrays"]

_BUDGET = 4 << 30
_NUMBERS = "biuf"
_ARCHIVE = b"PK"
"""How a zip archive begins."""


@contextmanager
def open_archive(path: Path) -> Iterator[NpzFile]:
    """Open an archive whose arrays take at most 4 GiB unpacked.

    Raises
    ------
    SomacError
        E0905 if the file is missing, is no archive of numbers, or is too large; also for what
        goes wrong while the caller reads arrays from it.
    """
    place = Place(file=str(path))
    try:
        if path.exists() and not path.is_file():
            raise SomacError("E0905", f"{path} is no regular file", place=place)
        with path.open("rb") as file:
            if not file.peek(1).startswith(_ARCHIVE):
                raise SomacError(
                    "E0905",
                    f"{path.name} is no .npz archive",
                    place=place,
                    have="a file of another kind",
                    need="what numpy.savez writes",
                )
            archive = np.load(file, allow_pickle=False)
            total = sum(entry.file_size for entry in _entries(archive))
            if total > _BUDGET:
                raise SomacError(
                    "E0905",
                    f"{path.name} is too large",
                    place=place,
                    have=f"{total:,} bytes",
                    need=f"at most {_BUDGET:,} bytes",
                    hint="split it",
                )
            yield archive
    except OSError as error:
        reason = error.strerror or str(error)
        raise SomacError("E0905", f"{path} cannot be read: {reason}", place=place) from None
    except (
        ValueError,
        TypeError,
        EOFError,
        KeyError,
        MemoryError,
        NotImplementedError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise SomacError(
            "E0905", f"{path.name} cannot be read as .npz: {error}", place=place
        ) from None


def _entries(archive: NpzFile) -> list[zipfile.ZipInfo]:
    return archive.zip.infolist() if archive.zip is not None else []


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Every array of an archive, by name; SomacError E0905 if one does not hold numbers."""
    with open_archive(path) as archive:
        arrays = {name: np.asarray(archive[name]) for name in archive.files}
    for name, value in arrays.items():
        if value.dtype.kind not in _NUMBERS:
            raise SomacError(
                "E0905",
                f"array {name} of {path.name} does not hold numbers",
                place=Place(file=str(path)),
                have=str(value.dtype),
            )
    return arrays


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write an archive; the same arrays give the same bytes.

    Raises
    ------
    SomacError
        E0906 if it cannot be written; what was there before is then still there.
    """
    with replaced(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, value in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, whenever it is written
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(value), allow_pickle=False)
