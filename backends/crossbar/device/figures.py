"""A device model as numbers by name: how targets and bundles have it.

- `programming_constant`, `programming_proportional`: standard deviation of programming, relative to
  the largest conductance, and to that of the cell; or `programming_c0` to `programming_c7` and
  `programming_limit_us`: the same as a polynomial, in microsiemens;
- `read_...`: read noise in the same forms, or `read_q`, `read_exponent`, `read_most` and
  `read_seconds`: accumulated 1/f noise;
- `drift_t0_seconds` with `drift_nu`, `drift_nu_sigma`: exponents of drift, alike for all; or with
  `drift_mean_slope`, `_offset`, `_low`, `_high` and `drift_sigma_slope`...: by conductance;
- `stuck_at_min`, `stuck_at_max`, `stuck_open`: shares of cells;
- `write_window_us`, `write_window_relative`, `write_set_us`, `write_reset_us`, `write_variation`,
  `write_pulses`, and times and energies (`write_set_ns`...): writing with verification.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from somac.backends.crossbar.device.effects import Drift, Faults, LogLaw, Writing
from somac.backends.crossbar.device.model import DeviceModel
from somac.backends.crossbar.device.spreads import Number, OneOverF, Spread, known, rational, shown
from somac.ir.errors import SomacError

__all__ = ["NAMES", "device_model", "figures_of"]

_DEGREES: Final = 8
_LAW: Final = ("slope", "offset", "low", "high")
_SPREAD: Final = ("constant", "proportional", *(f"c{n}" for n in range(_DEGREES)), "limit_us")
_ONE_OVER_F: Final = {"q": "q", "exponent": "exponent", "most": "most", "seconds": "read_seconds"}
_DRIFT: Final = (
    "t0_seconds",
    "nu",
    "nu_sigma",
    *(f"{which}_{name}" for which in ("mean", "sigma") for name in _LAW),
)
_FAULTS: Final = ("at_min", "at_max", "open")
_WRITING: Final = (
    "window_us",
    "window_relative",
    "set_us",
    "reset_us",
    "variation",
    "pulses",
    *Writing.costs(),
)

NAMES: Final = frozenset(
    f"{prefix}_{name}"
    for prefix, names in (
        ("programming", _SPREAD),
        ("read", (*_SPREAD, *_ONE_OVER_F)),
        ("drift", _DRIFT),
        ("stuck", _FAULTS),
        ("write", _WRITING),
    )
    for name in names
)
"""Every figure that is understood."""


def device_model(
    g_min_us: Number, g_max_us: Number, levels: int, figures: Mapping[str, Number]
) -> DeviceModel:
    """The model of these figures; an effect without any is off.

    Numbers in floating point are the shortest decimals that they are written as. E0680 to E0684 for
    figures that contradict each other, E0686 for one that is unknown or missing.
    """
    known(figures, NAMES, "figure of devices")
    given = {name: rational(value, name) for name, value in figures.items()}
    g_max = rational(g_max_us, "the largest conductance")
    return DeviceModel(
        rational(g_min_us, "the smallest conductance"),
        g_max,
        levels,
        _spread(_part(given, "programming"), g_max, "programming"),
        _read(_part(given, "read"), g_max),
        _drift(_part(given, "drift")),
        _faults(_part(given, "stuck")),
        _writing(_part(given, "write")),
    )


def _part(figures: Mapping[str, Fraction], prefix: str) -> dict[str, Fraction]:
    return {
        name.removeprefix(f"{prefix}_"): value
        for name, value in figures.items()
        if name.startswith(f"{prefix}_")
    }


def _needed(figures: Mapping[str, Fraction], name: str, prefix: str) -> Fraction:
    if name not in figures:
        raise SomacError(
            "E0686",
            f"the device model lacks the figure {prefix}_{name}",
            have=", ".join(f"{prefix}_{other}" for other in sorted(figures)),
        )
    return figures[name]


def _one_form(figures: Mapping[str, Fraction], prefix: str, *forms: tuple[str, ...]) -> None:
    there = [sorted(set(form) & set(figures)) for form in forms]
    if sum(map(bool, there)) > 1:
        raise SomacError(
            "E0686",
            f"figures of {prefix} in two forms at once",
            have=", ".join(f"{prefix}_{name}" for names in there for name in names),
            need="one form",
        )


def _spread(figures: Mapping[str, Fraction], g_max: Fraction, prefix: str) -> Spread | None:
    if not figures:
        return None
    powers = tuple(f"c{n}" for n in range(_DEGREES))
    _one_form(figures, prefix, ("constant", "proportional"), (*powers, "limit_us"))
    if "constant" in figures or "proportional" in figures:
        return Spread(
            (figures.get("constant", Fraction(0)) * g_max, figures.get("proportional", Fraction(0)))
        )
    degrees = max((n for n, name in enumerate(powers) if name in figures), default=0)
    return Spread(
        tuple(figures.get(name, Fraction(0)) for name in powers[: degrees + 1]),
        figures.get("limit_us"),
    )


def _read(figures: Mapping[str, Fraction], g_max: Fraction) -> Spread | OneOverF | None:
    _one_form(figures, "read", _SPREAD, tuple(_ONE_OVER_F))
    if not set(figures) & set(_ONE_OVER_F):
        return _spread(figures, g_max, "read")
    return OneOverF(**{_ONE_OVER_F[name]: value for name, value in figures.items()})


def _drift(figures: Mapping[str, Fraction]) -> Drift | None:
    if not figures:
        return None
    laws = [f"{which}_{name}" for which in ("mean", "sigma") for name in _LAW]
    _one_form(figures, "drift", ("nu", "nu_sigma"), tuple(laws))
    t0 = _needed(figures, "t0_seconds", "drift")
    if not set(figures) & set(laws):
        nu = _needed(figures, "nu", "drift")
        return Drift.power(nu, figures.get("nu_sigma", Fraction(0)), t0)
    mean, sigma = (
        LogLaw(*(_needed(figures, f"{which}_{name}", "drift") for name in _LAW))
        for which in ("mean", "sigma")
    )
    return Drift(t0, mean, sigma)


def _faults(figures: Mapping[str, Fraction]) -> Faults | None:
    return Faults.of(**figures) if figures else None


def _writing(figures: Mapping[str, Fraction]) -> Writing | None:
    if not figures:
        return None
    pulses = _needed(figures, "pulses", "write")
    if pulses.denominator != 1:
        raise SomacError("E0686", f"write_pulses is {shown(pulses)}, which is no integer")
    for name in ("set_us", "reset_us"):
        _needed(figures, name, "write")
    others = {name: value for name, value in figures.items() if name != "pulses"}
    return Writing.of(pulses=int(pulses), **others)


def figures_of(model: DeviceModel) -> dict[str, float]:
    """The figures from which `device_model` makes this model again, with its range and levels.

    Equal if all of them are decimals of no more than 15 digits.
    """
    found: dict[str, Fraction] = {}
    for prefix, spread in (("programming", model.programming), ("read", model.read)):
        if isinstance(spread, OneOverF):
            for name, field in _ONE_OVER_F.items():
                found[f"{prefix}_{name}"] = getattr(spread, field)
        elif spread is not None:
            for n, coefficient in enumerate(spread.coefficients):
                found[f"{prefix}_c{n}"] = coefficient
            if spread.limit_us is not None:
                found[f"{prefix}_limit_us"] = spread.limit_us
    if model.drift is not None:
        found["drift_t0_seconds"] = model.drift.t0_seconds
        for which, law in (("mean", model.drift.mean), ("sigma", model.drift.sigma)):
            for name in _LAW:
                found[f"drift_{which}_{name}"] = getattr(law, name)
    if model.faults is not None:
        for name in _FAULTS:
            found[f"stuck_{name}"] = getattr(model.faults, name)
    if model.writing is not None:
        for name in _WRITING:
            found[f"write_{name}"] = Fraction(getattr(model.writing, name))
    return {name: float(value) for name, value in found.items()}
