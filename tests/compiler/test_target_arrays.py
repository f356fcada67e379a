"""Descriptions of arrays of memory cells: what they give, what the shipped ones say, mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from somac.backends.crossbar.device.figures import NAMES, device_model
from somac.compiler.cli.render.target import described_text
from somac.compiler.cli.views.target import described
from somac.compiler.targets import find_target, load_targets
from somac.compiler.targets.units import unit_of
from somac.ir.errors import SomacError
from somac.ir.target import Array, Target
from somac.ir.tiling import Converters

SMALL = Path(__file__).parent.parent / "data" / "small_arrays.yaml"
TEXT = SMALL.read_text(encoding="utf-8")


def array_of(target: Target) -> Array:
    assert target.array is not None
    return target.array


def test_an_array_of_a_users_file() -> None:
    target = find_target("few", SMALL)
    array = array_of(target)
    assert (target.place, target.places) == ("core", 4)
    assert (array.rows, array.columns, array.cell_bits, array.max_slices) == (8, 6, 2, 3)
    assert (array.polarity, array.signs) == ("differential", "bipolar")
    assert (array.pulse_bits, array.max_pulses) == (1, 8)
    assert (array.adc_bits, array.adc_signed, array.codes) == (4, True, (-7, 7))
    assert (array.g_min_us, array.g_max_us) == (1.0, 16.0)
    assert array.figures == {"programming_c0": 8, "programming_c2": -0.01}
    assert target.figures["programming_c2"].unit == "1/uS"
    assert target.figures["rows"].value == 8
    assert "adc_signed" not in target.figures


def test_nodes_count_row_by_row_and_no_table_limits_routes() -> None:
    target = find_target("few", SMALL)
    topology = target.topology
    assert topology.node_position[topology.core_node].tolist() == [[0, 0], [1, 0], [0, 1], [1, 1]]
    assert described(target).router_entries is None
    assert described(find_target("spinnaker2")).router_entries == 16384


def test_a_chip_may_use_an_array_that_comes_with_somac(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.replace("array: few", "array: isaac"), encoding="utf-8")
    array = array_of(find_target("few", path))
    assert array == array_of(find_target("isaac"))
    assert array.codes == (0, 255)


@pytest.mark.parametrize(
    ("name", "cores", "rows", "columns", "weight_bits"),
    [
        ("crossbar-40nm", 1, 512, 512, 17),
        ("crossbar-40nm-64", 64, 512, 512, 17),
        ("neurram", 48, 256, 256, 10),
        ("hermes", 64, 256, 512, 8),
        ("isaac", 168 * 12 * 8, 128, 128, 16),
        ("crossbar", 256, 256, 256, 17),
    ],
)
def test_shipped_arrays(name: str, cores: int, rows: int, columns: int, weight_bits: int) -> None:
    target = find_target(name)
    array = array_of(target)
    assert (target.places, array.rows, array.columns) == (cores, rows, columns)
    assert target.backend == "crossbar"
    assert target.capabilities.min_delay == 0
    # there are converters of the widest weights and signals, and the widest weight is said rightly
    widest = Converters(
        array.pulse_bits,
        array.max_pulses,
        array.signs,
        array.cell_bits,
        array.max_slices,
        array.polarity,
        *array.codes,
    )
    assert widest.weights[1] == (1 << (weight_bits - 1)) - 1
    assert target.capabilities.weight_bits == weight_bits


def test_derived_figures_follow_from_the_published() -> None:
    neurram = find_target("neurram").figures
    operations = 2 * 256 * 128
    assert neurram["mvm_nj"].value == pytest.approx(operations / 6.44 / 1e3, rel=1e-3)
    assert neurram["mvm_ns"].value == pytest.approx(operations * 48 / 0.264 / 1e3, rel=1e-3)
    assert neurram["adc_pj"].value == pytest.approx(50.52e-3 * operations / 128, rel=1e-3)
    assert neurram["array_pulse_pj"].value == pytest.approx(
        (75.86 + 27.51) * operations / 1e3, rel=1e-3
    )
    hermes = find_target("hermes").figures
    operations = 2 * 256 * 256
    assert hermes["mvm_ns"].value == pytest.approx(operations * 64 / 63.1 / 1e3, rel=1e-3)
    assert hermes["mvm_nj"].value == pytest.approx(operations / 9.76 / 1e3, rel=1e-3)
    published = (0.16603222, 4.71806468, -8.48101252, 4.68961419)
    for power, of_relative in enumerate(published):
        given = hermes[f"programming_c{power}"].value
        assert given == pytest.approx(of_relative / 20.7**power, rel=1e-5)
    isaac = find_target("isaac").figures
    assert isaac["adc_pj"].value == 2 * 100 / 128
    assert isaac["array_pulse_pj"].value == pytest.approx(0.3 * 100)
    macro = find_target("crossbar-40nm").figures
    assert macro["found_sigma_usiemens"].value == pytest.approx(6.61329 / 2**0.5, abs=1e-3)
    assert macro["g_min_usiemens"].value == 1 / 10
    assert macro["g_max_usiemens"].value == 1e3 / 20


def test_figures_of_cells_are_those_of_the_device_model() -> None:
    assert all(unit_of(name) is not None for name in NAMES)
    for target in load_targets().values():
        if target.array is None:
            continue
        array = target.array
        cells = {name: value for name, value in array.figures.items() if name in NAMES}
        model = device_model(array.g_min_us, array.g_max_us, 1 << array.cell_bits, cells)
        assert model.top > model.rest
        # a misspelt one would be no figure of cells, and its effect off
        prefixes = ("programming_", "read_", "drift_", "stuck_", "write_")
        assert {name for name in array.figures if name.startswith(prefixes)} == set(cells)


def test_view() -> None:
    text = described_text(described(find_target("few", SMALL)))
    assert (
        text[: text.index("figure ")]
        == """\
