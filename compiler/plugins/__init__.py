"""Plug-ins, found by entry-point groups (`BACKENDS`, `PLACERS`); ours register the same way."""

from somac.compiler.plugins.groups import BACKENDS, PLACERS, Group
from somac.compiler.plugins.ready import (
    Opened,
    described,
    find_backend,
    find_placer,
    infos,
    opened,
    usable,
)
from somac.compiler.plugins.registered import Plugin, installed, registered

__all__ = [
    "BACKENDS",
    "PLACERS",
    "Group",
    "Opened",
    "Plugin",
    "described",
    "find_backend",
    "find_placer",
    "infos",
    "installed",
    "opened",
    "registered",
    "usable",
]
