"""Nodal analysis of an array, row by row, by sums and products of positive numbers alone.

A part of an array is kept as what its columns see of it at their lower ends. Row sources at 1 V one
at a time, column ends ("ports") at voltages w, the currents out of the ports are ::

    I[p] = sources[p, 1 + i] - (sources[p, 0] + sum_q couplings[p, q]) w[p]
           + sum_q couplings[p, q] w[q]

that is, a Norton equivalent with many ports: `couplings` are conductances between ports, column 0
of `sources` those from a port to all drivers together. Two things are done to it:

- a row is added at the ports (`_add_row`): the ladder of its wire and cells, in closed form;
- a resistor r is put in series with every port (`_extend`). For one port k that has the
  conductance y to all others and the drivers together, it is the rank-one change ::

      f = 1 / (1 + r y)    every conductance of port k times f
      all others           couplings[p, q] += r f couplings[p, k] couplings[k, q], sources alike

All is positive and nothing is subtracted: diagonals, the one place where nodal equations cancel,
are never kept but summed again (as in Grassmann, Taksar and Heyman, Operations Research 33 (1985),
do for Markov chains). So every entry has a small relative error, also where the matrix of the nodes
is nearly singular, and resistances of zero are no special case.

The order of all operations is written down. The compiler may not reassociate or fuse them
(`compiled` asks for no fast mathematics), and vectors run along independent entries: the same bits
on every machine whose float64 is that of IEEE 754.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from somac.backends.compiled.jit import compiled, part

__all__ = ["PORTS", "conducted"]

Floats = NDArray[np.float64]

PORTS: Final = 8
"""Ports that `_extend` changes together, before it changes the others."""

# entries of the ports' matrices that change between two looks for signals: a tenth of a second
_AT_ONCE: Final = 1 << 27


class _Panel(NamedTuple):
    """Rows of `PORTS` ports: as they become, as each was when its resistor came, and factors."""

    couplings: Floats
    sources: Floats
    couplings_then: Floats
    sources_then: Floats
    factors: Floats


class _Ladder(NamedTuple):
    """Of a row, per cell: wire to its left in ohm, conductances to its right, voltage ratios."""

    left: Floats
    right: Floats
    ratio: Floats
    seen: Floats


def conducted(
    cells: Floats, row: float, column: float, driver: float, sense: float, both: bool
) -> Floats:
    """Currents out of the columns for 1 V at each row, in ampere: float64 (columns, rows).

    `cells`: float64 (rows, columns), siemens, not negative, C-contiguous. `row` and `column`: ohm
    of a segment; `driver` and `sense`: ohm of what stands between the first segment and a source,
    the last segment and ground.
    """
    rows, columns = cells.shape
    ports = (columns + PORTS - 1) // PORTS * PORTS
    couplings = np.zeros((ports, ports))
    sources = np.zeros((ports, 1 + rows))
    panel = _Panel(
        np.zeros((PORTS, ports)),
        np.zeros((PORTS, 1 + rows)),
        np.zeros((PORTS, ports)),
        np.zeros((PORTS, 1 + rows)),
        np.zeros((ports, PORTS)),
    )
    ladder = _Ladder(np.zeros(columns), np.zeros(columns), np.zeros(columns), np.zeros(columns))
    # a signal is heard between two calls only
    some = max(1, _AT_ONCE // (ports * (ports + rows)))
    for first in range(0, rows, some):
        _add_rows(
            couplings,
            sources,
            (first, min(first + some, rows)),
            cells,
            row,
            column,
            driver + row,
            both,
            panel,
            ladder,
        )
    _last(couplings, sources, column + sense, panel)
    return sources[:columns, 1:].copy()


@compiled
def _add_rows(
    couplings: Floats,
    sources: Floats,
    which: tuple[int, int],
    cells: Floats,
    row: float,
    column: float,
    end: float,
    both: bool,
    panel: _Panel,
    ladder: _Ladder,
) -> None:
    """Put the rows from the first to before the second of `which` at the ports."""
    for i in range(which[0], which[1]):
        if i > 0:
            _extend(couplings, sources, 1 + i, column, panel)
        _add_row(couplings, sources, i, cells, row, end, both, ladder)


@compiled
def _last(couplings: Floats, sources: Floats, resistance: float, panel: _Panel) -> None:
    """Put what is beyond the last row in series with every port."""
    _extend(couplings, sources, sources.shape[1], resistance, panel)


@part
def _add_row(
    couplings: Floats,
    sources: Floats,
    i: int,
    cells: Floats,
    row: float,
    end: float,
    both: bool,
    ladder: _Ladder,
) -> None:
    """Put row `i` at the ports: `end` ohm from a driver to its first cell, `row` between cells."""
    last = cells.shape[1] - 1
    left, right, ratio, seen = ladder
    # all columns at 0 V: what a cell's node sees to its right, and the voltage of a node over that
    # of its left neighbour when it is fed from there
    right[last] = 1.0 / end if both and end > 0.0 else 0.0
    for p in range(last, -1, -1):
        onward = cells[i, p] + right[p]
        ratio[p] = 1.0 / (1.0 + row * onward)
        if p > 0:
            right[p - 1] = onward * ratio[p]
    left[0] = end
    for p in range(1, last + 1):
        left[p] = row + left[p - 1] / (1.0 + cells[i, p - 1] * left[p - 1])
    # the source at 1 V
    voltage = 1.0
    for p in range(last + 1):
        at = cells[i, p]
        if p == 0:
            voltage = 1.0 / (1.0 + (at + right[0]) * end)
        else:
            voltage *= ratio[p]
        current = at * voltage
        sources[p, 0] += current
        sources[p, 1 + i] += current
    if both and end > 0.0:
        for p in range(last, -1, -1):
            parallel = left[p] / (1.0 + cells[i, p] * left[p])
            voltage = parallel / (parallel + end) if p == last else voltage * parallel / left[p + 1]
            current = cells[i, p] * voltage
            sources[p, 0] += current
            sources[p, 1 + i] += current
    # column q at 1 V: `seen` is the voltage of the node of cell p
    for p in range(last + 1):
        for q in range(p):
            seen[q] *= ratio[p]
            couplings[p, q] += cells[i, p] * seen[q]
        onward = cells[i, p] + right[p]
        seen[p] = cells[i, p] * left[p] / (1.0 + onward * left[p])


@part
def _extend(couplings: Floats, sources: Floats, used: int, ohm: float, panel: _Panel) -> None:
    """Put `ohm` in series with every port. The first `used` columns of `sources` are in use.

    `couplings` is symmetric: what is above the diagonal is neither read nor written, and what is on
    it never read.
    """
    ports = couplings.shape[0]
    for first in range(0, ports, PORTS):
        _load(couplings, sources, used, first, panel)
        for k in range(PORTS):
            _extend_one(used, first, k, ohm, panel)
        for p in range(ports):
            if p < first or p >= first + PORTS:
                _accumulate(couplings, p, p, panel.factors, panel.couplings_then)
                _accumulate(sources, p, used, panel.factors, panel.sources_then)
        _store(couplings, sources, used, first, panel)


@part
def _load(couplings: Floats, sources: Floats, used: int, first: int, panel: _Panel) -> None:
    ports = couplings.shape[0]
    for k in range(PORTS):
        for q in range(first + k):
            panel.couplings[k, q] = couplings[first + k, q]
        for q in range(first + k + 1, ports):
            panel.couplings[k, q] = couplings[q, first + k]
        for n in range(used):
            panel.sources[k, n] = sources[first + k, n]


@part
def _store(couplings: Floats, sources: Floats, used: int, first: int, panel: _Panel) -> None:
    ports = couplings.shape[0]
    for k in range(PORTS):
        for q in range(first + k):
            couplings[first + k, q] = panel.couplings[k, q]
        for q in range(first + k + 1, ports):
            couplings[q, first + k] = panel.couplings[k, q]
        for n in range(used):
            sources[first + k, n] = panel.sources[k, n]


@part
def _extend_one(used: int, first: int, k: int, ohm: float, panel: _Panel) -> None:
    """Put `ohm` in series with port `first + k`; of the others, only those of the panel change."""
    now, then = panel.couplings, panel.couplings_then
    ports = now.shape[1]
    # a port is not coupled to itself; what the ports before have left there means nothing
    now[k, first + k] = 0.0
    total = panel.sources[k, 0]
    for q in range(ports):
        total += now[k, q]
    kept = 1.0 / (1.0 + ohm * total)
    factor = ohm * kept
    for q in range(ports):
        then[k, q] = now[k, q]
        panel.factors[q, k] = factor * now[k, q]
        now[k, q] *= kept
    for n in range(used):
        panel.sources_then[k, n] = panel.sources[k, n]
        panel.sources[k, n] *= kept
    for j in range(PORTS):
        if j != k:
            weight = panel.factors[first + j, k]
            for q in range(ports):
                now[j, q] += weight * then[k, q]
            now[j, first + k] = now[k, first + j]
            for n in range(used):
                panel.sources[j, n] += weight * panel.sources_then[k, n]


@part
def _accumulate(into: Floats, p: int, count: int, factors: Floats, rows: Floats) -> None:
    """Add to row `p` what all ports of the panel have left to it, in their order."""
    f0, f1, f2, f3 = factors[p, 0], factors[p, 1], factors[p, 2], factors[p, 3]
    f4, f5, f6, f7 = factors[p, 4], factors[p, 5], factors[p, 6], factors[p, 7]
    for q in range(count):
        low = into[p, q] + f0 * rows[0, q] + f1 * rows[1, q] + f2 * rows[2, q] + f3 * rows[3, q]
        high = low + f4 * rows[4, q] + f5 * rows[5, q] + f6 * rows[6, q] + f7 * rows[7, q]
        into[p, q] = high
