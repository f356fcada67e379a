"""Backends, found by the entry-point group ``somac.backends``; ours register the same way."""

from somac.compiler.plugins.ready import Opened, find_backend, opened, usable
from somac.compiler.plugins.registered import GROUP, Plugin, installed, registered

__all__ = [
    "GROUP",
    "Opened",
    "Plugin",
    "find_backend",
    "installed",
    "opened",
    "registered",
    "usable",
]
