"""One engine: its sections, its links, and the widths that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.emit.design import Cast, Engine, Link
from somac.backends.fpga.emit.incoming import Heard, Part, heard
from somac.backends.fpga.emit.rowfacts import RowFacts
from somac.backends.fpga.emit.sections import (
    Bounds,
    Update,
    section_images,
    section_of,
    sum_bits,
    update_of,
)
from somac.backends.fpga.emit.weights import RowPlan, row_images, row_plan, weight_bits
from somac.backends.fpga.folding import EngineFold
from somac.backends.fpga.sums import sums_of
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Slice

__all__ = ["EngineMaker", "Updates"]

Integers = NDArray[np.int64]


class Updates:
    """What arrives at slices and how they are updated: the same however many lanes there are."""

    def __init__(self) -> None:
        self.rows = RowFacts()
        self._bounds: dict[str, Bounds] = {}
        self._made: dict[tuple[Slice, str, int], Update] = {}

    def bounds(self, network: IntegerNetwork, name: str) -> Bounds:
        """What can arrive at each port of a population."""
        if name not in self._bounds:
            population = network.population(name)
            ports = population.datapath.names("input")
            self._bounds[name] = {p: sums_of(network, population, p) for p in ports}
        return self._bounds[name]

    def update(
        self, network: IntegerNetwork, part: Slice, name: str, bits: int, budget_ns: float
    ) -> Update:
        """The update of a slice, whose sender is called `name`."""
        key = (part, name, bits)
        if key not in self._made:
            population = network.population(part.population)
            bounds = self.bounds(network, part.population)
            self._made[key] = update_of(population, part, name, bounds, bits, budget_ns)
        return self._made[key]


@dataclass(frozen=True, slots=True, eq=False)
class EngineMaker:
    """Makes engines of a network.

    Parameters
    ----------
    order
        int64 (size,) per population: the cell of the model in each place.
    parts
        All that sends.
    budget_ns
        What a stage of an update may take.
    updates
        Those that were made before, of this network and this budget.
    """

    network: IntegerNetwork
    order: Mapping[str, Integers]
    parts: tuple[Part, ...]
    budget_ns: float
    updates: Updates

    def part(self, name: str, start: int) -> Part:
        """That of an input, or of the slice of a population that begins at a place."""
        return next(p for p in self.parts if (p.source, p.start) == (name, start))

    def engine(self, fold: EngineFold) -> Engine:
        """Everything of an engine but the contents of its memories."""
        network, lanes = self.network, fold.lanes
        arriving = [self.updates.bounds(network, part.population) for part in fold.slices]
        sums = max(
            sum_bits(network.population(part.population), bounds)
            for part, bounds in zip(fold.slices, arriving, strict=True)
        )
        plan = self._rows(fold)
        everything = [link.heard for link in plan.links]
        casts = tuple(dict.fromkeys(h.cast for h in everything)) or (Cast(),)
        name = f"{self._own(fold.slices[0]).sender.name}_engine"
        spans = _spans(fold, plan)
        sections = [
            section_of(
                network.population(part.population),
                part,
                self._own(part).sender,
                self.updates.update(
                    network, part, self._own(part).sender.name, sums, self.budget_ns
                ),
                self.order[part.population],
                lanes=lanes,
                index=index,
                links=span,
            )
            for part, index, span in zip(fold.slices, _first_indices(fold), spans, strict=True)
        ]
        # products are formed of values, and where they are rounded
        graded = casts != (Cast(),) or any(h.part.sender.bits for h in everything)
        delay = max((h.spread for h in everything), default=0)
        # a product that is rounded needs the stages of products, though its value be a spike
        return Engine(
            name,
            lanes,
            fold.updaters,
            tuple(sections),
            tuple(self._link(plan, number, casts, name) for number in range(len(everything))),
            fold.whole,
            plan.weight_bits,
            # beside values, a spike is the value 1: two bits in two's complement
            max((h.part.sender.bits or 1 + graded for h in everything), default=1),
            graded,
            sums,
            delay.bit_length(),
            delay + 1,
            casts,
            {kind: f"{name}_{kind}.mem" for kind in plan.depths},
            plan.depths,
        )

    def images(self, fold: EngineFold, engine: Engine) -> dict[str, bytes]:
        """The contents of the memories of an engine, by file."""
        rows = row_images(self._rows(fold), engine.delay_bits, engine.index_bits)
        found = {engine.memories[kind]: content for kind, content in rows.items()}
        for section in engine.sections:
            found |= section_images(section)
        return found

    def words(self, fold: EngineFold) -> tuple[float, ...]:
        """Per link of an engine, the words of rows that an event takes on average."""
        return self._rows(fold).words

    def _rows(self, fold: EngineFold) -> RowPlan:
        facts = self.updates.rows
        listening: list[Heard] = []
        targets: list[Slice] = []
        indices: list[int] = []
        for part, index in zip(fold.slices, _first_indices(fold), strict=True):
            ports = self.network.population(part.population).datapath.names("input")
            some = heard(self.network, part, ports, self.parts, facts)
            listening += some
            targets += [part] * len(some)
            indices += [index] * len(some)
        bits = weight_bits(listening, targets, facts)
        return row_plan(listening, targets, indices, fold.lanes, bits, facts, whole=fold.whole)

    def _own(self, part: Slice) -> Part:
        return self.part(part.population, part.start)

    def _link(self, plan: RowPlan, number: int, casts: Sequence[Cast], engine: str) -> Link:
        leading, kind = plan.links[number], plan.kinds[number]
        h, own = leading.heard, self._own(leading.target)
        groups = leading.groups(plan.lanes)
        words = len(h.projections) * groups
        cell = {"dense": words, "sparse": 1, "whole": 0}[kind]
        # what is sent waits here while other ways to the same place take their steps
        ahead = 0 if h.part == own else max(1, own.level - h.part.level)
        return Link(
            f"{engine}_link{number}",
            h.part.sender,
            h.delay,
            h.delay + 1 + ahead,
            tuple(p.name for p in h.every),
            h.port,
            len(h.projections),
            kind,
            plan.bases[number],
            words if kind == "whole" else h.part.sender.width * cell,
            cell,
            groups,
            leading.index,
            casts.index(h.cast),
        )


def _first_indices(fold: EngineFold) -> list[int]:
    """Per slice, the accumulator of its first group."""
    groups = [-(-part.size // fold.lanes) for part in fold.slices]
    return [sum(groups[:number]) for number in range(len(groups))]


def _spans(fold: EngineFold, plan: RowPlan) -> list[tuple[int, int]]:
    """Per slice, its first link and the one after its last."""
    counts = [sum(link.target == part for link in plan.links) for part in fold.slices]
    return [(sum(counts[:n]), sum(counts[: n + 1])) for n in range(len(counts))]