few           Four arrays
backend       crossbar
cores         4 usable of 4 on 1 chip
a core has    48 cells, 16 neurons
an array has  8 rows and 6 columns of cells of 4 levels, 1 to 16 uS
weights       in at most 3 cells of 2 bits, in pairs that are subtracted before conversion
signals       in at most 8 pulses of 1 bit, negative ones as negative pulses
converters    of 4 bits, codes -7 to 7
delays        0 to 8 ticks from core to core
integers      weights of 7 bits, accumulators of 16, words of 32
cores send    spike
operations    add, gt, select, sub

"""
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "message", "at"),
    [
        ("g_min_usiemens: {value: 1,", "g_min_usiemens: {value: 16,", "E0309", "16 uS", "g_min"),
        ("g_min_usiemens: {value: 1,", "g_min_usiemens: {value: -1,", "E0307", "g_min", "g_min"),
        ("adc_signed: {value: true", "adc_signed: {value: false", "E0309", "differences", "signed"),
        ("adc_signed: {value: true", "adc_signed: {value: 1", "E0307", "adc_signed", "signed"),
        ("adc_bits: {value: 4", "adc_bits: {value: 1", "E0309", "2 bits or more", "adc_bits"),
        ("cell_bits: {value: 2", "cell_bits: {value: 9", "E0307", "cell_bits", "cell_bits"),
        ("max_slices: {value: 3", "max_slices: {value: 16", "E0309", "32 bits", "max_slices"),
        ("max_pulses: {value: 8", "max_pulses: {value: 0", "E0307", "max_pulses", "max_pulses"),
        ("pulse_bits: {value: 1", "pulse_bits: {value: 7", "E0309", "56 bits", "max_pulses"),
        ("columns: {value: 6", "columns: {value: 1", "E0309", "takes 2 cells", "columns"),
        ("rows: {value: 8", "rows: {value: 0", "E0307", "rows", "rows"),
        ("value: bipolar", "value: polar", "E0307", "signs", "signs"),
        ("array: few", "array: fewer", "E0308", "each core of the chip 'few' has", "array: fewer"),
        ("    rows: {value: 8", "    rwos: {value: 8", "E0305", "'rwos'", "rwos"),
        ("programming_c2:", "programming:", "E0307", "does not end in a unit", "programming:"),
        ("programming_c2:", "mvm_ps:", "E0686", "'mvm_ps'", "mvm_ps:"),
        ("programming_c2: {value: -0.01", "mvm_ns: {value: -1", "E0688", "mvm_ns", "mvm_ns:"),
        ("programming_c0: {value: 8", "programming_c0: {value: -8", "E0681", "-8", "_c0:"),
        ("programming_c0: {value: 8", "stuck_open: {value: 1.5", "E0682", "shares", "stuck_open"),
        (
            "programming_c0:",
            "read_c0: {value: -1, status: assumed, source: test}\n      programming_c0:",
            "E0681",
            "read noise",
            "read_c0",
        ),
        ("programming_c0:", "drift_nu:", "E0686", "drift_t0_seconds", "drift_nu"),
        ("programming_c2:", "programming_constant:", "E0686", "two forms", "programming_"),
        ("g_min_usiemens: {value: 1,", "g_min_usiemens: {value: 15.9999,", "E0680", "", "g_max"),
        (
            "adc_bits: {value: 4, status: assumed, source: test",
            "adc_bits: {value: 4, status: assumed, source: tset",
            "E0308",
            "'tset'",
            "adc_bits",
        ),
    ],
)
def test_mistakes(tmp_path: Path, old: str, new: str, code: str, message: str, at: str) -> None:
    assert old in TEXT
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SomacError) as caught:
        load_targets(path)
    found = next(d for d in caught.value.diagnostics if d.code == code)
    assert message in found.message
    assert at in (found.place.source or "")


def test_negative_pulses_need_signed_codes(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    text = TEXT.replace("value: differential", "value: separate")
    text = text.replace("adc_signed: {value: true", "adc_signed: {value: false")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SomacError, match="negative pulses need") as caught:
        load_targets(path)
    assert caught.value.diagnostics[0].code == "E0309"


def test_an_array_without_pulses(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    lines = [line for line in TEXT.splitlines() if "max_pulses" not in line]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(SomacError, match="E0306") as caught:
        load_targets(path)
    assert "arrays.few lacks the key 'max_pulses'" in caught.value.diagnostics[0].message
