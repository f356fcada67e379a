"""Every part has a core of its own, and every slice is on that of a part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from somac.ir.errors import Diagnostic, Place
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.target import Topology

__all__ = ["check_parts", "cores_of_parts"]


def check_parts(mapping: PlacedMapping, topology: Topology) -> Iterator[Diagnostic]:
    """E0831: parts on cores that are not there, reserved, dead or taken; slices on no part."""
    first: dict[int, int] = {}
    for part, core in enumerate(mapping.parts):
        if not 0 <= core < topology.cores:
            yield Diagnostic("E0831", f"part {part} is on core {core}, which does not exist")
            continue
        name = topology.core_name(core)
        if not topology.core_usable[core]:
            yield Diagnostic("E0831", f"part {part} is on {name}, which is reserved or dead")
        if first.setdefault(core, part) != part:
            yield Diagnostic("E0831", f"part {part} is on {name}, as is part {first[core]}")
    for one in mapping.slices:
        if one.core is not None and one.core not in first:
            message = f"{one} is on core {one.core}, which has no part"
            yield Diagnostic("E0831", message, Place(node=one.population))


def cores_of_parts(
    mapping: PlacedMapping, on_parts: Mapping[int, Sequence[int]]
) -> dict[int, list[int]]:
    """Cores that must receive, ascending, by the slice that sends."""
    return {
        source: sorted(mapping.parts[part] for part in parts)
        for source, parts in on_parts.items()
        if parts
    }
