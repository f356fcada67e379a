"""What the backend's account and the cost model say of two bundles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from somac.compiler.checks.kinds import MORE_IS_BETTER
from somac.compiler.diff.placement import traffic
from somac.compiler.diff.records import Records
from somac.compiler.diff.values import Change, Scalar, changes, joined
from somac.compiler.record.target import TargetRecord
from somac.ir.program import Program

__all__ = ["AccountDiff", "Cost", "accounts"]

_REPORT, _COSTS = "report.json", "costs.json"


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
    costs
        Amounts by case.
    """

    figures: tuple[Change, ...] = ()
    placement: tuple[Change, ...] = ()
    routing: tuple[Change, ...] = ()
    totals: tuple[Change, ...] = ()
    memory: tuple[Change, ...] = ()
    costs: tuple[Cost, ...] = ()


def accounts(a: Program, b: Program, sides: tuple[Records, Records]) -> AccountDiff:
    """Compare what both say; what is not understood is not compared here, but with the files.

    `sides` are what is recorded of every bundle, as far as it could be read.
    """
    left, right = _mapping(_json(a, _REPORT)), _mapping(_json(b, _REPORT))
    return AccountDiff(
        changes(_figures(a, sides[0].target), _figures(b, sides[1].target)),
        changes(_scalars(left.get("placement")), _scalars(right.get("placement"))),
        (
            *changes(_tables(left), _tables(right), "entries"),
            *changes(traffic(sides[0].mapping), traffic(sides[1].mapping)),
        ),
        changes(_scalars(left.get("total")), _scalars(right.get("total"))),
        changes(_cores(left), _cores(right), "bytes"),
        tuple(_costs(_mapping(left.get("costs")), _mapping(right.get("costs")))),
    )


def _json(program: Program, name: str) -> Any:
    return program.json(name) if name in program.files else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [_mapping(item) for item in value] if isinstance(value, list) else []


def _scalars(value: Any) -> dict[str, Scalar]:
    found = _mapping(value).items()
    return {name: v for name, v in found if isinstance(v, bool | int | float | str)}


def _figures(program: Program, record: TargetRecord | None) -> dict[str, Scalar]:
    """Figures with unit and status, as texts, since each of these may change; then sources."""
    found: dict[str, Scalar] = {}
    if record is not None:
        found = {r.name: _figure(r.value, r.unit, r.status) for r in record.figures}
        return found | {f"{r.name}.source": record.sources[r.source] for r in record.figures}
    for name, figure in _mapping(_mapping(_json(program, _COSTS)).get("figures")).items():
        known = _mapping(figure)
        found[name] = _figure(known.get("value"), known.get("unit"), known.get("status"))
    return found


def _figure(value: object, unit: object, status: object) -> str:
    return f"{value} {unit} ({status})"


def _tables(report: Mapping[str, Any]) -> dict[str, Scalar]:
    tables = _list(report.get("routing_tables"))
    by_chip = {
        f"chip {t.get('chip')}": t["entries"] for t in tables if isinstance(t.get("entries"), int)
    }
    found: dict[str, Scalar] = {}
    if by_chip:
        found = {"longest": max(by_chip.values()), "in all": sum(by_chip.values())}
    return {**found, **by_chip}


def _cores(report: Mapping[str, Any]) -> dict[str, Scalar]:
    return {
        str(core["core"]): core["bytes"]
        for core in _list(report.get("cores"))
        if "core" in core and isinstance(core.get("bytes"), int)
    }


def _costs(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Cost]:
    found = []
    for case in joined(a, b):
        left, right = (_mapping(_mapping(side.get(case)).get("amounts")) for side in (a, b))
        for name in joined(left, right):
            x, y = _mapping(left.get(name)), _mapping(right.get(name))
            either = x or y
            cost = Cost(
                case,
                name,
                str(either.get("title", "")),
                str(either.get("unit", "")),
                _number(x.get("value")),
                _number(y.get("value")),
            )
            if cost.a != cost.b:
                found.append(cost)
    return found


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
