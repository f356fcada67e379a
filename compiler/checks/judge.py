"""Measures against limits: what holds, what is broken, and what changed since the baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from somac.compiler.checks.baseline import Record
from somac.compiler.checks.budget import Budget, Limit
from somac.compiler.checks.kinds import KINDS
from somac.compiler.checks.measures import Home, Measure
from somac.compiler.words import count
from somac.ir.errors import Diagnostic, Place, Severity, SomacError
from somac.ir.suggest import nearest

__all__ = ["Checked", "Verdict", "judged", "moves", "need_shown", "shown"]

Kind = Literal["max", "min", "regress"]

_SHOWN = 5
"""Changes of populations, and measures, that a message names; baseline and --json have them all."""

_TINY = 1e-9
"""Relative: less than that is the rounding of the bound of a regression, not a regression."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A measure against one bound.

    Parameters
    ----------
    kind
        Which of the limit's keys.
    have, need
        What was measured, and the bound: for `regress` the worst value that is allowed, None if
        there is nothing to compare with.
    before
        What the baseline has, None without.
    held
        Whether the bound is kept.
    accepted
        Whether it counts though it is not: the baseline is being updated.
    """

    measure: str
    kind: Kind
    have: Measure
    need: float | None
    before: float | None
    held: bool
    place: Place
    accepted: bool = False

    @property
    def compared(self) -> bool:
        """Whether there was anything to hold the measure against."""
        return self.need is not None

    @property
    def broken(self) -> bool:
        """Whether the check fails for it."""
        return not (self.held or self.accepted)

    @property
    def least(self) -> bool:
        """Whether the bound is one from below."""
        return self.kind == "min" or (self.kind == "regress" and self.have.more)

    @property
    def word(self) -> str:
        """What became of it: ``ok``, ``broken``, ``accepted`` or ``not checked``."""
        if not self.compared:
            return "not checked"
        return "broken" if self.broken else "ok" if self.held else "accepted"


@dataclass(frozen=True, slots=True)
class Checked:
    """A model on a target: what was measured and found.

    Parameters
    ----------
    model, target
        The model's path as it was given, and the target's name; or the path of a file without
        which no model can be checked, and no name.
    measures, verdicts
        All measures, and one verdict per bound.
    changes
        In words, what populations do otherwise than in the baseline.
    findings
        Broken budgets, limits that could not be checked, or why nothing was measured.
    seconds
        How long it took.
    """

    model: str
    target: str
    measures: Mapping[str, Measure]
    verdicts: tuple[Verdict, ...]
    changes: tuple[str, ...]
    findings: tuple[Diagnostic, ...]
    seconds: float = 0.0

    @property
    def title(self) -> str:
        """What was checked."""
        return f"{self.model} on {self.target}" if self.target else self.model

    @property
    def exit_code(self) -> int:
        """0 if all is well, else that of the worst finding."""
        errors = [d for d in self.findings if d.severity is Severity.ERROR]
        return max((d.entry.exit_code for d in errors), default=0)


def judged(
    model: str,
    target: str,
    budget: Budget,
    measures: Mapping[str, Measure],
    homes: Mapping[str, Home],
    record: Record | None,
    *,
    accept: bool = False,
    seconds: float = 0.0,
) -> Checked:
    """Hold measures against a budget.

    Parameters
    ----------
    record
        What the baseline has of this model and target, if anything.
    accept
        Whether regressions are accepted, because the baseline is being updated.

    Raises
    ------
    SomacError
        E0886 for limits on what was not measured.
    """
    absent = [_absent(limit, budget, measures) for limit in budget.limits]
    wrong = [d for d in absent if d is not None]
    if wrong:
        raise SomacError.of(wrong)
    values = {} if record is None else record.values
    verdicts: list[Verdict] = []
    findings: list[Diagnostic] = []
    changes = () if record is None else tuple(moves(record.homes, homes))
    for limit in budget.limits:
        have, before = measures[limit.measure], values.get(limit.measure)
        if limit.regress is not None and before is None and not accept:
            findings.append(_no_baseline(model, target, limit))
        of_limit = list(_verdicts(limit, have, before, accept=accept))
        findings += [_broken(model, target, v, changes) for v in of_limit if v.broken]
        verdicts += of_limit
    return Checked(model, target, measures, tuple(verdicts), changes, tuple(findings), seconds)


def _verdicts(
    limit: Limit, have: Measure, before: float | None, *, accept: bool
) -> Iterator[Verdict]:
    value, place = have.value, limit.place
    if limit.max is not None:
        held = value <= limit.max
        yield Verdict(limit.measure, "max", have, limit.max, before, held, place)
    if limit.min is not None:
        held = value >= limit.min
        yield Verdict(limit.measure, "min", have, limit.min, before, held, place)
    if limit.regress is not None and before is None:
        # what is written into a baseline is not held against it
        if not accept:
            yield Verdict(limit.measure, "regress", have, None, None, True, place)
    elif limit.regress is not None and before is not None:
        room = limit.regress * abs(before)
        need = before - room if have.more else before + room
        worse = need - value if have.more else value - need
        held = worse <= _TINY * max(abs(need), abs(value))
        yield Verdict(limit.measure, "regress", have, need, before, held, place, accept)


def moves(before: Mapping[str, Home], now: Mapping[str, Home]) -> Iterator[str]:
    """In words, which populations came, went, grew, shrank or moved."""
    for name in sorted(before.keys() | now.keys()):
        old, new = before.get(name), now.get(name)
        if old is None and new is not None:
            yield f"{name} is new: {new.cells:,} cells on {_cores(new)}"
        elif new is None and old is not None:
            yield f"{name} is gone: it had {old.cells:,} cells on {_cores(old)}"
        elif old is not None and new is not None and old != new:
            yield f"{name} {_change(old, new)}"


def _change(old: Home, new: Home) -> str:
    parts = []
    if old.cells != new.cells:
        parts.append(f"has {new.cells:,} cells, not {old.cells:,}")
    if len(old.cores) != len(new.cores):
        word = "grew" if len(new.cores) > len(old.cores) else "shrank"
        parts.append(f"{word} from {_cores(old)} to {_cores(new)}")
    elif old.cores != new.cores:
        others = len(set(new.cores) - set(old.cores))
        parts.append(f"moved: {others:,} of {_cores(new)} are others")
    return ", ".join(parts)


def _cores(home: Home) -> str:
    return count(len(home.cores), "core")


def shown(value: float, unit: str = "") -> str:
    """A value with its unit; nobody says the unit of a ratio."""
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.6g}"
    return text if unit in {"", "1"} else f"{text} {unit}"


def need_shown(verdict: Verdict, signs: tuple[str, str] = ("<=", ">=")) -> str:
    """The bound of a verdict, with a sign for at most or at least before it."""
    if verdict.need is None:
        return "no baseline"
    return f"{signs[verdict.least]} {shown(verdict.need, verdict.have.unit)}"


def _broken(model: str, target: str, verdict: Verdict, changes: tuple[str, ...]) -> Diagnostic:
    unit = verdict.have.unit
    need = need_shown(verdict, ("at most", "at least"))
    have = shown(verdict.have.value, unit)
    if verdict.before is not None:
        since = f"the baseline has {shown(verdict.before, unit)}"
        if verdict.kind == "regress":
            need += f"; {since}"
        else:
            have += f"; {since}"
    side = "below" if verdict.least else "over"
    what = "worse than in the baseline" if verdict.kind == "regress" else f"{side} its limit"
    return Diagnostic(
        "E0889",
        f"{verdict.measure} of {model} on {target} is {what}",
        verdict.place,
        have=have,
        need=need,
        hint=f"since the baseline: {_few(changes)}" if changes else None,
    )


def _few(told: tuple[str, ...], between: str = "; ") -> str:
    more = len(told) - _SHOWN
    return between.join([*told[:_SHOWN], *([f"and {more:,} more"] if more > 0 else [])])


def _no_baseline(model: str, target: str, limit: Limit) -> Diagnostic:
    return Diagnostic(
        "E0888",
        f"{limit.measure} of {model} on {target} has nothing to be compared with",
        limit.place,
        hint="write a baseline with --baseline FILE --update-baseline",
        severity=Severity.WARNING,
    )


def _absent(limit: Limit, budget: Budget, measures: Mapping[str, Measure]) -> Diagnostic | None:
    name = limit.measure
    if name in measures:
        return None
    kind = KINDS.get(name)
    if kind is not None and kind.of_run:
        return Diagnostic(
            "E0886",
            f"{name} is that of a run",
            limit.place,
            have="no data" if budget.data is None else f"{budget.data}, without labels",
            need="data" if name == "values_differ" else "data with labels",
            hint="name recorded inputs with `data: FILE.npz`",
        )
    case, _, amount = name.rpartition(".")
    amounts = {other.rpartition(".")[2]: other for other in measures if _case(other) == case}
    cases = dict.fromkeys(_case(other) for other in measures if "." in other)
    have = _few(tuple(amounts.values()), ", ") if amounts else f"cases {', '.join(cases)}"
    # names of a case begin alike, which does not make their amounts alike
    near = [amounts[n] for n in nearest(amount, amounts)] or nearest(
        name, () if amounts else measures
    )
    return Diagnostic(
        "E0886",
        f"the target says nothing of {name}",
        limit.place,
        have=have,
        hint=f"did you mean {near[0]!r}?" if near else "--json shows all that is measured",
    )


def _case(measure: str) -> str:
    return measure.rpartition(".")[0]
