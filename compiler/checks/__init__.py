"""Budgets: what compiled models may take, and what to say where they take more."""

from somac.compiler.checks.baseline import Baseline, Record, read_baseline
from somac.compiler.checks.budget import Budget, Budgets, Limit, read_budgets
from somac.compiler.checks.judge import Checked, Verdict, judged
from somac.compiler.checks.measures import Data, Home, Measure, homes_of, measures_of

__all__ = [
    "Baseline",
    "Budget",
    "Budgets",
    "Checked",
    "Data",
    "Home",
    "Limit",
    "Measure",
    "Record",
    "Verdict",
    "homes_of",
    "judged",
    "measures_of",
    "read_baseline",
    "read_budgets",
]
