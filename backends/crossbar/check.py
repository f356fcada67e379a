"""Everything in a network that a crossbar cannot do, found before any work."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from somac.backends.crossbar.choice import Choice, choose
from somac.backends.crossbar.device.described import wrong_figures
from somac.backends.crossbar.packing import NEURONS
from somac.backends.limits import (
    datapath_problems,
    learning_problems,
    output_problems,
    product_problems,
    retimed_problems,
)
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.target import Array, Capabilities, Target
from somac.ir.tiling import Tiling

__all__ = ["check_network"]


def check_network(network: IntegerNetwork, target: Target) -> Iterator[Diagnostic]:
    """Problems of the target, of the network, of populations and projections, in their order.

    A network may have been legalised already, or not.
    """
    can, array = target.capabilities, target.array
    if array is None:
        yield Diagnostic(
            "E0674",
            f"target {target.name} has no array of memory cells",
            hint="its entry in targets.yaml must name one of `arrays`",
        )
    else:
        levels = 1 << array.cell_bits
        for _, wrong in wrong_figures(array.g_min_us, array.g_max_us, levels, array.figures):
            yield wrong
    if array is not None and NEURONS not in target.resources:
        yield Diagnostic(
            "E0674",
            f"target {target.name} does not say how many neurons a core updates",
            hint=f"its chip in targets.yaml must have {NEURONS!r} among its resources",
        )
    yield from retimed_problems(network)
    for population in network.populations:
        yield from _population(population, can)
    for projection in network.projections:
        yield from _rules(projection, can)
        if array is not None and projection.plasticity is None and projection.product is None:
            yield from _weights(network, projection, can, array)


def _population(p: IntegerPopulation, can: Capabilities) -> Iterator[Diagnostic]:
    place = Place(node=p.name)
    yield from datapath_problems(f"population {p.name}", place, p.datapath, can)
    for port in p.datapath.names("input"):
        width = p.datapath.format_of("input", port).width
        if width > can.accumulator_bits:
            yield Diagnostic(
                "E0652",
                f"population {p.name}: sums at port {port} are wider than accumulators",
                place,
                have=f"{can.accumulator_bits} bits",
                need=f"{width} bits",
                hint="quantise weights to fewer bits with --bits",
            )
    yield from output_problems(p, can)


def _rules(p: IntegerProjection, can: Capabilities) -> Iterator[Diagnostic]:
    place = Place(node=p.name)
    yield from learning_problems(p)
    yield from product_problems(p, "products that are added up in a column")
    own = p.connectivity.delays or (0,)
    shortest, longest = p.delay + min(own), p.delay + max(own)
    if shortest < can.min_delay or longest > can.max_delay:
        yield Diagnostic(
            "E0651",
            f"projection {p.name} has delays of {shortest} to {longest} ticks",
            place,
            have=f"{can.min_delay} to {can.max_delay} ticks",
            need=f"{shortest} to {longest} ticks",
        )


def _weights(
    network: IntegerNetwork, p: IntegerProjection, can: Capabilities, array: Array
) -> Iterator[Diagnostic]:
    """What cells and pulses of the array, or adders beside it, cannot take."""
    if p.tiling is not None:
        yield from _tiling(p.name, p.tiling, array)
        return
    choice = choose(p, network.sent(p.source), array)
    if isinstance(choice, Choice):
        return
    if choice is not None:
        yield from choice
        return
    weights = p.connectivity.weights
    bits = max(int(weights.max(initial=0)), -int(weights.min(initial=0)) - 1).bit_length() + 1
    if bits > can.weight_bits:
        yield Diagnostic(
            "E0667",
            f"projection {p.name} has weights from {weights.min()} to {weights.max()}",
            Place(node=p.name),
            have=f"{can.weight_bits} bits in the periphery",
            need=f"{bits} bits, sign included",
            hint="quantise to fewer bits with --bits",
        )


def _tiling(name: str, tiling: Tiling, array: Array) -> Iterator[Diagnostic]:
    """Blocks and converters that were made for another array."""
    rows, columns = int(tiling.rows.max(initial=0)), int(tiling.columns.max(initial=0))
    columns *= tiling.converters.cells
    there = (array.polarity, array.codes)
    wanted = (tiling.converters.polarity, (tiling.converters.low, tiling.converters.high))
    bits = np.array([tiling.converters.cell_bits, tiling.converters.pulse_bits])
    if (
        there != wanted
        or (rows > array.rows or columns > array.columns)
        or (bits > (array.cell_bits, array.pulse_bits)).any()
        or tiling.converters.slices > array.max_slices
        or tiling.converters.pulses > array.max_pulses
    ):
        yield Diagnostic(
            "E0674",
            f"projection {name} was cut for another array",
            Place(node=name),
            have=f"{array.rows} x {array.columns} cells of {array.cell_bits} bits, "
            f"{array.polarity}, codes {array.codes[0]} to {array.codes[1]}",
            need=f"{rows} x {columns} cells, {tiling.converters}",
            hint="compile the network that it was made from",
        )
