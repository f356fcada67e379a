"""What can arrive at a port in one step: the range of its sums, over all cells."""

from __future__ import annotations

from math import ceil, floor

import numpy as np

from somac.backends.codegen import lower
from somac.ir.connectivity import interval
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection

__all__ = ["signal_range", "sums_of"]

_EXACT = 1 << 52
"""Beyond it, bounds in floating point may be rounded."""


def signal_range(network: IntegerNetwork, name: str) -> tuple[int, int]:
    """The least and the largest signal of an input, as its format has it, or of a population."""
    for i in network.inputs:
        if i.name == name:
            return i.format.minimum, i.format.maximum
    return lower(network.population(name).datapath).output_range


def sums_of(network: IntegerNetwork, population: IntegerPopulation, port: str) -> tuple[int, int]:
    """The least and the largest sum that the weights allow; 0, which is there at first, too."""
    low, high = np.zeros(population.size), np.zeros(population.size)
    for projection in network.projections:
        if (projection.target, projection.port) == (population.name, port):
            below, above = _arrivals(network, projection)
            low, high = low + np.minimum(below, 0), high + np.maximum(above, 0)
    least, most = float(low.min(initial=0)), float(high.max(initial=0))
    # a unit more to either side holds what was rounded
    return (
        floor(least) if least > -_EXACT else floor(np.nextafter(least, -np.inf)) - 1,
        ceil(most) if most < _EXACT else ceil(np.nextafter(most, np.inf)) + 1,
    )


def _arrivals(
    network: IntegerNetwork, projection: IntegerProjection
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    """Bounds of what a projection adds to each cell."""
    least, most = signal_range(network, projection.source)
    connectivity = projection.connectivity
    size = connectivity.source_size
    below, above = interval(connectivity, np.full(size, float(least)), np.full(size, float(most)))
    if projection.product is None:
        return below, above
    # each product that is rounded differs from its share by less than one
    ones = connectivity.with_weights((connectivity.weights != 0).astype(np.int32))
    _, synapses = interval(ones, np.zeros(size), np.ones(size))
    scale = 0.5**projection.product.shift
    return below * scale - synapses, above * scale + synapses
