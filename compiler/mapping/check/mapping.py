"""All checks of a mapping, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from somac.compiler.mapping.check.circles import check_circles
from somac.compiler.mapping.check.parts import check_parts, cores_of_parts
from somac.compiler.mapping.check.routes import check_routes, cores_of_slices
from somac.compiler.mapping.check.slices import check_slices
from somac.compiler.mapping.check.tables import check_keys, check_tables
from somac.ir.errors import Diagnostic
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.target import Topology

__all__ = ["Hardware", "check_mapping"]


@dataclass(frozen=True, slots=True, eq=False)
class Hardware:
    """What a mapping must respect: cores and links, what a core has, entries of a table."""

    topology: Topology
    capacity: Mapping[str, int]
    router_entries: int


def check_mapping(
    mapping: PlacedMapping,
    hardware: Hardware,
    hears: Mapping[int, Sequence[int]],
    *,
    shared_cores: bool = False,
    deadlock_free: bool = True,
    surplus: bool = False,
    on_parts: Mapping[int, Sequence[int]] | None = None,
) -> Iterator[Diagnostic]:
    """Everything that is wrong with a mapping: nothing, if it is right.

    Tables are checked only where routes are right, since they are held against them.

    Parameters
    ----------
    mapping
        What is checked.
    hardware
        What it is mapped to.
    hears
        Slices that must receive the packets of a slice, by the slice that sends.
    shared_cores
        Whether several slices may be on one core.
    deadlock_free
        Whether routes must be such that packets never wait for each other in a circle.
    surplus
        Whether packets may reach cores where nobody hears them, as they do where slices of
        one core share a tree.
    on_parts
        Parts that must receive the packets of a slice, by the slice that sends: in place of
        `hears` where a backend says what shares a core.
    """
    topology = hardware.topology
    parted = on_parts is not None
    misplaced = [
        *check_slices(mapping, topology, hardware.capacity, shared_cores or parted),
        *(check_parts(mapping, topology) if parted else ()),
    ]
    yield from misplaced
    if misplaced:
        return
    yield from check_keys(mapping)
    if on_parts is None:
        wanted = cores_of_slices(mapping, hears)
    else:
        wanted = cores_of_parts(mapping, on_parts)
    wrong = list(check_routes(mapping, topology, wanted, surplus))
    yield from wrong
    if wrong:
        return
    if deadlock_free:
        yield from check_circles(mapping, topology)
    yield from check_tables(mapping, topology, hardware.router_entries)
