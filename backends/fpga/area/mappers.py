"""What memories and products become, by the costs with which yosys 0.70 chooses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from somac.backends.fpga.area.stores import Store
from somac.ir.target import Memory, Part

__all__ = ["Mapped", "map_product", "map_store"]

Mapped = Mapping[str, float]
"""Units of pools, and features of logic: see `map_store` and `map_product`."""

_ROM_BITS = 16
"""Bits of logic that is only read which cost as much as one that is written."""

_JOIN = 0.5
"""Cost per bit of choosing among blocks that are one above the other."""


@dataclass(frozen=True, slots=True)
class _Mapper:
    """Costs of a family, in bits of flip-flops.

    Parameters
    ----------
    block
        Of a block RAM.
    small
        Shapes, words and bits, of distributed RAM, the cost of one, the units of the pool
        ``lutram`` and the look-up tables that it takes; there may be none.
    least
        Bits of the smallest product for which a multiplier is taken.
    """

    block: int
    small: tuple[tuple[int, int], ...]
    small_cost: float
    small_units: int
    small_luts: int
    least: int


_NEVER = 1 << 30
_XILINX = _Mapper(129, ((32, 14), (64, 7)), 16.0, 8, 8, 9)

_MAPPERS: Mapping[str, _Mapper] = {
    "ecp5": _Mapper(128, ((16, 4),), 4.0, 1, 6, 9),
    # all products are logic: see `somac.backends.fpga.synthesis.flows`
    "ice40": _Mapper(64, (), 0.0, 0, 0, _NEVER),
    "xcu": _XILINX,
    "xcup": _XILINX,
}


def map_store(store: Store, part: Part) -> Mapped:
    """What memories of a shape take.

    Returns
    -------
    Pools ``bram``, ``lutram``, ``ff`` and ``lut``; ``read`` counts bits of words that are logic,
    over the entries that one look-up table has, ``registers`` bits of words in flip-flops, and
    ``muxed`` bits chosen among blocks.
    """
    mapper = _MAPPERS[part.family]
    if store.words == 1:
        bits = store.bits * store.count
        return {"ff": 2 * bits} if store.written else {}
    options = [_logic(store, part), *_distributed(store, mapper), *_blocks(store, mapper, part)]
    _, chosen = min(options, key=lambda option: option[0])
    return {name: units * store.count for name, units in chosen.items()}


def _logic(store: Store, part: Part) -> tuple[float, Mapped]:
    total = store.words * store.bits
    if store.written:
        return total, {"ff": total + store.bits, "registers": total}
    luts = store.bits * max(1.0, store.words / 2**part.lut_inputs)
    return total / _ROM_BITS, {"ff": store.bits, "read": luts}


def _distributed(store: Store, mapper: _Mapper) -> Iterator[tuple[float, Mapped]]:
    if not store.written:
        return
    for words, bits in mapper.small:
        deep = ceil(store.words / words)
        units = deep * ceil(store.bits / bits)
        muxed = (deep - 1) * store.bits
        # the last of the blocks beside each other costs as much as is used of it
        cost = deep * mapper.small_cost * store.bits / bits + _JOIN * muxed
        yield (
            cost,
            {
                "lutram": units * mapper.small_units,
                "lut": units * mapper.small_luts,
                "ff": store.bits,
                "muxed": muxed,
            },
        )


def _blocks(store: Store, mapper: _Mapper, part: Part) -> Iterator[tuple[float, Mapped]]:
    memory: Memory = part.memories["bram"]
    for width in memory.widths:
        deep = ceil(store.words / (memory.bits // width))
        blocks = deep * ceil(store.bits / width)
        muxed = (deep - 1) * store.bits
        yield blocks * mapper.block + _JOIN * muxed, {"bram": blocks, "muxed": muxed}


def map_product(a: int, b: int, count: int, part: Part) -> Mapped:
    """What products of factors of so many bits take: multipliers, or ``multiplied`` bits."""
    least = _MAPPERS[part.family].least
    pairs = [(a, b)]
    pools = list(part.multipliers)
    for multiplier in part.multipliers.values():
        wide, narrow = sorted((a, b), reverse=True)
        pairs = [
            (x, y)
            for x in _pieces(wide, multiplier.a_bits)
            for y in _pieces(narrow, multiplier.b_bits)
        ]
        break
    large = [x + y >= least and min(x, y) > 1 for x, y in pairs] if pools else [False]
    logic = sum(x * y for (x, y), one in zip(pairs, large, strict=True) if not one)
    found: dict[str, float] = {"multiplied": logic * count}
    if any(large):
        found[pools[0]] = sum(large) * count
    return found


def _pieces(bits: int, width: int) -> list[int]:
    """Widths of the pieces of a factor that a multiplier takes, one bit of each is a sign."""
    whole = max(0, bits - 2) // (width - 1)
    return [*([width] * whole), bits - whole * (width - 1)]
