"""What an engine is made of, in numbers that its area follows from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from somac.backends.fpga.emit.design import Engine, Link, Section

__all__ = ["Store", "features", "multipliers", "stores"]


@dataclass(frozen=True, slots=True)
class Store:
    """Memories of one shape: words, bits of a word, how many, and whether they are written."""

    words: int
    bits: int
    count: int
    written: bool


def features(engine: Engine) -> Mapping[str, float]:
    """Numbers by name; all that logic grows with.

    ``engine`` counts one; ``link`` links; ``scanned`` cells that a word of sources has at most;
    ``value`` bits of these cells' values; ``address`` bits of addresses; ``added`` bits of
    accumulators; ``weighed`` bits of weights that are read at once; ``updated`` bits that updates
    compute, and ``kept`` bits that their pipelines keep.
    """
    lanes = engine.lanes
    factors = engine.width if engine.whole else 1
    return {
        "engine": 1,
        "link": len(engine.links),
        "scanned": 0 if engine.whole else engine.width,
        "value": engine.width * engine.value_bits if engine.graded else 0,
        "address": engine.address_bits,
        "added": lanes * engine.ports * engine.sum_bits,
        "weighed": lanes * factors * engine.weight_bits,
        "updated": engine.updaters * sum(s.size.logic for s in engine.sections),
        "kept": engine.updaters * sum(s.size.registers for s in engine.sections),
    }


def stores(engine: Engine) -> tuple[Store, ...]:
    """Every memory of an engine, its links and its updates."""
    return tuple(_stores(engine))


def _stores(engine: Engine) -> Iterator[Store]:
    lanes, depths = engine.lanes, engine.depths
    factors = engine.width if engine.whole else 1
    if "dense" in depths:
        yield Store(depths["dense"], lanes * factors * engine.weight_bits, 1, written=False)
    if "sparse" in depths:
        entry = engine.weight_bits + engine.index_bits + engine.delay_bits
        yield Store(depths["sparse"], lanes * entry, 1, written=False)
        yield Store(depths["pointers"], 2 * engine.address_bits, 1, written=False)
    yield Store(engine.accumulators, engine.sum_bits, lanes * engine.ports, written=True)
    for link in engine.links:
        yield _buffer(link)
    for section in engine.sections:
        yield from _of_section(section)


def _buffer(link: Link) -> Store:
    sender = link.sender
    return Store(sender.words * link.slots, sender.width * (sender.bits + 1), 1, written=True)


def _of_section(section: Section) -> Iterator[Store]:
    width, words = section.sender.width, section.updates
    if section.states:
        yield Store(words, width * section.state_bits, 1, written=True)
    if "initial" in section.memories:
        yield Store(words, width * section.state_bits, 1, written=False)
    if section.parameter_bits:
        yield Store(words, width * sum(section.parameter_bits.values()), 1, written=False)
    for entries, bits in section.size.tables:
        yield Store(entries, bits, width, written=False)


def multipliers(engine: Engine) -> tuple[tuple[int, int, int], ...]:
    """Bits of both factors, and how many, of the products that an engine forms at once."""
    lanes = engine.lanes
    found = [(a, b, engine.updaters) for s in engine.sections for a, b in s.size.products]
    if engine.graded:
        factors = engine.width if engine.whole else 1
        found.append((engine.weight_bits, engine.value_bits, lanes * factors))
    return tuple(found)
