"""The crossbar backend: matrices on arrays of memory cells, converters, digital neurons.

Light to import: what it needs is imported by `create`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from somac.backends.api import BackendInfo
from somac.backends.crossbar.options import FIT, MAC

if TYPE_CHECKING:
    from somac.backends.api import Backend

__all__ = ["INFO", "create"]

INFO = BackendInfo("crossbar", "matrices on arrays of resistive memory", (1, 0), options=(MAC, FIT))


def create() -> Backend:
    """The backend."""
    from somac.backends.crossbar.backend import CrossbarBackend

    return CrossbarBackend()
