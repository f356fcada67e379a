"""What `somac check` does with each model, and the reports that it writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from somac.backends.api import Value
from somac.compiler.cache import Entry
from somac.compiler.cache.account import account_from
from somac.compiler.checks import (
    KNOWN,
    Baseline,
    Budget,
    Budgets,
    Checked,
    Known,
    Record,
    judged,
    measures_with_runs,
)
from somac.compiler.checks.formats import junit, markdown, sarif
from somac.compiler.cli.caching import cached
from somac.compiler.cli.compiling import compiled_entry
from somac.compiler.cli.console import Console
from somac.compiler.cli.work import loaded_model, recording_for
from somac.compiler.files import replaced
from somac.compiler.inputs import Recording
from somac.compiler.load import LoadOptions, load_model
from somac.compiler.mapping.effort import Effort
from somac.compiler.pipeline import CompileOptions
from somac.compiler.plugins import find_backend
from somac.ir.errors import Place, SomacError
from somac.ir.program import Program
from somac.ir.serial import GOLDEN, integer_from_files
from somac.ir.target import Target

__all__ = ["Checker", "options_of_each", "pairs", "refused", "write_reports"]


@dataclass(frozen=True, slots=True)
class Checker:
    """How models are read and compiled, and what they are held against.

    `accept` says that regressions are no fault, because the baseline is being updated; `cache`
    that models which were compiled before need not be compiled again.
    """

    console: Console
    target: Target
    targets: Path | None
    budgets: Budgets
    reading: LoadOptions
    options: CompileOptions
    effort: Effort
    accept: bool
    cache: bool

    def check(self, model: Path, baseline: Baseline | None) -> tuple[Checked, Baseline | None]:
        """What is found of a model, and the baseline with it.

        A model that cannot be checked is one whose findings say why: others are checked yet.
        """
        begin = time.monotonic()
        name, target = str(model), self.target.name
        try:
            if self.budgets.find(model, target) is None:
                _present(model)
            budget = self.budgets.of(model, target)
            entry = self._compiled(model, budget)
            known = account_from(Known, entry.accounts[KNOWN])
            measures, homes = known.measures, known.homes
            data = self._data(entry.program, budget)
            if data is not None:
                with self.console.progress() as report:
                    report(f"run {model.name}")
                    measures = measures_with_runs(
                        measures,
                        entry.program,
                        lambda: load_model(model, self.reading).network,
                        budget.measures,
                        data,
                    )
            record = None if baseline is None else baseline.of(model, target)
            checked = judged(
                name,
                target,
                budget,
                measures,
                homes,
                record,
                accept=self.accept,
                seconds=time.monotonic() - begin,
            )
        except SomacError as error:
            seconds = time.monotonic() - begin
            return Checked(name, target, {}, (), (), error.diagnostics, seconds), baseline
        if baseline is not None:
            now = Record({n: m.value for n, m in measures.items()}, homes)
            baseline = baseline.updated(model, target, now)
        return checked, baseline

    def _compiled(self, model: Path, budget: Budget) -> Entry:
        def make() -> Entry:
            loaded = loaded_model(self.console, model, self.reading)
            calibration = None
            if (given := budget.calibrate) is not None:
                calibration = _named(
                    budget.places["calibrate"],
                    lambda: recording_for(given, loaded.network.inputs),
                ).inputs
            return compiled_entry(
                self.console, loaded, self.target, self.options, self.effort, calibration
            )

        use = self.cache and self.effort.time_limit is None
        one = {"target": self.target.name}
        return cached(self.console, model, budget.calibrate, self.targets, make, use=use, one=one)

    def _data(self, program: Program, budget: Budget) -> Recording | None:
        if (given := budget.data) is None:
            return None
        inputs = integer_from_files(program.files, GOLDEN).inputs
        return _named(budget.places["data"], lambda: recording_for(given, inputs, budget.samples))


def _present(model: Path) -> None:
    if not model.exists():
        hint = "no file fits the pattern" if "*" in model.name else None
        place = Place(file=str(model))
        raise SomacError("E0101", f"{model} does not exist", place=place, hint=hint)


def _named(place: Place, read: Callable[[], Recording]) -> Recording:
    """What is read of a file that the budget names; errors say where it does."""
    try:
        return read()
    except SomacError as error:
        raise SomacError.of(
            replace(d, hint=d.hint or f"the budget names it: {place}") for d in error.diagnostics
        ) from None


def pairs(
    models: Sequence[Path], checkers: Sequence[Checker]
) -> Iterator[tuple[Path, Sequence[Checker]]]:
    """Models with the targets that a budget is for, or all targets if none is for any of them."""
    for model in dict.fromkeys(models):
        wanted = [c for c in checkers if c.budgets.find(model, c.target.name) is not None]
        yield model, wanted or checkers


def options_of_each(
    targets: Sequence[Target], given: Mapping[str, Value]
) -> list[dict[str, Value]]:
    """Of options of backends, for each target those that its backend has.

    What none of them has is given to all, and refused by them.
    """
    had = [{option.name for option in find_backend(t.backend).info.options} for t in targets]
    nobodys = given.keys() - {name for names in had for name in names}
    return [{n: v for n, v in given.items() if n in names | nobodys} for names in had]


def refused(budget: Path, error: SomacError) -> Checked:
    """Why no model could be checked, for reports: theirs are read by those who see no log."""
    return Checked(str(budget), "", {}, (), (), error.diagnostics)


def write_reports(
    checked: Sequence[Checked],
    junit_file: Path | None,
    sarif_file: Path | None,
    markdown_file: Path | None,
) -> None:
    """Write those that are wanted, each whole or not at all; SomacError E0906."""
    root = Path.cwd()
    for path, text in (
        (junit_file, junit(checked)),
        (sarif_file, sarif(checked, root)),
        (markdown_file, markdown(checked)),
    ):
        if path is not None:
            with replaced(path) as file:
                file.write(text.encode("utf-8", "backslashreplace"))
