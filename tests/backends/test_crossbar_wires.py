"""Wire resistance: effective conductances against other solutions of the same circuit."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from netlists import Resistances, array, exact, nodal, spice
from numpy.typing import NDArray

from somac.backends.crossbar.device.wires import Wires, effective_conductance, wired

Floats = NDArray[np.float64]

SEGMENTS = Resistances(row=3.0, column=2.0, driver=20.0, sense=7.0, access=1e3)
BOTH_ENDS = Resistances(row=3.0, column=2.0, driver=20.0, sense=7.0, access=1e3, both=True)


def wires_of(r: Resistances) -> Wires:
    return Wires(
        row_ohm=r.row,
        column_ohm=r.column,
        driver_ohm=r.driver,
        sense_ohm=r.sense,
        access_ohm=r.access,
        both_ends=r.both,
    )


def random_cells(rows: int, columns: int, seed: int, *, off: float = 0.2) -> Floats:
    """10 kΩ to 1 MΩ, and a share that conducts nothing."""
    rng = np.random.default_rng(seed)
    cells = rng.uniform(1e-6, 1e-4, (rows, columns))
    cells[rng.random(cells.shape) < off] = 0.0
    return cells


def volts_of(rows: int, seed: int) -> Floats:
    return np.random.default_rng(seed).uniform(0.0, 0.2, rows)


# --- currents, against circuits solved by others --------------------------------------------------


@pytest.mark.parametrize("size", [8, 32, 64])
def test_stored_currents(shared: Path, size: int) -> None:
    with np.load(shared / "irdrop" / f"irdrop_ref_{size}.npz") as stored:
        segment = float(stored["rw"])
        wires = Wires(row_ohm=segment, column_ohm=segment, access_ohm=float(stored["ron"]))
        currents = stored["V"] @ effective_conductance(stored["Gmem"], wires)
        for other in ("I_ngspice", "I_nodal"):
            np.testing.assert_allclose(currents, stored[other], rtol=1e-9)


@pytest.mark.parametrize("size", [8, 32, 64])
def test_ngspice(ngspice: None, tmp_path: Path, size: int) -> None:
    cells, volts = random_cells(size, size, seed=1), volts_of(size, seed=2)
    currents = volts @ effective_conductance(cells, wires_of(SEGMENTS))
    np.testing.assert_allclose(currents, spice(*array(cells, volts, SEGMENTS), tmp_path), rtol=1e-9)


def test_ngspice_where_rows_are_driven_at_both_ends(ngspice: None, tmp_path: Path) -> None:
    cells, volts = random_cells(12, 20, seed=3), volts_of(12, seed=4)
    currents = volts @ effective_conductance(cells, wires_of(BOTH_ENDS))
    circuit = array(cells, volts, BOTH_ENDS)
    np.testing.assert_allclose(currents, spice(*circuit, tmp_path), rtol=1e-9)


@pytest.mark.parametrize("r", [SEGMENTS, BOTH_ENDS], ids=["one end", "both ends"])
@pytest.mark.parametrize("shape", [(8, 8), (32, 32), (64, 64), (1, 9), (9, 1), (1, 1), (20, 37)])
def test_nodal_analysis(shape: tuple[int, int], r: Resistances) -> None:
    cells, volts = random_cells(*shape, seed=5, off=0.1), volts_of(shape[0], seed=6)
    currents = volts @ effective_conductance(cells, wires_of(r))
    np.testing.assert_allclose(currents, nodal(*array(cells, volts, r)), rtol=1e-12)


# --- every entry, against rational numbers --------------------------------------------------------

ohms = st.sampled_from([0.0, 1e-6, 0.3, 2.5, 1e3, 1e9])


@given(
    cells=st.tuples(st.integers(1, 3), st.integers(1, 4)).flatmap(
        lambda shape: st.lists(
            st.sampled_from([0.0, 1e-12, 1e-6, 3e-5, 1e-4, 1e-2]),
            min_size=shape[0] * shape[1],
            max_size=shape[0] * shape[1],
        ).map(lambda values: np.array(values).reshape(shape))
    ),
    r=st.builds(Resistances, row=ohms, column=ohms, driver=ohms, sense=ohms, access=ohms),
    both=st.booleans(),
)
@settings(max_examples=30)
def test_each_entry_is_accurate(cells: Floats, r: Resistances, both: bool) -> None:
    """Also where resistances are fifteen orders apart and the nodal matrix is nearly singular."""
    # two wires without resistance between a source and itself have no currents of their own
    if both and r.row + r.driver > 0:
        r = Resistances(r.row, r.column, r.driver, r.sense, r.access, both=True)
    found = effective_conductance(cells, wires_of(r))
    for i, volts in enumerate(np.eye(len(cells))):
        for entry, true in zip(found[i], exact(*array(cells, volts, r)), strict=True):
            assert abs(Fraction(float(entry)) - true) <= Fraction(1, 10**13) * abs(true)


# --- what follows from the circuit ----------------------------------------------------------------


def test_without_resistance_cells_are_as_they_are() -> None:
    cells = random_cells(21, 13, seed=7)
    for both in (False, True):
        np.testing.assert_array_equal(effective_conductance(cells, Wires(both_ends=both)), cells)
        np.testing.assert_array_equal(
            effective_conductance(cells.T, Wires(both_ends=both)), cells.T
        )


def test_wires_that_conduct_all_but_perfectly_change_next_to_nothing() -> None:
    cells = random_cells(40, 30, seed=8, off=0.0)
    wires = Wires(row_ohm=1e-9, column_ohm=1e-9, driver_ohm=1e-9, sense_ohm=1e-9)
    np.testing.assert_allclose(effective_conductance(cells, wires), cells, rtol=1e-9)


def test_one_cell_is_a_chain_of_resistors() -> None:
    found = effective_conductance(np.array([[1e-4]]), wires_of(SEGMENTS))
    np.testing.assert_allclose(found, [[1 / (20 + 3 + 1e4 + 1e3 + 2 + 7)]], rtol=1e-14)


def test_a_column_that_is_alone_has_a_closed_form() -> None:
    """Two equal cells in a column with a segment below each: resistors by hand."""
    g, r = 1e-4, 50.0
    found = effective_conductance(np.full((2, 1), g), Wires(column_ohm=r))
    upper = 1 / (1 / g + r)
    below = 1 / (1 + r * (g + upper))
    np.testing.assert_allclose(found[:, 0], [upper * below, g * below], rtol=1e-14)


def test_driving_columns_and_reading_rows_is_the_same_circuit() -> None:
    """Reciprocity: also what wide arrays are solved by."""
    cells = random_cells(17, 40, seed=9)
    there = Wires(row_ohm=4.0, column_ohm=1.5, driver_ohm=9.0, sense_ohm=30.0, access_ohm=500.0)
    back = Wires(row_ohm=1.5, column_ohm=4.0, driver_ohm=30.0, sense_ohm=9.0, access_ohm=500.0)
    turned = effective_conductance(cells[::-1, ::-1].T, back)[::-1, ::-1].T
    np.testing.assert_allclose(effective_conductance(cells, there), turned, rtol=1e-13)


@given(
    rows=st.integers(1, 24),
    columns=st.integers(1, 24),
    seed=st.integers(0, 2**32 - 1),
    r=st.builds(Resistances, row=ohms, column=ohms, driver=ohms, sense=ohms, both=st.booleans()),
)
def test_bounds(rows: int, columns: int, seed: int, r: Resistances) -> None:
    """No current is made: a row gives at most what its cells would without wires; none is < 0."""
    cells = random_cells(rows, columns, seed)
    found = effective_conductance(cells, wires_of(r))
    slack = 1 + 1e-12
    assert (found >= 0).all()
    assert (found.sum(axis=1) <= cells.sum(axis=1) * slack).all()
    assert (found.sum(axis=0) <= cells.sum(axis=0) * slack).all()
    assert found.max() <= cells.max() * slack


def test_cells_near_drivers_and_amplifiers_lose_least() -> None:
    kept = effective_conductance(np.full((64, 64), 5e-5), Wires(row_ohm=2.5, column_ohm=2.5)) / 5e-5
    assert kept[-1, 0] == kept.max()
    assert kept[0, -1] == kept.min()
    both = effective_conductance(
        np.full((64, 64), 5e-5), Wires(row_ohm=2.5, column_ohm=2.5, both_ends=True)
    )
    assert (both.sum(axis=1) > kept.sum(axis=1) * 5e-5).all()


def test_a_part_of_an_array_conducts_what_it_does_alone() -> None:
    """Blocks that share an array: driven alone, the others at 0 V, and then together."""
    cells = random_cells(30, 24, seed=10)
    volts = volts_of(30, seed=11)
    whole = effective_conductance(cells, wires_of(SEGMENTS))
    apart = np.zeros((2, 24))
    for block, rows in enumerate((slice(0, 18), slice(18, 30))):
        driven = np.zeros(30)
        driven[rows] = volts[rows]
        apart[block] = nodal(*array(cells, driven, SEGMENTS))
        np.testing.assert_allclose(volts[rows] @ whole[rows], apart[block], rtol=1e-12)
    np.testing.assert_allclose(apart.sum(axis=0), volts @ whole, rtol=1e-12)


def test_rows_that_are_cut_off_are_another_circuit() -> None:
    """Why a row that is not driven must be at 0 V for its array to be one matrix."""
    cells = random_cells(30, 24, seed=10, off=0.0)
    volts = volts_of(30, seed=11)
    volts[18:] = 0.0
    grounded = volts @ effective_conductance(cells, wires_of(SEGMENTS))
    floating = nodal(*array(cells, volts, SEGMENTS, cut=range(18, 30)))
    assert (floating > grounded * 1.001).all()


# --- the same bits everywhere ---------------------------------------------------------------------

PROGRAM = """
import numpy as np
from somac.backends.crossbar.device.wires import Wires, effective_conductance
rows, columns = {shape}
cells = (np.arange(rows)[:, None] * 7919 + np.arange(columns) * 104729) % 1009 * 1e-7
for both in (False, True):
    wires = Wires(row_ohm=2.5, column_ohm=1.7, driver_ohm=11.0, sense_ohm=3.0, access_ohm=900.0,
                  both_ends=both)
    print(effective_conductance(cells, wires).tobytes().hex())
