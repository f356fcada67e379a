"""What the pages show runs: every block in order, in a folder that has the examples."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from pages import Page, blocks_of, runs
from ruamel.yaml import YAML

from somac.compiler.targets import find_target

HOUSE = Path(__file__).resolve().parents[1]

# pages with programs, and those of them that have blocks which take long
SHOWN = sorted(
    str(page.relative_to(HOUSE))
    for pattern in ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "examples/**/*.md")
    for page in HOUSE.glob(pattern)
)
RUN = [page for page in SHOWN if any(map(runs, blocks_of((HOUSE / page).read_text("utf-8"))))]
LONG = [page for page in RUN if "<!-- long:" in (HOUSE / page).read_text("utf-8")]

PICTURES = {"", "text", "output", "c", "systemverilog"}
"""Languages of what nobody runs: formulas, files that somac writes, what a program prints."""

DATA = {"json", "snn", "toml", "yaml", "yml"}
"""Languages of data, which are read by other tests where no page writes them to a file."""

REASONS = {
    "installs into the environment of the reader",
    "of files of the reader",
    "of values of the reader",
    "sets up a checkout, as CI does before this test",
}
"""Why programs of pages do not run."""


@pytest.fixture
def workplace(repository: Path, tmp_path: Path) -> Path:
    """An empty folder that sees the examples, as a reader's checkout does."""
    (tmp_path / "examples").symlink_to(repository / "examples")
    return tmp_path


def test_make_commands_of_the_pages_exist(repository: Path) -> None:
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {
        name
        for page in SHOWN
        for block in blocks_of((repository / page).read_text(encoding="utf-8"))
        if block.language == "sh"
        for name in re.findall(r"^make ([a-z]\S*)", block.text, re.MULTILINE)
    }
    assert {"demo", "test"} <= named <= targets


@pytest.mark.parametrize("page", RUN)
def test_blocks_of_the_page_run(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, require: Callable[..., None], page: str
) -> None:
    _run(page, workplace, monkeypatch, require, whole=False)


@pytest.mark.long
@pytest.mark.parametrize("page", LONG)
def test_long_blocks_of_the_page_run(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, require: Callable[..., None], page: str
) -> None:
    _run(page, workplace, monkeypatch, require, whole=True)


def _run(
    page: str,
    workplace: Path,
    monkeypatch: pytest.MonkeyPatch,
    require: Callable[..., None],
    *,
    whole: bool,
) -> None:
    monkeypatch.chdir(workplace)
    monkeypatch.syspath_prepend(str(workplace))
    found = blocks_of((HOUSE / page).read_text(encoding="utf-8"))
    for block in found:
        if runs(block) and (whole or block.mark("long") is None):
            require(*(block.mark("needs") or "").split())
    Page(page, found, workplace, whole).run()


def test_blocks_that_do_not_run_say_why(repository: Path) -> None:
    """What is neither run nor a file is a picture, data that are read below, or named here."""
    unsaid = [
        f"{page}:{block.line}: {block.language}: {reason}"
        for page in SHOWN
        for block in blocks_of((repository / page).read_text(encoding="utf-8"))
        if not runs(block)
        and block.language not in PICTURES | DATA
        and (reason := block.mark("not run")) not in REASONS
    ]
    assert unsaid == []


def test_data_of_the_pages_are_well_formed(repository: Path) -> None:
    for page in SHOWN:
        for block in blocks_of((repository / page).read_text(encoding="utf-8")):
            match block.language:
                case "yaml" | "yml":
                    assert YAML(typ="safe").load(block.text) is not None, f"{page}:{block.line}"
                case "json":
                    json.loads(block.text)
                case "toml":
                    tomllib.loads(block.text)


def test_a_block_that_fails_is_found(tmp_path: Path) -> None:
    for text, fault in (
        ("```sh\nfalse\n```\n", "page.md:1: exit code 1"),
        ("x\n\n```python\nassert 1 == 2, 'not so'\n```\n", "not so"),
        ("```console\n$ echo one; echo two\none\n```\n", "page.md:1: echo one; echo two"),
        ("```sh\necho one\n```\n\n```output\ntwo\n```\n", "page.md:5: the page shows"),
        ("```output\ntwo\n```\n", "page.md:1: nothing was run"),
        ("```console\n$ false\n```\n", "page.md:1: false"),
    ):
        with pytest.raises(AssertionError, match=re.escape(fault)):
            Page("page.md", blocks_of(text), tmp_path, whole=False).run()


def test_what_is_shown_may_leave_out_lines(tmp_path: Path) -> None:
    text = (
        "```sh\n# notes/one.sh\necho a; echo b 17 c; echo d; false\n```\n"
        "```console\n$ bash notes/one.sh\na\nb ... c\n...\n$ echo \\\n  x\nx\n```\n"
        "<!-- long: minutes -->\n```sh\nfalse\n```\n<!-- not run: never -->\n```sh\nfalse\n```\n"
        "1. ```python\n   print(3)\n   ```\n   ```output\n   3\n   ```\n"
    )
    Page("page.md", blocks_of(text), tmp_path, whole=False).run()


def test_the_target_of_a_page_is_read(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "reference" / "targets.md").read_text(encoding="utf-8")
    texts = [block.text for block in blocks_of(page) if block.language == "yaml"]
    for text, name in zip(texts, ("narrow", "mine"), strict=True):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        target = find_target(name, tmp_path / f"{name}.yaml")
        assert target.places > 1
        assert target.array is None or target.array.rows == 64
