"""Budgets: what compiled models may take, and what to say where they take more."""

from somac.compiler.checks.baseline import Baseline, Record, read_baseline
from somac.compiler.checks.budget import Budget, Budgets, Limit, read_budgets
from somac.compiler.checks.judge import Checked, Verdict, judged
from somac.compiler.checks.known import KNOWN, Known, known_of
from somac.compiler.checks.measures import Home, Measure, measures_with_runs

__all__ = [
    "KNOWN",
    "Baseline",
    "Budget",
    "Budgets",
    "Checked",
    "Home",
    "Known",
    "Limit",
    "Measure",
    "Record",
    "Verdict",
    "judged",
    "known_of",
    "measures_with_runs",
    "read_baseline",
    "read_budgets",
]
