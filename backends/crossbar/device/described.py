"""Figures as descriptions of targets have them, with the unit at the end of each name."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from somac.backends.crossbar.device.figures import device_model
from somac.backends.crossbar.device.model import DeviceModel
from somac.backends.crossbar.device.spreads import rational
from somac.backends.crossbar.device.wires import Wires

__all__ = ["described_model", "described_wires"]

_ONE: Final = Fraction(1)
_POLYNOMIAL: Final = {
    "0_usiemens": "c0",
    "1_ratio": "c1",
    "2_per_usiemens": "c2",
    "3_per_usiemens2": "c3",
    "limit_usiemens": "limit_us",
}
_LAW: Final = ("slope", "offset", "low", "high")

_NAMES: Final[Mapping[str, tuple[str, Fraction]]] = {
    **{
        f"{which}_{described}": (f"{which}_{name}", _ONE)
        for which in ("programming", "read")
        for described, name in _POLYNOMIAL.items()
    },
    "flicker_ratio": ("read_q", _ONE),
    "flicker_exponent_ratio": ("read_exponent", _ONE),
    "flicker_most_ratio": ("read_most", _ONE),
    "flicker_read_ns": ("read_seconds", Fraction(1, 10**9)),
    "drift_start_s": ("drift_t0_seconds", _ONE),
    **{
        f"drift_{which}_{name}_ratio": (f"drift_{which}_{name}", _ONE)
        for which in ("mean", "sigma")
        for name in _LAW
    },
    "stuck_low_percent": ("stuck_at_min", Fraction(1, 100)),
    "stuck_high_percent": ("stuck_at_max", Fraction(1, 100)),
    "stuck_open_percent": ("stuck_open", Fraction(1, 100)),
    "write_window_usiemens": ("write_window_us", _ONE),
    "write_window_ratio": ("write_window_relative", _ONE),
    "write_set_usiemens": ("write_set_us", _ONE),
    "write_reset_usiemens": ("write_reset_us", _ONE),
    "write_variation_ratio": ("write_variation", _ONE),
    "write_most_pulses": ("write_pulses", _ONE),
    **{
        f"write_{what}_{unit}": (f"write_{what}_{unit}", _ONE)
        for what in ("set", "reset", "verify")
        for unit in ("ns", "pj")
    },
}
"""Name and factor in `somac.backends.crossbar.device.figures` by name in descriptions."""


def described_model(
    g_min_us: float, g_max_us: float, levels: int, figures: Mapping[str, float]
) -> DeviceModel:
    """The model of an array's figures; those of times, energies and wires are no part of it.

    SomacError E0680 to E0686 as `device_model`.
    """
    found: dict[str, Fraction] = {}
    for described, value in figures.items():
        if described in _NAMES:
            name, factor = _NAMES[described]
            found[name] = rational(value, described) * factor
    if "drift_mean_slope" not in found and "drift_mean_offset" in found:
        # the same exponents for every conductance
        found["drift_nu"] = found.pop("drift_mean_offset")
        found["drift_nu_sigma"] = found.pop("drift_sigma_offset", Fraction(0))
    return device_model(g_min_us, g_max_us, levels, found)


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
