"""Recorded inputs: an `.npz` of the user to raw integers (samples, steps, channels)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from somac.compiler.archive import open_archive
from somac.ir.errors import Place, SomacError
from somac.ir.integer import IntegerInput
from somac.ir.network import Input

__all__ = ["Recording", "few_raw_inputs", "raw_inputs", "read_recording", "shaped_inputs"]

_FEW_SAMPLES, _FEW_STEPS = 16, 256


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Arrays by input name, and the class of each sample where the file has it.

    `inputs` are (samples, steps, channels...), `labels` int64 (samples,).
    """

    inputs: Mapping[str, NDArray[Any]]
    labels: NDArray[np.int64] | None


def read_recording(path: Path, names: Sequence[str]) -> Recording:
    """Read an `.npz`: one array per input name (or ``x`` if there is one), and ``label``.

    Raises
    ------
    SomacError
        E0903 if it does not have what the model needs, E0905 if it cannot be read.
    """
    place = Place(file=str(path))
    with open_archive(path) as archive:
        have = list(archive.files)
        wanted = {name: name if name in have else "x" for name in names}
        missing = [
            name
            for name, key in wanted.items()
            if key not in have or (key != name and len(names) > 1)
        ]
        if missing:
            raise SomacError(
                "E0903",
                f"{path.name} has no array for {', '.join(missing)}",
                place=place,
                have=", ".join(have) or "nothing",
                need=", ".join(names)
                + (" (or x)" if len(names) == 1 and list(names) != ["x"] else ""),
                hint="`somac inspect` shows the arrays of a file; "
                f"numpy.savez('inputs.npz', {names[0] if names[0].isidentifier() else 'x'}=...) "
                "writes them, (samples, steps, channels...)",
            )
        inputs = {name: archive[key] for name, key in wanted.items()}
        label = next((archive[key] for key in ("label", "labels", "y") if key in have), None)
    for name, value in inputs.items():
        if value.dtype.kind not in "biuf" or value.ndim < 3:
            raise SomacError(
                "E0903",
                f"array {name} of {path.name} is not a recording",
                place=place,
                have=f"{value.dtype} of shape {value.shape}",
                need="numbers of shape (samples, steps, channels...)",
            )
    samples = {name: len(value) for name, value in inputs.items()}
    if label is not None:
        samples["label"] = np.size(label)
    if len(set(samples.values())) > 1:
        have_text = ", ".join(f"{name} {count}" for name, count in samples.items())
        raise SomacError(
            "E0903",
            f"arrays of {path.name} differ in samples",
            place=place,
            have=have_text,
            need="samples first: (samples, steps, channels...)",
            hint=_swapped(inputs, label),
        )
    if label is not None and (label.dtype.kind not in "biuf" or not np.isfinite(label).all()):
        raise SomacError(
            "E0903",
            f"the labels of {path.name} are no classes",
            place=place,
            have=str(label.dtype),
            need="a whole number per sample",
        )
    labels = None if label is None else np.asarray(label).astype(np.int64).ravel()
    return Recording(inputs, labels)


def _swapped(inputs: Mapping[str, NDArray[Any]], label: NDArray[Any] | None) -> str | None:
    """What helps where steps come first, as PyTorch's recurrent layers and snnTorch have them."""
    count = None if label is None else np.size(label)
    if count is None or any(value.shape[1] != count for value in inputs.values()):
        return None
    return "if steps come first, swap them: numpy.swapaxes(x, 0, 1)"


def shaped_inputs(
    inputs: Mapping[str, ArrayLike], expected: Sequence[Input | IntegerInput]
) -> dict[str, NDArray[Any]]:
    """Every input as (samples, steps, channels), its values checked against its kind.

    Raises
    ------
    SomacError
        E0903 for a missing or unknown input, a wrong number of channels, or values that the
        input's kind does not have.
    """
    if not expected:
        raise SomacError("E0903", "the model has no inputs, which would say how long it runs")
    known = {i.name for i in expected}
    wrong = sorted(known ^ set(inputs))
    if wrong:
        raise SomacError(
            "E0903",
            f"inputs given and inputs of the model differ: {', '.join(wrong)}",
            have=", ".join(sorted(inputs)) or "none",
            need=", ".join(sorted(known)) or "none",
        )
    shaped = {}
    for i in expected:
        value = np.asarray(inputs[i.name])
        if value.ndim < 3 or value[0:1, 0:1].size != i.size * bool(len(value) and value.shape[1]):
            raise SomacError(
                "E0903",
                f"input {i.name} does not have the channels of the model",
                have=f"shape {value.shape}",
                need=f"(samples, steps, {', '.join(map(str, i.shape))})",
            )
        flat = value.reshape(*value.shape[:2], i.size)
        if i.kind != "value":
            most = 1 if i.kind == "spike" else np.inf
            if flat.size and (flat.min() < 0 or flat.max() > most or (flat != np.rint(flat)).any()):
                raise SomacError(
                    "E0903",
                    f"input {i.name} has values that are no {i.kind}s",
                    have=f"values from {flat.min()} to {flat.max()}",
                    need="0 or 1" if i.kind == "spike" else "whole numbers from 0",
                    hint="another kind of input can be chosen with --input-kind",
                )
        elif not np.isfinite(flat).all():
            raise SomacError("E0903", f"input {i.name} has values that are not finite numbers")
        shaped[i.name] = flat
    lengths = {name: value.shape[:2] for name, value in shaped.items()}
    if len(set(lengths.values())) > 1:
        raise SomacError(
            "E0903",
            "inputs differ in samples or steps",
            have=", ".join(
                f"{name} {samples} x {steps}" for name, (samples, steps) in lengths.items()
            ),
        )
    return shaped


def raw_inputs(
    inputs: Mapping[str, ArrayLike], expected: Sequence[IntegerInput]
) -> dict[str, NDArray[np.int64]]:
    """The raw integers of every input: rounded to nearest even, clamped to the input's format."""
    shaped = shaped_inputs(inputs, expected)
    return {i.name: _raw(shaped[i.name], i) for i in expected}


def few_raw_inputs(
    inputs: Mapping[str, NDArray[Any]], expected: Sequence[IntegerInput]
) -> dict[str, NDArray[np.int64]]:
    """The raw integers of a few samples, spread evenly over all, and of their first steps.

    Inputs are those that `shaped_inputs` gives; the same ones are chosen every time.
    """
    few = {}
    for i in expected:
        given = inputs[i.name]
        count = min(len(given), _FEW_SAMPLES)
        spread = np.linspace(0, max(len(given) - 1, 0), count).astype(np.int64)
        few[i.name] = _raw(given[spread, :_FEW_STEPS], i)
    return few


def _raw(values: NDArray[Any], i: IntegerInput) -> NDArray[np.int64]:
    if i.kind == "value":
        values = np.rint(np.asarray(values, dtype=np.float64) / i.scale)
    return np.asarray(np.clip(values, i.format.minimum, i.format.maximum), np.int64)
