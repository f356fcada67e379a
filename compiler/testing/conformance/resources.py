"""Resources: what slices are said to take, and what the program is said to have taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from somac.backends.api import Account, ResourceModel
from somac.compiler.pipeline import CompiledInteger
from somac.compiler.testing.conformance.subject import Subject, coded

__all__ = ["check_capacity", "check_demand"]


def check_demand(subject: Subject, made: CompiledInteger) -> None:
    """Demands are whole numbers of resources that the target has, never less for more cells."""
    with coded(f"asking what slices of {made.golden.name} take"):
        model = subject.backend.resources(made.golden, subject.target, subject.guidance)
        for p in made.golden.populations:
            _check_population(subject, model, p.name, p.size)


def check_capacity(subject: Subject, made: CompiledInteger) -> None:
    """No core is given more than it has."""
    capacity = subject.target.resources
    taken: dict[int, Counter[str]] = {}
    for index, part in enumerate(made.mapping.slices):
        if part.core is not None:
            taken.setdefault(part.core, Counter()).update(made.mapping.demand.get(index, {}))
    for core, sums in taken.items():
        over = {name: n for name, n in sums.items() if n > capacity.get(name, 0)}
        assert not over, (
            f"{subject.target.topology.core_name(core)} is given {over} and has {dict(capacity)}"
        )
    _check_account(subject, made, taken)


def _check_account(
    subject: Subject, made: CompiledInteger, taken: Mapping[int, Mapping[str, int]]
) -> None:
    """What the program is said to have taken is within what there is, and what was asked for."""
    account = Account.of(made.program)
    for core in account.memory:
        assert (core.free_bytes or 0) >= 0, f"{core.core} has {core.free_bytes} bytes free"
        parts = sum(core.regions.values())
        assert parts in (0, core.bytes), f"{core.core}: {parts} bytes of {core.bytes} in regions"
    most, capacity = account.largest_core_bytes, account.capacity_bytes
    assert most is None or capacity is None or most <= capacity, (
        f"the fullest core has {most} bytes in use, of {capacity}"
    )
    named = {subject.target.topology.core_name(core): sums for core, sums in taken.items()}
    for core in account.memory:
        asked = named.get(core.core, {}).get("bytes")
        assert asked is None or core.bytes <= asked, (
            f"{core.core} has {core.bytes} bytes in use, and demand said {asked}: resources are "
            "understated"
        )
    for table in account.routing_tables:
        assert table.capacity is None or table.entries <= table.capacity, (
            f"{table.entries} entries in the table of chip {table.chip}, of {table.capacity}"
        )


def _check_population(subject: Subject, model: ResourceModel, name: str, size: int) -> None:
    capacity = subject.target.resources
    stops = sorted({1, 2, size // 2, size - 1, size} & set(range(1, size + 1)))
    ranges = [(0, stop) for stop in stops] + [(size - stop, size) for stop in stops]
    asked = {pair: model.demand(name, *pair) for pair in ranges}
    for (start, stop), demand in asked.items():
        what = f"demand({name!r}, {start}, {stop})"
        strange = sorted(demand.keys() - capacity.keys())
        assert not strange, f"{what} has {strange}; the target has {sorted(capacity)}"
        odd = {n: v for n, v in demand.items() if int(v) != v or v < 0}
        assert not odd, f"{what} is {odd}, which are no whole numbers from 0"
        assert model.demand(name, start, stop) == demand, f"{what} differs when asked again"
        for (first, last), more in asked.items():
            if first <= start and stop <= last:
                less = _less(more, demand)
                assert not less, (
                    f"demand({name!r}, {first}, {last}) is less than {what}, "
                    f"which is a part of it: {less}"
                )


def _less(more: Mapping[str, int], fewer: Mapping[str, int]) -> dict[str, str]:
    return {
        name: f"{more.get(name, 0)} of {fewer[name]}"
        for name in fewer
        if more.get(name, 0) < fewer[name]
    }
