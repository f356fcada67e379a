"""Units, by the last words of a key."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["UNITS", "unit_of"]

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
    "per_usiemens": "1/uS",
    "per_usiemens2": "1/uS^2",
    "percent": "%",
    "pj": "pJ",
    "plls": "PLL",
    "ports": "ports",
    "ps": "ps",
    "pulses": "pulses",
    "ratio": "1",
    "rows": "rows",
    "s": "s",
    "siemens": "S",
    "slices": "slices",
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


def unit_of(key: str) -> str | None:
    """The unit that the last words of `key` name, None if they name none.

    >>> unit_of("clock_low_mhz"), unit_of("link_gbit_per_s"), unit_of("colour")
    ('MHz', 'Gbit/s', None)
    """
    words = key.split("_")
    for start in range(len(words)):
        unit = UNITS.get("_".join(words[start:]))
        if unit is not None:
            return unit
    return None
