"""The many-core backend: processing elements with their own memory, spikes as multicast packets.

Light to import: what it needs is imported by `create`.
"""

from somac.backends.api import Backend, BackendInfo

__all__ = ["INFO", "create"]

INFO = BackendInfo("manycore", "many-core of processing elements on a multicast network")


def create() -> Backend:
    """The backend."""
    from somac.backends.manycore.backend import ManycoreBackend

    return ManycoreBackend()
