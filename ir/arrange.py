"""A network whose cells stand in another order: the same signals, elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import Arranged, Chain, Connectivity, Convolution, Sparse, synapses
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection

__all__ = ["arranged"]

Order = NDArray[np.int64]

_Number = TypeVar("_Number", np.int64, np.float64)


def arranged(network: IntegerNetwork, order: Mapping[str, Order]) -> IntegerNetwork:
    """The network with cells ``order[population]`` of its populations in place of 0, 1, ...

    Parameters
    ----------
    order
        int64 (size,) per population that changes: a permutation. Projections from and to these
        become sparse ones.

    Raises
    ------
    ValueError
        If an order is no permutation of the cells of a population.
    """
    sizes = {population.name: population.size for population in network.populations}
    for name, cells in order.items():
        if name not in sizes or not np.array_equal(np.sort(cells), np.arange(sizes[name])):
            raise ValueError(f"the order of {name} is no permutation of its cells")
    if not order:
        return network
    return replace(
        network,
        populations=tuple(
            _population(p, order[p.name]) if p.name in order else p for p in network.populations
        ),
        projections=tuple(
            _projection(p, order) if {p.source, p.target} & order.keys() else p
            for p in network.projections
        ),
    )


def _population(population: IntegerPopulation, cells: Order) -> IntegerPopulation:
    return replace(
        population,
        parameters={k: _each(v, cells) for k, v in population.parameters.items()},
        initial={k: _each(v, cells) for k, v in population.initial.items()},
        scales={k: _each(v, cells) for k, v in population.scales.items()},
    )


def _each(values: NDArray[_Number], cells: Order) -> NDArray[_Number]:
    return values if values.ndim == 0 else values[cells]


def _projection(projection: IntegerProjection, order: Mapping[str, Order]) -> IntegerProjection:
    wiring = projection.connectivity
    if projection.plasticity is not None:
        return replace(projection, connectivity=_every_synapse(projection, order))
    rows = wiring.rows(0, wiring.source_size)
    source = np.repeat(np.arange(wiring.source_size), np.diff(rows.indptr))
    shape = wiring.source_size, wiring.target_size
    orders = order.get(projection.source), order.get(projection.target)
    placed = Sparse.from_coordinates(
        _places(orders[0], source),
        _places(orders[1], rows.target),
        rows.weight,
        rows.delay if rows.delay.any() else None,
        shape,
    )
    # where cells have changed places, the mark would name others
    return replace(projection, connectivity=_with_origin(placed, wiring, *orders), device=None)


def _every_synapse(projection: IntegerProjection, order: Mapping[str, Order]) -> Sparse:
    """Those of weight 0 too: they can grow."""
    every = synapses(projection.connectivity)
    numbered = Sparse.from_coordinates(
        _places(order.get(projection.source), every.source),
        _places(order.get(projection.target), every.target),
        # what is 0 would be left out
        np.arange(1, len(every.target) + 1),
        every.delay if every.delay.any() else None,
        (projection.connectivity.source_size, projection.connectivity.target_size),
    )
    return numbered.with_weights(every.weight[numbered.weight - 1])


def _with_origin(
    placed: Sparse, wiring: Connectivity, source: Order | None, target: Order | None
) -> Connectivity:
    """The synapses, and for what may be a convolution what it was."""
    if isinstance(wiring, Arranged):
        origin, cells = wiring.origin, (wiring.source_cells, wiring.target_cells)
    elif isinstance(wiring, Convolution | Chain):
        origin = wiring
        cells = np.arange(wiring.source_size), np.arange(wiring.target_size)
    else:
        return placed
    return Arranged(
        placed,
        origin,
        cells[0] if source is None else cells[0][source],
        cells[1] if target is None else cells[1][target],
    )


def _places(cells: Order | None, which: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where cells stand now."""
    if cells is None:
        return which
    place = np.empty(len(cells), dtype=np.int64)
    place[cells] = np.arange(len(cells))
    return place[which]
