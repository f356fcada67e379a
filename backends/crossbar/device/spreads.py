"""Standard deviations of conductances as functions of the conductance, with their sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from somac.backends.crossbar.device.curves import DECIMALS, decimal, logarithm
from somac.ir.errors import SomacError

__all__ = ["SPREADS", "Number", "OneOverF", "Spread", "known", "rational", "shown", "spread_of"]

Number = int | float | str | Fraction


def rational(value: Number, what: str = "a figure of a device") -> Fraction:
    """The number that is written: 0.1 is one tenth. E0686 if it is none, or not finite."""
    try:
        return value if isinstance(value, Fraction) else Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        raise SomacError("E0686", f"{what} is {value!r}, which is no finite number") from None


def shown(value: Fraction) -> str:
    """The number for people, of whatever size."""
    return f"{decimal(value):.6g}"


def known(names: Iterable[str], all_names: Iterable[str], what: str) -> None:
    """E0686 for the first of `names` that is not among `all_names`."""
    there = sorted(all_names)
    for name in names:
        if name not in there:
            raise SomacError("E0686", f"there is no {what} {name!r}", need=", ".join(there))


@dataclass(frozen=True, slots=True)
class Spread:
    """A polynomial of the conductance.

    Parameters
    ----------
    coefficients
        Of 1, G, G^2... with G and the result in microsiemens.
    limit_us
        Up to where that is known; larger conductances spread as much as this one. None: everywhere.
    source
        Where it comes from.
    """

    coefficients: tuple[Fraction, ...]
    limit_us: Fraction | None = None
    source: str = field(default="", compare=False)

    @classmethod
    def constant(cls, sigma: Number, g_max_us: Number) -> Spread:
        """The same for every cell: `sigma` is relative to the largest conductance."""
        relative = rational(sigma, "the standard deviation")
        return cls((relative * rational(g_max_us, "the largest conductance"),))

    @classmethod
    def proportional(cls, sigma: Number) -> Spread:
        """`sigma` is relative to the conductance of the cell."""
        return cls((Fraction(0), rational(sigma, "the standard deviation")))

    @classmethod
    def polynomial(
        cls, *coefficients: Number, limit_us: Number | None = None, source: str = ""
    ) -> Spread:
        """From numbers."""
        return cls(
            tuple(rational(c, "a coefficient of a standard deviation") for c in coefficients),
            None if limit_us is None else rational(limit_us, "the limit of a standard deviation"),
            source,
        )

    def sigma_us(self, g_us: Fraction) -> Fraction:
        """The standard deviation at a conductance."""
        g = g_us if self.limit_us is None else min(g_us, self.limit_us)
        total = Fraction(0)
        for coefficient in reversed(self.coefficients):
            total = total * g + coefficient
        return total


@dataclass(frozen=True, slots=True)
class OneOverF:
    """1/f noise of phase-change cells, accumulated from programming on: sigma = G q(G0) s(t).

    ``q(G0) = min(q (G0 / g_max)^-exponent, most)`` of the programmed conductance G0, and
    ``s(t) = sqrt(ln((t + t_read) / (2 t_read)))``. Nandakumar et al., ICECS 2019, with the
    constants of aihwkit 1.2 (`PCMLikeNoiseModel`).
    """

    q: Fraction = Fraction("0.0088")
    exponent: Fraction = Fraction("0.65")
    most: Fraction = Fraction("0.2")
    read_seconds: Fraction = Fraction("250e-9")

    def relative(self, x: Fraction) -> Decimal:
        """q at a conductance relative to the largest."""
        most = decimal(self.most)
        if x <= 0:
            return most
        power = DECIMALS.exp(DECIMALS.multiply(decimal(-self.exponent), logarithm(x)))
        return min(most, DECIMALS.multiply(decimal(self.q), power))

    def growth(self, seconds: Fraction) -> Decimal:
        """s at a time after programming; E0683 before the first read has ended."""
        if seconds < self.read_seconds:
            raise SomacError(
                "E0683",
                "1/f noise accumulates from the first read on",
                have=f"{shown(seconds)} s after programming",
                need=f"at least {shown(self.read_seconds)} s, the time of a read",
            )
        ratio = (seconds + self.read_seconds) / (2 * self.read_seconds)
        return DECIMALS.sqrt(logarithm(ratio))


SPREADS: Final = MappingProxyType(
    {
        "pcm-joshi": Spread.polynomial(
            "0.28638599",
            "0.07585724",
            "-0.00178767",
            limit_us=25,
            source="Joshi et al., Nat. Commun. 11, 2473 (2020), fig. 3b; CrossSim 3.2, PCMJoshi",
        ),
        "pcm-aihwkit": Spread.polynomial(
            "0.26348",
            "0.0786",
            "-0.00187696",
            limit_us=25,
            source="aihwkit 1.2, PCMLikeNoiseModel: 0.26348 + 1.965 x - 1.1731 x^2, x = G / 25 uS",
        ),
        "rram-wan": Spread.polynomial(
            "1.053",
            "0.2374",
            "-1.167e-2",
            "1.536e-4",
            limit_us="39.26",
            source="Wan et al., Nature 608 (2022), ext. data fig. 3, 1 s; CrossSim 3.2, RRAMWan",
        ),
        "rram-milo": Spread.polynomial(
            "4.782321",
            "-0.009107",
            limit_us=225,
            source="Milo et al., IRPS 2021, fig. 4, IGVVA-100; fit of CrossSim 3.2, RRAMMilo",
        ),
    }
)
"""Errors after programming that were measured, by name."""


def spread_of(name: str) -> Spread:
    """A spread of `SPREADS`; E0686 if there is none of this name."""
    known((name,), SPREADS, "standard deviation")
    return SPREADS[name]
