"""From features to units of the pools of a part."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from somac.backends.fpga.area.features import Store, features, multipliers, stores
from somac.backends.fpga.emit.design import Engine
from somac.ir.target import Memory, Part

__all__ = ["engine_area"]

_LUT = {
    "engine": 150.0,
    "link": 40.0,
    "scanned": 8.0,
    "value": 1.0,
    "address": 8.0,
    "added": 3.0,
    "weighed": 0.5,
    "updated": 1.3,
    "kept": 0.0,
}
_FF = {
    "engine": 60.0,
    "link": 20.0,
    "scanned": 2.0,
    "value": 2.0,
    "address": 5.0,
    "added": 3.0,
    "weighed": 1.0,
    "updated": 0.0,
    "kept": 1.0,
}
_SMALL_WORDS = 32
"""Memories of no more words are made of look-up tables."""


def engine_area(engine: Engine, part: Part) -> Mapping[str, int]:
    """Estimated units of each pool: ``lut``, ``ff``, and kinds of memories and multipliers."""
    found = features(engine)
    area = {
        "lut": sum(_LUT[name] * value for name, value in found.items()),
        "ff": sum(_FF[name] * value for name, value in found.items()),
    }
    for store in stores(engine):
        for pool, units in _memory(store, part).items():
            area[pool] = area.get(pool, 0) + units
    for pool, multiplier in part.multipliers.items():
        area[pool] = sum(
            count
            * min(
                _limbs(a, multiplier.a_bits) * _limbs(b, multiplier.b_bits),
                _limbs(b, multiplier.a_bits) * _limbs(a, multiplier.b_bits),
            )
            for a, b, count in multipliers(engine)
        )
        break
    return {pool: ceil(units) for pool, units in area.items()}


def _limbs(bits: int, width: int) -> int:
    """Pieces of a factor that a multiplier takes, one bit of which is the sign."""
    return max(1, -(-(bits - 1) // (width - 1)))


def _memory(store: Store, part: Part) -> dict[str, float]:
    """Blocks of the part, or the look-up tables that stand for them."""
    if store.words <= 2:
        kept = store.words * store.bits * store.count
        return {"ff": kept, "lut": kept / 2} if store.written else {"lut": kept / 4}
    small = part.memories.get("lutram")
    if store.words <= _SMALL_WORDS:
        if not store.written:
            return {"lut": store.count * store.bits * max(1, store.words / 2**part.lut_inputs)}
        if small is not None:
            blocks = store.count * _blocks(store, small)
            return {"lutram": blocks, "lut": 8.0 * blocks if part.lut_inputs == 4 else blocks}
    return {"bram": store.count * _blocks(store, part.memories["bram"])}


def _blocks(store: Store, memory: Memory) -> int:
    return min(
        ceil(store.bits / width) * ceil(store.words / (memory.bits // width))
        for width in memory.widths
    )
