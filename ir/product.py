"""What a product of weight and signal becomes before it is added to the sum at a port.

Without a `ProductCast` the sum is that of exact products. Layers whose accumulator has fewer
fraction bits than a product, as those of high-level synthesis have, round each product by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import Connectivity, Operator
from somac.ir.fixed import MAX_BITS, Rounding, round_shift

__all__ = ["ProductCast"]

Raw = NDArray[np.int64]

# products that are computed at once: they stay in the second cache
_BLOCK = 1 << 15


@dataclass(frozen=True, slots=True)
class ProductCast:
    """Each product loses its `shift` lowest bits, by `rounding`.

    Its high bits need no mention: the sum wraps at the port, and with it every summand.

    Raises
    ------
    ValueError
        If the shift is not 1 to 63.
    """

    shift: int
    rounding: Rounding = Rounding.TRN

    def __post_init__(self) -> None:
        if not 1 <= self.shift <= MAX_BITS:
            raise ValueError(f"a product is shifted by 1 to {MAX_BITS} bits, not {self.shift}")

    def __str__(self) -> str:
        return f">>{self.shift} {self.rounding.value}"

    def by_delay(self, connectivity: Connectivity) -> Iterator[tuple[int, Operator]]:
        """As `Connectivity.by_delay` in int64, (samples, source) to (samples, target)."""
        rows = connectivity.rows(0, connectivity.source_size)
        source = np.repeat(np.arange(connectivity.source_size), np.diff(rows.indptr))
        for delay in connectivity.delays:
            here = np.flatnonzero(rows.delay == delay)
            order = here[np.argsort(rows.target[here], kind="stable")]
            targets, first = np.unique(rows.target[order], return_index=True)
            weight = rows.weight[order].astype(np.int64)
            size = connectivity.target_size
            yield delay, _Summed(self, source[order], weight, targets, first, size)


@dataclass(frozen=True, slots=True, eq=False)
class _Summed:
    """Sums of converted products, for synapses in the order of their targets.

    Those of `targets[k]` begin at `first[k]`; there are `size` targets in all.
    """

    cast: ProductCast
    source: Raw
    weight: Raw
    targets: Raw
    first: Raw
    size: int

    def __call__(self, signal: Raw) -> Raw:
        sums = np.zeros((len(signal), self.size), np.int64)
        if not len(self.weight):
            return sums
        samples = max(1, _BLOCK // len(self.weight))
        for start in range(0, len(signal), samples):
            products = signal[start : start + samples, self.source]
            products *= self.weight
            rounded = round_shift(products, self.cast.shift, self.cast.rounding)
            found = np.add.reduceat(rounded, self.first, axis=1)
            sums[start : start + samples, self.targets] = found
        return sums
