"""Effects of devices by their figures: drift, stuck cells, pulses that write."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction

from somac.backends.crossbar.device.spreads import Number, known, rational

__all__ = ["Drift", "Faults", "LogLaw", "Writing"]


@dataclass(frozen=True, slots=True)
class LogLaw:
    """``clip(slope ln x + offset, low, high)`` of a conductance x relative to the largest."""

    slope: Fraction
    offset: Fraction
    low: Fraction
    high: Fraction

    @classmethod
    def constant(cls, value: Number) -> LogLaw:
        """The same for every conductance."""
        fixed = rational(value, "an exponent of drift")
        return cls(Fraction(0), fixed, fixed, fixed)


@dataclass(frozen=True, slots=True)
class Drift:
    """``G(t) = G(t0) (t / t0)^-nu``, nu of each cell drawn once: ``|N(mean, sigma)|``."""

    t0_seconds: Fraction
    mean: LogLaw
    sigma: LogLaw

    @classmethod
    def power(cls, nu: Number, sigma: Number = 0, t0_seconds: Number = 20) -> Drift:
        """One distribution for all conductances."""
        t0 = rational(t0_seconds, "the reference time of drift")
        return cls(t0, LogLaw.constant(nu), LogLaw.constant(sigma))

    @classmethod
    def pcm(cls) -> Drift:
        """Phase-change cells: Nandakumar et al., ICECS 2019, with the constants of aihwkit 1.2."""
        mean = LogLaw(*map(Fraction, ("-0.0155", "0.0244", "0.049", "0.1")))
        sigma = LogLaw(*map(Fraction, ("-0.0125", "-0.0059", "0.008", "0.045")))
        return cls(Fraction(20), mean, sigma)


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of cells that are stuck at the smallest or largest conductance, or carry no
    current."""

    at_min: Fraction = Fraction(0)
    at_max: Fraction = Fraction(0)
    open: Fraction = Fraction(0)

    @classmethod
    def of(cls, at_min: Number = 0, at_max: Number = 0, open: Number = 0) -> Faults:
        """From numbers."""
        return cls(
            *(rational(share, "a share of faulty cells") for share in (at_min, at_max, open))
        )


@dataclass(frozen=True, slots=True)
class Writing:
    """Writing with verification: pulses up or down until a cell reads within a window.

    Parameters
    ----------
    window_us, window_relative
        A cell is accepted within ``window_us + window_relative * target`` of its target.
    set_us, reset_us
        How far a pulse moves the conductance, up and down, on average.
    variation
        Standard deviation of that, relative to it, from pulse to pulse.
    pulses
        After so many a cell is left as it is.
    set_ns, reset_ns, verify_ns, set_pj, reset_pj, verify_pj
        Time and energy of a pulse and of the read after it.
    """

    window_us: Fraction
    window_relative: Fraction
    set_us: Fraction
    reset_us: Fraction
    variation: Fraction
    pulses: int
    set_ns: Fraction = Fraction(0)
    reset_ns: Fraction = Fraction(0)
    verify_ns: Fraction = Fraction(0)
    set_pj: Fraction = Fraction(0)
    reset_pj: Fraction = Fraction(0)
    verify_pj: Fraction = Fraction(0)

    @classmethod
    def of(
        cls,
        *,
        set_us: Number,
        reset_us: Number,
        pulses: int,
        window_us: Number = 0,
        window_relative: Number = 0,
        variation: Number = 0,
        **costs: Number,
    ) -> Writing:
        """From numbers."""
        known(costs, cls.costs(), "figure of writing")
        amounts = {name: rational(costs.get(name, 0), name) for name in cls.costs()}
        return cls(
            rational(window_us, "the window of writing"),
            rational(window_relative, "the relative window of writing"),
            rational(set_us, "the step of a set pulse"),
            rational(reset_us, "the step of a reset pulse"),
            rational(variation, "the variation of pulses"),
            pulses,
            *(amounts[name] for name in cls.costs()),
        )

    @classmethod
    def costs(cls) -> tuple[str, ...]:
        """Names of the fields that are times and energies."""
        return tuple(f.name for f in fields(cls) if f.name.endswith(("_ns", "_pj")))