"""


def bits(shape: tuple[int, int], environment: Mapping[str, str]) -> str:
    """What another Python with other settings of Numba computes."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(shape=shape)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_compiled_code_gives_the_bits_of_plain_python() -> None:
    """Whose floats are IEEE 754's, one operation at a time: nothing is fused or reordered."""
    shape = (9, 19)
    assert bits(shape, {}) == bits(shape, {"NUMBA_DISABLE_JIT": "1"})


def test_any_processor_gives_the_same_bits() -> None:
    shape = (37, 50)
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    assert bits(shape, {}) == bits(shape, plain)


# --- on the grid ----------------------------------------------------------------------------------


def pattern(rows: int, columns: int, below: int) -> NDArray[np.int32]:
    values = np.arange(rows)[:, None] * 7919 + np.arange(columns) * 104729
    return (values * values % below).astype(np.int32)


def test_the_grid_keeps_every_step_without_wires() -> None:
    cells = pattern(64, 48, 2**31 - 1)
    np.testing.assert_array_equal(wired(cells, 1.4, Wires()), cells)


def test_the_grid_is_the_nearest() -> None:
    cells, step = pattern(16, 12, 15 * 65536), 2.5e-6 / 65536
    found = wired(cells, 2.5, wires_of(SEGMENTS))
    for i, volts in enumerate(np.eye(16)):
        true = nodal(*array(cells * step, volts, SEGMENTS)) / step
        assert (np.abs(found[i] - true) <= 0.5 + 1e-6).all()


