"""Everything in a network that an FPGA target cannot do, found before any work."""

from __future__ import annotations

from collections.abc import Iterator

from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork
from somac.ir.target import Target

__all__ = ["check_network"]


def check_network(network: IntegerNetwork, target: Target) -> Iterator[Diagnostic]:
    """Problems of populations and of projections, in their order."""
    can = target.capabilities
    for p in network.populations:
        missing = sorted(p.datapath.operations - can.operations)
        if missing:
            yield Diagnostic(
                "E0652",
                f"population {p.name}: {p.datapath.name} needs {', '.join(missing)}",
                Place(node=p.name),
                have=", ".join(sorted(can.operations)),
                need=", ".join(missing),
            )
    for projection in network.projections:
        if projection.plasticity is not None:
            yield Diagnostic(
                "E0662",
                f"projection {projection.name} learns, which engines of an FPGA cannot",
                Place(node=projection.name),
                hint="compile for a many-core target, or without the rule",
            )
