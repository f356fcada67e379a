"""Models held against their budgets, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from somac.compiler.checks import Checked, Measure, Verdict

__all__ = ["CheckedView", "VerdictView", "checked_view"]


@dataclass(frozen=True, slots=True)
class VerdictView:
    """A measure against a bound: `kind` is the key of the limit, `need` the bound in numbers.

    `need` is None where there was nothing to compare with: the limit was not checked.
    """

    measure: str
    kind: str
    have: float
    need: float | None
    unit: str
    baseline: float | None
    held: bool
    accepted: bool


@dataclass(frozen=True, slots=True)
class CheckedView:
    """A model on a target; what is wrong is among the diagnostics of the document."""

    model: str
    target: str
    exit_code: int
    seconds: float
    verdicts: tuple[VerdictView, ...]
    changes: tuple[str, ...]
    measures: Mapping[str, Measure]


def checked_view(checked: Sequence[Checked]) -> tuple[CheckedView, ...]:
    """One for each."""
    return tuple(
        CheckedView(
            one.model,
            one.target,
            one.exit_code,
            round(one.seconds, 3),
            tuple(map(_verdict, one.verdicts)),
            one.changes,
            one.measures,
        )
        for one in checked
    )


def _verdict(v: Verdict) -> VerdictView:
    return VerdictView(
        v.measure, v.kind, v.have.value, v.need, v.have.unit, v.before, v.held, v.accepted
    )
