"""What lowering a model starts from and ends with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.datapath import Datapath

__all__ = ["Arriving", "Lowered"]

Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Arriving:
    """The sum at a port: `one` raw unit stands for so much, `bias` is added; `bits` hold it."""

    one: Real
    bias: Real
    bits: int


@dataclass(frozen=True, slots=True, eq=False)
class Lowered:
    """A model in integers.

    `scales` says what one raw step stands for, per state and for ``output``.
    """

    datapath: Datapath
    parameters: Mapping[str, NDArray[np.int64]]
    initial: Mapping[str, NDArray[np.int64]]
    scales: Mapping[str, Real]
