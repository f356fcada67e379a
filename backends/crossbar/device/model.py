"""`DeviceModel`: what is known of the cells of a technology."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from somac.backends.crossbar.device.contradictions import contradictions
from somac.backends.crossbar.device.curves import nearest
from somac.backends.crossbar.device.effects import Drift, Faults, Writing
from somac.backends.crossbar.device.spreads import (
    Number,
    OneOverF,
    Spread,
    known,
    rational,
    spread_of,
)
from somac.ir.errors import SomacError

__all__ = [
    "EFFECTS",
    "GRID",
    "GRID_BITS",
    "SIGMA_BITS",
    "DeviceModel",
]

GRID_BITS: Final = 16
GRID: Final = 1 << GRID_BITS
"""Grid steps of conductance between two levels of a cell."""

SIGMA_BITS: Final = 8
"""Standard deviations are integers of 2^-8 grid steps."""

EFFECTS: Final = ("programming", "read", "drift", "faults", "on_off")
"""What can be switched on alone."""


@dataclass(frozen=True, slots=True)
class DeviceModel:
    """Cells of one kind, and what they do. An effect that is None is off.

    Conductances are integers on a grid: the distance of two levels is `GRID` grid steps, level c is
    at ``rest + c * GRID``, and no conductance is negative (results are clipped at 0, and at 0
    only). Temperature is not in the model: figures hold at that of their source.

    Parameters
    ----------
    g_min_us, g_max_us
        Conductance of the lowest and the highest level, microsiemens.
    levels
        2 to 256, evenly spaced.
    programming
        Standard deviation of a programmed conductance around its target, once per cell.
    read
        Standard deviation of a conductance from read to read.
    drift, faults
        Drift over time and stuck cells.
    writing
        How cells are written with verification; needed by `writing.programming_plan` only.
    """

    g_min_us: Fraction
    g_max_us: Fraction
    levels: int
    programming: Spread | None = None
    read: Spread | OneOverF | None = None
    drift: Drift | None = None
    faults: Faults | None = None
    writing: Writing | None = None

    def __post_init__(self) -> None:
        """E0680 to E0684 for figures that contradict each other, all at once."""
        found = contradictions(
            self.g_min_us,
            self.g_max_us,
            self.levels,
            {"programming": self.programming, "read noise": self.read},
            self.drift,
            self.faults,
            self.writing,
        )
        if found:
            raise SomacError.of(found)

    @classmethod
    def of(
        cls,
        g_min_us: Number,
        g_max_us: Number,
        levels: int,
        *,
        programming: Spread | str | None = None,
        read: Spread | OneOverF | str | None = None,
        drift: Drift | None = None,
        faults: Faults | None = None,
        writing: Writing | None = None,
    ) -> DeviceModel:
        """From numbers; a spread may be named as in `SPREADS`, and E0686 says so if it is not
        there."""
        return cls(
            rational(g_min_us, "the smallest conductance"),
            rational(g_max_us, "the largest conductance"),
            levels,
            spread_of(programming) if isinstance(programming, str) else programming,
            spread_of(read) if isinstance(read, str) else read,
            drift,
            faults,
            writing,
        )

    @property
    def step_us(self) -> Fraction:
        """Distance of two levels in microsiemens."""
        return (self.g_max_us - self.g_min_us) / (self.levels - 1)

    @property
    def unit_us(self) -> Fraction:
        """A grid step in microsiemens."""
        return self.step_us / GRID

    @property
    def rest(self) -> int:
        """Conductance of level 0 in grid steps: what the periphery subtracts where it must."""
        return nearest(self.g_min_us / self.unit_us)

    @property
    def top(self) -> int:
        """Conductance of the highest level in grid steps."""
        return self.rest + (self.levels - 1) * GRID

    @property
    def on_off(self) -> Fraction | None:
        """The largest conductance over the smallest; None where that is 0."""
        return self.g_max_us / self.g_min_us if self.g_min_us else None

    def only(self, *effects: str) -> DeviceModel:
        """The same cells with no effects but these, names of `EFFECTS`; E0686 if one is not.

        Without ``on_off``, the lowest level conducts nothing, and the distance of two levels stays.
        """
        known(effects, EFFECTS, "effect of devices")
        low = self.g_min_us if "on_off" in effects else Fraction(0)
        return replace(
            self,
            g_min_us=low,
            g_max_us=self.g_max_us - self.g_min_us + low,
            programming=self.programming if "programming" in effects else None,
            read=self.read if "read" in effects else None,
            drift=self.drift if "drift" in effects else None,
            faults=self.faults if "faults" in effects else None,
        )
