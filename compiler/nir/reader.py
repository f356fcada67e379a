"""Read an untrusted NIR file into plain values."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

from somac.compiler.nir import answer, sandbox, wire
from somac.compiler.nir.limits import Limits
from somac.compiler.nir.raw import RawFile
from somac.compiler.nir.signature import check_signature
from somac.ir.errors import Place, SomacError
from somac.ir.suggest import nearest

__all__ = ["read_raw"]

_CHILD = "somac.compiler.nir.child:main"
_BLOCK = 2**20
_HEAD_BYTES = 512


def read_raw(path: str | os.PathLike[str], limits: Limits | None = None) -> RawFile:
    """Read the structure and the numbers of a NIR file that nobody vouches for.

    All of HDF5 happens in a process of its own, which gets the file's bytes, cannot open other
    files, and is bounded in memory and time. What comes back is checked again.

    Parameters
    ----------
    path
        The file.
    limits
        What it may cost; the defaults of `Limits` if None.

    Returns
    -------
    RawFile
        Its values, and the SHA-256 of the bytes they were read from.

    Raises
    ------
    SomacError
        E0101 to E0128, every refusal with the file, the path inside it where there is one,
        what was found and what is needed.
    """
    bounds = limits or Limits()
    name = os.fspath(path)
    with _opened(name) as file:
        size = os.fstat(file.fileno()).st_size
        check_signature(os.pread(file.fileno(), _HEAD_BYTES, 0), size, name)
        if size > bounds.file_bytes:
            raise SomacError(
                "E0118",
                f"{name} is too large",
                place=Place(file=name),
                have=f"{size:,} bytes",
                need=f"at most {bounds.file_bytes:,} bytes",
                hint="read a file of your own with --trust",
            )
        return _read(file, name, size, bounds)


def _read(file: IO[bytes], name: str, size: int, limits: Limits) -> RawFile:
    digest = hashlib.sha256()

    def send(stream: IO[bytes]) -> None:
        request = {"limits": asdict(limits), "file_bytes": size}
        wire.write_json(stream, wire.REQUEST, request)
        left = size
        while left:
            block = file.read(min(left, _BLOCK))
            if not block:
                raise SomacError(
                    "E0103", f"{name} became shorter while it was read", place=Place(file=name)
                )
            digest.update(block)
            stream.write(block)
            left -= len(block)

    def receive(stream: IO[bytes]) -> answer.Answer:
        return answer.receive(stream, name, size, limits)

    seconds = limits.wall_of(size)
    try:
        found = sandbox.converse(_CHILD, send, receive, wall_seconds=seconds)
    except sandbox.ExpiredError:
        raise SomacError(
            "E0124",
            f"reading {name} took longer than it may",
            place=Place(file=name),
            need=f"at most {seconds:.1f} s for {size:,} bytes",
            hint="the file is probably damaged: fetch or export it again; if it is your own and "
            "the machine is busy, try again with --trust",
        ) from None
    except sandbox.DiedError as error:
        raise SomacError(
            "E0126",
            f"the process that read {name} died",
            place=Place(file=name),
            have=str(error),
            hint="the file is probably damaged: fetch or export it again",
        ) from None
    except sandbox.NotStartedError as error:
        raise SomacError(
            "E0127", f"no process to read {name} could be started: {error}", place=Place(file=name)
        ) from None
    return RawFile(name, found.version, found.root, digest.hexdigest(), found.notes)


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    """Open a regular file; a pipe or a device is neither waited for nor touched."""
    place = Place(file=name)
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise SomacError(
            "E0101", f"{name} does not exist", place=place, hint=_alternative(name)
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SomacError("E0103", f"{name} cannot be opened: {reason}", place=place) from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe, socket or device"
        raise SomacError(
            "E0102", f"{name} is {kind}", place=place, have=kind, need="a regular file"
        )
    with open(descriptor, "rb", buffering=0) as file:
        try:
            yield file
        except OSError as error:
            raise SomacError(
                "E0103", f"{name} cannot be read: {error.strerror}", place=place
            ) from None


def _alternative(name: str) -> str | None:
    """A file of a similar name beside the one that is missing."""
    path = Path(name)
    try:
        siblings = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return None
    close = nearest(path.name, siblings)
    return f"did you mean {path.parent / close[0]}?" if close else None
