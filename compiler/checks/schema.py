"""The form of a budget file, as pydantic models: strict, closed, frozen."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

__all__ = ["BudgetEntry", "BudgetForm", "LimitForm"]

Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


def _percentage(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})? ?%", value, re.ASCII):
        return value
    raise PydanticCustomError("percentage", "a percentage such as 5%")


Share = Annotated[str, BeforeValidator(_percentage)]
Bound = Annotated[float, Field(ge=-1e18, le=1e18)]


class Strict(BaseModel):
    """No unknown keys, no conversions, no changes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class LimitForm(Strict):
    """What a measure may be."""

    max: Bound | None = None
    min: Bound | None = None
    regress: Share | None = None


class BudgetEntry(Strict):
    """Limits of the models that fit a pattern."""

    model: Text = "*"
    target: Text = "*"
    data: Text | None = None
    samples: Annotated[int, Field(ge=1)] | None = None
    calibrate: Text | None = None
    limits: dict[str, LimitForm]


class BudgetForm(Strict):
    """A file."""

    budgets: tuple[BudgetEntry, ...]
