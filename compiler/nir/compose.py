"""Linear maps in a row to one connectivity, kept symbolic where that is possible."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from somac.compiler.nir.fields import Real
from somac.ir.connectivity import Chain, Connectivity, Convolution, Dense, OneToOne, Pool, Sparse

__all__ = ["TooLargeError", "check_size", "compose", "push"]

_MAX_SYNAPSES = 2**24
"""Synapses of a product that is multiplied out."""

_DENSE = 0.25
"""Share of synapses from which a product is stored as a matrix."""


class TooLargeError(ValueError):
    """A product of maps has more synapses than are taken; the text has the numbers."""


def compose(parts: Sequence[Connectivity], size: int) -> Connectivity:
    """The map that `parts` make, the first at the source; the identity of `size` if none.

    Factors are multiplied into neighbouring weights. What then has one set of weights at most
    becomes a `Chain`; anything else is multiplied out.

    Raises
    ------
    TooLargeError
        If that would take too many synapses.
    """
    folded: list[Connectivity] = []
    for part in parts:
        folded.append(part)
        while len(folded) > 1 and (one := _fold(folded[-2], folded[-1])) is not None:
            folded[-2:] = [one]
    if not folded:
        return OneToOne(np.ones(()), size)
    if len(folded) == 1:
        return folded[0]
    if sum(part.weights.ndim > 0 for part in folded) <= 1:
        return Chain(tuple(folded))
    return _multiplied(folded)


def push(part: Connectivity, constant: Real) -> dict[int, Real]:
    """What `part` makes of a constant signal, by the delay in ticks: (targets,) each.

    Synapse by synapse and in a fixed order, so that the sums are the same on every machine.

    Raises
    ------
    TooLargeError
        If `part` has too many synapses.
    """
    if isinstance(part, OneToOne) and part.delay is None:
        return {0: constant * part.weight}
    check_size(_synapses(part))
    rows = part.rows(0, part.source_size)
    check_size(len(np.unique(rows.delay)) * part.target_size)
    sent: Real = np.repeat(constant, np.diff(rows.indptr)) * rows.weight
    return {
        int(ticks): np.asarray(
            np.bincount(rows.target[chosen := rows.delay == ticks], sent[chosen], part.target_size),
            dtype=np.float64,
        )
        for ticks in np.unique(rows.delay)
    }


def _fold(first: Connectivity, second: Connectivity) -> Connectivity | None:
    """One map for two, without multiplying matrices out; None if there is none."""
    match first, second:
        case OneToOne(), OneToOne():
            delays = [one.delay for one in (first, second) if one.delay is not None]
            delay = np.sum(delays, axis=0) if delays else None
            return OneToOne(first.weight * second.weight, first.size, delay)
        case OneToOne(weight=weight, delay=None), _ if not weight.ndim:
            return second.with_weights(weight * second.weights)
        case _, OneToOne(weight=weight, delay=None) if not weight.ndim:
            return first.with_weights(weight * first.weights)
        case OneToOne(delay=None), Dense():
            return Dense(second.weight * first.weight)
        case Dense(), OneToOne(delay=None):
            return Dense(first.weight * second.weight[:, None])
        case Convolution(), OneToOne(weight=weight, delay=None):
            return _scaled_channels(first, weight)
        case Dense(), Dense():
            return _matrix_product(first, second)
        case _:
            return None


def _scaled_channels(convolution: Convolution, scale: Real) -> Convolution | None:
    """The convolution with a factor per output channel, if that is what `scale` is."""
    channels = scale.reshape(convolution.output_shape[0], -1)
    if (channels != channels[:, :1]).any():
        return None
    weight = convolution.weight
    factors = channels[:, 0].reshape(-1, *(1,) * (weight.ndim - 1))
    return convolution.with_weights(weight * factors)


def _matrix_product(first: Dense, second: Dense) -> Dense:
    check_size(first.source_size * second.target_size)
    total = np.zeros((second.target_size, first.source_size))
    # not BLAS, which adds in an order that depends on the machine
    for column, row in zip(second.weight.T, first.weight, strict=True):
        total += column[:, None] * row
    return Dense(total)


def _synapses(part: Connectivity) -> int:
    """How many synapses a part has, at most, without expanding it."""
    match part:
        case Convolution():
            return part.target_size * prod(part.weight.shape[1:])
        case Pool():
            return part.target_size * prod(part.kernel)
        case Chain():
            return max(_synapses(inner) for inner in part.parts)
        case _:
            return max(part.weights.size, part.source_size)


def check_size(synapses: int) -> None:
    """Refuse to make more synapses (or as large a table) than are taken.

    Raises
    ------
    TooLargeError
        With the numbers.
    """
    if synapses > _MAX_SYNAPSES:
        raise TooLargeError(f"{synapses:,} synapses, at most {_MAX_SYNAPSES:,}")


def _multiplied(parts: Sequence[Connectivity]) -> Connectivity:
    """The product, synapse by synapse."""
    total = _by_delay(parts[0])
    for part in parts[1:]:
        further = _by_delay(part)
        product: dict[int, Any] = {}
        for ticks, matrix in total.items():
            for more, following in further.items():
                check_size(int(np.diff(following.indptr)[matrix.indices].sum()))
                one = matrix @ following
                delay = ticks + more
                product[delay] = product[delay] + one if delay in product else one
        total = product
    shape = (parts[0].source_size, parts[-1].target_size)
    if list(total) == [0] and total[0].nnz >= _DENSE * prod(shape):
        return Dense(total[0].T.toarray())
    found = [(matrix.tocoo(), ticks) for ticks, matrix in sorted(total.items())]
    return Sparse.from_coordinates(
        np.concatenate([matrix.row for matrix, _ in found]).astype(np.int64),
        np.concatenate([matrix.col for matrix, _ in found]).astype(np.int64),
        np.concatenate([matrix.data for matrix, _ in found]),
        np.concatenate([np.full(matrix.nnz, ticks, np.int64) for matrix, ticks in found]),
        shape,
    )


def _by_delay(part: Connectivity) -> dict[int, Any]:
    """The synapses of each delay as a sparse matrix (source, target)."""
    from scipy.sparse import csr_array

    check_size(_synapses(part))
    rows = part.rows(0, part.source_size)
    source = np.repeat(np.arange(part.source_size), np.diff(rows.indptr))
    found = {}
    for ticks in np.unique(rows.delay).tolist() or [0]:
        chosen = rows.delay == ticks
        places = (source[chosen], rows.target[chosen])
        shape = (part.source_size, part.target_size)
        found[ticks] = csr_array((rows.weight[chosen], places), shape=shape)
    return found
