"""Diagnostics as the user sees them, and the table of codes."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from pathlib import Path

import pytest

from somac.ir.codes import CODES
from somac.ir.errors import Diagnostic, Place, Severity, SomacError


def test_a_diagnostic_with_everything() -> None:
    place = Place("net.snn", 12, 9, "lif", "    tau = 3 parsecs")
    diagnostic = Diagnostic("E0404", "it does not fit", place, "3 cells", "4", "count again")
    assert str(diagnostic) == (
        "error[E0404]: it does not fit\n"
        "  --> net.snn:12:9:lif\n"
        "    |\n"
        " 12 |     tau = 3 parsecs\n"
        "    |         ^\n"
        "  have: 3 cells\n"
        "  need: 4\n"
        "  help: count again"
    )
    assert diagnostic.entry is CODES["E0404"]


def test_a_diagnostic_with_nothing_but_a_message() -> None:
    warning = Diagnostic("E0404", "it does not fit", severity=Severity.WARNING)
    assert str(warning) == "warning[E0404]: it does not fit"


@pytest.mark.parametrize(
    ("place", "written"),
    [
        (Place(), ""),
        (Place("a.nir"), "a.nir"),
        (Place("a.snn", 3), "a.snn:3"),
        (Place("a.snn", 3, 4), "a.snn:3:4"),
        (Place(node="lif/1"), "lif/1"),
        (Place("a.nir", node="lif/1"), "a.nir:lif/1"),
    ],
)
def test_places(place: Place, written: str) -> None:
    assert str(place) == written


def test_the_caret_stands_under_its_column_behind_tabs() -> None:
    shown = str(Diagnostic("E0404", "m", Place("f", 1, 4, source="\ta\tb")))
    assert shown.splitlines()[-2:] == [" 1 | \ta\tb", "   | \t \t^"]
    beyond = str(Diagnostic("E0404", "m", Place("f", 1, 6, source="ab")))
    assert beyond.splitlines()[-1] == "   |      ^"


def test_control_characters_of_a_file_do_not_reach_the_terminal() -> None:
    shown = str(Diagnostic("E0404", "node '\x1b[2J'", Place(node="\u202eabc", file="a\x07")))
    assert shown == "error[E0404]: node '\\x1b[2J'\n  --> a\\x07:\\u202eabc"


def test_an_unknown_code_is_a_bug() -> None:
    with pytest.raises(KeyError, match="E9999"):
        Diagnostic("E9999", "m")


def test_an_error_carries_all_diagnostics_the_errors_first() -> None:
    note = Diagnostic("E0404", "first", severity=Severity.NOTE)
    error = Diagnostic("E0405", "second", Place("f"), "h", "n", "t")
    other = Diagnostic("E0406", "third")
    raised = SomacError.of([note, error, other])
    assert raised.diagnostics == (error, other, note)
    assert str(raised) == "\n".join(map(str, (error, other, note)))
    assert raised.exit_code == 2


@pytest.mark.parametrize("severities", [[], [Severity.NOTE], [Severity.WARNING, Severity.NOTE]])
def test_an_error_without_errors_is_none(severities: list[Severity]) -> None:
    with pytest.raises(ValueError, match="at least one error"):
        SomacError.of(Diagnostic("E0404", "m", severity=s) for s in severities)


def test_the_exit_code_is_the_gravest() -> None:
    assert CODES["E0128"].exit_code == 70
    both = SomacError.of([Diagnostic("E0404", "m"), Diagnostic("E0128", "m")])
    assert both.exit_code == 70


def test_errors_can_be_sent_from_process_to_process() -> None:
    error = SomacError.of([Diagnostic("E0404", "a", Place("f", 1)), Diagnostic("E0405", "b")])
    again = pickle.loads(pickle.dumps(error))
    assert again.diagnostics == error.diagnostics
    assert str(again) == str(error)


def test_an_error_finds_its_place_later() -> None:
    found = [
        Diagnostic("E0404", "a", Place(node="lif"), "h", "n", "t"),
        Diagnostic("E0405", "b", severity=Severity.NOTE),
    ]
    error = SomacError.of(found).placed(lambda place: replace(place, file="net.snn"))
    assert error.diagnostics == (
        replace(found[0], place=Place("net.snn", node="lif")),
        replace(found[1], place=Place("net.snn")),
    )
    assert "net.snn:lif" in str(error)


AREAS = {
    "E01": "files",
    "E02": "language",
    "E03": "targets",
    "E04": "network",
    "E05": "integer",
    "E06": "mapping",
    "E07": "bundle",
    "E08": "checks",
    "E09": "tool",
}


@pytest.mark.parametrize("id", sorted(CODES))
def test_every_code_is_explained(id: str) -> None:
    code = CODES[id]
    assert code.id == id
    assert re.fullmatch(r"E0[1-9][0-9]{2}", id)
    assert code.exit_code in (0, 1, 2, 3, 70)
    assert code.title
    assert code.title == code.title.strip()
    assert not code.title.endswith(".")
    assert len(code.title) <= 60
    assert code.explanation.endswith(".")
    assert "  " not in code.explanation


def test_every_code_stands_in_the_module_of_its_area(repository: Path) -> None:
    for area, module in AREAS.items():
        text = (repository / "ir" / "codes" / f"{module}.py").read_text()
        declared = re.findall(r'"(E0[0-9]{3})"', text)
        assert {id[:3] for id in declared} <= {area}
        assert len(declared) == len(set(declared))
        assert declared == sorted(declared)


def sources(repository: Path) -> dict[Path, str]:
    return {
        path: path.read_text()
        for folder in ("ir", "grammar", "backends", "compiler")
        for path in sorted((repository / folder).rglob("*.py"))
        if path.parent != repository / "ir" / "codes"
    }


def test_every_code_is_raised_somewhere(repository: Path) -> None:
    """A code that nothing raises is a promise nobody keeps, and one undeclared a KeyError."""
    used = {
        id for text in sources(repository).values() for id in re.findall(r'"(E0[0-9]{3})"', text)
    }
    assert sorted(used - CODES.keys()) == []
    assert sorted(CODES.keys() - used) == []
