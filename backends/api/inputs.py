"""What an emulator is asked for, held against what a program takes and has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Diagnostic, Place, SomacError

__all__ = ["Taken", "check_recorded", "checked_inputs"]


@dataclass(frozen=True, slots=True)
class Taken:
    """An input that a program takes: its channels, the least and the largest raw value."""

    name: str
    size: int
    low: int
    high: int


def checked_inputs(
    inputs: Mapping[str, NDArray[Any]], plans: Sequence[Taken]
) -> dict[str, NDArray[np.integer[Any]]]:
    """The inputs as integers (samples, steps, channels).

    SomacError E0715 with every input that is missing, unknown, out of range or of another shape.
    """
    problems = [
        Diagnostic("E0715", f"the program has no input {name!r}", Place(node=name))
        for name in sorted(set(inputs) - {plan.name for plan in plans})
    ]
    raw: dict[str, NDArray[np.integer[Any]]] = {}
    for plan in plans:
        place = Place(node=plan.name)
        if plan.name not in inputs:
            problems.append(Diagnostic("E0715", f"input {plan.name} is missing", place))
            continue
        values = np.asarray(inputs[plan.name])
        if values.ndim != 3 or values.shape[2] != plan.size:
            have, need = f"shape {values.shape}", f"(samples, steps, {plan.size})"
            problems.append(
                Diagnostic("E0715", f"input {plan.name} has another shape", place, have, need)
            )
        elif values.dtype.kind not in "biu":
            have = f"dtype {values.dtype}"
            problems.append(
                Diagnostic("E0715", f"input {plan.name} is not integer", place, have, "raw values")
            )
        elif values.size and not _within(values, plan.low, plan.high):
            have, need = f"{values.min()} to {values.max()}", f"{plan.low} to {plan.high}"
            problems.append(
                Diagnostic("E0715", f"input {plan.name} is out of range", place, have, need)
            )
        else:
            raw[plan.name] = values.view(np.uint8) if values.dtype == np.bool_ else values
    shapes = sorted({values.shape[:2] for values in raw.values()})
    if not problems and len(shapes) != 1:
        have = ", ".join(map(str, shapes)) or "no inputs"
        problems.append(Diagnostic("E0715", "inputs differ in samples or steps", have=have))
    if problems:
        raise SomacError.of(problems)
    return raw


def _within(values: NDArray[Any], low: int, high: int) -> bool:
    """Whether no value is out of range; what the type rules out is not looked for."""
    unsigned = values.dtype.kind in "bu" and low <= 0
    return bool((unsigned or low <= values.min()) and values.max() <= high)


def check_recorded(
    record: Iterable[str],
    record_states: Iterable[str],
    record_weights: Iterable[str],
    *,
    inputs: Iterable[str],
    populations: Collection[str],
    learning: Collection[str] = (),
    file: str | None = None,
) -> None:
    """SomacError E0716 for every name that is not there to record.

    Parameters
    ----------
    record, record_states, record_weights
        Names whose signals, states and learnt weights are wanted.
    inputs, populations, learning
        Names of inputs and populations, and of projections that learn.
    file
        That which says so.
    """
    known = {*inputs, *populations}
    problems = [
        Diagnostic(
            "E0716",
            f"there is no {what} {name!r}",
            Place(file=file, node=name),
            need=", ".join(sorted(there)) or "nothing learns",
        )
        for what, there, names in (
            ("population", known, record),
            ("population", populations, record_states),
            ("plastic projection", learning, record_weights),
        )
        for name in names
        if name not in there
    ]
    if problems:
        raise SomacError.of(problems)
