"""What a crossbar can do, and what else is wrong with networks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from somac.backends.api import Capabilities
from somac.backends.crossbar.choice import Choice, choose
from somac.backends.crossbar.device.described import wrong_figures
from somac.backends.crossbar.packing import NEURONS
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.target import Array, Target
from somac.ir.tiling import Tiling

__all__ = ["capabilities", "check_network"]


def capabilities(target: Target) -> Capabilities:
    """What units beside arrays can do; which weights arrays take follows from their cells."""
    return replace(
        Capabilities.of(target),
        tilings=True,
        weight_bits=None,
        port_bits=target.capabilities.accumulator_bits,
    )


def check_network(network: IntegerNetwork, target: Target) -> Iterator[Diagnostic]:
    """Problems of the target, and of weights that neither arrays nor adders take.

    A network may have been legalised already, or not.
    """
    array, most = target.array, target.capabilities.weight_bits
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
    for projection in network.projections:
        if array is not None and projection.plasticity is None and projection.product is None:
            yield from _weights(network, projection, most, array)


def _weights(
    network: IntegerNetwork, p: IntegerProjection, most: int, array: Array
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
    if bits > most:
        yield Diagnostic(
            "E0667",
            f"projection {p.name} has weights from {weights.min()} to {weights.max()}",
            Place(node=p.name),
            have=f"{most} bits in the periphery",
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
