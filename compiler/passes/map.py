"""The pass that maps: integer network and target to slices, cores and routes."""

from __future__ import annotations

from somac.backends.api import ResourceModel
from somac.compiler.mapping.mapper import MappingRequest, SliceNet, map_slices
from somac.compiler.mapping.partition import Cut, require_cores
from somac.compiler.mapping.solve import SolveOptions
from somac.compiler.passes.arrange import (
    Layout,
    Measure,
    Rates,
    arranged_layout,
    contiguous_layout,
)
from somac.compiler.passes.traffic import listeners, slice_rates
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import INPUT_SLICE
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.target import Target

__all__ = ["cut_network", "map_network", "mapping_request"]


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
    cuts = contiguous_layout(network, target.resources, resources).cuts
    require_cores(cuts, target.places, target.name, target.resources, target.place)
    return cuts


def map_network(
    network: IntegerNetwork,
    target: Target,
    measure: Measure,
    rates: Rates,
    options: SolveOptions | None = None,
) -> tuple[IntegerNetwork, PlacedMapping]:
    """Arrange, cut, place and route.

    Parameters
    ----------
    measure
        What slices of a network cost.
    rates
        Signals per cell and step of the model, (cells,), per population or input that was
        calibrated.

    Returns
    -------
    The network in the order of the mapping, and the mapping.

    Raises
    ------
    SomacError
        E06xx: what does not fit, with have and need.
    """
    options = options or SolveOptions()
    capacity = target.resources
    plain = contiguous_layout(network, capacity, measure(network))
    other = arranged_layout(plain, capacity, measure, rates, options.partition)
    layout, request = plain, mapping_request(plain, rates)
    if other.order:
        arranged = mapping_request(other, rates)
        if _deliveries(arranged) < _deliveries(request):
            layout, request = other, arranged
    return layout.network, map_slices(request, target, options)


def mapping_request(layout: Layout, rates: Rates) -> MappingRequest:
    """The slices of a layout, of the inputs too, and their traffic."""
    network = layout.network
    inputs = [
        Cut(i.name, start, min(start + INPUT_SLICE, i.size), {}, on_host=True)
        for i in network.inputs
        for start in range(0, i.size, INPUT_SLICE)
    ]
    cuts = (*inputs, *layout.cuts)
    known = {name: rate[layout.order.get(name, slice(None))] for name, rate in rates.items()}
    expected = slice_rates(network, cuts, known)
    nets = tuple(
        SliceNet(source, tuple(targets.tolist()), expected[source])
        for source, targets in listeners(network, cuts).items()
    )
    return MappingRequest(network.digest(), cuts, nets, order=layout.order)


def _deliveries(request: MappingRequest) -> float:
    """Packets per tick times the cores that each of them reaches."""
    return sum(net.rate * len(net.targets) for net in request.nets)
