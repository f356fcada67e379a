"""Entries of a budget file that hold nothing: targets and models that nobody has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from fnmatch import fnmatchcase

from somac.compiler.checks.budget import Budgets
from somac.ir.errors import Diagnostic, Severity, SomacError
from somac.ir.suggest import did_you_mean

__all__ = ["check_targets", "missing_models"]

_WILD = frozenset("*?[")


def check_targets(
    budgets: Budgets, chosen: Collection[str], all_names: Callable[[], Collection[str]]
) -> None:
    """That every entry is for a target that there is: its limits would hold nothing.

    Parameters
    ----------
    chosen
        Names of targets that are there in any case.
    all_names
        Those of all, which are asked for only where an entry is for none of the chosen ones.

    Raises
    ------
    SomacError
        E0884 for every entry that is for none.
    """
    other = [e for e in budgets.entries if not _fits(e.target, chosen)]
    if not other:
        return
    names = sorted(all_names())
    wrong = [
        Diagnostic(
            "E0884",
            f"no target fits {e.target!r}",
            e.places["target"],
            have=", ".join(names),
            hint=did_you_mean(e.target, names, listed=0)
            or "give your own descriptions with --targets FILE",
        )
        for e in other
        if not _fits(e.target, names)
    ]
    if wrong:
        raise SomacError.of(wrong)


def missing_models(budgets: Budgets) -> Iterator[Diagnostic]:
    """A warning E0880 for every entry that names a file which is not there."""
    folder = budgets.file.parent
    for entry in budgets.entries:
        if _WILD.isdisjoint(entry.model) and not (folder / entry.model).exists():
            yield Diagnostic(
                "E0880",
                f"the budget is for {entry.model}, which does not exist",
                entry.places["model"],
                hint="models are named as paths from the folder of the budget file",
                severity=Severity.WARNING,
            )


def _fits(pattern: str, names: Collection[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names)
