"""Circuits of resistors and voltage sources, solved by ngspice and by nodal analysis.

Nothing of somac is used: a circuit is a list of elements between named nodes, and the equations are
those of modified nodal analysis of any such list, whatever it is a model of.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

GROUND = "0"


@dataclass
class Netlist:
    """Elements between nodes; currents are asked of sources, by name."""

    resistors: list[tuple[str, str, float]] = field(default_factory=list)
    sources: dict[str, tuple[str, str, float]] = field(default_factory=dict)

    def resistor(self, a: str, b: str, ohm: float) -> None:
        """Ohm between two nodes; 0 is a source of 0 V, which is a wire."""
        if ohm == 0:
            self.sources[f"short{len(self.sources)}"] = (a, b, 0.0)
        else:
            self.resistors.append((a, b, ohm))

    def source(self, name: str, a: str, b: str, volts: float) -> None:
        """Volts of `a` above `b`; its current is what flows into it at `a`."""
        self.sources[name] = (a, b, volts)


@dataclass(frozen=True)
class Resistances:
    """Around the cells of an array, in ohm."""

    row: float = 0.0
    column: float = 0.0
    driver: float = 0.0
    sense: float = 0.0
    access: float = 0.0
    both: bool = False


def array(
    cells: NDArray[np.float64],
    volts: Sequence[float],
    r: Resistances,
    *,
    cut: Sequence[int] = (),
) -> tuple[Netlist, list[str]]:
    """An array of cells (rows, columns), and the sources that measure its columns.

    Rows `cut` have no driver at all.
    """
    rows, columns = cells.shape
    netlist = Netlist()
    for i in range(rows):
        if i not in cut:
            netlist.source(f"in{i}", f"in{i}", GROUND, volts[i])
            netlist.resistor(f"in{i}", f"west{i}", r.driver)
            netlist.resistor(f"west{i}", f"r{i}_0", r.row)
            if r.both:
                netlist.resistor(f"in{i}", f"east{i}", r.driver)
                netlist.resistor(f"east{i}", f"r{i}_{columns - 1}", r.row)
        for j in range(columns):
            if j > 0:
                netlist.resistor(f"r{i}_{j - 1}", f"r{i}_{j}", r.row)
            if cells[i, j] > 0:
                netlist.resistor(f"r{i}_{j}", f"m{i}_{j}", 1 / cells[i, j])
                netlist.resistor(f"m{i}_{j}", f"c{i}_{j}", r.access)
            below = f"c{i + 1}_{j}" if i + 1 < rows else f"foot{j}"
            netlist.resistor(f"c{i}_{j}", below, r.column)
    for j in range(columns):
        netlist.resistor(f"foot{j}", f"out{j}", r.sense)
        netlist.source(f"out{j}", f"out{j}", GROUND, 0.0)
    return netlist, [f"out{j}" for j in range(columns)]


def spice(netlist: Netlist, asked: Sequence[str], folder: Path) -> NDArray[np.float64]:
    """Currents into sources, in ampere, by ngspice."""
    lines = ["* a circuit of resistors and sources"]
    lines += [f"R{n} {a} {b} {ohm:.17g}" for n, (a, b, ohm) in enumerate(netlist.resistors)]
    lines += [f"V{name} {a} {b} {volts:.17g}" for name, (a, b, volts) in netlist.sources.items()]
    lines += [".options reltol=1e-12 abstol=1e-18 vntol=1e-15 gmin=1e-30 numdgt=15"]
    lines += [".control", "set numdgt=15", "op"]
    lines += [f"print i(v{name})" for name in asked]
    lines += ["quit", ".endc", ".end"]
    file = folder / "circuit.sp"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = subprocess.run(
        ["ngspice", "-b", file.name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    said = dict(re.findall(r"^i\(v(\w+)\) = (\S+)$", done.stdout, re.MULTILINE))
    assert [*said] == [*asked], done.stdout + done.stderr
    return np.array([float(said[name]) for name in asked])


def nodal(netlist: Netlist, asked: Sequence[str]) -> NDArray[np.float64]:
    """Currents into sources, in ampere, by modified nodal analysis: sparse LU, refined twice."""
    from scipy.sparse import csc_matrix
    from scipy.sparse.linalg import splu

    entries, right, names = _equations(netlist)
    at_row, at_column, value = (np.array(part) for part in zip(*entries, strict=True))
    size = len(names)
    solver = splu(csc_matrix((value.astype(float), (at_row, at_column)), shape=(size, size)))
    wide, solution = value.astype(np.longdouble), np.zeros(size, np.longdouble)
    for _ in range(3):
        residual = np.array(right, np.longdouble)
        np.subtract.at(residual, at_row, wide * solution[at_column])
        solution += solver.solve(residual.astype(float))
    return np.array([solution[names[f"i({name})"]] for name in asked], float)


def exact(netlist: Netlist, asked: Sequence[str]) -> list[Fraction]:
    """Currents into sources, in ampere, as rational numbers: Gauss and Jordan's elimination."""
    entries, right, names = _equations(netlist)
    matrix = [dict[int, Fraction]() for _ in names]
    for row, column, value in entries:
        matrix[row][column] = matrix[row].get(column, Fraction(0)) + value
    known = [Fraction(value) for value in right]
    pivots: dict[int, int] = {}
    for column in range(len(names)):
        rows = (r for r in range(len(names)) if r not in pivots.values() and matrix[r].get(column))
        pivot = pivots[column] = min(rows, key=lambda r: len(matrix[r]))
        for row, equation in enumerate(matrix):
            if row != pivot and equation.get(column):
                factor = equation[column] / matrix[pivot][column]
                for c, value in matrix[pivot].items():
                    equation[c] = equation.get(c, Fraction(0)) - factor * value
                known[row] -= factor * known[pivot]
    columns = [names[f"i({name})"] for name in asked]
    return [known[pivots[c]] / matrix[pivots[c]][c] for c in columns]


def _equations(
    netlist: Netlist,
) -> tuple[list[tuple[int, int, Fraction]], list[float], dict[str, int]]:
    """Entries of the matrix, which add up, the right side, and the number of each unknown.

    The unknowns are voltages of nodes ``v(a)`` and currents into sources ``i(name)``.
    """
    names: dict[str, int] = {}
    entries: list[tuple[int, int, Fraction]] = []

    def unknown(name: str) -> int | None:
        return None if name == f"v({GROUND})" else names.setdefault(name, len(names))

    def add(row: int | None, column: int | None, value: Fraction) -> None:
        if row is not None and column is not None:
            entries.append((row, column, value))

    for a, b, ohm in netlist.resistors:
        p, q, conductance = unknown(f"v({a})"), unknown(f"v({b})"), 1 / Fraction(ohm)
        for row, column, value in ((p, p, 1), (q, q, 1), (p, q, -1), (q, p, -1)):
            add(row, column, value * conductance)
    levels: dict[int, float] = {}
    for name, (a, b, volts) in netlist.sources.items():
        p, q, i = unknown(f"v({a})"), unknown(f"v({b})"), unknown(f"i({name})")
        for node, sign in ((p, Fraction(1)), (q, Fraction(-1))):
            add(node, i, sign)
            add(i, node, sign)
        levels[names[f"i({name})"]] = volts
    return entries, [levels.get(n, 0.0) for n in range(len(names))], names
