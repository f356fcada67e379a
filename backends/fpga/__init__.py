"""The FPGA backend: event-driven engines in SystemVerilog, joined by links that hold whole steps.

Light to import: what it needs is imported by `create`.
"""

from somac.backends.api import Backend, BackendInfo

__all__ = ["INFO", "create"]

INFO = BackendInfo("fpga", "event-driven engines in SystemVerilog")


def create() -> Backend:
    """The backend."""
    from somac.backends.fpga.backend import FpgaBackend

    return FpgaBackend()
