"""What the user may decide about a NIR file."""

from __future__ import annotations

from dataclasses import dataclass

from somac.compiler.nir.limits import Limits
from somac.ir.neuron import SignalKind

__all__ = ["NirOptions"]


@dataclass(frozen=True, slots=True)
class NirOptions:
    """Choices for what NIR leaves open. None leaves a choice to the file, then to the profile.

    Parameters
    ----------
    profile
        A named reading of NIR, such as ``nir-euler`` (the default) or ``norse``.
    dt
        Length of a time step in seconds.
    reset
        What a spike does to the membrane, such as ``value`` or ``subtract``.
    integrator
        How differential equations become updates, such as ``euler_sequential``.
    compare
        ``>`` or ``>=``: how the membrane is compared with the threshold.
    input_kind
        What the inputs carry. Without it and without metadata, ``count``: whole numbers of
        0 or more, which are spikes if they are at most 1.
    recurrent
        Edges (source, destination) between nodes of the flat graph that take one step, before
        the walk from the inputs looks for the others.
    repair
        Whether a file may be read in a way that its author probably meant, with a warning;
        if not, each such place is an error. Defaults that NIR itself has are taken anyway.
    limits
        What reading the file may cost.
    """

    profile: str | None = None
    dt: float | None = None
    reset: str | None = None
    integrator: str | None = None
    compare: str | None = None
    input_kind: SignalKind | None = None
    recurrent: tuple[tuple[str, str], ...] = ()
    repair: bool = True
    limits: Limits | None = None
