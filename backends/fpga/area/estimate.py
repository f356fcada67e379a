"""From features, memories and products to units of the pools of a part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import ceil

from somac.backends.fpga.area.features import (
    FEATURES,
    edge_features,
    engine_features,
    products,
)
from somac.backends.fpga.area.mappers import Mapped, map_product, map_store
from somac.backends.fpga.area.stores import Store, design_stores, engine_stores
from somac.backends.fpga.emit.design import Design, Engine
from somac.ir.target import Part

__all__ = ["PRICED", "design_area", "design_counts", "engine_area", "priced"]

PRICED: Mapping[str, str] = {
    **FEATURES,
    "read": "bits of memories that are logic, over the entries of a look-up table",
    "registers": "bits of memories that are flip-flops",
    "muxed": "bits chosen among blocks of memory",
    "multiplied": "bits of products that are logic",
}
"""All that look-up tables and flip-flops are counted by.

What one takes is a figure of the part's family: ``NAME_luts`` and ``NAME_flip_flops``.
"""

_LOGIC = (("lut", "luts"), ("ff", "flip_flops"))


def engine_area(engine: Engine, part: Part) -> Mapping[str, int]:
    """Estimated units of each pool: ``lut``, ``ff``, and kinds of memories and multipliers."""
    return priced(_counts([engine], engine_stores(engine), [engine_features(engine)], part), part)


def design_area(design: Design, part: Part) -> Mapping[str, int]:
    """The same of everything: engines, streams, and the links that lead to outputs."""
    return priced(design_counts(design, part), part)


def design_counts(design: Design, part: Part) -> Mapped:
    """What a design counts of `PRICED`, and of pools."""
    features = [*(engine_features(e) for e in design.engines), edge_features(design)]
    return _counts(design.engines, design_stores(design), features, part)


def _counts(
    engines: Iterable[Engine],
    stores: Iterable[Store],
    features: Iterable[Mapped],
    part: Part,
) -> Mapped:
    total: Counter[str] = Counter()
    for found in (
        *features,
        *(map_store(store, part) for store in stores),
        *(map_product(*product, part) for e in engines for product in products(e)),
    ):
        total.update(found)
    return total


def priced(counts: Mapped, part: Part) -> Mapping[str, int]:
    """Units of pools, with what logic takes by the figures of the family."""
    area = {name: units for name, units in counts.items() if name not in PRICED}
    for pool, unit in _LOGIC:
        taken = (units * part.figures.get(f"{name}_{unit}", 0.0) for name, units in counts.items())
        area[pool] = area.get(pool, 0) + sum(taken)
    return {pool: ceil(units) for pool, units in sorted(area.items())}
