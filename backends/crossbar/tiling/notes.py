"""What legalising has to say."""

from __future__ import annotations

from collections.abc import Sequence

from somac.backends.crossbar.choice.bounds import sum_bounds
from somac.backends.crossbar.tiling.seen import Fidelity
from somac.ir.errors import Diagnostic, Place, Severity
from somac.ir.fixed import Format
from somac.ir.tiling import Tiling

__all__ = ["adders", "arrays", "rounding"]


def arrays(name: str, tiling: Tiling) -> Diagnostic:
    """How a projection was cut."""
    cells = int((tiling.rows * tiling.columns).sum()) * tiling.converters.cells
    return Diagnostic(
        "E0666",
        f"projection {name}: {tiling}, {cells:,} cells, {_times(int(tiling.uses.sum()))} in a step",
        Place(node=name),
        severity=Severity.NOTE,
    )


def adders(names: Sequence[str]) -> Diagnostic:
    """Which projections are on no array."""
    return Diagnostic(
        "E0666",
        f"added up by the periphery, exactly: {', '.join(names)}",
        severity=Severity.NOTE,
    )


def rounding(name: str, tiling: Tiling, sent: Format, seen: Fidelity | None) -> Diagnostic:
    """A projection whose sums are larger than the codes of converters."""
    converters = tiling.converters
    most = 0
    for block in tiling.blocks:
        low, high = sum_bounds(converters, block.weights, sent)
        most = max(most, int(high.max(initial=0)), -int(low.min(initial=0)))
    coarse = int(tiling.steps.max())
    if seen is None:
        found = f"steps of up to {coarse}, with which none can be clipped"
        hint = "calibration data choose finer steps, by the sums that they give"
    else:
        found = (
            f"steps of up to {coarse}, {_share(seen.clipped)} of conversions clipped, "
            f"{_share(seen.worst)} in the worst column; {_share(seen.error)} relative RMS error "
            "of what is added, on the samples"
        )
        hint = "arrays of fewer rows, or cells and pulses of fewer bits, need fewer codes"
    return Diagnostic(
        "E0665",
        f"projection {name}: sums of up to {most} have no code each: {found}",
        Place(node=name),
        have=f"codes {converters.low} to {converters.high}",
        need=f"{most.bit_length() + (converters.low < 0)} bits",
        hint=hint,
        severity=Severity.WARNING,
    )


def _times(uses: int) -> str:
    return "used once" if uses == 1 else f"used {uses:,} times"


def _share(value: float) -> str:
    return f"{100 * value:.3g} %"
