"""A part, its kit and its engines to `somac.ir.target.Part` and a `Topology` without ways."""

from __future__ import annotations

from collections import Counter

import numpy as np

from somac.compiler.targets.schema import Family, Kit, Part
from somac.compiler.targets.topology import PlanError
from somac.ir.target import Memory, Multiplier, Topology
from somac.ir.target import Part as Device

__all__ = ["device_of", "sites_of"]

_OWN_POOLS = ("lut", "ff", "pll")


def device_of(part: Part, family: Family, kit: Kit) -> Device:
    """What circuits are made of.

    Raises
    ------
    PlanError
        If two pools have one name, or words are wider than their block.
    """
    names = Counter((*_OWN_POOLS, *part.memories, *part.multipliers))
    for table in ("memories", "multipliers"):
        for name in getattr(part, table):
            if names[name] > 1:
                raise PlanError((table, name), f"two pools of the part are called {name!r}")
    for name, memory in part.memories.items():
        widths = memory.widths.value
        if list(widths) != sorted(set(widths)):
            raise PlanError(("memories", name, "widths"), "the widths do not ascend")
        if widths[-1] > memory.block_bits.value:
            raise PlanError(
                ("memories", name, "widths"),
                f"a word of {widths[-1]} bits is wider than a block of {memory.block_bits.value}",
            )
    return Device(
        family=part.family.value,
        device=part.device.value,
        package=part.package.value,
        speed=part.speed.value,
        luts=part.luts.value,
        lut_inputs=part.lut_inputs.value,
        flip_flops=part.flip_flops.value,
        plls=part.plls.value,
        memories={
            name: Memory(m.blocks.value, m.block_bits.value, m.widths.value)
            for name, m in part.memories.items()
        },
        multipliers={
            name: Multiplier(m.multipliers.value, m.a_bits.value, m.b_bits.value)
            for name, m in part.multipliers.items()
        },
        clock_mhz=float(kit.clock_mhz.value),
        pins={port: pin.value for port, pin in kit.pins.items()},
        figures={
            key: float(number.value) for key, number in {**family.figures, **part.figures}.items()
        },
    )


def sites_of(engines: int) -> Topology:
    """So many engines on one node: wires lead from each to each, and none is nearer."""
    one = np.zeros(1, dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    return Topology(
        node_position=np.zeros((1, 2), dtype=np.int64),
        node_chip=one,
        core_node=np.zeros(engines, dtype=np.int64),
        core_local=np.arange(engines, dtype=np.int64),
        core_usable=np.ones(engines, dtype=np.bool_),
        link_source=none,
        link_target=none,
        link_cost=none,
        chip_position=np.zeros((1, 2), dtype=np.int64),
        chip_router=one,
        host_node=0,
    )
