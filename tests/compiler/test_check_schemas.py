"""What `somac check` writes for CI systems, held against their schemas and limits."""

from __future__ import annotations

import importlib.resources
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft7Validator, FormatChecker
from lxml import etree
from ruamel.yaml import YAML

from somac.compiler.checks import Checked, Measure
from somac.compiler.checks.formats import github, junit, markdown, sarif
from somac.compiler.checks.formats.github import MAX_OF_A_LEVEL
from somac.compiler.checks.formats.markdown import MAX_BYTES as MAX_SUMMARY
from somac.compiler.checks.formats.sarif import MAX_BYTES, MAX_RESULTS
from somac.compiler.checks.judge import Verdict
from somac.ir.codes import CODES
from somac.ir.errors import Diagnostic, Place, Severity

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
ROOT = Path("/checkout")


@pytest.fixture(scope="session")
def sound_sarif() -> Callable[[str], list[str]]:
    """What a text has against SARIF's schema, if anything."""
    schema = json.loads((SCHEMAS / "sarif-schema-2.1.0.json").read_bytes())
    formats = FormatChecker(["uri", "uri-reference"])
    # the formats are checked only where the packages for them are there
    assert not formats.conforms("a b", "uri-reference")
    validator = Draft4Validator(schema, format_checker=formats)
    return lambda text: [str(e) for e in validator.iter_errors(json.loads(text))]


@pytest.fixture(scope="session")
def sound_junit() -> Callable[[str], list[str]]:
    """What a text has against the schema of Jenkins, if anything."""
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))

    def errors(text: str) -> list[str]:
        schema.validate(etree.fromstring(text.encode("utf-8")))
        return [str(e) for e in schema.error_log]

    return errors


# what may be in a report

# bytes of file names that are no text are these surrogates
BYTES = st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF, categories=["Cs"])
TEXTS = st.text(st.characters(exclude_characters="\0") | BYTES)
NAMES = TEXTS.filter(bool)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.integers(1, 2**40)
PLACES = st.one_of(
    st.just(Place()),
    st.builds(Place, NAMES),
    st.builds(Place, NAMES, COUNTS),
    st.builds(Place, NAMES, COUNTS, COUNTS),
)
MEASURES = st.builds(Measure, NUMBERS, TEXTS, st.booleans())


def findings(*severities: Severity) -> st.SearchStrategy[Diagnostic]:
    said = st.none() | NAMES
    return st.builds(
        Diagnostic,
        st.sampled_from(sorted(CODES)),
        NAMES,
        PLACES,
        have=said,
        need=said,
        hint=said,
        severity=st.sampled_from(severities),
    )


@st.composite
def reports(draw: st.DrawFn) -> Checked:
    """A model that was checked: an error per bound that is broken, as `judged` has it."""
    verdicts = draw(
        st.lists(
            st.builds(
                Verdict,
                NAMES,
                st.sampled_from(["max", "min", "regress"]),
                MEASURES,
                st.none() | NUMBERS,
                st.none() | NUMBERS,
                st.booleans(),
                PLACES,
                st.booleans(),
            ),
            max_size=4,
        )
    )
    broken = sum(v.broken for v in verdicts) if verdicts else draw(st.integers(0, 2))
    wrong = draw(st.lists(findings(Severity.ERROR), min_size=broken, max_size=broken))
    told = draw(st.lists(findings(Severity.WARNING, Severity.NOTE), max_size=3))
    return Checked(
        draw(NAMES),
        draw(NAMES),
        draw(st.dictionaries(NAMES, MEASURES, max_size=3)),
        tuple(verdicts),
        tuple(draw(st.lists(NAMES, max_size=3))),
        (*wrong, *told),
        draw(st.floats(0, 1e9)),
    )


REPORTS = st.lists(reports(), max_size=3)


@given(REPORTS)
def test_sarif_follows_its_schema(
    sound_sarif: Callable[[str], list[str]], checked: list[Checked]
) -> None:
    text = sarif(checked, ROOT)
    assert sound_sarif(text) == []
    (run,) = json.loads(text)["runs"]
    assert len(run["results"]) == sum(len(one.findings) for one in checked)
    # readers other than Python's have no lone surrogates
    json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize("name", ["\ud800", "a/\udc7f.snn", "\udd00.snn"])
