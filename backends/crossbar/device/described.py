"""Figures as descriptions of arrays have them, all together."""

from __future__ import annotations

from collections.abc import Mapping

from somac.backends.crossbar.device.figures import NAMES, device_model
from somac.backends.crossbar.device.model import DeviceModel
from somac.backends.crossbar.device.wires import Wires

__all__ = ["described_model", "described_wires"]


def described_model(
    g_min_us: float, g_max_us: float, levels: int, figures: Mapping[str, float]
) -> DeviceModel:
    """The model of an array's figures; those of times, energies and wires are no part of it.

    SomacError E0680 to E0686 as `device_model`.
    """
    own = {name: value for name, value in figures.items() if name in NAMES}
    return device_model(g_min_us, g_max_us, levels, own)


def described_wires(figures: Mapping[str, float]) -> Wires | None:
    """The resistances of an array's figures; None if all are 0 or unknown.

    ValueError for one that is negative.
    """
    row, column, driver, sense, access = (
        figures.get(name, 0.0)
        for name in ("row_wire_ohm", "column_wire_ohm", "driver_ohm", "sense_ohm", "access_ohm")
    )
    if not any((row, column, driver, sense, access)):
        return None
    return Wires(
        row_ohm=row, column_ohm=column, driver_ohm=driver, sense_ohm=sense, access_ohm=access
    )
