"""What the backend's account and the cost model say of two bundles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from somac.backends.api import Account, Costs
from somac.compiler.checks.kinds import MORE_IS_BETTER
from somac.compiler.diff.placement import traffic
from somac.compiler.diff.records import Records
from somac.compiler.diff.values import Change, Scalar, changes, joined
from somac.compiler.record.target import TargetRecord
from somac.ir.program import Program

__all__ = ["FULLEST", "AccountDiff", "Cost", "accounts"]

_COSTS = "costs.json"

FULLEST = "largest_core_bytes"
"""Name among the totals of the memory of the fullest core."""


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount of the cost model in a case; None on the side that does not have it.

    `title` is empty of amounts that summaries leave out; `worse` says whether B takes more, or
    gives less where more is better; None where one side is missing.
    """

    case: str
    name: str
    title: str
    unit: str
    a: float | None
    b: float | None

    @property
    def change(self) -> Change:
        """The same as any other value."""
        return Change(self.title or self.name, self.a, self.b, self.unit)

    @property
    def worse(self) -> bool | None:
        """Whether a reviewer should mind."""
        if self.a is None or self.b is None:
            return None
        return self.b < self.a if self.unit in MORE_IS_BETTER else self.b > self.a


@dataclass(frozen=True, slots=True)
class AccountDiff:
    """What differs.

    Parameters
    ----------
    figures
        Of the target, by name: what costs are computed from.
    placement
        Cost, bound and gap, and by which solver.
    routing
        Entries of routing tables, in all and by chip, and what goes over links.
    totals
        Of the whole program, by name.
    memory
        Bytes by core.
    remarks
        Sentences of the backend, and cells of tables of its own.
    costs
        Amounts by case.
    """

    figures: tuple[Change, ...] = ()
    placement: tuple[Change, ...] = ()
    routing: tuple[Change, ...] = ()
    totals: tuple[Change, ...] = ()
    memory: tuple[Change, ...] = ()
    remarks: tuple[Change, ...] = ()
    costs: tuple[Cost, ...] = ()


def accounts(a: Program, b: Program, sides: tuple[Records, Records]) -> AccountDiff:
    """Compare what both say; what is not understood is not compared here, but with the files.

    `sides` are what is recorded of every bundle, as far as it could be read.
    """
    one, two = sides
    left, right = one.account, two.account
    return AccountDiff(
        changes(_figures(a, one.target), _figures(b, two.target)),
        changes(_placement(left), _placement(right)),
        (
            *changes(_entries(left), _entries(right), "entries"),
            *changes(traffic(one.mapping), traffic(two.mapping)),
        ),
        changes(_totals(left), _totals(right)),
        changes(_cores(left), _cores(right), "bytes"),
        changes({**left.remarks, **_cells(left)}, {**right.remarks, **_cells(right)}),
        tuple(_costs(one.costs, two.costs)),
    )


def _totals(account: Account) -> dict[str, Scalar]:
    largest = account.largest_core_bytes
    return {**account.total, **({} if largest is None else {FULLEST: largest})}


def _placement(account: Account) -> dict[str, Scalar]:
    found = account.placement
    return {} if found is None else {f.name: getattr(found, f.name) for f in fields(found)}


def _entries(account: Account) -> dict[str, Scalar]:
    by_chip = {f"chip {t.chip}": t.entries for t in account.routing_tables}
    if not by_chip:
        return {}
    return {"longest": max(by_chip.values()), "in all": sum(by_chip.values()), **by_chip}


def _cores(account: Account) -> dict[str, Scalar]:
    return {core.core: core.bytes for core in account.memory}


def _cells(account: Account) -> dict[str, Scalar]:
    """Cells of the backend's own tables, by table, first cell of the row, and column."""
    return {
        f"{table.title or table.columns[0]} {row[0]}: {column}": cell
        for table in account.tables
        for row in table.rows
        for column, cell in zip(table.columns[1:], row[1:], strict=True)
    }


def _figures(program: Program, record: TargetRecord | None) -> dict[str, Scalar]:
    """Figures with unit and status, as texts, since each of these may change; then sources."""
    found: dict[str, Scalar] = {}
    if record is not None:
        found = {r.name: _figure(r.value, r.unit, r.status) for r in record.figures}
        return found | {f"{r.name}.source": record.sources[r.source] for r in record.figures}
    known = program.json(_COSTS) if _COSTS in program.files else None
    figures = known.get("figures") if isinstance(known, dict) else None
    for name, figure in figures.items() if isinstance(figures, dict) else ():
        if isinstance(figure, dict):
            found[name] = _figure(figure.get("value"), figure.get("unit"), figure.get("status"))
    return found


def _figure(value: object, unit: object, status: object) -> str:
    return f"{str(value).removesuffix('.0')} {unit} ({status})"


def _costs(a: Mapping[str, Costs], b: Mapping[str, Costs]) -> Iterator[Cost]:
    for case in joined(a, b):
        left, right = (side[case].amounts if case in side else {} for side in (a, b))
        for name in joined(left, right):
            x, y = left.get(name), right.get(name)
            known = x or y
            if known is None or (x is not None and y is not None and x.value == y.value):
                continue
            values = (None if amount is None else amount.value for amount in (x, y))
            yield Cost(case, name, known.title, known.unit, *values)
