"""The crossbar backend: matrices on arrays of memory cells, converters, digital neurons.

Light to import: what it needs is imported by `create`.
"""

from somac.backends.api import Backend, BackendInfo

__all__ = ["INFO", "create"]

INFO = BackendInfo("crossbar", "matrices on arrays of resistive memory")


def create() -> Backend:
    """The backend."""
    from somac.backends.crossbar.backend import CrossbarBackend

    return CrossbarBackend()
