"""`docs/reference/semantics.md` and the code name the same things."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from somac.ir.datapath import OPCODES, SEMANTICS, SOURCES
from somac.ir.fixed import MAX_BITS, MAX_FRACTION, Overflow, Rounding


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "reference" / "semantics.md").read_text(encoding="utf-8")


def rows(page: str) -> dict[str, list[str]]:
    """The other cells of table rows that start with a name in backticks."""
    found = re.findall(r"^\| `(\w+)` \|(.*)\|$", page, re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split("|")] for name, cells in found}


def test_the_version_is_that_of_the_code(page: str) -> None:
    assert f"\nVersion {SEMANTICS}.\n" in page


def test_every_operation_and_mode_has_its_row(page: str) -> None:
    modes = {mode.value for mode in (*Rounding, *Overflow)}
    assert rows(page).keys() == {*SOURCES, *OPCODES, *modes}


def test_operations_have_their_number_of_arguments(page: str) -> None:
    table = rows(page)
    for opcode, count in {**dict.fromkeys(SOURCES, 0), **OPCODES}.items():
        assert len([a for a in table[opcode][0].split(",") if a]) == count


def test_limits_are_those_of_the_code(page: str) -> None:
    assert f"1 to {MAX_BITS} for a signed format and 1 to {MAX_BITS - 1} for an unsigned" in page
    assert f"−{MAX_FRACTION} to {MAX_FRACTION}" in page
    assert f"The sum MUST NOT be\nmore than {MAX_BITS}." in page


def test_clauses_are_numbered_in_order(page: str) -> None:
    numbers = [tuple(map(int, n)) for n in re.findall(r"^(\d+)\.(\d+) ", page, re.MULTILINE)]
    sections = [int(n) for n in re.findall(r"^## (\d+)\. ", page, re.MULTILINE)]
    assert sections == list(range(1, len(sections) + 1))
    for section in sections:
        inside = [minor for major, minor in numbers if major == section]
        assert inside == list(range(1, len(inside) + 1))
