"""`Hypergraph`: units joined by nets, one net per source of spikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from somac.compiler.mapping.partition.nets import NO_SOURCE, Pins
from somac.ir.digest import digest_of, integers, read_only

__all__ = ["NO_SOURCE", "Hypergraph"]


@dataclass(frozen=True, slots=True, eq=False)
class Hypergraph:
    """Units and the nets between them.

    A net is what one source sends: its pins are the source itself, if that is a unit, and
    every unit that hears it, each once and in any order. Arrays are read-only.

    Parameters
    ----------
    units
        Number of units; they are numbered from 0.
    source
        int32 (nets,): the unit that sends, or `NO_SOURCE`.
    weight
        int64 (nets,): spikes per unit of time, not negative.
    start
        int64 (nets + 1,): net `n` has the pins ``pin[start[n]:start[n + 1]]``.
    pin
        int32 (pins,): the units of each net.

    Raises
    ------
    ValueError
        If the arrays do not describe nets: a unit that is not there or twice in a net, a
        source that is not a pin of its net, a negative weight.
    """

    units: int
    source: NDArray[np.int32]
    weight: NDArray[np.int64]
    start: NDArray[np.int64]
    pin: NDArray[np.int32]

    def __post_init__(self) -> None:
        for name, dtype in _DTYPES.items():
            array = np.asarray(getattr(self, name))
            # narrow arrays stay as they are: ten million pins are not copied to be looked at
            whole = array if array.dtype == dtype else integers(array).astype(dtype)
            object.__setattr__(self, name, read_only(whole))
        fault = self._fault()
        if fault is not None:
            raise ValueError(fault)

    @classmethod
    def of_targets(
        cls,
        units: int,
        source: ArrayLike,
        weight: ArrayLike,
        start: ArrayLike,
        target: ArrayLike,
    ) -> Hypergraph:
        """Make nets of lists of targets, which may name a target twice, or the source.

        Parameters
        ----------
        units
            Number of units.
        source, weight
            As in `Hypergraph`.
        start, target
            Net `n` is heard by ``target[start[n]:start[n + 1]]``.

        Raises
        ------
        ValueError
            As `Hypergraph`.
        """
        from somac.compiler.mapping.partition.nets_kernels import distinct_pins

        begin, ends = integers(start), np.asarray(target).astype(np.int32, copy=False)
        origin = np.asarray(source).astype(np.int32, copy=False)
        fault = _unfit(units, origin, begin, ends)
        if fault is not None:
            raise ValueError(fault)
        where, pins = distinct_pins(units, read_only(origin), read_only(begin), read_only(ends))
        return cls(units, origin, integers(weight), where, pins)

    @property
    def nets(self) -> int:
        """Number of nets."""
        return len(self.source)

    @property
    def pins(self) -> int:
        """Number of pins of all nets."""
        return len(self.pin)

    def bare(self) -> Pins:
        """The arrays, as kernels take them."""
        return Pins(self.source, self.weight, self.start, self.pin)

    def digest(self) -> str:
        """BLAKE2b of the value, as hexadecimal text."""
        return digest_of(self)

    def _fault(self) -> str | None:
        from somac.compiler.mapping.partition.nets_kernels import first_fault

        if self.units < 0 or self.units > np.iinfo(np.int32).max:
            return f"{self.units} units cannot be numbered by int32"
        if self.weight.shape != self.source.shape:
            return f"{len(self.weight)} weights for {len(self.source)} nets"
        if self.weight.size and self.weight.min() < 0:
            return f"net {int(self.weight.argmin())} has a negative weight"
        unfit = _unfit(self.units, self.source, self.start, self.pin)
        if unfit is not None:
            return unfit
        net = first_fault(self.units, self.source, self.start, self.pin)
        return None if net < 0 else f"net {net} has a unit twice, or not its source"


_DTYPES: Final = {
    "source": np.int32,
    "weight": np.int64,
    "start": np.int64,
    "pin": np.int32,
}


def _unfit(
    units: int,
    source: NDArray[np.int32],
    start: NDArray[np.int64],
    unit: NDArray[np.int32],
) -> str | None:
    """What is wrong with the ranges of numbers, if anything is."""
    if start.shape != (len(source) + 1,) or start[0] != 0 or start[-1] != len(unit):
        return f"starts of {len(source)} nets do not span {len(unit)} pins"
    if (np.diff(start) < 0).any():
        return f"net {int(np.diff(start).argmin())} ends before it starts"
    if unit.size and not 0 <= unit.min() <= unit.max() < units:
        return f"pins are not within 0..{units - 1}"
    if source.size and not NO_SOURCE <= source.min() <= source.max() < units:
        return f"sources are not within 0..{units - 1}"
    return None
