"""What is recorded of every bundle, as far as one has it and it can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from somac.backends.api import Account, Costs
from somac.compiler.costs import stored_costs
from somac.compiler.record.mapping import MappingRecord, mapping_from
from somac.compiler.record.target import TargetRecord, target_from
from somac.ir.errors import Diagnostic, Place, Severity, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program
from somac.ir.serial import GOLDEN, integer_from_files

__all__ = ["Records", "records"]

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Records:
    """The golden network, the mapping, the target, the backend's account, and costs by case.

    None or empty for what there is not.
    """

    golden: IntegerNetwork | None
    mapping: MappingRecord | None
    target: TargetRecord | None
    account: Account
    costs: Mapping[str, Costs]


def records(program: Program, name: str) -> tuple[Records, tuple[Diagnostic, ...]]:
    """Those of a bundle of that name, and a warning for each that cannot be read."""
    notes: list[Diagnostic] = []

    def attempt(read: Callable[[Program], _Read | None]) -> _Read | None:
        try:
            return read(program)
        except SomacError as error:
            for d in error.diagnostics:
                file = f"{name}/{d.place.file}" if d.place.file else name
                place = Place(file=file, node=d.place.node)
                notes.append(replace(d, place=place, severity=Severity.WARNING))
            return None

    golden = attempt(lambda p: integer_from_files(p.files, GOLDEN))
    found = Records(
        golden,
        attempt(mapping_from),
        attempt(target_from),
        account := attempt(Account.of) or Account(),
        {} if account == Account() else attempt(stored_costs) or {},
    )
    return found, tuple(notes)
