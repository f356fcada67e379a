"""What is gathered of bundles of every class of hardware, whole, old and damaged."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from crossbar_mutants import with_file
from report_cases import SAMPLES, STEPS, compiled_for, recording, small

from somac.backends.api import Costs, Emulation
from somac.compiler import api
from somac.compiler.costs import stored_costs
from somac.compiler.inputs import Recording
from somac.compiler.pipeline import compile_integer
from somac.compiler.plugins import find_backend
from somac.compiler.record.build import build_from, build_to
from somac.compiler.record.mapping import MAPPING
from somac.compiler.record.numbers import NUMBERS
from somac.compiler.record.placed import mapping_record
from somac.compiler.record.target import TARGET
from somac.compiler.report.data import Report, Trace
from somac.compiler.report.gather import Asked, gather
from somac.compiler.report.gathering.costs import energy_of
from somac.compiler.report.gathering.placement import placement_of, traffic_of, utilisation_of
from somac.compiler.report.gathering.run import Ran, raster_of, traces_of
from somac.compiler.targets import find_target
from somac.ir.errors import SomacError
from somac.ir.mapping import KeyBlock, Mapping, Proof, Route, Slice
from somac.ir.program import BUILD_INFO, Program, write_program
from somac.ir.simulate import Trace as Meant
from somac.ir.simulate import golden, reference

TARGETS = ["spinnaker2", "spinnaker2-48", "ulx3s-85f", "neurram", "isaac"]
LABELS = np.array([0, 1, 2])


def data() -> Recording:
    return Recording(recording(), LABELS)


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """Write the bundle of a target, or another program, with how it went beside it."""

    def write(target: str, program: Program | None = None) -> Path:
        compiled = compiled_for(target)
        write_program(
            program or compiled.program,
            tmp_path / target,
            overwrite=True,
            build_info=build_to(compiled.build),
        )
        return tmp_path / target

    return write


def gathered(folder: Path, **asked: Any) -> Report:
    return gather(opened(folder), Asked(**asked))


def opened(folder: Path) -> api.Program:
    """The bundle, and how it went."""
    return replace(api.Program.open(folder), build=build_from(folder))


@pytest.mark.parametrize("target", TARGETS)
def test_every_class_of_hardware(target: str, written: Any) -> None:
    report = gathered(written(target), recording=data(), model=small())
    compiled: Any = compiled_for(target)
    assert report.summary.digest == compiled.program.digest()
    assert (report.summary.model, report.summary.target) == ("small", target)
    assert len(report.summary.figures) == len(compiled.target.figures)
    assert all(f.status and f.source for f in report.summary.figures)
    assert report.placement is not None
    held = [share for core in report.placement.cores for share in core.shares]
    assert sum(share.size for share in held) == 16
    places = [(core.chip, core.x, core.y) for core in report.placement.cores]
    assert len(set(places)) == len(places)
    for core in report.placement.cores:
        chip = report.placement.chips[core.chip]
        assert 0 <= core.x < chip.columns
        assert 0 <= core.y < chip.rows
    assert report.utilisation is not None
    assert (report.utilisation.share <= 1).all()
    assert len(report.utilisation.labels) == len(report.utilisation.need)
    assert report.traffic is not None
    assert report.traffic.labels[0] == "host"
    assert report.raster is not None
    assert report.raster.differing == 0
    assert report.traces is not None
    assert report.energy is not None
    assert [c.name for c in report.energy.cases] == ["quiet", "expected", "worst", "this run"]
    assert report.quantisation is not None
    assert report.quantisation.samples == SAMPLES
    assert report.timings is not None
    labels = [row.label for row in report.summary.rows]
    assert labels[0] == "differences from the golden model, sample 0"
    # amounts of a run are no measured figures, and what is counted is counted once
    assert not any("measured" in label for label in labels)
    assert "cells" in labels
    assert not {"cores", "neurons", "bytes"} & set(labels)
    circuit = target == "ulx3s-85f"
    assert (report.area is not None) == circuit
    if report.area is not None:
        assert report.summary.tables == ()
        (folding,) = report.area.folding
        assert folding.title == "folding"
        assert len(folding.rows) == len(report.utilisation.labels)
        assert {pool.name for pool in report.area.pools} <= set(compiled.target.part.pools)
        assert all(0 <= pool.used <= pool.have and pool.source for pool in report.area.pools)
    assert (report.search is None) == circuit
    assert [m.section for m in report.missing] == (
        ["devices"] if compiled.target.backend == "crossbar" else []
    )


def test_the_raster_is_what_emulator_and_golden_model_send(written: Any) -> None:
    report = gathered(written("spinnaker2"), recording=data(), sample=1)
    network = compiled_for("spinnaker2").golden
    x = recording()["x"][1:2].astype(np.int64)
    meant = golden(network, {"x": x}, record=["hidden", "out"], record_states=["hidden"])
    assert report.raster is not None
    assert (report.raster.sample, report.raster.samples, report.raster.label) == (1, SAMPLES, 1)
    assert (report.raster.steps, report.raster.steps_given) == (STEPS, STEPS)
    given, hidden, out = report.raster.populations
    assert given.is_input
    for spikes, signal in ((given, x[0]), (hidden, meant.signals["hidden"][0])):
        for events in (spikes.emulator, spikes.reference):
            drawn = np.zeros_like(signal)
            drawn[events.step, events.cell] = events.value
            np.testing.assert_array_equal(drawn, signal)
        assert spikes.total == np.count_nonzero(signal)
    assert out.kind == "spike"
    assert report.traces is not None
    for trace in (t for t in report.traces.traces if t.population == "hidden"):
        np.testing.assert_array_equal(trace.raw, meant.states["hidden"]["v"][0][:, trace.cell])
        np.testing.assert_array_equal(trace.raw, trace.reference)
        np.testing.assert_array_equal(trace.sent, meant.signals["hidden"][0][:, trace.cell])
        assert trace.low < trace.raw.min()
        assert trace.raw.max() < trace.high


def wrong_run(cells: int) -> tuple[Any, Ran]:
    """A run in which the emulator sends two other spikes, and has another state."""
    network = compiled_for("spinnaker2").golden
    rng = np.random.default_rng(3)
    signal = rng.integers(0, 2, (1, 10, cells))
    state = rng.integers(-5, 5, (1, 10, cells))
    other, moved = signal.copy(), state.copy()
    other[0, 4, cells - 1] ^= 1
    other[0, 5, 0] ^= 1
    moved[0, 4, 3] += 1
    population = replace(network.population("hidden"), shape=(cells,), scales={})
    of_that_size = SimpleNamespace(populations=(population,), inputs=(), dt=network.dt)
    seen = Emulation({}, {"hidden": other}, {"hidden": {"v": moved}})
    meant = Meant({"hidden": signal}, {"hidden": {"v": state}})
    inputs = {"x": np.zeros((1, 10, 1), np.int64)}
    return of_that_size, Ran(0, 1, 10, None, inputs, seen, meant)


@pytest.mark.parametrize("cells", [12, 300])
def test_what_differs_is_shown(cells: int) -> None:
    network, ran = wrong_run(cells)
    raster = raster_of(network, ran)
    (spikes,) = raster.populations
    assert raster.differing == spikes.differing == 2
    assert len(spikes.missing.step) + len(spikes.extra.step) == 2
    assert {*spikes.missing.cell, *spikes.extra.cell} == {0, cells - 1}
    assert min(cells, 120) <= len(spikes.shown) <= 128
    traces = traces_of(network, ran)
    assert traces is not None
    assert 3 in {t.cell for t in traces.traces}
    (trace,) = [t for t in traces.traces if t.cell == 3]
    assert np.flatnonzero(trace.raw != trace.reference).tolist() == [4]


def test_integers_beside_the_float_model(written: Any) -> None:
    report = gathered(written("spinnaker2"), recording=data(), model=small())
    found = report.quantisation
    assert found is not None
    network, model = compiled_for("spinnaker2").golden, small()
    x = recording()
    real = reference(model, x, record=["hidden"], record_states=["hidden"])
    raw = {"x": x["x"].astype(np.int64)}
    meant = golden(network, raw, record=["hidden"], record_states=["hidden"])
    by = {(e.population, e.quantity): e for e in found.errors}
    unequal = (real.signals["hidden"] != meant.signals["hidden"]).mean()
    assert by["hidden", "output"].differing == pytest.approx(unequal)
    scale = network.population("hidden").scales["v"]
    error = meant.states["hidden"]["v"] * scale - real.states["hidden"]["v"]
    assert by["hidden", "v"].rms == pytest.approx(np.sqrt(np.mean(error**2)))
    assert by["hidden", "v"].worst == pytest.approx(np.abs(error).max())
    assert by["hidden", "v"].differing is None
    (v,) = [f for f in found.formats if (f.population, f.state) == ("hidden", "v")]
    seen = np.abs(meant.states["hidden"]["v"])
    assert v.seen == pytest.approx((seen * scale).max())
    top = network.population("hidden").datapath.format_of("state", "v").maximum
    assert v.free_bits == pytest.approx(np.log2(top / seen.max()))
    assert v.clipped == 0.0
    assert v.headroom_bits is not None
    right = np.argmax(golden(network, raw).signals["out"].mean(axis=1), axis=1) == LABELS
    assert found.accuracy == pytest.approx(right.mean())
    assert found.accuracy_float is not None
    (weights,) = [w for w in found.weights if w.projection == "to_out"]
    own = network.projections[2].connectivity.weights
    assert (weights.low, weights.high, weights.bits) == (own.min(), own.max(), 8)
    assert weights.counts.sum() == own.size
    assert weights.relative is not None
    assert 0 < weights.relative < 0.02


def test_what_was_in_integers_from_the_start(written: Any) -> None:
    network = replace(compiled_for("spinnaker2").golden, origin="")
    made = compile_integer(network, find_target("spinnaker2"))
    report = gathered(written("spinnaker2", made.program), recording=data())
    assert report.quantisation is not None
    assert report.quantisation.samples == SAMPLES
    assert {w.rms for w in report.quantisation.weights} == {None}
    assert [m.section for m in report.missing] == ["quantisation"]
    with pytest.raises(SomacError, match="E0718"):
        gathered(written("spinnaker2", made.program), model=small())


def test_another_model_is_refused(written: Any) -> None:
    with pytest.raises(SomacError, match="E0718"):
        gathered(written("spinnaker2"), recording=data(), model=small(13))


def test_a_sample_that_is_not_there(written: Any) -> None:
    for sample in (-1, SAMPLES):
        with pytest.raises(SomacError, match="E0903"):
            gathered(written("spinnaker2"), recording=data(), sample=sample)
    with pytest.raises(SomacError, match="E0903"):
        gathered(written("spinnaker2"), recording=Recording({"y": recording()["x"]}, None))


def test_recordings_of_nothing_show_nothing(written: Any) -> None:
    empty = Recording({"x": np.zeros((0, 4, 5), np.uint8)}, None)
    report = gathered(written("spinnaker2"), recording=empty)
    assert report.raster is None
    assert report.traces is None


def test_devices_are_tried_where_there_are_some(written: Any) -> None:
    told: list[str] = []
    report = gather(
        opened(written("neurram")),
        Asked(data(), devices=2),
        lambda what, _, __: told.append(what),
    )
    assert report.devices is not None
    assert (report.devices.devices, report.devices.samples) == (2, SAMPLES)
    assert report.devices.costs[-1].effect == "all"
    assert "devices: programming" in told
    with pytest.raises(SomacError, match="E0846"):
        gathered(written("spinnaker2"), recording=data(), devices=1)


def test_nothing_is_run_without_data(written: Any) -> None:
    report = gathered(written("spinnaker2"))
    assert {f.name for f in fields(report) if getattr(report, f.name) is None} == {
        "raster",
        "traces",
        "area",
        "devices",
    }
    assert [m.section for m in report.missing] == ["raster", "traces", "quantisation"]
    assert report.energy is not None
    assert [c.name for c in report.energy.cases] == ["quiet", "expected", "worst"]


@pytest.mark.parametrize("target", ["spinnaker2", "ulx3s-85f", "neurram"])
def test_bundles_of_older_somacs(target: str, written: Any) -> None:
    old = compiled_for(target).program
    for name in (MAPPING, TARGET, NUMBERS):
        old = with_file(old, name, None)
    folder = written(target, old)
    (folder / BUILD_INFO).unlink()
    report = gathered(folder, recording=data())
    for section in ("placement", "utilisation", "traffic", "search", "timings", "area"):
        assert getattr(report, section) is None
    assert report.raster is not None
    assert report.quantisation is not None
    assert report.quantisation.formats[0].headroom_bits is None
    assert report.summary.figures == ()
    missing = {m.section for m in report.missing}
    assert missing >= {"summary", "placement", "utilisation", "traffic", "search", "timings"}
    # without its account too
    report = gathered(written(target, with_file(old, "report.json", None)))
    assert report.energy is not None
    assert report.summary.remarks == ()


def test_parts_of_amounts_add_up(written: Any) -> None:
    nano = {"pJ": 1e-3, "nJ": 1.0, "uJ": 1e3, "us": 1.0}
    for target in ("spinnaker2", "neurram"):
        energy = gathered(written(target), recording=data()).energy
        assert energy is not None
        sums = 0
        for case in energy.cases:
            amounts = {a.name: a for a in case.amounts}
            for a in case.amounts:
                if a.parts:
                    sums += 1
                    parts = [amounts[p] for p in a.parts]
                    total = sum(p.value * nano[p.unit] for p in parts)
                    assert a.value * nano[a.unit] == pytest.approx(total, rel=1e-4)
            for name, share in case.shares.items():
                assert len(share) == len(energy.labels)
                if name.startswith("energy"):
                    assert share.sum() == pytest.approx(amounts[name].value, rel=1e-4)
        assert sums


def test_costs_come_back_as_they_were() -> None:
    for target in TARGETS:
        compiled = compiled_for(target)
        stored = stored_costs(compiled.program)
        assert list(stored) == ["quiet", "expected", "worst"]
        for case, costs in compiled.costs.items():
            assert dict(stored[case].amounts) == dict(costs.amounts)
            assert stored[case] == replace(costs, amounts=stored[case].amounts)


def test_costs_of_a_backend_that_names_no_places() -> None:
    energy = energy_of({"quiet": Costs({}, cycles=(1.0, 2.0))})
    assert energy is not None
    assert energy.labels == ("core 0", "core 1")
    assert energy_of({}) is None


@pytest.mark.parametrize(
    "damaged",
    [
        {"costs": 3},
        {"costs": {"quiet": {}}},
        {"costs": {"quiet": {"amounts": {"a": {"of": "x"}}}}},
        {"costs": {"quiet": {"amounts": {}, "cycles": "one two"}}},
    ],
)
def test_damaged_costs_have_a_code(damaged: Any, written: Any) -> None:
    program = compiled_for("spinnaker2").program
    program = with_file(program, "report.json", json.dumps(damaged).encode())
    with pytest.raises(SomacError, match="E0710"):
        gathered(written("spinnaker2", program))


@pytest.mark.parametrize(
    "odd",
    [
        [],
        {"remarks": 3, "tables": 4, "total": None},
        {"remarks": {"a": 3}, "tables": [3, {"columns": [], "rows": []}, {"columns": ["a"]}]},
        {"total": {"a": [1]}, "tables": [{"columns": ["a", 2], "rows": [3, [1], [1, {}, 3]]}]},
    ],
)
def test_odd_accounts_of_backends_are_shown_as_far_as_they_go(odd: Any, written: Any) -> None:
    program = compiled_for("spinnaker2").program
    program = with_file(program, "report.json", json.dumps(odd).encode())
    report = gathered(written("spinnaker2", program))
    for table in report.summary.tables:
        assert all(len(row) == len(table.columns) for row in table.rows)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("report.json", b"{", "E0704"),
        (MAPPING, b"{", "E0704"),
        (MAPPING, b"{}", "E0710"),
        (TARGET, b'{"format": 7}', "E0705"),
        (NUMBERS, b"[]", "E0710"),
    ],
)
def test_damaged_files_have_a_code(name: str, content: bytes, code: str, written: Any) -> None:
    program = with_file(compiled_for("spinnaker2").program, name, content)
    with pytest.raises(SomacError, match=code):
        gathered(written("spinnaker2", program))


def test_a_damaged_file_of_times_has_a_code(written: Any) -> None:
    folder = written("spinnaker2")
    (folder / BUILD_INFO).write_bytes(b"{")
    with pytest.raises(SomacError, match="E0704"):
        gathered(folder)


def many(count: int, target: str) -> Mapping:
    """So many cores in use, each of which sends to the next."""
    usable = np.flatnonzero(find_target(target).topology.core_usable)[:count].tolist()
    slices = tuple(Slice("p", n, n + 1, core) for n, core in enumerate(usable))
    routes = tuple(
        Route(n, KeyBlock(n, ~0), (), (usable[(n + 1) % count],), 1.0) for n in range(count)
    )
    demand = {n: {"neurons": 1} for n in range(count)}
    return Mapping("", "", slices, routes, Proof(1, 1, "optimal", "x"), demand)


@pytest.mark.parametrize(
    ("target", "count", "level"),
    [
        ("spinnaker2-48", 200, "core"),
        ("spinnaker2-48", 600, "node"),
        ("spinnaker2-48", 7104, "chip"),
        ("isaac", 16128, "node"),
    ],
)
def test_thousands_of_cores(target: str, count: int, level: str) -> None:
    hardware = find_target(target)
    record = mapping_record(many(count, target), hardware)
    placement = placement_of(record, ["p"], hardware.figures)
    assert sum(chip.used for chip in placement.chips) == count
    assert sum(chip.cells.get("p", 0) for chip in placement.chips) == count
    assert sum(bool(core.shares) for core in placement.cores) == count
    traffic = traffic_of(record)
    assert traffic is not None
    assert traffic.level == level
    assert traffic.packets.sum() == count
    assert len(traffic.labels) <= 257
    utilisation = utilisation_of(record, hardware.figures)
    assert utilisation is not None
    assert utilisation.need.sum() == count


def test_links_between_chips_have_a_capacity() -> None:
    target = find_target("spinnaker2-48")
    links = np.flatnonzero(target.topology.link_crosses)[:1].tolist()
    links += np.flatnonzero(~target.topology.link_crosses)[:1].tolist()
    mapping = many(2, "spinnaker2-48")
    routes = (replace(mapping.routes[0], links=tuple(links)), mapping.routes[1])
    record = mapping_record(replace(mapping, routes=routes), target)
    placement = placement_of(record, ["p"], target.figures)
    assert sorted(link.crosses for link in placement.links) == [False, True]
    assert placement.between is not None
    assert placement.inside is not None
    assert placement.between.value == 1e6 / 16
    assert placement.between.status == "derived"
    assert "link_packet_ns" in placement.between.source


def test_a_long_recording_is_cut(written: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("somac.compiler.report.gathering.run._BUDGET", 5 * 32)
    monkeypatch.setattr("somac.compiler.report.gathering.compared._BUDGET", STEPS * 32 * 2)
    report = gathered(written("spinnaker2"), recording=data())
    assert report.raster is not None
    assert (report.raster.steps, report.raster.steps_given) == (5, STEPS)
    assert report.quantisation is not None
    assert report.quantisation.samples == 2


def test_a_trace_in_units() -> None:
    raw = np.array([2, -4])
    trace = Trace("p", "v", 0, raw, raw, 0.5, "fixed<8,4>", -128, 127, raw)
    np.testing.assert_array_equal(trace.real, [1.0, -2.0])


def test_the_backend_need_not_be_there_to_show_what_is_written(
    written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written("neurram")

    def gone(name: str) -> Any:
        raise SomacError("E0701", f"no backend {name}")

    assert find_backend("crossbar") is not None
    for module in ("somac.compiler.api", "somac.compiler.report.gather"):
        monkeypatch.setattr(f"{module}.find_backend", gone)
    report = gathered(folder)
    assert report.placement is not None
    assert report.energy is not None
