"""Every slice is on a core that may be used and has what the slice takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from somac.ir.errors import Diagnostic, Place
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import Slice
from somac.ir.target import Topology

__all__ = ["check_slices"]


def check_slices(
    mapping: PlacedMapping, topology: Topology, capacity: Mapping[str, int], shared_cores: bool
) -> Iterator[Diagnostic]:
    """E0831: cores that are not there, reserved, dead or taken; E0809: more than a core has."""
    on: dict[int, list[int]] = {}
    for index, part in enumerate(mapping.slices):
        if part.core is None:
            continue
        if not 0 <= part.core < topology.cores:
            yield _misplaced(part, f"is on core {part.core}, which does not exist")
            continue
        if not topology.core_usable[part.core]:
            yield _misplaced(
                part, f"is on {topology.core_name(part.core)}, which is reserved or dead"
            )
        elif part.core in on and not shared_cores:
            other = mapping.slices[on[part.core][0]]
            yield _misplaced(part, f"is on {topology.core_name(part.core)}, as is {other}")
        on.setdefault(part.core, []).append(index)
    for core, parts in sorted(on.items()):
        taken: Counter[str] = Counter()
        for index in parts:
            taken.update(mapping.demand.get(index, {}))
        for resource, amount in sorted(taken.items()):
            has = capacity.get(resource, 0)
            if amount > has:
                yield Diagnostic(
                    "E0809",
                    f"{topology.core_name(core)} has {has} {resource}, "
                    f"and what is on it takes {amount}",
                    Place(node=mapping.slices[parts[0]].population),
                )


def _misplaced(part: Slice, what: str) -> Diagnostic:
    return Diagnostic("E0831", f"{part} {what}", Place(node=part.population))
