"""What `somac check` does with each model, and the reports that it writes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from somac.compiler.checks import (
    Baseline,
    Budget,
    Budgets,
    Checked,
    Data,
    Record,
    homes_of,
    judged,
    measures_of,
)
from somac.compiler.checks.formats import junit, markdown, sarif
from somac.compiler.cli.console import Console
from somac.compiler.cli.work import mapped_with, network_of, recording_for
from somac.compiler.files import replaced
from somac.compiler.load import LoadOptions
from somac.compiler.mapping.effort import Effort
from somac.compiler.pipeline import Compiled, CompileOptions, compile_network
from somac.ir.errors import SomacError
from somac.ir.target import Target

__all__ = ["Checker", "write_reports"]


@dataclass(frozen=True, slots=True)
class Checker:
    """How models are read and compiled, and what they are held against.

    `accept` says that regressions are no fault, because the baseline is being updated.
    """

    console: Console
    target: Target
    budgets: Budgets
    reading: LoadOptions
    options: CompileOptions
    effort: Effort
    accept: bool

    def check(self, model: Path, baseline: Baseline | None) -> tuple[Checked, Baseline | None]:
        """What is found of a model, and the baseline with it.

        A model that cannot be checked is one whose findings say why: others are checked yet.
        """
        begin = time.monotonic()
        name, target = str(model), self.target.name
        try:
            budget = self.budgets.of(model, target)
            compiled = self._compiled(model, budget)
            data = self._data(compiled, budget)
            measures = measures_of(compiled, budget.measures, data)
            homes = homes_of(compiled)
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

    def _compiled(self, model: Path, budget: Budget) -> Compiled:
        network = network_of(self.console, model, self.reading)
        calibration = None
        if budget.calibrate is not None:
            calibration = recording_for(budget.calibrate, network.inputs).inputs
        with self.console.progress() as report:
            compiled = compile_network(
                network,
                self.target,
                mapped_with(self.options, self.effort, report),
                calibration_inputs=calibration,
                progress=report,
            )
        self.console.tell(compiled.notes)
        return compiled

    def _data(self, compiled: Compiled, budget: Budget) -> Data | None:
        if budget.data is None:
            return None
        recording = recording_for(budget.data, compiled.golden.inputs, budget.samples)
        return Data(recording.inputs, recording.labels)


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
