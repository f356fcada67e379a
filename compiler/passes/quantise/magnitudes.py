"""Numbers too large, too small or too far apart to become integers (E0504)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.fixed import FormatError
from somac.ir.network import Network

__all__ = ["check_magnitudes", "expressible"]

Real = NDArray[np.float64]

_EXPONENT = 200
"""float32 ends at 2**128 and 2**-149; products of a few such numbers are still float64."""


def check_magnitudes(network: Network) -> None:
    """SomacError E0504 for numbers that no trained model has, in all of the network."""
    found = [
        Diagnostic(
            "E0504",
            f"{what} is {value:g}",
            Place(node=node),
            need=f"0, or a magnitude from {2.0**-_EXPONENT:.1g} to {2.0**_EXPONENT:.1g}",
        )
        for what, node, values in _numbers(network)
        if (value := _extreme(values)) is not None
    ]
    if found:
        raise SomacError.of(found)


@contextmanager
def expressible(what: str, node: str) -> Iterator[None]:
    """Say which part of the network it is of which the values fit no format."""
    try:
        yield
    except FormatError as error:
        raise SomacError(
            "E0504",
            f"{what}: its values are too far apart: {error}",
            place=Place(node=node),
            hint="compare the magnitudes of its parameters with each other and with its weights",
        ) from None


def _numbers(network: Network) -> Iterator[tuple[str, str | None, Real]]:
    yield "the time step", None, np.asarray(network.dt)
    for p in network.populations:
        for name, value in p.parameters.items():
            yield f"population {p.name}: parameter {name}", p.name, value
        for name, value in p.bias.items():
            yield f"population {p.name}: bias of port {name}", p.name, value
    for q in network.projections:
        yield f"projection {q.name}: a weight", q.name, q.connectivity.weights
        for name, value in q.plasticity.parameters.items() if q.plasticity else ():
            yield f"projection {q.name}: parameter {name}", q.name, value


def _extreme(values: Real) -> float | None:
    """The first value that is too large or too small."""
    size = np.abs(values)
    bad = (size > 2.0**_EXPONENT) | ((size < 2.0**-_EXPONENT) & (size > 0))
    return float(values[bad][0]) if bad.any() else None
