"""What cannot be true of one device model: found all at once, each with its code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

from somac.backends.crossbar.device.effects import Drift, Faults, Writing
from somac.backends.crossbar.device.spreads import OneOverF, Spread, shown
from somac.ir.errors import Diagnostic

__all__ = ["contradictions"]

_LEVELS: Final = 256
_STEPS: Final = 1 << 12
_SIGMA_STEPS: Final = 127
_SAMPLES: Final = 64
_PULSES: Final = 1 << 16
_VARIATION: Final = 16
_EXPONENT: Final = 8


def contradictions(
    g_min_us: Fraction,
    g_max_us: Fraction,
    levels: int,
    spreads: Mapping[str, Spread | OneOverF | None],
    drift: Drift | None,
    faults: Faults | None,
    writing: Writing | None,
) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with a `DeviceModel` of these fields."""
    found = [*_range(g_min_us, g_max_us, levels)]
    if not found:
        for what, spread in spreads.items():
            if isinstance(spread, Spread):
                found += _spread(what, spread, g_min_us, g_max_us, levels)
            elif spread is not None:
                found += _one_over_f(spread)
    found += _drift(drift) if drift else ()
    found += _faults(faults) if faults else ()
    found += _writing(writing) if writing else ()
    return tuple(found)


def _range(g_min: Fraction, g_max: Fraction, levels: int) -> Iterator[Diagnostic]:
    if not 2 <= levels <= _LEVELS:
        yield Diagnostic(
            "E0680",
            f"a cell has {levels} levels",
            have=f"{levels} levels",
            need=f"2 to {_LEVELS} levels",
        )
    if g_min < 0 or g_min >= g_max:
        yield Diagnostic(
            "E0680",
            f"conductances go from {shown(g_min)} to {shown(g_max)} uS",
            have=f"{shown(g_min)} uS at the lowest level, {shown(g_max)} uS at the highest",
            need="0 or more at the lowest, and more at the highest",
        )
    elif levels >= 2 and g_max * (levels - 1) >= _STEPS * (g_max - g_min):
        steps = g_max * (levels - 1) / (g_max - g_min)
        yield Diagnostic(
            "E0680",
            "the levels of a cell are too close together for its smallest conductance",
            have=f"a largest conductance of {shown(steps)} steps between levels",
            need=f"less than {_STEPS} steps",
            hint="fewer levels, or a larger on/off ratio",
        )


def _spread(
    what: str, spread: Spread, g_min: Fraction, g_max: Fraction, levels: int
) -> Iterator[Diagnostic]:
    largest = min(g_max, _SIGMA_STEPS * (g_max - g_min) / (levels - 1))
    for n in range(_SAMPLES + 1):
        g = g_min + (g_max - g_min) * n / _SAMPLES
        sigma = spread.sigma_us(g)
        if not 0 <= sigma <= largest:
            yield Diagnostic(
                "E0681",
                f"the standard deviation of {what} is {shown(sigma)} uS at {shown(g)} uS",
                have=f"{shown(sigma)} uS",
                need=f"0 to {shown(largest)} uS",
                hint="the largest is the largest conductance, or 127 steps between levels",
            )
            return


def _one_over_f(noise: OneOverF) -> Iterator[Diagnostic]:
    if noise.q < 0 or not 0 <= noise.most <= 1 or not 0 <= noise.exponent <= _EXPONENT:
        yield Diagnostic(
            "E0681",
            "1/f noise has figures that cannot be",
            have=f"q {shown(noise.q)}, exponent {shown(noise.exponent)}, most {shown(noise.most)}",
            need=f"none negative, most no more than 1, the exponent no more than {_EXPONENT}",
        )
    if noise.read_seconds <= 0:
        yield Diagnostic(
            "E0683",
            "a read takes no time",
            have=f"{shown(noise.read_seconds)} s",
            need="more than 0 s",
        )


def _drift(drift: Drift) -> Iterator[Diagnostic]:
    if drift.t0_seconds <= 0:
        yield Diagnostic(
            "E0683",
            "drift has a reference time that is not after programming",
            have=f"{shown(drift.t0_seconds)} s",
            need="more than 0 s",
        )
    for what, law in (("mean", drift.mean), ("standard deviation", drift.sigma)):
        if not 0 <= law.low <= law.high <= 1:
            yield Diagnostic(
                "E0681",
                f"the {what} of exponents of drift has limits that cannot be",
                have=f"{shown(law.low)} to {shown(law.high)}",
                need="0 or more, 1 or less, and the lower one no larger",
            )


def _faults(faults: Faults) -> Iterator[Diagnostic]:
    shares = (faults.at_min, faults.at_max, faults.open)
    if min(shares) < 0 or sum(shares) > 1:
        yield Diagnostic(
            "E0682",
            "the shares of faulty cells cannot be",
            have=f"{shown(shares[0])} at the smallest conductance, {shown(shares[1])} at the "
            f"largest, {shown(shares[2])} open",
            need="each 0 or more, together 1 or less",
        )


def _writing(writing: Writing) -> Iterator[Diagnostic]:
    windows = (writing.window_us, writing.window_relative)
    if min(windows) < 0 or max(windows) == 0:
        yield Diagnostic(
            "E0684",
            "writing has no window in which a cell is accepted",
            have=f"{shown(windows[0])} uS + {shown(windows[1])} of the target",
            need="neither negative, and one of them more than 0",
        )
    if not 1 <= writing.pulses <= _PULSES or writing.set_us <= 0 or writing.reset_us <= 0:
        yield Diagnostic(
            "E0684",
            "writing has no pulses that move a cell",
            have=f"{writing.pulses} pulses of {shown(writing.set_us)} uS up and "
            f"{shown(writing.reset_us)} uS down",
            need=f"1 to {_PULSES} pulses, each of more than 0 uS",
        )
    costs = [getattr(writing, name) for name in writing.costs()]
    if not 0 <= writing.variation <= _VARIATION or min(costs) < 0:
        yield Diagnostic(
            "E0684",
            "writing has a variation, a time or an energy that cannot be",
            have=f"variation {shown(writing.variation)}, least time or energy {shown(min(costs))}",
            need=f"0 or more, and a variation of {_VARIATION} or less",
        )
