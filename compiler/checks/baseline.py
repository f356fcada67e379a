"""Baselines: what was measured when somebody was content, as JSON that is reviewed like code."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from somac.compiler.checks.measures import Home
from somac.compiler.checks.paths import path_from
from somac.compiler.files import replaced
from somac.ir.errors import Place, SomacError

__all__ = ["Baseline", "Record", "read_baseline", "write_baseline"]

_VERSION = 1
_MAX_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class Record:
    """Values by measure, and homes by population, of a model on a target."""

    values: Mapping[str, float]
    homes: Mapping[str, Home]


@dataclass(frozen=True, slots=True)
class Baseline:
    """Records by path of the model, as seen from the folder of the file, and target."""

    file: Path
    records: Mapping[tuple[str, str], Record] = field(default_factory=dict)

    def of(self, model: Path, target: str) -> Record | None:
        """That of a model and target, if there is one."""
        return self.records.get((path_from(self.file.parent, model), target))

    def updated(self, model: Path, target: str, record: Record) -> Baseline:
        """With another record of a model and target."""
        key = path_from(self.file.parent, model), target
        return Baseline(self.file, {**self.records, key: record})

    def text(self) -> str:
        """As it is written: sorted, so that the same figures are the same bytes."""
        models: dict[str, dict[str, Any]] = {}
        for (model, target), record in self.records.items():
            models.setdefault(model, {})[target] = {
                "measures": dict(record.values),
                "populations": {
                    name: {"cells": home.cells, "cores": " ".join(map(str, home.cores))}
                    for name, home in record.homes.items()
                },
            }
        content = {"somac_baseline": _VERSION, "models": models}
        return json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n"


def write_baseline(baseline: Baseline) -> None:
    """Write it whole or not at all; SomacError E0906."""
    with replaced(baseline.file) as file:
        file.write(baseline.text().encode())


def read_baseline(path: Path, *, may_be_missing: bool = False) -> Baseline:
    """Read a baseline; an empty one if it is missing and may be.

    Raises
    ------
    SomacError
        E0887 if it cannot be read or is none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise _refused(path, f"it is larger than {_MAX_BYTES} bytes")
        return Baseline(path, _records(json.loads(data)))
    except FileNotFoundError:
        if may_be_missing:
            return Baseline(path)
        raise _refused(path, "there is no such file") from None
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from None
    except (ValueError, RecursionError) as error:
        raise _refused(path, f"it is no JSON: {error}") from None
    except (KeyError, TypeError, AttributeError, OverflowError):
        raise _refused(path, "it has another form") from None


def _records(content: Any) -> dict[tuple[str, str], Record]:
    if content["somac_baseline"] != _VERSION:
        raise TypeError
    return {
        (model, target): Record(
            {name: _number(value) for name, value in record["measures"].items()},
            {
                name: Home(int(home["cells"]), tuple(map(int, home["cores"].split())))
                for name, home in record["populations"].items()
            },
        )
        for model, targets in content["models"].items()
        for target, record in targets.items()
    }


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError
    return value


def _refused(path: Path, reason: str) -> SomacError:
    return SomacError(
        "E0887",
        f"{path} cannot be read as a baseline: {reason}",
        place=Place(file=str(path)),
        hint="--update-baseline writes one",
    )
