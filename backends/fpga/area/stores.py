"""The memories of a design, by their shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from somac.backends.fpga.emit.design import Design, Engine, Reader, Section

__all__ = ["Store", "design_stores", "engine_stores"]


@dataclass(frozen=True, slots=True)
class Store:
    """Memories of one shape: words, bits of a word, how many, and whether they are written."""

    words: int
    bits: int
    count: int
    written: bool


def engine_stores(engine: Engine) -> tuple[Store, ...]:
    """Every memory of an engine, its links and its updates."""
    return tuple(_of_engine(engine))


def design_stores(design: Design) -> tuple[Store, ...]:
    """Those of all engines, and the buffers of outputs."""
    return (
        *(store for engine in design.engines for store in _of_engine(engine)),
        *(_buffer(sink.reader) for sink in design.outputs),
    )


def _of_engine(engine: Engine) -> Iterator[Store]:
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


def _buffer(reader: Reader) -> Store:
    sender = reader.sender
    return Store(sender.words * reader.slots, sender.width * (sender.bits + 1), 1, written=True)


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
    for kept, bits in section.size.lines:
        yield Store(kept, bits, width, written=True)
