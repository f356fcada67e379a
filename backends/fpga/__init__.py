"""The FPGA backend: event-driven engines in SystemVerilog, joined by links that hold whole steps.

Light to import: what it needs is imported by `create`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from somac.backends.api import BackendInfo, Step
from somac.backends.fpga.options import CHANNELS, CIRCUIT, FIT, LANES, LATENCY, QUEUE

if TYPE_CHECKING:
    from somac.backends.api import Backend

__all__ = ["INFO", "create"]

INFO = BackendInfo(
    "fpga",
    "event-driven engines in SystemVerilog",
    (1, 0),
    steps=(
        Step(
            "synth",
            "Also map the circuits with yosys, and place them with nextpnr where it knows the "
            "part: area, the highest clock, and bits.",
        ),
    ),
    options=(CIRCUIT, LANES, CHANNELS, QUEUE, FIT, LATENCY),
)


def create() -> Backend:
    """The backend."""
    from somac.backends.fpga.backend import FpgaBackend

    return FpgaBackend()
