"""Budgets as values: read, judged, and written for CI systems."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.compiler.checks import Checked, Home, Measure, Record, judged, read_baseline
from somac.compiler.checks.baseline import Baseline, write_baseline
from somac.compiler.checks.budget import MAX_FILE_BYTES, Budget, parse_budgets, read_budgets
from somac.compiler.checks.entries import check_targets, missing_models
from somac.compiler.checks.formats import github, junit, markdown, sarif
from somac.compiler.checks.formats.github import MAX_OF_A_LEVEL
from somac.compiler.checks.formats.markdown import MAX_BYTES
from somac.compiler.checks.formats.sarif import MAX_RESULTS
from somac.compiler.checks.judge import moves
from somac.compiler.checks.kinds import KINDS
from somac.ir.errors import Diagnostic, Place, SomacError

BUDGET = """\
budgets:
  - model: "*.snn"
    limits:
      cores: {max: 2, regress: 0%}
      accuracy_percent: {min: 90, regress: 1.5 %}
      expected.step_low_us: {max: 1e3}
"""
MEASURES = {
    "cores": Measure(3),
    "accuracy_percent": Measure(95.0, "%", more=True),
    "expected.step_low_us": Measure(800.0, "us"),
}
HOMES = {"a": Home(20, (0, 1)), "b": Home(5, (2,))}


def budget(text: str = BUDGET) -> Budget:
    return parse_budgets(text, Path("b.yaml")).entries[0]


def check(text: str = BUDGET, record: Record | None = None, **options: Any) -> Checked:
    return judged("m.snn", "t", budget(text), MEASURES, HOMES, record, **options)


def refused(text: str) -> Diagnostic:
    """What is said last: a key that is missing stands before one that nobody knows."""
    with pytest.raises(SomacError) as caught:
        parse_budgets(text, Path("b.yaml"))
    return caught.value.diagnostics[-1]


# budget files


def test_a_budget_is_read() -> None:
    found = budget()
    assert [(x.measure, x.max, x.min, x.regress) for x in found.limits] == [
        ("cores", 2.0, None, 0.0),
        ("accuracy_percent", None, 90.0, 0.015),
        ("expected.step_low_us", 1000.0, None, None),
    ]
    assert str(found.limits[1].place) == "b.yaml:5:7"
    assert found.target == "*"


def limits(text: str) -> str:
    return f"budgets:\n  - limits:\n      {text}\n"


@pytest.mark.parametrize(
    ("text", "code", "place", "said"),
    [
        ("budgets: [", "E0882", (1, 11), "not YAML"),
        ("a: 1\na: 2\n", "E0882", (2, 1), "already on line 1"),
        ("a: &x 1\n", "E0882", (1, 4), "anchor"),
        ("budget: []\n", "E0883", (1, 1), "did you mean 'budgets'?"),
        (limits("cores: {most: 1}"), "E0883", (3, 15), "known: max, min, regress"),
        (limits("core: {max: 1}"), "E0883", (3, 7), "did you mean 'cores'?"),
        (limits("zzz: {max: 1}"), "E0883", (3, 7), "CASE.AMOUNT"),
        ("", "E0884", (None, None), "the file is empty"),
        ("3", "E0884", (1, 1), "a table of keys and values"),
        ("budgets:\n  - model: x\n", "E0884", (2, 5), "lacks the key 'limits'"),
        ("budgets: []\n", "E0884", (1, 10), "no budget"),
        (limits("{}"), "E0884", (3, 7), "no limit"),
        (limits("cores: {}"), "E0884", (3, 7), "limits nothing"),
        (limits("cores: {max: many}"), "E0884", (3, 20), "a number"),
        (limits("cores: {max: .nan}"), "E0884", (3, 20), "a finite number"),
        (limits("cores: {regress: 5}"), "E0884", (3, 24), "a percentage such as 5%"),
        (limits("cores: {regress: 5 percent}"), "E0884", (3, 24), "a percentage such as 5%"),
        (limits("cores: {min: 3, max: 2}"), "E0884", (3, 7), "min 3, max 2"),
    ],
)
def test_mistakes_of_a_budget_are_told_at_their_place(
    text: str, code: str, place: tuple[int | None, int | None], said: str
) -> None:
    found = refused(text)
    assert found.code == code
    assert (found.place.file, found.place.line, found.place.column) == ("b.yaml", *place)
    assert said in str(found)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(SomacError) as caught:
        parse_budgets(limits("core: {max: 1}\n      hop: {max: 1}"), Path("b.yaml"))
    assert [d.place.line for d in caught.value.diagnostics] == [3, 4]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"\xff", "not UTF-8"),
        (b" " * (MAX_FILE_BYTES + 1), "too large"),
        # what is read of it ends within a character
        (b" " * MAX_FILE_BYTES + "\u00e9".encode(), "too large"),
    ],
)
def test_files_that_are_no_budget(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "b.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SomacError, match=said) as caught:
        read_budgets(path)
    assert caught.value.diagnostics[0].code == "E0881"


def test_the_first_entry_that_fits_counts(tmp_path: Path) -> None:
    text = """\