def test_places_may_be_named_by_what_no_file_can_be(
    sound_sarif: Callable[[str], list[str]], name: str
) -> None:
    finding = Diagnostic("E0101", "it does not exist", Place(name))
    text = sarif([Checked("a.snn", "spinnaker2", {}, (), (), (finding,), 0.0)], Path.cwd())
    assert sound_sarif(text) == []
    location = json.loads(text)["runs"][0]["results"][0]["locations"][0]
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == quote(re.sub("[\ud800-\udfff]", "\ufffd", name))


@given(REPORTS)
def test_junit_follows_its_schema(
    sound_junit: Callable[[str], list[str]], checked: list[Checked]
) -> None:
    text = junit(checked)
    assert sound_junit(text) == []
    root = etree.fromstring(text.encode("utf-8"))
    for kind in ("tests", "failures", "errors"):
        assert int(root.get(kind)) == sum(int(suite.get(kind)) for suite in root)
    assert int(root.get("tests")) == len(root.findall("*/testcase"))


@given(REPORTS)
def test_annotations_are_commands_one_a_line(checked: list[Checked]) -> None:
    lines = github(checked, ROOT).replace("\r", "\n").split("\n")[:-1]
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)
    for level, severity in (
        ("error", Severity.ERROR),
        ("warning", Severity.WARNING),
        ("notice", Severity.NOTE),
    ):
        found = sum(d.severity is severity for one in checked for d in one.findings)
        written = sum(line.startswith(f"::{level} ") for line in lines)
        assert written == min(found, MAX_OF_A_LEVEL)


@given(REPORTS)
def test_names_end_no_line_and_open_no_tag_of_a_summary(checked: list[Checked]) -> None:
    text = markdown(checked)
    assert "<" not in text
    assert text.encode("utf-8")
    head, *lines = text.splitlines()
    assert head.startswith("## somac check: ")
    assert {line[:1] for line in lines} <= {"", "#", "|", "-", "S"}
    sections = [line for line in lines if line.startswith("#")]
    assert len(sections) == len(checked)


@pytest.mark.parametrize("length", [10, 1000, 100_000])
def test_many_findings_stay_within_the_limits(
    sound_sarif: Callable[[str], list[str]],
    sound_junit: Callable[[str], list[str]],
    length: int,
) -> None:
    """26,000 findings, some of each level, in few bytes or in many."""
    said = "é" * length
    counts = {Severity.NOTE: 6000, Severity.WARNING: 10_000, Severity.ERROR: 10_000}
    found = tuple(
        Diagnostic("E0889", said, severity=severity)
        for severity, count in counts.items()
        for _ in range(count // max(1, length // 200))
    )
    checked = [Checked(f"m{n}", "t", {}, (), (), found[n::13], 0.1) for n in range(13)]
    text = sarif(checked, ROOT)
    assert len(text) <= MAX_BYTES <= 10_000_000
    (run,) = json.loads(text)["runs"]
    assert 0 < len(run["results"]) <= MAX_RESULTS <= 25_000
    assert {result["level"] for result in run["results"]} == {"error"} or length > 10
    # a few are as good as all, and much quicker
    few = [Checked("m", "t", {}, (), (), found[-20:], 0.1)]
    assert sound_sarif(sarif(few, ROOT)) == []
    assert sound_junit(junit(few)) == []
    lines = github(checked, ROOT).splitlines()
    assert len(lines) == 3 * MAX_OF_A_LEVEL
    assert sum(line.startswith("::error ") for line in lines) == MAX_OF_A_LEVEL
    assert len(markdown(checked).encode()) <= MAX_SUMMARY <= 1 << 20


# the files that CI systems read from here


def vendored(name: str) -> Any:
    """A schema that check-jsonschema brings along."""
    package = importlib.resources.files("check_jsonschema")
    text = package.joinpath("builtin_schemas", "vendor", f"{name}.json").read_text("utf-8")
    return json.loads(text)


def test_the_action_is_one(repository: Path) -> None:
    action = YAML(typ="safe").load(repository / "action.yml")
    Draft7Validator(vendored("github-actions")).validate(action)


def test_the_jobs_of_the_page_are_jobs(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "checks.md").read_text(encoding="utf-8")
    steps, job = (
        YAML(typ="safe").load(block.split("```")[0]) for block in page.split("```yml\n")[1:3]
    )
    workflow = {"on": "push", "jobs": {"check": {"runs-on": "ubuntu-latest", "steps": steps}}}
    Draft7Validator(vendored("github-workflows")).validate(workflow)
    Draft7Validator(vendored("gitlab-ci")).validate(job)
