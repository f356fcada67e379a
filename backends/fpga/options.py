"""What the user may choose of the FPGA backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from somac.backends.api import Option

if TYPE_CHECKING:
    from somac.backends.api import Guidance

__all__ = [
    "CHANNELS",
    "CIRCUIT",
    "FIT",
    "LANES",
    "LATENCY",
    "QUEUE",
    "CircuitChoice",
    "CircuitName",
    "circuit_choice",
    "latency_of",
    "shares_of",
]

CIRCUIT = Option(
    "circuit",
    "Engines for each population, or a sparse matrix engine for an LSTM that is pruned.",
    "choice",
    choices=("engines", "sparse"),
    default="engines",
)

LANES = Option(
    "lanes",
    "Of the sparse engine: what its rows are dealt to; target cell j is in lane j mod P. "
    "[default: those of --prune-lanes, or as many as are best]",
    "integer",
    minimum=1,
)

CHANNELS = Option(
    "channels",
    "Samples that the sparse engine computes side by side. [default: up to 32, as fit]",
    "integer",
    minimum=1,
)

QUEUE = Option(
    "queue-columns",
    "Columns that the queue of a lane of the sparse engine holds. [default: as few as are enough]",
    "integer",
    minimum=1,
)

FIT = Option(
    "fit",
    "Percent of the part that may be used, to be as fast as that allows. [default: 25, or 85 with "
    "--latency-us]",
    "number",
    minimum=1,
    maximum=100,
)

_USUAL, _MOST = 0.25, 0.85
"""Of the part, unless told otherwise: to be fast, and to keep to a latency or where that is too
small. What is fuller than the second is hard to route."""

LATENCY = Option(
    "latency-us",
    "Microseconds that a step may take from its inputs to its outputs: as small as that allows.",
    "number",
    minimum=1e-3,
)

CircuitName = Literal["engines", "sparse"]
"""Circuits for a programmable part.

``engines``: one or more for each population, of any network. ``sparse``: one for an LSTM whose
matrices are pruned, with many samples side by side.
"""


@dataclass(frozen=True, slots=True)
class CircuitChoice:
    """Which circuit is wanted on a programmable part.

    Parameters
    ----------
    name
        The circuit.
    lanes
        Of a sparse engine: what its rows are dealt to.
    channels
        Of a sparse engine: samples that it computes side by side.
    depth
        Of a sparse engine: columns that the queue of a lane holds.

    What is None is left to the backend.
    """

    name: CircuitName = "engines"
    lanes: int | None = None
    channels: int | None = None
    depth: int | None = None


def circuit_choice(guidance: Guidance) -> CircuitChoice:
    """The circuit that is wanted; a sparse engine has the lanes that pruning balanced."""
    lanes, channels, depth = (o.of(guidance.options) for o in (LANES, CHANNELS, QUEUE))
    name = cast(CircuitName, CIRCUIT.of(guidance.options))
    if name == "sparse" and lanes is None and guidance.pruned_lanes > 1:
        lanes = guidance.pruned_lanes
    return CircuitChoice(
        name,
        cast(int | None, lanes),
        cast(int | None, channels),
        cast(int | None, depth),
    )


def shares_of(guidance: Guidance) -> tuple[float, ...]:
    """Of the part that may be used, 0 to 1, in the order in which they are tried.

    What does not fit into the usual share is not refused for it.
    """
    chosen = FIT.of(guidance.options)
    if chosen is not None:
        return (float(chosen) / 100,)
    return (_USUAL, _MOST) if latency_of(guidance) is None else (_MOST,)


def latency_of(guidance: Guidance) -> float | None:
    """Seconds from the inputs of a step to its outputs that are wanted at most."""
    chosen = LATENCY.of(guidance.options)
    return None if chosen is None else float(chosen) * 1e-6
