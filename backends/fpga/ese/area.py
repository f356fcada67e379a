"""What an engine takes of a part, estimated: memories and products by their shapes, what joins sums
as it stands in the source, the rest of the logic by the figures of the part's family, which were
fitted on engines of the other kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from somac.backends.fpga.area import Store
from somac.backends.fpga.area.estimate import priced
from somac.backends.fpga.area.mappers import map_product, map_store
from somac.backends.fpga.ese.structure import Geometry, Structure
from somac.backends.fpga.ese.update import Update
from somac.backends.fpga.ese.words import unsigned_width
from somac.ir.target import Part

__all__ = ["area_of", "stores"]


def area_of(
    structure: Structure,
    geometry: Geometry,
    updates: tuple[Update, Update],
    entries: int,
    part: Part,
) -> Mapping[str, int]:
    """Units of each pool; `entries` are words of the memory of a stream."""
    total: Counter[str] = Counter(_features(structure, geometry, updates, part))
    for store in stores(structure, geometry, updates, entries):
        total.update(map_store(store, part))
    for a, b, count in _products(structure, geometry, updates):
        total.update(map_product(a, b, count, part))
    return priced(total, part)


def stores(
    structure: Structure, geometry: Geometry, updates: tuple[Update, Update], entries: int
) -> Iterator[Store]:
    """Every memory, by its shape."""
    lanes, channels = geometry.lanes, geometry.channels
    vector, sums = channels * structure.activation_bits, channels * structure.sum_bits
    pointer, ports = unsigned_width(entries), len(structure.ports)
    columns = sum(m.columns for m in structure.matrices)
    bank = unsigned_width(ports)
    yield Store(entries, geometry.index_bits + geometry.weight_bits, lanes, written=False)
    yield Store(columns, pointer, lanes, written=False)
    yield Store(geometry.depth, bank + 2 * pointer + vector, lanes, written=True)
    yield Store(2 * structure.x.size, vector, 1, written=True)
    yield Store(structure.outputs.size, vector, 1, written=True)
    for update, banks in zip(updates, (ports, 1), strict=True):
        cells = update.population.size
        yield Store(-(-cells // lanes), sums, lanes * banks, written=True)
        yield Store(cells, update.state_bits + update.parameter_bits, 1, written=False)
        yield Store(cells, channels * update.state_bits, 1, written=True)
        yield Store(cells, vector, 1, written=True)
        for words, bits in update.size.tables:
            yield Store(words, bits, channels, written=False)
        for words, bits in update.size.lines:
            yield Store(words, bits, channels, written=True)


def _features(
    structure: Structure, geometry: Geometry, updates: tuple[Update, Update], part: Part
) -> Mapping[str, float]:
    """What the logic of engines is counted by (`somac.backends.fpga.area.features`), and look-up
    tables and flip-flops that are counted as they stand in the source."""
    lanes, channels = geometry.lanes, geometry.channels
    sums = lanes * channels * structure.sum_bits
    vector = channels * structure.activation_bits
    banks = len(structure.ports) + 1
    return {
        "engine": 1,
        "stream": 2,
        "streamed": 2 * vector,
        "weighed": lanes * geometry.weight_bits,
        "added": sums,
        "updated": channels * sum(u.size.logic for u in updates),
        "kept": channels * sum(u.size.registers for u in updates),
        "stored": sum(channels * u.state_bits + u.parameter_bits for u in updates),
        # an update joins the sums of all lanes by "or"
        "lut": banks * sums / (part.lut_inputs - 1),
        # values on their way through a lane, sums that are forwarded or enter an update
        "ff": lanes * 3 * vector + sums + banks * channels * structure.sum_bits,
    }


def _products(
    structure: Structure, geometry: Geometry, updates: tuple[Update, Update]
) -> Iterator[tuple[int, int, int]]:
    """Bits of both factors, and how many are formed at once."""
    lanes, channels = geometry.lanes, geometry.channels
    yield geometry.weight_bits, structure.activation_bits, lanes * channels
    for update in updates:
        for a, b in update.size.products:
            yield a, b, channels
