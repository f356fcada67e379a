"""Units, by the last words of a key."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FIGURES_OF_CELLS", "UNITS", "unit_of"]

UNITS: Mapping[str, str] = {
    "bits": "bit",
    "blocks": "blocks",
    "bytes": "B",
    "chips": "chips",
    "columns": "columns",
    "converters": "converters",
    "cores": "cores",
    "cycles": "cycles",
    "engines": "engines",
    "entries": "entries",
    "fj": "fJ",
    "flip_flops": "flip-flops",
    "gbit_per_s": "Gbit/s",
    "hops": "hops",
    "hz": "Hz",
    "inputs": "inputs",
    "instructions": "instructions",
    "kelvin": "K",
    "khz": "kHz",
    "luts": "LUT",
    "mbit_per_s": "Mbit/s",
    "mhz": "MHz",
    "mm": "mm",
    "mm2": "mm^2",
    "ms": "ms",
    "multipliers": "multipliers",
    "mw": "mW",
    "neurons": "neurons",
    "nj": "nJ",
    "ns": "ns",
    "ohm": "ohm",
    "percent": "%",
    "pj": "pJ",
    "plls": "PLL",
    "ports": "ports",
    "ps": "ps",
    "pulses": "pulses",
    "ratio": "1",
    "rows": "rows",
    "siemens": "S",
    "slices": "slices",
    "synapses": "synapses",
    "ticks": "ticks",
    "tops": "TOPS",
    "uj": "uJ",
    "um": "um",
    "us": "us",
    "usiemens": "uS",
    "uw": "uW",
    "v": "V",
    "w": "W",
    "mv": "mV",
}
"""Last words of a key -> the unit of its value."""


_POWERS = ("uS", "1", "1/uS", "1/uS^2", "1/uS^3", "1/uS^4", "1/uS^5", "1/uS^6")

FIGURES_OF_CELLS: Mapping[str, str] = {
    **{
        f"{effect}_{name}": unit
        for effect in ("programming", "read")
        for name, unit in (
            *((f"c{power}", unit) for power, unit in enumerate(_POWERS)),
            ("limit_us", "uS"),
            ("constant", "1"),
            ("proportional", "1"),
        )
    },
    **dict.fromkeys(("read_q", "read_exponent", "read_most"), "1"),
    **dict.fromkeys(("read_seconds", "drift_t0_seconds"), "s"),
    **dict.fromkeys(("drift_nu", "drift_nu_sigma"), "1"),
    **{
        f"drift_{which}_{name}": "1"
        for which in ("mean", "sigma")
        for name in ("slope", "offset", "low", "high")
    },
    **dict.fromkeys(("stuck_at_min", "stuck_at_max", "stuck_open"), "1"),
    **dict.fromkeys(("write_window_us", "write_set_us", "write_reset_us"), "uS"),
    **dict.fromkeys(("write_window_relative", "write_variation"), "1"),
}
"""Units of figures of cells, whose names are those of the device model."""


def unit_of(key: str) -> str | None:
    """The unit that the last words of `key` name, None if they name none.

    Figures of cells have names of their own (docs/reference/targets.md).

    >>> unit_of("clock_low_mhz"), unit_of("link_gbit_per_s"), unit_of("colour")
    ('MHz', 'Gbit/s', None)
    """
    if key in FIGURES_OF_CELLS:
        return FIGURES_OF_CELLS[key]
    words = key.split("_")
    for start in range(len(words)):
        unit = UNITS.get("_".join(words[start:]))
        if unit is not None:
            return unit
    return None
