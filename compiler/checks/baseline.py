"""Baselines: what was measured when somebody was content, as JSON that is reviewed like code."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
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

_DIGITS = 10
"""Of what is written: those behind come from rounding, and would make changes to review."""

_CORE = re.compile(r"[0-9]{1,9}", re.ASCII)

_WRITES = "--update-baseline writes one"
_AGAIN = "take it as it was from version control, or remove it: --update-baseline writes one"


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
                "measures": {name: _rounded(value) for name, value in record.values.items()},
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
            raise _refused(path, f"it is larger than {_MAX_BYTES} bytes", _AGAIN)
        return Baseline(path, _records(json.loads(data)))
    except FileNotFoundError:
        if may_be_missing:
            return Baseline(path)
        raise _refused(path, "there is no such file", _WRITES) from None
    except OSError as error:
        raise _refused(path, error.strerror or str(error), _AGAIN) from None
    except json.JSONDecodeError as error:
        reason = f"it is no JSON: {error.msg}"
        if b"\n<<<<<<< " in data:
            reason += "; it has marks of a merge"
        raise _refused(path, reason, _AGAIN, line=error.lineno, column=error.colno) from None
    except UnicodeDecodeError:
        raise _refused(path, "it is not UTF-8 text", _AGAIN) from None
    except (ValueError, RecursionError) as error:
        raise _refused(path, f"it is no JSON: {error}", _AGAIN) from None
    except _OtherFormError as error:
        where = f" at {error.at}" if error.at else ""
        raise _refused(
            path, f"it has another form{where}", _AGAIN, have=error.have, need=error.need
        ) from None


class _OtherFormError(Exception):
    """What stands at some keys is not what belongs there."""

    def __init__(self, keys: Sequence[str], have: object, need: str) -> None:
        super().__init__()
        self.at = ".".join(keys)
        self.have = _short(have)
        self.need = need


def _short(value: object) -> str:
    match value:
        case dict():
            return "a table"
        case list():
            return "a list"
        case None:
            return "nothing"
        case _:
            return repr(value)[:100]


def _records(content: Any) -> dict[tuple[str, str], Record]:
    version = _at(content, (), "somac_baseline")
    if version != _VERSION:
        raise _OtherFormError(("somac_baseline",), version, f"{_VERSION}, as this somac writes it")
    records = {}
    for model, targets in _table(_at(content, (), "models"), ("models",)).items():
        for target in _table(targets, ("models", model)):
            at = ("models", model, target)
            record = targets[target]
            measures = _table(_at(record, at, "measures"), (*at, "measures"))
            homes = _table(_at(record, at, "populations"), (*at, "populations"))
            records[model, target] = Record(
                {name: _number(v, (*at, "measures", name)) for name, v in measures.items()},
                {name: _home(v, (*at, "populations", name)) for name, v in homes.items()},
            )
    return records


def _table(value: Any, at: Sequence[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _OtherFormError(at, value, "a table")
    return value


def _at(table: Any, at: Sequence[str], key: str) -> Any:
    return _table(table, at).get(key)


def _number(value: Any, at: Sequence[str]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _OtherFormError(at, value, "a number")
    return value


def _home(value: Any, at: Sequence[str]) -> Home:
    cells, cores = _at(value, at, "cells"), _at(value, at, "cores")
    if isinstance(cells, bool) or not isinstance(cells, int):
        raise _OtherFormError((*at, "cells"), cells, "a count")
    if not isinstance(cores, str) or not all(_CORE.fullmatch(core) for core in cores.split()):
        raise _OtherFormError((*at, "cores"), cores, "numbers of cores as text")
    return Home(cells, tuple(map(int, cores.split())))


def _rounded(value: float) -> float:
    return value if isinstance(value, int) else float(f"{value:.{_DIGITS}g}")


def _refused(
    path: Path,
    reason: str,
    hint: str,
    *,
    line: int | None = None,
    column: int | None = None,
    have: str | None = None,
    need: str | None = None,
) -> SomacError:
    return SomacError(
        "E0887",
        f"{path} cannot be read as a baseline: {reason}",
        place=Place(str(path), line, column),
        have=have,
        need=need,
        hint=hint,
    )
