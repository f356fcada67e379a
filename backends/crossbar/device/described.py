"""Figures as descriptions of arrays have them, all together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from somac.backends.crossbar.device.figures import NAMES, device_model
from somac.backends.crossbar.device.model import DeviceModel
from somac.backends.crossbar.device.wires import Wires
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.suggest import did_you_mean

__all__ = ["described_model", "described_wires", "wrong_figures"]

_WIRES: Final = ("row_wire_ohm", "column_wire_ohm", "driver_ohm", "sense_ohm", "access_ohm")

_MEASURES: Final = frozenset(
    (
        *_WIRES,
        "pulse_ns",
        "row_pulse_pj",
        "array_pulse_pj",
        "adc_ns",
        "adc_pj",
        "adc_converters",
        "add_ns",
        "add_pj",
        "mvm_ns",
        "mvm_nj",
        "found_sigma_usiemens",
    )
)
"""Figures of arrays that are none of the device model; none is negative."""

_PARTS: Final = ("programming", "read", "drift", "stuck", "write")


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

    SomacError E0688 for one that is negative.
    """
    row, column, driver, sense, access = (figures.get(name, 0.0) for name in _WIRES)
    negative = [_negative(n, figures[n]) for n in _WIRES if figures.get(n, 0.0) < 0]
    if negative:
        raise SomacError.of(negative)
    if not any((row, column, driver, sense, access)):
        return None
    return Wires(
        row_ohm=row, column_ohm=column, driver_ohm=driver, sense_ohm=sense, access_ohm=access
    )


def wrong_figures(
    g_min_us: float, g_max_us: float, levels: int, figures: Mapping[str, float]
) -> Iterator[tuple[str, Diagnostic]]:
    """What is unknown, negative, or contradicts other figures, with the name of a figure it is of.

    A range of conductances that no cell has is of ``g_max_usiemens``.
    """
    known = NAMES | _MEASURES
    for name, value in figures.items():
        if name not in known:
            yield name, _unknown(name, known)
        elif name in _MEASURES and value < 0:
            yield name, _negative(name, value)
    try:
        device_model(g_min_us, g_max_us, levels, {})
    except SomacError as error:
        yield from (("g_max_usiemens", d) for d in error.diagnostics)
        return
    # one effect after the other, so that it is known whose figures are wrong
    for part in _PARTS:
        own = {n: v for n, v in figures.items() if n in NAMES and n.startswith(f"{part}_")}
        try:
            device_model(g_min_us, g_max_us, levels, own)
        except SomacError as error:
            yield from ((next(iter(own)), d) for d in error.diagnostics)


def _unknown(name: str, known: frozenset[str]) -> Diagnostic:
    return Diagnostic(
        "E0686",
        f"there is no figure of arrays {name!r}",
        hint=did_you_mean(name, known) or "docs/reference/targets.md lists those that are read",
    )


def _negative(name: str, value: float) -> Diagnostic:
    return Diagnostic("E0688", f"{name} is negative", have=f"{value:g}", need="0 or more")