def test_these_integers_are_those_of_every_machine() -> None:
    found = wired(pattern(96, 80, 15 * 65536), 2.5, wires_of(SEGMENTS))
    digest = hashlib.sha256(found.astype("<i4").tobytes()).hexdigest()
    assert digest == "14e19e21d9b89552018e0e00ee77a1d5fd1af4b2ef80d2dfbb073c1723f3b291"


# --- bad values -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ohm", [-1.0, float("nan"), float("inf")])
@pytest.mark.parametrize(
    "field", ["row_ohm", "column_ohm", "driver_ohm", "sense_ohm", "access_ohm"]
)
def test_resistances_that_are_none(field: str, ohm: float) -> None:
    with pytest.raises(ValueError, match=f"{field} is finite and not negative"):
        Wires(**{field: ohm})


@pytest.mark.parametrize("value", [-1e-6, float("nan"), float("inf")])
def test_conductances_that_are_none(value: float) -> None:
    with pytest.raises(ValueError, match="finite and not negative"):
        effective_conductance(np.array([[1e-6, value]]), Wires())
    with pytest.raises(ValueError, match="finite and not negative"):
        wired(np.array([[-1]], np.int32), 1.0, Wires())


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (3,)])
def test_shapes_that_are_no_array(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="has rows and columns"):
        effective_conductance(np.zeros(shape), Wires())


def test_rows_in_several_calls_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = np.random.default_rng(4).uniform(1e-6, 1e-4, (19, 11))
    wires = Wires(row_ohm=3.0, column_ohm=2.0, driver_ohm=5.0, sense_ohm=7.0)
    whole = effective_conductance(cells, wires)
    monkeypatch.setattr("somac.backends.crossbar.device.wires.elimination._AT_ONCE", 1)
    np.testing.assert_array_equal(effective_conductance(cells, wires), whole)
