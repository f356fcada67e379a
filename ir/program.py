"""`Program`: a bundle of files, exactly what the hardware loads, plus a manifest.

In memory it is a map from relative names to bytes. On disk it is a folder that appears whole
or not at all, with a manifest that holds the size and hash of every file.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from somac.ir.digest import digest_of
from somac.ir.errors import Diagnostic, Place, SomacError

__all__ = [
    "BUILD_INFO",
    "MANIFEST",
    "Program",
    "check_destination",
    "is_file_name",
    "read_beside",
    "read_program",
    "write_program",
]

MANIFEST = "manifest.json"
BUILD_INFO = "build-info.json"
"""May be beside the files of a bundle, and is no part of it: in no manifest and no digest."""

FORMAT = 1
_NAME = re.compile(r"[A-Za-z0-9_\-]+(\.[A-Za-z0-9_\-]+)*(/[A-Za-z0-9_\-]+(\.[A-Za-z0-9_\-]+)*)*")
_MAX_FILES = 100_000
_MAX_MANIFEST_BYTES = 64 << 20
_MAX_BYTES = 4 << 30


def is_file_name(name: str) -> bool:
    """Whether a name may be that of a file in a bundle: relative, and never out of its folder."""
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A bundle.

    Parameters
    ----------
    backend
        Name of the backend that emitted it and can emulate it.
    target
        Name of the target.
    files
        Contents by relative name (``/`` between folders), without the manifest.
    """

    backend: str
    target: str
    files: Mapping[str, bytes]

    def __post_init__(self) -> None:
        folders = {str(p) for name in self.files for p in PurePosixPath(name).parents}
        for name in sorted(self.files):
            taken = name in folders or name.partition("/")[0] in (MANIFEST, BUILD_INFO)
            if not is_file_name(name) or taken:
                raise ValueError(f"{name!r} cannot be the name of a file in a bundle")

    def under(self, folder: str) -> dict[str, bytes]:
        """The files whose names begin with `folder` (``rtl/``), by what follows it."""
        return {
            name.removeprefix(folder): content
            for name, content in self.files.items()
            if name.startswith(folder)
        }

    def digest(self) -> str:
        """BLAKE2b of names and contents, as hexadecimal text."""
        return digest_of(self)

    def json(self, name: str) -> Any:
        """A file parsed as JSON; SomacError E0703 if it is not there, E0704 if it is not JSON."""
        if name not in self.files:
            raise SomacError("E0703", f"the bundle has no file {name}", place=Place(file=name))
        try:
            return json.loads(self.files[name])
        except (ValueError, RecursionError) as error:
            raise SomacError("E0704", f"not JSON: {error}", place=Place(file=name)) from None

    def manifest(self) -> bytes:
        """The manifest: format, backend, target, and size and hash of every file."""
        entries = {
            name: {
                "blake2b": _hash(self.files[name]),
                "bytes": len(self.files[name]),
            }
            for name in sorted(self.files)
        }
        head = {
            "backend": self.backend,
            "digest": self.digest(),
            "files": entries,
            "format": FORMAT,
            "target": self.target,
        }
        return json.dumps(head, indent=1, sort_keys=True).encode() + b"\n"


def write_program(
    program: Program, folder: Path, *, overwrite: bool = False, build_info: bytes | None = None
) -> None:
    """Write the bundle beside `folder` and rename it into place.

    Whatever happens, `folder` is afterwards either as before or the complete bundle; only
    if the process is killed between the two renames that replace a bundle is it absent, and
    the old one beside it. An existing folder is replaced only if `overwrite` is set and it
    is a bundle with nothing else in it.

    Raises
    ------
    SomacError
        E0701 if the folder cannot be written, E0702 if something else is in its place.
    """
    folder = folder.absolute()
    try:
        _check_place(folder, overwrite)
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error) from None
    old = scratch.with_name(scratch.name + ".old")
    try:
        beside = {MANIFEST: program.manifest()}
        if build_info is not None:
            beside[BUILD_INFO] = build_info
        for name, content in (*program.files.items(), *beside.items()):
            path = scratch / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        scratch.chmod(0o755)
        if folder.exists():
            folder.rename(old)
        scratch.rename(folder)
    except OSError as error:
        raise _unwritable(folder, error) from None
    finally:
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def check_destination(folder: Path, *, overwrite: bool = False) -> None:
    """Whether a bundle may be written to `folder`: to be asked before long work.

    Raises
    ------
    SomacError
        E0701 if the folder cannot be written, E0702 if something else is in its place.
    """
    folder = folder.absolute()
    try:
        _check_place(folder, overwrite)
        above = next(p for p in folder.parents if p.exists())
        if not above.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, f"{above} is not a folder")
        if not os.access(above, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, f"{above} may not be written")
    except OSError as error:
        raise _unwritable(folder, error) from None


def _check_place(folder: Path, overwrite: bool) -> None:
    """SomacError E0702 unless nothing is at `folder`, or what may be replaced."""
    if not (folder.exists() or folder.is_symlink()):
        return
    stranger = _stranger(folder)
    if stranger is not None:
        raise SomacError(
            "E0702",
            f"{folder} exists and {stranger}",
            place=Place(file=str(folder)),
            hint="choose another folder with -o; nothing was changed",
        )
    if not overwrite:
        raise SomacError(
            "E0702",
            f"{folder} exists",
            place=Place(file=str(folder)),
            hint="choose another folder with -o, or replace the bundle with --force",
        )


