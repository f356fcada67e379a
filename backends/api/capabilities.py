"""What a backend can do with a target, as data: `refusals` holds networks against it."""

from __future__ import annotations

from dataclasses import dataclass, field

from somac.ir.connectivity import (
    AllToAll,
    Arranged,
    Chain,
    Connectivity,
    Convolution,
    Dense,
    OneToOne,
    Pool,
    Sparse,
)
from somac.ir.target import Target

__all__ = ["KINDS", "Capabilities", "kind_of"]

_KINDS: tuple[tuple[type[Connectivity], str], ...] = (
    (Dense, "dense"),
    (Sparse, "sparse"),
    (Convolution, "convolution"),
    (Pool, "pool"),
    (OneToOne, "one-to-one"),
    (AllToAll, "all-to-all"),
    (Chain, "chain"),
)

KINDS = frozenset(name for _, name in _KINDS)
"""Kinds of projections: ``dense``, ``sparse``, ``convolution``, ``pool``, ``one-to-one``,
``all-to-all``, and ``chain``, which is several of them one after the other."""


def kind_of(connectivity: Connectivity) -> str:
    """One of `KINDS`."""
    if isinstance(connectivity, Arranged):
        return kind_of(connectivity.origin)
    return next(name for known, name in _KINDS if isinstance(connectivity, known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a backend can do with a target.

    Where a limit is None there is none, or it is not one number: `Backend.check` knows.

    Parameters
    ----------
    operations
        Operations of datapaths: of `somac.ir.datapath.OPCODES`.
    signals
        What inputs and populations may send: of ``spike``, ``count``, ``value``.
    projections
        Kinds of projections: of `KINDS`.
    recurrent
        Whether signals may come back to where they came from.
    learning
        Whether projections may have learning rules.
    products
        Whether a projection may convert each product before it is added.
    tilings
        Whether projections may be on blocks of cells whose sums converters round.
    retimed
        Whether populations may update in different ticks.
    delays
        Ticks from a cell to another, at least and at most.
    weight_bits
        Widest weight that does not learn, sign included.
    word_bits
        Widest intermediate value of a datapath.
    port_bits
        Widest number in which what arrives at a port is added up.
    signal_bits
        Widest signal, sign included.
    cells
        Most cells of an input or a population.
    ports
        Most ports of a neuron.
    fan_in, fan_out
        Most synapses that end on a cell, or begin at one, of all projections together.
    """

    operations: frozenset[str]
    signals: frozenset[str]
    projections: frozenset[str] = field(default=KINDS)
    recurrent: bool = True
    learning: bool = False
    products: bool = False
    tilings: bool = False
    retimed: bool = False
    delays: tuple[int, int]
    weight_bits: int | None = None
    word_bits: int | None = None
    port_bits: int | None = None
    signal_bits: int | None = None
    cells: int | None = None
    ports: int | None = None
    fan_in: int | None = None
    fan_out: int | None = None

    @classmethod
    def of(cls, target: Target) -> Capabilities:
        """What the description of a target says: operations, signals, delays and widths.

        `dataclasses.replace` puts in what the backend knows besides.
        """
        can = target.capabilities
        return cls(
            operations=can.operations,
            signals=can.outputs,
            delays=(can.min_delay, can.max_delay),
            weight_bits=can.weight_bits,
            word_bits=can.word_bits,
        )
