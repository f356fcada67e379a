"""Budget files: read, checked to the last key, with the line of every limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from somac.compiler.checks.kinds import KINDS
from somac.compiler.checks.paths import path_from
from somac.compiler.checks.schema import BudgetEntry, BudgetForm, LimitForm
from somac.compiler.targets.explain import explain
from somac.compiler.targets.text import text_of
from somac.compiler.targets.tree import Path as Keys
from somac.compiler.targets.tree import Tree, parse_yaml
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.suggest import did_you_mean

__all__ = ["MAX_FILE_BYTES", "Budget", "Budgets", "Limit", "parse_budgets", "read_budgets"]

MAX_FILE_BYTES = 1 << 18
"""A budget file larger than this is refused unread."""

_OWN_CODE: Mapping[str, str] = {
    "E0302": "E0882",
    "E0303": "E0882",
    "E0304": "E0882",
    "E0305": "E0883",
    "E0306": "E0884",
    "E0307": "E0884",
}
"""Mistakes of any description, as those of budgets."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a measure may be: at most, at least, and how much worse than in the baseline.

    `regress` is a share of 1; `place` where the limit is written.
    """

    measure: str
    max: float | None
    min: float | None
    regress: float | None
    place: Place


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of the models and targets that fit patterns.

    `data` is a recording that models run on, of which `samples` count (None: all), and
    `calibrate` one for calibration. `places` says where these are written, by key.
    """

    model: str
    target: str
    limits: tuple[Limit, ...]
    data: Path | None = None
    samples: int | None = None
    calibrate: Path | None = None
    places: Mapping[str, Place] = field(default_factory=dict)

    @property
    def measures(self) -> frozenset[str]:
        """Names of what is limited."""
        return frozenset(limit.measure for limit in self.limits)


@dataclass(frozen=True, slots=True)
class Budgets:
    """A budget file."""

    file: Path
    entries: tuple[Budget, ...]

    def of(self, model: Path, target: str) -> Budget:
        """The first entry that is for this model and target.

        Raises
        ------
        SomacError
            E0885 if none is.
        """
        found = self.find(model, target)
        if found is not None:
            return found
        name = path_from(self.file.parent, model)
        raise SomacError(
            "E0885",
            f"no budget is for {name} on {target}",
            place=Place(file=str(self.file)),
            have=", ".join(f"{e.model} on {e.target}" for e in self.entries),
            hint="models are named as paths from the folder of the budget file; * fits any text",
        )

    def find(self, model: Path, target: str) -> Budget | None:
        """The same, None if none is."""
        name = path_from(self.file.parent, model)
        for entry in self.entries:
            if fnmatchcase(name, entry.model) and fnmatchcase(target, entry.target):
                return entry
        return None


def read_budgets(path: Path) -> Budgets:
    """Read a budget file.

    Raises
    ------
    SomacError
        E0881 to E0884, every mistake of the file at once where that is possible.
    """
    text = text_of(
        path,
        MAX_FILE_BYTES,
        "E0881",
        what="the budget",
        kind="a budget",
        hint="say where it is with --budget FILE",
    )
    return parse_budgets(text, path)


def parse_budgets(text: str, path: Path) -> Budgets:
    """The same of the text of a file; paths in it begin at the folder of `path`."""
    from pydantic import ValidationError

    try:
        tree = parse_yaml(text, str(path))
        if tree.data is None:
            raise SomacError("E0884", "the file is empty", place=tree.place(()))
        try:
            form = BudgetForm.model_validate(tree.data)
        except ValidationError as error:
            raise SomacError.of(explain(error, tree, BudgetForm)) from None
    except SomacError as error:
        raise SomacError.of(
            replace(d, code=_OWN_CODE.get(d.code, d.code)) for d in error.diagnostics
        ) from None
    wrong = [d for n, e in enumerate(form.budgets) for d in _wrong(e, ("budgets", n), tree)]
    if not form.budgets:
        place = tree.place(("budgets",))
        wrong.append(Diagnostic("E0884", "the file has no budget", place, need="an entry or more"))
    if wrong:
        raise SomacError.of(wrong)
    return Budgets(
        path, tuple(_budget(e, ("budgets", n), tree, path) for n, e in enumerate(form.budgets))
    )


def _wrong(entry: BudgetEntry, at: Keys, tree: Tree) -> Iterator[Diagnostic]:
    if not entry.limits:
        place = tree.place((*at, "limits"))
        yield Diagnostic("E0884", "the budget has no limit", place, need="a measure or more")
    for name, limit in entry.limits.items():
        place = tree.place((*at, "limits", name), key=True)
        if "." not in name and name not in KINDS:
            yield Diagnostic(
                "E0883",
                f"there is no measure {name!r}",
                place,
                have=", ".join(KINDS),
                hint=did_you_mean(name, KINDS, listed=0)
                or "amounts of the cost model are CASE.AMOUNT, such as expected.step_low_us",
            )
        if limit == LimitForm():
            yield Diagnostic(
                "E0884", f"the limit of {name} limits nothing", place, need="max, min or regress"
            )
        if limit.max is not None and limit.min is not None and limit.min > limit.max:
            yield Diagnostic(
                "E0884",
                f"nothing keeps the limit of {name}",
                place,
                have=f"min {limit.min:g}, max {limit.max:g}",
                need="a min that is at most max",
            )


def _budget(entry: BudgetEntry, at: Keys, tree: Tree, path: Path) -> Budget:
    return Budget(
        entry.model,
        entry.target,
        tuple(
            Limit(
                name,
                limit.max,
                limit.min,
                None if limit.regress is None else float(limit.regress.rstrip("% ")) / 100,
                tree.place((*at, "limits", name), key=True),
            )
            for name, limit in entry.limits.items()
        ),
        None if entry.data is None else path.parent / entry.data,
        entry.samples,
        None if entry.calibrate is None else path.parent / entry.calibrate,
        {key: tree.place((*at, key)) for key in ("model", "target", "data", "calibrate")},
    )