budgets:
  - {model: models/a.snn, target: "spin*", limits: {cores: {max: 1}}}
  - {model: "models/*", limits: {cores: {max: 2}}, data: x.npz, samples: 3, calibrate: ../y.npz}
"""
    found = parse_budgets(text, tmp_path / "b.yaml")
    first, second = found.entries
    assert found.of(tmp_path / "models" / "a.snn", "spinnaker2") is first
    assert found.of(tmp_path / "models" / "a.snn", "isaac") is second
    assert (second.data, second.samples) == (tmp_path / "x.npz", 3)
    assert second.calibrate == tmp_path / ".." / "y.npz"
    with pytest.raises(SomacError, match=r"no budget is for a\.snn on isaac") as caught:
        found.of(tmp_path / "a.snn", "isaac")
    assert caught.value.diagnostics[0].code == "E0885"


# baselines


def test_a_baseline_is_read_as_it_was_written(tmp_path: Path) -> None:
    model = tmp_path / "models" / "m.snn"
    path = tmp_path / "base" / "line.json"
    record = Record({"cores": 3, "accuracy_percent": 95.5}, HOMES)
    written = read_baseline(path, may_be_missing=True).updated(model, "t", record)
    write_baseline(written)
    read = read_baseline(path)
    assert read == written
    assert read.of(model, "t") == record
    assert read.of(model, "u") is None
    assert [*read.records] == [("../models/m.snn", "t")]
    more = read.updated(tmp_path / "a.snn", "t", record)
    assert more.text() == Baseline(path, dict(reversed(more.records.items()))).text()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        ("{", "no JSON"),
        ("[]", "another form"),
        ("{}", "another form at somac_baseline"),
        ("{\n<<<<<<< HEAD\n", "it has marks of a merge"),
        ("\udcff", "not UTF-8 text"),
        ('{"somac_baseline": 2, "models": {}}', "another form at somac_baseline"),
        ('{"somac_baseline": 1, "models": []}', "another form at models"),
        ('{"somac_baseline": 1, "models": {"m": {"t": 1}}}', "another form at models.m.t"),
        (
            '{"somac_baseline": 1, "models": {"m": {"t": {"measures": {}, '
            '"populations": {"p": {"cells": 1.5, "cores": "1"}}}}}}',
            r"another form at models\.m\.t\.populations\.p\.cells",
        ),
        (
            '{"somac_baseline": 1, "models": {"m": {"t": {"measures": {}, '
            '"populations": {"p": {"cells": 1, "cores": "1 x"}}}}}}',
            r"another form at models\.m\.t\.populations\.p\.cores",
        ),
        (
            '{"somac_baseline": 1, "models": {"m": {"t": {"measures": {"cores": NaN}, '
            '"populations": {}}}}}',
            "another form",
        ),
        ('{"somac_baseline": 1, "models": {"m": {"t": {"measures": {}}}}}', "another form"),
    ],
)
def test_files_that_are_no_baseline(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "base.json"
    if content is not None:
        path.write_text(content, errors="surrogateescape")
    with pytest.raises(SomacError, match=said) as caught:
        read_baseline(path)
    (found,) = caught.value.diagnostics
    assert found.code == "E0887"
    # what is damaged is not written over, so that nobody is told it would be
    if content is not None:
        assert "or remove it: --update-baseline" in (found.hint or "")
        with pytest.raises(SomacError, match=said):
            read_baseline(path, may_be_missing=True)


def test_a_damaged_baseline_says_where(tmp_path: Path) -> None:
    path = tmp_path / "base.json"
    path.write_text('{\n "models": {},\n<<<<<<< HEAD\n')
    with pytest.raises(SomacError, match="it has marks of a merge") as caught:
        read_baseline(path)
    place = caught.value.diagnostics[0].place
    assert (place.line, place.column) == (3, 1)


def test_a_baseline_has_no_digits_of_rounding(tmp_path: Path) -> None:
    path = tmp_path / "base.json"
    record = Record({"hops": 2**53 + 1, "link_load": 0.1 + 0.2, "accuracy_percent": 200 / 3}, {})
    write_baseline(Baseline(path).updated(tmp_path / "m.snn", "t", record))
    assert read_baseline(path).of(tmp_path / "m.snn", "t") == Record(
        {"hops": 2**53 + 1, "link_load": 0.3, "accuracy_percent": 66.66666667}, {}
    )


# judging


def test_limits_hold_up_to_the_bound() -> None:
    found = check(limits("cores: {max: 3, min: 3}"))
    assert [v.held for v in found.verdicts] == [True, True]
    assert found.findings == ()
    assert found.exit_code == 0


def test_what_is_broken_says_have_need_and_what_changed() -> None:
    record = Record({"cores": 2, "accuracy_percent": 97.0}, {"a": Home(20, (0,)), "b": HOMES["b"]})
    found = check(record=record)
    assert [(v.measure, v.kind, v.held) for v in found.verdicts] == [
        ("cores", "max", False),
        ("cores", "regress", False),
        ("accuracy_percent", "min", True),
        ("accuracy_percent", "regress", False),
        ("expected.step_low_us", "max", True),
    ]
    first, second, third = found.findings
    assert {d.code for d in found.findings} == {"E0889"}
    assert (first.have, first.need) == ("3; the baseline has 2", "at most 2")
    assert (second.have, second.need) == ("3", "at most 2; the baseline has 2")
    assert (third.have, third.need) == ("95 %", "at least 95.545 %; the baseline has 97 %")
    assert first.hint == "since the baseline: a grew from 1 core to 2 cores"
    assert found.exit_code == 1


@pytest.mark.parametrize(("before", "held"), [(3, True), (2.86, True), (2.85, False), (0, False)])
def test_regressions_have_room(before: float, held: bool) -> None:
    (verdict,) = check(limits("cores: {regress: 5%}"), Record({"cores": before}, {})).verdicts
    assert verdict.held is held


def test_a_baseline_that_is_updated_accepts_regressions_and_nothing_else() -> None:
    found = check(record=Record({"cores": 2, "accuracy_percent": 99.0}, HOMES), accept=True)
    assert [(d.code, d.need) for d in found.findings] == [("E0889", "at most 2")]
    assert [v.accepted for v in found.verdicts] == [False, True, False, True, False]


def test_nothing_to_compare_with_is_a_warning() -> None:
    found = check(limits("cores: {max: 3, regress: 0%}"))
    assert [d.code for d in found.findings] == ["E0888"]
    assert [(v.kind, v.compared, v.broken) for v in found.verdicts] == [
        ("max", True, False),
        ("regress", False, False),
    ]
    assert found.exit_code == 0
    accepted = check(limits("cores: {max: 3, regress: 0%}"), accept=True)
    assert accepted.findings == ()
    assert [v.kind for v in accepted.verdicts] == ["max"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hops", "have: cores, accuracy_percent\n"),
        ("best.step_low_us", "have: cases expected\n"),
        ("expected.zzz", "have: expected.step_low_us\n"),
        ("expected.step_lo_us", "did you mean 'expected.step_low_us'?"),
        ("expcted.step_low_us", "did you mean 'expected.step_low_us'?"),
        # of another class of hardware: the case is the same, and nothing else
        ("expected.area_lut", "help: --json shows all"),
        ("values_differ", "need: data\n"),
        ("accuracy_drop_percent", "need: data with labels"),
    ],
)
def test_measures_that_cannot_be_taken(name: str, said: str) -> None:
    with pytest.raises(SomacError) as caught:
        check(limits(f"{name}: {{max: 1}}"))
    assert caught.value.diagnostics[0].code == "E0886"
    assert said in str(caught.value)


def test_populations_come_go_grow_and_move() -> None:
    before = {
        "gone": Home(4, (0,)),
        "grown": Home(8, (1, 2)),
        "more": Home(8, (1,)),
        "moved": Home(8, (3, 4)),
        "same": Home(8, (5,)),
    }
    now = {
        "grown": Home(8, (1, 2, 6)),
        "more": Home(9, (1,)),
        "moved": Home(8, (4, 7)),
        "new": Home(1, (8,)),
        "same": Home(8, (5,)),
    }
    assert list(moves(before, now)) == [
        "gone is gone: it had 4 cells on 1 core",
        "grown grew from 2 cores to 3 cores",
        "more has 9 cells, not 8",
        "moved moved: 1 of 2 cores are others",
        "new is new: 1 cells on 1 core",
    ]


# what CI systems read

NASTY = "a|b<c>\x07&%,:\n\u2028é.snn"


@pytest.fixture
def all_kinds() -> list[Checked]:
    """Broken, in budget with a warning, and one that did not compile."""
    broken = check(record=Record({"cores": 2}, {}), seconds=1.25)
    warned = check(limits("cores: {max: 3, regress: 0%}"), seconds=0.5)
    failed = Checked(NASTY, "t", {}, (), (), (Diagnostic("E0904", f"{NASTY} is no model"),), 0.1)
    return [broken, warned, failed]


def test_junit(all_kinds: list[Checked]) -> None:
    root = ET.fromstring(junit(all_kinds))
    assert root.tag == "testsuites"
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("8", "2", "1")
    assert root.get("time") == "1.850"
    assert len(root) == 3
    for suite in root:
        cases = suite.findall("testcase")
        assert suite.tag == "testsuite"
        assert {c.tag for c in suite} <= {"testcase", "system-out"}
        assert suite.get("name")
        assert int(suite.get("tests", "")) == len(cases)
        for kind, total in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert len(suite.findall(f"testcase/{kind}")) == int(suite.get(total, ""))
        assert sum(float(c.get("time", "")) for c in cases) == float(suite.get("time", ""))
        for case in cases:
            assert case.get("name")
            assert case.get("classname")
            assert {told.tag for told in case} <= {"failure", "error", "skipped"}
            assert all(told.get("message") and told.text for told in case)
    skipped = [c.get("name") for c in root.iter("testcase") if c.find("skipped") is not None]
    assert skipped == ["accuracy_percent regress", "cores regress"]
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("type") == "E0889"
    assert "have: 3; the baseline has 2" in (failure.text or "")


JUNIT = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
    "system-out": set[str](),
}
"""Elements and attributes that readers of JUnit XML know."""


def test_junit_has_what_readers_know(all_kinds: list[Checked]) -> None:
    found = list(ET.fromstring(junit(all_kinds)).iter())
    assert {element.tag for element in found} == JUNIT.keys()
    assert [e.attrib.keys() - JUNIT[e.tag] for e in found] == [set()] * len(found)
    times = [time for e in found if (time := e.get("time")) is not None]
    assert [t for t in times if not re.fullmatch(r"[0-9]+\.[0-9]{3}", t)] == []


@given(st.text(), st.text(min_size=1))
def test_any_name_is_written_soundly(name: str, said: str) -> None:
    finding = Diagnostic("E0904", said, hint=name)
    checked = [Checked(name, "t", {}, (), (said,), (finding,))]
    assert ET.fromstring(junit(checked)).get("errors") == "1"
    (result,) = json.loads(sarif(checked, Path.cwd()))["runs"][0]["results"]
    assert result["message"]["text"].startswith(said)
    assert len(re.split(r"[\r\n]", github(checked, Path.cwd()))) == 2
    lines = markdown(checked).splitlines()
    assert len(lines) == 9
    assert not any("<" in line for line in lines)


def test_sarif(all_kinds: list[Checked], tmp_path: Path) -> None:
    content = json.loads(sarif(all_kinds, Path.cwd()))
    assert content["version"] == "2.1.0"
    (run,) = content["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["E0888", "E0889", "E0904"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", physical["artifactLocation"]["uri"])
        assert all(number >= 1 for number in physical.get("region", {}).values())
    assert [r["level"] for r in run["results"]] == ["error"] * 2 + ["error"] + ["warning"] * 2
    elsewhere = json.loads(sarif(all_kinds[:1], tmp_path))["runs"][0]["results"][0]
    uri = elsewhere["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == (Path.cwd() / "b.yaml").as_uri()


def test_github(all_kinds: list[Checked]) -> None:
    lines = github(all_kinds, Path.cwd()).removesuffix("\n").split("\n")
    command = r"::(error|warning|notice) ([a-z]+=[^,:]*)(,[a-z]+=[^,:]*)*::[^\r\n]+"
    assert [re.fullmatch(command, line) is not None for line in lines] == [True] * 5
    assert lines[0] == (
        "::error file=b.yaml,line=4,col=7,title=somac E0889%3A a broken budget"
        "::cores of m.snn on t is over its limit%0Ahave: 3; the baseline has 2%0Aneed: at most 2"
        "%0Asince the baseline: a is new: 20 cells on 2 cores; b is new: 5 cells on 1 core"
    )
    assert "%25" in lines[2]


def test_markdown(all_kinds: list[Checked]) -> None:
    text = markdown(all_kinds)
    assert text.startswith("## somac check: 1 of 3 in budget\n")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}
    assert "| cores | 3 | ≤ 2 | 2 | +50.0 % | **broken** |" in rows
    assert "| cores | 3 | no baseline |  |  | not checked |" in rows
    assert [line.rpartition(": ")[2] for line in text.splitlines() if line.startswith("###")] == [
        "**not checked**",
        "**not in budget**",
        "in budget",
    ]
    assert "<c>" not in text
    assert text.index("a\\|b") < text.index("m.snn")


def test_many_findings_stay_within_what_platforms_show() -> None:
    finding = Diagnostic("E0889", "too much " * 20)
    many = [Checked("m", "t", {}, (), (), (finding,) * 3000, 0.0)] * 3
    lines = github(many, Path.cwd()).splitlines()
    assert len(lines) == MAX_OF_A_LEVEL
    assert "and 8,991 more" in lines[-1]
    assert len(json.loads(sarif(many, Path.cwd()))["runs"][0]["results"]) == MAX_RESULTS
    text = markdown(many)
    assert len(text.encode()) <= MAX_BYTES
    assert text.rstrip().endswith("And 2 more, for which there is no room here.") or (
        "And 1 more" in text
    )


def test_what_kept_all_models_from_being_checked_is_in_every_report() -> None:
    place = Place("b.yaml", 3, 7)
    wrong = Diagnostic("E0883", "no measure 'x'", place, have="cores", need="one", hint="really")
    checked = [Checked("b.yaml", "", {}, (), (), (wrong,))]
    assert "::error file=b.yaml,line=3,col=7," in github(checked, Path.cwd())
    case = ET.fromstring(junit(checked)).find("testsuite/testcase")
    assert case is not None
    assert (case.get("classname"), case.get("name")) == ("b.yaml", "can be checked")
    (result,) = json.loads(sarif(checked, Path.cwd()))["runs"][0]["results"]
    assert result["message"]["text"] == "no measure 'x'. Have: cores. Need: one. Really"
    assert markdown(checked).splitlines()[2:5] == [
        "### b.yaml: **not checked**",
        "",
        "- E0883: no measure 'x'; b.yaml, line 3; have cores; need one; really",
    ]


def test_entries_for_no_target_and_no_model(tmp_path: Path) -> None:
    text = "".join(
        f"  - {{model: {model}, target: {target}, limits: {{cores: {{max: 1}}}}}}\n"
        for model, target in [("a.snn", "chip"), ("b.snn", "ship"), ("c*", "'*'")]
    )
    budgets = parse_budgets(f"budgets:\n{text}", tmp_path / "b.yaml")
    check_targets(budgets, ["chip", "ship"], list)
    check_targets(budgets, ["chip"], lambda: ["ship"])
    with pytest.raises(SomacError) as caught:
        check_targets(budgets, ["chip"], lambda: ["chip"])
    (found,) = caught.value.diagnostics
    assert (found.code, found.place.line, found.have) == ("E0884", 3, "chip")
    assert found.hint == "did you mean 'chip'?"
    (tmp_path / "a.snn").touch()
    (absent,) = missing_models(budgets)
    assert (absent.code, absent.severity.name, absent.place.line) == ("E0880", "WARNING", 3)


def test_every_measure_is_documented(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "checks.md").read_text(encoding="utf-8")
    page = page[page.index("## Measures") : page.index("## What it writes")]
    assert re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE) == [*KINDS]