def _stranger(folder: Path) -> str | None:
    """Why a folder is not a bundle alone: replacing it would delete what somac did not write."""
    if folder.is_symlink() or not folder.is_dir():
        return "is not a folder"
    try:
        listed = {MANIFEST, BUILD_INFO, *_read_manifest(folder).entries}
    except SomacError:
        return "is not a bundle of this version of somac"
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name not in listed and (path.is_symlink() or not path.is_dir()):
            return f"holds {name}, which is no part of the bundle"
    return None


def _unwritable(folder: Path, error: OSError) -> SomacError:
    return SomacError(
        "E0701",
        f"cannot write the bundle: {error.strerror or error}",
        place=Place(file=str(folder)),
        hint="choose a folder that can be written with -o; nothing was left behind",
    )


def read_program(folder: Path) -> Program:
    """Read a bundle, and believe it only if every size and hash of the manifest is right.

    Raises
    ------
    SomacError
        E0703 if it is no bundle, E0704 if the manifest or a file is not as it must be, E0705
        if it is of another version.
    """
    manifest = _read_manifest(folder)
    contents, damaged = {}, []
    for name, (size, digest) in manifest.entries.items():
        content = _read_entry(folder, name, size)
        if content is None or _hash(content) != digest:
            damaged.append(
                Diagnostic(
                    "E0704",
                    f"{name} is missing or not what the manifest says",
                    Place(file=str(folder / name)),
                    hint="compile the model again",
                )
            )
        else:
            contents[name] = content
    if damaged:
        raise SomacError.of(damaged)
    try:
        program = Program(manifest.backend, manifest.target, contents)
    except ValueError as error:
        raise _no_manifest(folder, str(error)) from None
    if program.digest() != manifest.digest:
        raise _no_manifest(folder, "its digest is not that of the bundle")
    return program


def read_beside(folder: Path, name: str) -> bytes | None:
    """A file in the folder of a bundle that is no part of it, if it is there and a plain file.

    Nothing vouches for its content. SomacError E0704 if it is larger than a manifest may be.
    """
    content = _read_entry(folder, name, None)
    path = folder / name
    if content is None and path.is_file() and not path.is_symlink():
        raise SomacError("E0704", f"{name} cannot be read", place=Place(file=str(path)))
    return content


@dataclass(frozen=True, slots=True)
class _Manifest:
    backend: str
    target: str
    digest: str
    entries: Mapping[str, tuple[int, str]]


def _read_manifest(folder: Path) -> _Manifest:
    path = folder / MANIFEST
    content = _read_entry(folder, MANIFEST, None)
    if content is None:
        raise _no_bundle(folder)
    try:
        head = json.loads(content)
        version = head["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _no_manifest(folder, repr(error)) from None
    if version != FORMAT:
        raise SomacError(
            "E0705",
            f"the bundle has format {version!r}",
            place=Place(file=str(path)),
            have=f"format {version!r}",
            need=f"format {FORMAT}",
            hint="compile the model again with this version of somac",
        )
    match head:
        case {
            "backend": str(backend),
            "target": str(target),
            "digest": str(digest),
            "files": dict(files),
        } if len(files) <= _MAX_FILES:
            entries = dict(_entry(folder, name, entry) for name, entry in files.items())
        case _:
            raise _no_manifest(folder, "it lacks what a manifest has")
    if sum(size for size, _ in entries.values()) > _MAX_BYTES:
        raise _no_manifest(folder, f"its files are larger than {_MAX_BYTES} bytes")
    return _Manifest(backend, target, digest, entries)


def _entry(folder: Path, name: str, entry: object) -> tuple[str, tuple[int, str]]:
    match entry:
        case {"bytes": int(size), "blake2b": str(digest)} if _NAME.fullmatch(name) and size >= 0:
            return name, (size, digest)
    raise _no_manifest(folder, f"its entry {name!r} is not one")


def _no_bundle(folder: Path) -> SomacError:
    """What is there instead, as far as it can be seen."""
    place = folder / MANIFEST
    if folder.is_dir():
        what, hint = f"it has no {MANIFEST} that can be read", "give"
    elif os.path.lexists(folder):
        what, place, hint = "it is a file", folder, "compile it if it is a model, and give"
    else:
        what, place, hint = "there is no such folder", folder, "give"
    return SomacError(
        "E0703",
        f"not a bundle: {what}",
        place=Place(file=str(place)),
        hint=f"{hint} the folder that `somac compile -o` wrote",
    )


def _no_manifest(folder: Path, why: str) -> SomacError:
    return SomacError(
        "E0704",
        f"not a manifest: {why}",
        place=Place(file=str(folder / MANIFEST)),
        hint="compile the model again",
    )


def _read_entry(folder: Path, name: str, size: int | None) -> bytes | None:
    """The contents of a file of the bundle; without a size, of a manifest of bounded size.

    None unless it is a plain file of that size, reached without any link.
    """
    path = folder / name
    try:
        if not path.is_file() or path.resolve() != folder.resolve() / name:
            return None
        found = path.stat().st_size
        if found > _MAX_MANIFEST_BYTES if size is None else found != size:
            return None
        with path.open("rb") as file:
            return file.read(found)
    except OSError:
        return None


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=32).hexdigest()
