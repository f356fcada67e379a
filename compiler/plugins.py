"""Backends, found by the entry-point group ``somac.backends``; ours register the same way."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import cast

from somac.backends.api import API_VERSION, Backend, BackendInfo
from somac.ir.errors import Place, SomacError

__all__ = ["GROUP", "find_backend", "installed"]

GROUP = "somac.backends"


def installed() -> dict[str, EntryPoint]:
    """Every registered backend by name, none of them imported."""
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda p: p.name)}


def find_backend(name: str) -> Backend:
    """The backend of that name, ready to use.

    Raises
    ------
    SomacError
        E0901 if none is registered under the name, E0902 if it does not import or was made
        for another version of `somac.backends.api`.
    """
    points = installed()
    if name not in points:
        raise SomacError(
            "E0901",
            f"there is no backend {name!r}",
            have=", ".join(points) or "none",
            need=name,
            hint="install the package that brings it, or choose another target",
        )
    point = points[name]
    try:
        module = point.load()
        info = cast(BackendInfo, module.INFO)
        major, minor = info.api_version
    except Exception as error:
        raise SomacError(
            "E0902",
            f"backend {name} cannot be imported: {error!r}",
            place=Place(node=point.value),
            hint="reinstall or remove its package",
        ) from error
    if major != API_VERSION[0] or minor > API_VERSION[1]:
        raise SomacError(
            "E0902",
            f"backend {name} was made for another version of somac",
            place=Place(node=point.value),
            have=f"interface {major}.{minor}",
            need=f"interface {API_VERSION[0]}.0 to {API_VERSION[0]}.{API_VERSION[1]}",
            hint="upgrade the backend's package, or somac",
        )
    return cast(Backend, module.create())
