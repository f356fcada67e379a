"""The pass that maps: integer network and target to slices, cores and routes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import ResourceModel
from somac.compiler.mapping.mapper import MappingRequest, SliceNet, map_slices
from somac.compiler.mapping.partition import Cut, partition, require_cores
from somac.compiler.mapping.solve import SolveOptions
from somac.compiler.passes.traffic import listeners, slice_rates
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.target import Target

__all__ = ["cut_network", "map_network"]

_INPUT_SLICE = 256
"""Channels of a network input under one key block: only cores that hear any of them get it."""


def cut_network(
    network: IntegerNetwork, target: Target, resources: ResourceModel
) -> tuple[Cut, ...]:
    """Slices of every population that fit the target's cores.

    Raises
    ------
    SomacError
        E0601 for a population of which one neuron alone is too large, E0602 if the slices
        are more than the cores.
    """
    sizes = {p.name: p.size for p in network.populations}
    cuts = partition(sizes, resources.demand, target.resources)
    usable = int(target.topology.core_usable.sum())
    require_cores(cuts, usable, target.name, target.resources)
    return cuts


def map_network(
    network: IntegerNetwork,
    target: Target,
    resources: ResourceModel,
    rates: Mapping[str, NDArray[np.float64]],
    options: SolveOptions | None = None,
) -> PlacedMapping:
    """Cut, place and route.

    Parameters
    ----------
    rates
        Signals per cell and step of the model, (cells,), per population or input that was
        calibrated.

    Raises
    ------
    SomacError
        E06xx: what does not fit, with have and need.
    """
    inputs = [
        Cut(i.name, start, min(start + _INPUT_SLICE, i.size), {}, on_host=True)
        for i in network.inputs
        for start in range(0, i.size, _INPUT_SLICE)
    ]
    cuts = (*inputs, *cut_network(network, target, resources))
    expected = slice_rates(network, cuts, rates)
    nets = tuple(
        SliceNet(source, tuple(targets.tolist()), expected[source])
        for source, targets in listeners(network, cuts).items()
    )
    request = MappingRequest(network.digest(), cuts, nets)
    return map_slices(request, target, options)
