"""JUnit XML: a suite per model and target, a case per bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from xml.etree import ElementTree as ET

from somac.compiler.checks.judge import Checked, Verdict, shown
from somac.ir.errors import Diagnostic, Severity

__all__ = ["junit"]


def junit(checked: Sequence[Checked]) -> str:
    """The document; a model of which nothing could be measured is one case with an error."""
    root = ET.Element("testsuites", name="somac check")
    for one in checked:
        _suite(root, one)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", f"{sum(one.seconds for one in checked):.3f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _suite(root: ET.Element, one: Checked) -> None:
    name = _legal(one.title)
    suite = ET.SubElement(root, "testsuite", name=name)
    # the compilation is that of all cases: the first has its time, so that cases add up
    times = [one.seconds] + [0.0] * len(one.verdicts)
    errors = 0
    wrong = [d for d in one.findings if d.severity is Severity.ERROR]
    if wrong and not one.verdicts:
        errors = 1
        _told(_case(suite, name, "can be checked", times[0]), "error", wrong)
    told = [d for d in one.findings if d.severity is not Severity.ERROR]
    for verdict, seconds in zip(one.verdicts, times, strict=False):
        case = _case(suite, name, f"{verdict.measure} {verdict.kind}", seconds)
        if verdict.broken:
            _told(case, "failure", [_finding(one, verdict)])
        elif not verdict.compared:
            of_it = next((d for d in told if d.place == verdict.place), None)
            _told(case, "skipped", [of_it] if of_it else [], "nothing to compare with")
            told = [d for d in told if d is not of_it]
    for d in told:
        _told(_case(suite, name, d.message, 0.0), "skipped", [d])
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(sum(v.broken for v in one.verdicts)))
    suite.set("errors", str(errors))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("time", f"{one.seconds:.3f}")
    system = ET.SubElement(suite, "system-out")
    lines = [f"{name}: {shown(m.value, m.unit)}" for name, m in one.measures.items()]
    system.text = _legal("\n".join([*lines, *one.changes]))


def _case(suite: ET.Element, group: str, name: str, seconds: float) -> ET.Element:
    return ET.SubElement(
        suite, "testcase", classname=group, name=_legal(name), time=f"{seconds:.3f}"
    )


def _finding(one: Checked, verdict: Verdict) -> Diagnostic:
    broken = [v for v in one.verdicts if v.broken]
    errors = [d for d in one.findings if d.severity is Severity.ERROR]
    return errors[broken.index(verdict)]


def _told(
    case: ET.Element,
    kind: Literal["error", "failure", "skipped"],
    found: Sequence[Diagnostic],
    without: str = "",
) -> None:
    told = ET.SubElement(case, kind, message=_legal(found[0].message if found else without))
    if kind != "skipped":
        told.set("type", found[0].code)
    told.text = _legal("\n".join(map(str, found)) or without)


def _legal(text: str) -> str:
    """Without characters that XML 1.0 has no way to write."""
    return "".join(c if _is_legal(ord(c)) else "\ufffd" for c in text)


def _is_legal(code: int) -> bool:
    return (
        code in {0x9, 0xA, 0xD}
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or code >= 0x10000
    )
