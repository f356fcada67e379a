"""What besides its inputs decides what a compile gives: this code, plug-ins, libraries, Python."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from hashlib import blake2b
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path

from somac import __version__

__all__ = ["LIBRARIES", "sources_digest", "toolchain"]

LIBRARIES = (
    "h5py",
    "lark",
    "llvmlite",
    "networkx",
    "nir",
    "numba",
    "numpy",
    "ortools",
    "pydantic",
    "ruamel.yaml",
    "scipy",
)
"""Whose versions count: they read, compute or solve something on the way to a bundle."""

_OURS = "somac"


def toolchain() -> tuple[object, ...] | None:
    """Plain values that change with whatever may change a result; None if they cannot be known.

    Sources count by content, installed or not, since a package that is being developed keeps its
    version. All plug-ins count, not only the one that is used: which one that is, only a compile
    finds out.
    """
    try:
        found = entry_points()
        groups = [g for g in found.groups if g.startswith(f"{_OURS}.")]
        points = [p for group in groups for p in found.select(group=group)]
        plugins = tuple(sorted(map(_plugin, points)))
        packages = {p.value.partition(":")[0].partition(".")[0] for p in points} | {_OURS}
        sources = tuple((name, _package_digest(name)) for name in sorted(packages))
    except Exception:  # noqa: BLE001 - lists of packages are damaged; a compile says so
        return None
    python = (sys.implementation.name, *sys.version_info)
    machine = (sys.platform, platform.machine(), sys.byteorder)
    libraries = tuple((name, _version(name)) for name in LIBRARIES)
    return (__version__, sources, plugins, libraries, python, machine)


def _plugin(point: EntryPoint) -> tuple[str, ...]:
    found: Distribution | None = point.dist
    package = ("", "")
    if found is not None:
        about = found.metadata  # parsed each time that it is asked for
        package = str(about["Name"]), str(about["Version"])
    return (point.group, point.name, point.value, *package)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _package_digest(name: str) -> str:
    """BLAKE2b of the sources of a package, which is not imported; empty if it is not found."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return ""
    origin = Path(spec.origin)
    return sources_digest(origin.parent if spec.submodule_search_locations else origin)


def sources_digest(root: Path) -> str:
    """BLAKE2b of names and contents of a file, or of all files of a folder, links followed."""
    digest = blake2b(digest_size=32)
    for path in [root] if root.is_file() else _files(root):
        content = path.read_bytes()
        head = f"{path.relative_to(root.parent).as_posix()}\0{len(content)}\0"
        digest.update(head.encode("utf-8", "surrogateescape"))
        digest.update(content)
    return digest.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root, followlinks=True):
        folders[:] = sorted(f for f in folders if f != "__pycache__" and not f.startswith("."))
        for name in sorted(names):
            if not name.endswith(".pyc"):
                yield Path(folder, name)
