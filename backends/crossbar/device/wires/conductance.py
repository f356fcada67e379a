"""Cells behind wires as one matrix of conductances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.device.wires.values import Wires

__all__ = ["effective_conductance"]


def effective_conductance(cells: NDArray[np.float64], wires: Wires) -> NDArray[np.float64]:
    """Siemens from each row's driver to each column's virtual ground: float64 (rows, columns).

    `cells`: float64 (rows, columns), the conductance of each cell without its access resistance, in
    siemens, finite and not negative; ValueError otherwise. Columns leave after the last row.

    With linear cells, all drivers at their voltages (0 V where a row is not driven) and all columns
    at virtual ground, ``currents = voltages @ effective_conductance(cells, wires)`` for every
    input. It is not so where rows that are not driven are cut off: there the circuit depends on
    the input.

    Every entry is right to about 1e-14 of itself, and has the same bits on every machine: no LAPACK
    and no BLAS is asked (`elimination` says how). Without any resistance the result is `cells`
    exactly. Time grows with ``max(rows, columns)^2 * min(rows, columns)^2``, memory with
    ``rows * columns``; wide arrays with a driver at both ends of their rows are solved as they
    stand, in time of ``rows * columns^3``.
    """
    from somac.backends.crossbar.device.wires.elimination import conducted

    if cells.ndim != 2 or 0 in cells.shape:
        raise ValueError(f"an array has rows and columns, not the shape {cells.shape}")
    if not (np.isfinite(cells).all() and (cells >= 0).all()):
        raise ValueError("conductances are finite and not negative")
    rows, columns = cells.shape
    seen = cells / (1.0 + cells * wires.access_ohm)
    if columns <= rows or wires.both_ends:
        return np.ascontiguousarray(
            conducted(
                np.ascontiguousarray(seen),
                wires.row_ohm,
                wires.column_ohm,
                wires.driver_ohm,
                wires.sense_ohm,
                wires.both_ends,
            ).T
        )
    # the fewer ports, the faster. A circuit of resistors is reciprocal: columns are driven where
    # they are read, and rows are read where they are driven
    turned = conducted(
        np.ascontiguousarray(seen[::-1, ::-1].T),
        wires.column_ohm,
        wires.row_ohm,
        wires.sense_ohm,
        wires.driver_ohm,
        False,
    )
    return np.ascontiguousarray(turned[::-1, ::-1])
