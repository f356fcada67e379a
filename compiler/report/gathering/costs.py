"""Time, energy and area: what the compile left, and what a run cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from somac.backends.api import Costs, Table
from somac.compiler.record.target import TargetRecord
from somac.compiler.report.data import Area, Case, Energy, Event, Pool, Quantity

__all__ = ["area_of", "energy_of"]


def energy_of(cases: Mapping[str, Costs]) -> Energy | None:
    """All cases; None without any."""
    if not cases:
        return None
    labels = max((costs.places or _numbered(costs) for costs in cases.values()), key=len)
    return Energy(tuple(_case(name, costs) for name, costs in cases.items()), labels)


def _numbered(costs: Costs) -> tuple[str, ...]:
    """Names of places of a backend that gives none."""
    most = max((len(share) for share in (costs.cycles, *costs.shares.values())), default=0)
    return tuple(f"core {number}" for number in range(most))


def _case(name: str, costs: Costs) -> Case:
    return Case(
        name,
        tuple(
            Quantity(key, a.title, float(a.value), a.unit, a.status, a.of, a.parts)
            for key, a in costs.amounts.items()
        ),
        tuple(Event(e.name, e.title, e.total, e.busiest, e.price) for e in costs.events),
        costs.busiest,
        np.array(costs.cycles, np.float64),
        {key: np.array(share, np.float64) for key, share in costs.shares.items()},
    )


def area_of(
    target: TargetRecord, cases: Mapping[str, Costs], folding: Sequence[Table]
) -> Area | None:
    """What a circuit takes of the elements of its part: amounts that are counted in them."""
    costs = next(iter(cases.values()), None)
    if not target.pools or costs is None:
        return None
    figures = target.named()
    taken = {a.unit: a for a in costs.amounts.values()}
    pools = tuple(
        Pool(
            pool.name,
            float(taken[pool.name].value),
            pool.have,
            taken[pool.name].status,
            "" if pool.figure is None else figures[pool.figure].source,
        )
        for pool in target.pools
        if pool.name in taken
    )
    return Area(pools, tuple(folding)) if pools else None
