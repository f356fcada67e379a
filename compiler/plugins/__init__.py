"""Backends, found by the entry-point group ``somac.backends``; ours register the same way."""

from somac.compiler.plugins.ready import Opened, described, find_backend, infos, opened, usable
from somac.compiler.plugins.registered import GROUP, Plugin, installed, registered

__all__ = [
    "GROUP",
    "Opened",
    "Plugin",
    "described",
    "find_backend",
    "infos",
    "installed",
    "opened",
    "registered",
    "usable",
]
