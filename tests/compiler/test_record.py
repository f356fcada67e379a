"""What a compile leaves behind: accounts in the bundle, and how it went beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crossbar_mutants import with_file
from lstm_texts import PROJECTED
from report_cases import compiled_for, recording, small

import somac
from somac.backends.api import Backend, Placed
from somac.compiler.api import Program
from somac.compiler.pipeline import CompileOptions, compile_integer, compile_network
from somac.compiler.plugins import find_backend
from somac.compiler.record import stopwatch
from somac.compiler.record.build import BuildInfo, PassRow, PointRow, build_from, build_to
from somac.compiler.record.check import check_placed, check_records
from somac.compiler.record.mapping import MAPPING, MappingRecord, mapping_from, mapping_to
from somac.compiler.record.numbers import NUMBERS, numbers_from, numbers_to
from somac.compiler.record.placed import mapping_record
from somac.compiler.record.stopwatch import Stopwatch
from somac.compiler.record.target import TARGET, target_from, target_to
from somac.compiler.targets import find_target
from somac.ir.errors import SomacError
from somac.ir.mapping import KeyBlock, Mapping, Proof, Route, Slice
from somac.ir.program import BUILD_INFO, read_program, write_program
from somac.ir.program import Program as Files
from somac.ir.progress import Progress

TARGETS = ["spinnaker2", "spinnaker2-48", "ulx3s-85f", "neurram", "isaac"]


def recorded(files: Files) -> MappingRecord:
    record = mapping_from(files)
    assert record is not None
    return record


def found(files: Files, target: str = "spinnaker2") -> list[str]:
    return [d.code for d in check_records(files, compiled_for(target).golden)]


@pytest.mark.parametrize("target", TARGETS)
def test_the_account_says_what_the_mapping_does(target: str) -> None:
    compiled = compiled_for(target)
    record = recorded(compiled.program)
    slices = compiled.mapping.slices
    assert [tuple(row) for row in record.slices] == [
        (s.population, s.start, s.stop, s.core) for s in slices
    ]
    assert [row.core for row in record.cores] == sorted(
        {s.core for s in slices if s.core is not None} | set(compiled.mapping.parts)
    )
    assert record.proof[:2] == (compiled.mapping.proof.cost, compiled.mapping.proof.bound)
    assert record.place == ("engine" if target == "ulx3s-85f" else "core")
    assert record.level == "core"
    assert found(compiled.program, target) == []
    target_of = target_from(compiled.program)
    assert target_of is not None
    assert (target_of.name, target_of.backend) == (target, compiled.target.backend)
    assert dict(target_of.named()) == dict(compiled.target.figures)
    # the same bytes again
    assert mapping_to(record) == compiled.program.files[MAPPING]
    assert target_to(target_of) == compiled.program.files[TARGET]


def test_numbers_are_those_of_the_quantiser() -> None:
    compiled = compiled_for("spinnaker2")
    record = numbers_from(compiled.program)
    assert record is not None
    assert numbers_to(record) == compiled.program.files[NUMBERS]
    assert record.origin == compiled.network.digest()
    report = compiled.quantised.report["hidden"]
    own = [row for row in record.weights if row.projection in ("to_hidden", "again")]
    assert max(row.worst for row in own) == pytest.approx(report.ports["i"].error, rel=1e-5)
    (row,) = [row for row in record.weights if row.projection == "to_out"]
    real, raw = (n.projections[2].connectivity.weights for n in (compiled.network, compiled.golden))
    # each cell has a step of its own: its largest weight is 127 of them
    error = raw * np.abs(real).max(axis=1, keepdims=True) / 127 - real
    assert row.per_cell
    assert row.rms == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-4)
    assert row.worst == pytest.approx(np.abs(error).max(), rel=1e-4)
    assert row.weights == pytest.approx(np.sqrt(np.mean(real**2)), rel=1e-4)
    (state,) = [row for row in record.states if row.of == "hidden"]
    assert state.format == str(report.states["v"].format)
    assert state.headroom == pytest.approx(report.states["v"].headroom, abs=1e-4)


def test_what_was_in_integers_has_no_such_account() -> None:
    made = compile_integer(compiled_for("spinnaker2").golden, find_target("spinnaker2"))
    assert numbers_from(made.program) is None
    assert found(made.program) == []


def test_cores_and_links_of_one_chip() -> None:
    compiled = compiled_for("spinnaker2")
    record, topology = recorded(compiled.program), compiled.target.topology
    cores = [core for node in record.nodes for run in node.cores for core in range(*run)]
    assert sorted(cores) == list(range(topology.cores))
    for node in record.nodes:
        for core in (core for run in node.cores for core in range(*run)):
            assert topology.core_node[core] == node.node
        assert topology.node_position[node.node].tolist() == [node.x, node.y]
    assert list(record.unusable) == np.flatnonzero(~topology.core_usable).tolist()
    assert record.chips == ((0, 0, compiled.target.places),)
    assert all(dict(core.needs).keys() == {"neurons", "bytes"} for core in record.cores)
    load = {(row.source, row.target): row.load for row in record.links}
    total = sum(len(route.links) * route.rate for route in compiled.mapping.routes)
    assert sum(load.values()) == pytest.approx(total, rel=1e-4)


def test_traffic_is_that_of_the_routes() -> None:
    compiled = compiled_for("spinnaker2")
    traffic = {(row.source, row.target): row.packets for row in recorded(compiled.program).traffic}
    expected: dict[tuple[int, int], float] = {}
    for route in compiled.mapping.routes:
        source = compiled.mapping.slices[route.source].core
        for core in route.cores:
            pair = (-1 if source is None else source, core)
            expected[pair] = expected.get(pair, 0.0) + route.rate
    assert traffic.keys() == expected.keys()
    for pair, packets in expected.items():
        assert traffic[pair] == pytest.approx(packets, rel=1e-5)


def test_parts_of_a_crossbar_take_what_the_backend_says() -> None:
    compiled = compiled_for("isaac")
    record = recorded(compiled.program)
    assert {row.core for row in record.cores} == set(compiled.mapping.parts)
    assert sum(row.needs["neurons"] for row in record.cores) == 16
    assert record.resources["cells"] == 128 * 128
    total = compiled.program.json("report.json")["total"]
    assert sum(row.needs["cells"] for row in record.cores) == total["cells used"]


def spread(cores: list[int]) -> Mapping:
    """Each of these cores sends to all others."""
    slices = tuple(Slice("p", n, n + 1, core) for n, core in enumerate(cores))
    routes = tuple(
        Route(n, KeyBlock(n, ~0), (), tuple(c for c in cores if c != core), 0.5)
        for n, core in enumerate(cores)
    )
    return Mapping("", "", slices, routes, Proof(1, 1, "optimal", "x"), {})


@pytest.mark.parametrize(
    ("many", "level", "packets"), [(150, "core", 0.5), (300, "node", 4 * 4 * 0.5)]
)
def test_traffic_of_many_cores_is_that_of_nodes(many: int, level: str, packets: float) -> None:
    target = find_target("spinnaker2-48")
    cores = np.flatnonzero(target.topology.core_usable)[:many].tolist()
    record = mapping_record(spread(cores), target)
    assert record.level == level
    assert sum(row.packets for row in record.traffic) == pytest.approx(many * (many - 1) / 2)
    assert max(row.packets for row in record.traffic) == packets


def test_traffic_of_very_many_cores_is_that_of_chips() -> None:
    target = find_target("spinnaker2-48")
    cores = np.flatnonzero(target.topology.core_usable)[::4].tolist()
    record = mapping_record(spread(cores), target)
    assert record.level == "chip"
    assert len(record.traffic) == 48 * 48


@pytest.mark.parametrize("version", ["0.4.2"])
def test_a_stopwatch(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100))
    monkeypatch.setattr(stopwatch.time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(stopwatch.time, "process_time", lambda: 0.5)
    monkeypatch.setattr(stopwatch, "_MOST_POINTS", 3)
    told: list[Any] = []
    watch = Stopwatch()
    begin = watch.passes(told.append)
    begin("quantise")
    begin("map")
    hear = watch.search(told.append)
    for cost, bound in ((9, 0), (9, 0), (8, 1), (7, 1), (6, 1)):
        hear(Progress(cost, bound))
    info = watch.stop(version)
    assert told[:2] == ["quantise", "map"]
    assert len(told) == 7
    assert [row.name for row in info.passes] == ["quantise", "map"]
    assert info.passes[0].wall == 1.0
    assert [row[1:] for row in info.search] == [(9, 0), (8, 1), (6, 1)]
    assert info.version == version
    assert info.peak_bytes is not None
    assert info.peak_bytes > 1 << 20


def test_how_it_went_is_beside_the_bundle_and_no_part_of_it(tmp_path: Path) -> None:
    program = somac.compile(small())
    program.save(tmp_path / "out")
    build = build_from(tmp_path / "out")
    assert build is not None
    assert [row.name for row in build.passes] == ["quantise", "legalise", "map", "emit"]
    assert build.search[-1][1:] == recorded(program.files).proof[:2]
    again = Program.open(tmp_path / "out")
    assert again.digest() == program.digest() == somac.compile(small()).digest()
    assert BUILD_INFO not in json.loads((tmp_path / "out" / "manifest.json").read_bytes())["files"]
    text = (tmp_path / "out" / BUILD_INFO).read_text()
    assert str(tmp_path) not in text
    # what was read has no times of its own, and is written without any
    again.save(tmp_path / "out", overwrite=True)
    assert build_from(tmp_path / "out") is None
    assert read_program(tmp_path / "out").digest() == program.digest()


def test_the_cache_keeps_how_it_went(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMAC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SOMAC_CACHE_SIZE", "1M")
    first, again = (somac.compile(small(), cache=True) for _ in range(2))
    assert again.digest() == first.digest()
    assert first.build is not None
    assert again.build == first.build
    again.save(tmp_path / "out")
    assert build_from(tmp_path / "out") is not None


def test_the_file_of_times_may_be_there_twice_or_not_at_all(tmp_path: Path) -> None:
    files = compiled_for("spinnaker2").program
    write_program(files, tmp_path / "out", build_info=b"{}")
    write_program(files, tmp_path / "out", overwrite=True, build_info=b"{}")
    with pytest.raises(ValueError, match=BUILD_INFO):
        with_file(files, BUILD_INFO, b"{}")


INFO = BuildInfo("1", (PassRow("map", 1.0, 0.5),), 1 << 20, (PointRow(0.5, 3, 2),))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "E0704"),
        (b"{", "E0704"),
        (b"[" * 100_000, "E0704"),
        (b"\xff", "E0704"),
        (b"[]", "E0710"),
        (b"{}", "E0710"),
        (b'{"format": 2}', "E0705"),
        (build_to(INFO).replace(b"0.5", b"NaN", 1), "E0710"),
        (build_to(INFO).replace(b"0.5", b"1e999", 1), "E0710"),
        (build_to(INFO).replace(b'"map"', b"3"), "E0710"),
        (build_to(INFO).replace(b"3", b'"3"'), "E0710"),
        (build_to(INFO).replace(b'"version"', b'"host": "me", "version"'), "E0710"),
        (build_to(INFO) + b" ", "E0710"),
    ],
)
def test_damaged_files_of_times(content: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / BUILD_INFO).write_bytes(content)
    with pytest.raises(SomacError) as caught:
        build_from(tmp_path)
    assert {d.code for d in caught.value.diagnostics} == {code}


def test_a_file_of_times_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert build_from(tmp_path) is None
    (tmp_path / BUILD_INFO).write_bytes(build_to(INFO))
    assert build_from(tmp_path) == INFO
    monkeypatch.setattr("somac.ir.program._MAX_MANIFEST_BYTES", 10)
    with pytest.raises(SomacError, match="E0704"):
        build_from(tmp_path)


def edited(name: str, change: Callable[[dict[str, Any]], object]) -> Files:
    """The bundle with a changed account, written as somac writes it."""
    files = compiled_for("spinnaker2").program
    data = json.loads(files.files[name])
    change(data)
    lines = [
        f"{json.dumps(key)}: "
        + (
            ("[\n" + ",\n".join(map(_line, value)) + "\n]" if value else "[]")
            if isinstance(value, list) and key != "proof"
            else _line(value)
        )
        for key, value in sorted(data.items())
    ]
    return with_file(files, name, ("{\n" + ",\n".join(lines) + "\n}\n").encode())


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def test_edited_without_a_change_is_the_same() -> None:
    for name in (MAPPING, TARGET, NUMBERS):
        assert edited(name, lambda _: None).files == compiled_for("spinnaker2").program.files


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        (MAPPING, lambda d: d["slices"].pop(), "E0717"),
        (MAPPING, lambda d: d["slices"].append(d["slices"][-1]), "E0717"),
        (MAPPING, lambda d: d["slices"][1].__setitem__(0, "nobody"), "E0717"),
        (MAPPING, lambda d: d["slices"][1].__setitem__(1, 1), "E0717"),
        (MAPPING, lambda d: d["slices"][1].__setitem__(2, 11), "E0717"),
        (MAPPING, lambda d: d["slices"][1].__setitem__(3, None), "E0717"),
        (MAPPING, lambda d: d["slices"][0].__setitem__(3, d["slices"][1][3]), "E0717"),
        (MAPPING, lambda d: d["slices"][1].__setitem__(3, 77), "E0710"),
        (MAPPING, lambda d: d["slices"][1].__setitem__(1, -1), "E0710"),
        (MAPPING, lambda d: d["resources"].__setitem__("neurons", 1), "E0717"),
        (MAPPING, lambda d: d["unusable"].__setitem__(0, d["cores"][0][0]), "E0717"),
        (MAPPING, lambda d: d["unusable"].append(9999), "E0710"),
        (MAPPING, lambda d: d["cores"].reverse(), "E0710"),
        (MAPPING, lambda d: d["cores"].append([9999, "x", {}]), "E0710"),
        (MAPPING, lambda d: d["nodes"].append(d["nodes"][0]), "E0710"),
        (MAPPING, lambda d: d["nodes"][0].__setitem__(1, 7), "E0710"),
        (MAPPING, lambda d: d["nodes"][0].__setitem__(4, [[0, 1 << 60]]), "E0710"),
        (MAPPING, lambda d: d["links"].append([0, 9999, 1.0]), "E0710"),
        (MAPPING, lambda d: d["links"].append([0, 1, -1.0]), "E0710"),
        (MAPPING, lambda d: d["traffic"].append([5, 9999, 1.0]), "E0710"),
        (MAPPING, lambda d: d["traffic"].append([9999, -1, 1.0]), "E0710"),
        (MAPPING, lambda d: d.update(level="chip"), "E0710"),
        (MAPPING, lambda d: d.update(level="planet"), "E0710"),
        (MAPPING, lambda d: d.update(format=2), "E0705"),
        (MAPPING, lambda d: d.pop("proof"), "E0710"),
        (MAPPING, lambda d: d.update(more=1), "E0710"),
        (NUMBERS, lambda d: d.update(origin="another"), "E0717"),
        (NUMBERS, lambda d: d["weights"][0].__setitem__(2, "1"), "E0710"),
        (TARGET, lambda d: d.update(name="another"), "E0717"),
        (TARGET, lambda d: d["figures"][0].__setitem__(4, 99), "E0710"),
        (TARGET, lambda d: d["figures"][0].__setitem__(3, "guessed"), "E0710"),
        (TARGET, lambda d: d.update(format=2), "E0705"),
        (TARGET, lambda d: d.clear(), "E0710"),
    ],
)
def test_accounts_that_are_not_true(name: str, change: Any, code: str) -> None:
    codes = found(edited(name, change))
    assert codes
    assert set(codes) == {code}


@pytest.mark.parametrize("target", TARGETS)
def test_backends_read_the_same_places(target: str) -> None:
    compiled = compiled_for(target)
    placed = find_backend(compiled.target.backend).placed(compiled.program)
    assert placed is not None
    assert sum(one.stop - one.start for one in placed) == 16
    assert list(check_placed(compiled.program, placed)) == []
    # half of the cells of one, wherever they are, are somewhere else
    first = placed[0]
    middle = (first.start + first.stop) // 2
    other: int | str = 99 if isinstance(first.core, int) else "elsewhere"
    halves = [first._replace(stop=middle), first._replace(start=middle, core=other)]
    (wrong,) = check_placed(compiled.program, [*halves, *placed[1:]])
    assert wrong.code == "E0717"
    assert f"cell {middle} of {first.population}" in wrong.message
    assert wrong.need in (str(other), other)


def test_a_sparse_engine_has_all_cells(tmp_path: Path) -> None:
    (tmp_path / "lstm.snn").write_text(PROJECTED)
    options = CompileOptions(options={"circuit": "sparse"})
    files = somac.compile(tmp_path / "lstm.snn", target="xcku060", options=options).files
    record = recorded(files)
    assert len(record.cores) == 1
    assert {row.core for row in record.slices} == {None, record.cores[0].core}
    assert [row.source for row in record.traffic] == [-1]
    assert Program(files).verify() == ()


def test_two_engines_are_not_one() -> None:
    program = compiled_for("ulx3s-85f").program
    placed = [Placed("hidden", 0, 12, "a"), Placed("out", 0, 4, "a")]
    engines = {row.core for row in recorded(program).cores}
    assert len(list(check_placed(program, placed))) == len(engines) - 1
    cells = [Placed("hidden", 0, 6, "a"), Placed("hidden", 6, 12, "b"), Placed("out", 0, 4, "c")]
    assert [d.code for d in check_placed(program, cells)] == ["E0717"]


def test_backends_need_not_say_where_cells_are(monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(compiled_for("spinnaker2").program)
    away = edited(
        MAPPING, lambda d: [row.__setitem__(3, d["cores"][0][0]) for row in d["slices"][1:]]
    )
    assert "E0717" in [d.code for d in Program(away).verify()]
    monkeypatch.setattr("somac.backends.manycore.backend.ManycoreBackend.placed", Backend.placed)
    assert program.verify() == ()
    assert Program(away).verify() == ()
    # and nothing is held against an account that is not there
    assert list(check_placed(with_file(away, MAPPING, None), [Placed("hidden", 0, 12, 1)])) == []


def test_verify_finds_it_and_old_bundles_are_right() -> None:
    files = edited(MAPPING, lambda d: d["slices"].pop())
    assert [d.code for d in Program(files).verify()] == ["E0717"]
    old = files
    for name in (MAPPING, TARGET, NUMBERS):
        old = with_file(old, name, None)
    assert Program(old).verify() == ()


def test_options_of_the_user_still_hear_of_placements() -> None:
    heard: list[Any] = []
    options = CompileOptions()
    place = replace(options.map.place, progress=heard.append)
    options = replace(options, map=replace(options.map, place=place))
    passes: list[str] = []
    made = compile_network(
        small(),
        find_target("spinnaker2"),
        options,
        calibration_inputs=recording(),
        progress=passes.append,
    )
    assert heard
    assert passes == [row.name for row in made.build.passes]
    assert passes == ["calibrate", "quantise", "legalise", "map", "emit"]
