"""Biases: what linear nodes add to their targets, and after how many ticks it is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from somac.compiler.nir.compose import check_size, push
from somac.compiler.nir.edges import Edge
from somac.compiler.nir.fields import Real
from somac.compiler.nir.maps import Delay, LinearNode
from somac.compiler.nir.shapes import Shapes

__all__ = ["constants"]

_Constant = dict[int, Real]
"""A signal that does not change once it is there: (cells,) by the ticks it takes to come."""


def constants(
    linear: Mapping[str, LinearNode],
    edges: Sequence[Edge],
    shapes: Shapes,
    late: Collection[Edge],
) -> Mapping[str, Mapping[int, Real]]:
    """The constant part of what each node receives, without those that receive none.

    Every bias goes through the linear nodes after it. What has passed a delay, or an edge in
    `late`, is not there from the first tick.

    Parameters
    ----------
    linear
        The linear nodes, sources first.
    edges
        Of the graph.
    shapes
        Of all nodes.
    late
        Edges along which a bias takes a tick.

    Returns
    -------
    Mapping
        For neurons and outputs: (cells,) float64 by delay in ticks, none of them all zero.

    Raises
    ------
    TooLargeError
        If a bias meets a map with too many synapses.
    """
    arriving: dict[str, _Constant] = {}
    follow: dict[str, list[str]] = {}
    for source, destination in edges:
        follow.setdefault(source, []).append(destination)
    for name, node in linear.items():
        sent = _passed(node, shapes.reads[name], arriving.pop(name, {}))
        for destination in follow.get(name, ()):
            wait = int((name, destination) in late)
            into = arriving.setdefault(destination, {})
            for ticks, value in sent.items():
                _add(into, ticks + wait, value)
    return {
        name: kept
        for name, found in arriving.items()
        if (kept := {ticks: found[ticks] for ticks in sorted(found) if found[ticks].any()})
    }


def _passed(node: LinearNode, shape: tuple[int, ...], arrived: _Constant) -> _Constant:
    """What a node makes of constants, with its own bias."""
    wire = node.wire(shape) if arrived else None
    wait = node.least if isinstance(node, Delay) else 0
    sent: _Constant = {}
    for ticks, value in arrived.items():
        for more, result in (push(wire, value) if wire else {0: value}).items():
            _add(sent, ticks + wait + more, result)
    # delays that differ from cell to cell, one after the other, make ever more sums
    check_size(sum(value.size for value in sent.values()))
    own = node.constant(shape)
    if own is not None:
        _add(sent, 0, own)
    return sent


def _add(into: _Constant, ticks: int, value: Real) -> None:
    into[ticks] = into[ticks] + value if ticks in into else np.asarray(value, dtype=np.float64)
