"""What an engine and the edge of a design are made of, in numbers that their logic grows with."""

from __future__ import annotations

from collections.abc import Mapping

from somac.backends.fpga.emit.bits import address_bits
from somac.backends.fpga.emit.design import Design, Engine, Reader

__all__ = ["FEATURES", "edge_features", "engine_features", "products"]

FEATURES: Mapping[str, str] = {
    "engine": "engines",
    "section": "sections",
    "buffer": "links to engines and outputs",
    "pointer": "bits of the addresses of these buffers",
    "scanned": "cells of a word that is scanned",
    "chosen": "bits of words among which an engine chooses its link, or a cell's value",
    "address": "bits of addresses of rows",
    "weighed": "bits of weights that are read at once",
    "listed": "bits of entries of sparse rows that are read at once",
    "factored": "bits of products",
    "rounded": "bits of rounded products",
    "joined": "bits that trees of adders add",
    "added": "bits of accumulators that are added to at once",
    "updated": "bits that updates compute",
    "kept": "bits that pipelines of updates keep",
    "stored": "bits of states and parameters that are read at once",
    "stream": "streams",
    "streamed": "bits of a beat",
}
"""What each number counts."""

Features = Mapping[str, float]


def engine_features(engine: Engine) -> Features:
    """Of `FEATURES`, those of an engine with its links."""
    lanes = engine.lanes
    factors = engine.width if engine.whole else 1
    products_bits = lanes * factors * (engine.weight_bits + engine.value_bits)
    word = engine.width * (1 + (engine.value_bits if engine.graded else 0))
    sparse = "sparse" in engine.depths
    entry = engine.weight_bits + engine.index_bits + engine.delay_bits
    return {
        "engine": 1,
        "section": len(engine.sections),
        "buffer": len(engine.links),
        "pointer": sum(_pointer(link) for link in engine.links),
        "scanned": 0 if engine.whole else engine.width,
        "chosen": max(0, len(engine.links) - 1) * word
        + (engine.width * engine.value_bits if engine.graded and not engine.whole else 0),
        "address": engine.address_bits,
        "weighed": lanes * factors * engine.weight_bits,
        "listed": lanes * entry if sparse else 0,
        "factored": products_bits if engine.graded else 0,
        "rounded": lanes * factors * len(engine.casts) * engine.sum_bits if engine.rounds else 0,
        "joined": lanes * (factors - 1) * engine.sum_bits,
        "added": lanes * engine.ports * engine.sum_bits,
        "updated": engine.updaters * sum(s.size.logic for s in engine.sections),
        "kept": engine.updaters * sum(s.size.registers for s in engine.sections),
        "stored": engine.updaters
        * sum(s.state_bits + sum(s.parameter_bits.values()) for s in engine.sections),
    }


def edge_features(design: Design) -> Features:
    """Of `FEATURES`, those of streams, and of the links that lead to outputs."""
    senders = [source.sender for source in design.inputs]
    senders += [sink.reader.sender for sink in design.outputs]
    return {
        "buffer": len(design.outputs),
        "pointer": sum(_pointer(sink.reader) for sink in design.outputs),
        "stream": len(senders),
        "streamed": sum(s.width * max(1, s.bits) for s in senders),
    }


def products(engine: Engine) -> tuple[tuple[int, int, int], ...]:
    """Bits of both factors, and how many, of the products that an engine forms at once."""
    lanes = engine.lanes
    found = [(a, b, engine.updaters) for s in engine.sections for a, b in s.size.products]
    strides = [link.cell_stride for link in engine.links if link.kind != "whole"]
    # the address of a row is that of its word, and so many times the number of the cell in it
    if any(stride & (stride - 1) for stride in strides):
        bits = max(strides).bit_length() + 1
        found.append((address_bits(engine.width) + 1, bits, 1))
    if engine.graded:
        factors = engine.width if engine.whole else 1
        found.append((engine.weight_bits, engine.value_bits, lanes * factors))
    return tuple(found)


def _pointer(reader: Reader) -> int:
    return address_bits(reader.sender.words * reader.slots)
