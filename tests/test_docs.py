"""The pages tell the truth: links lead somewhere, and what the README shows runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from somac.compiler.targets import find_target

PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/README.md")
HOUSE = Path(__file__).resolve().parents[1]
LINKED = sorted(
    str(page.relative_to(HOUSE))
    for folder in ("", "docs", "docs/how-to", "bench", "examples", "examples/*")
    for page in HOUSE.glob(f"{folder}/*.md".lstrip("/"))
)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced code blocks of `page` in `language`, in order."""
    fence = rf"^```{language}\n(.*?)^```$"
    return re.findall(fence, page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def workplace(repository: Path, tmp_path: Path) -> Path:
    """An empty folder that sees the examples, as a reader's checkout does."""
    (tmp_path / "examples").symlink_to(repository / "examples")
    return tmp_path


def test_all_pages_are_looked_at() -> None:
    assert {*PAGES, "docs/language.md", "bench/RESULTS.md", "examples/cam/README.md"} <= {*LINKED}


@pytest.mark.parametrize("page", LINKED)
def test_relative_links_lead_somewhere(repository: Path, page: str) -> None:
    text = (repository / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    folder = (repository / page).parent
    assert [target for target in targets if not (folder / target).exists()] == []


def headings(page: Path) -> set[str]:
    """The anchors of a page, as they are made on the web."""
    lines = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.strip().lower()).replace(" ", "-") for line in lines}


@pytest.mark.parametrize("page", LINKED)
def test_anchors_of_links_are_headings(repository: Path, page: str) -> None:
    here = repository / page
    found = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", here.read_text(encoding="utf-8"))
    assert [
        (target, anchor)
        for target, anchor in found
        if anchor not in headings((here.parent / target) if target else here)
    ] == []


def test_make_commands_of_the_pages_exist(repository: Path) -> None:
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {
        name
        for page in PAGES
        for block in blocks(repository / page, "sh")
        for name in re.findall(r"^make ([a-z-]+)", block, re.MULTILINE)
    }
    assert {"demo", "test"} <= named <= targets


@pytest.mark.parametrize(
    ("page", "number"), [("README.md", 0), ("README.md", 1), ("docs/fpga.md", 0)]
)
def test_sessions_of_the_pages_run(
    repository: Path, workplace: Path, page: str, number: int
) -> None:
    session = blocks(repository / page, "sh")[number]
    commands = [shlex.split(line, comments=True) for line in session.splitlines()]
    assert [command[:2] for command in commands] == [
        ["somac", "compile"],
        ["somac", "run"],
        ["somac", "verify"],
    ]
    for _, *arguments in commands:
        somac = Path(sys.executable).with_name("somac")
        done = subprocess.run(
            [somac, *arguments], cwd=workplace, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", ["README.md", "docs/layers.md", "docs/crossbar.md"])
def test_python_of_the_pages_runs(
    repository: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.chdir(workplace)
    (program,) = blocks(repository / page, "python")
    exec(compile(program, page, "exec"), {})


def test_devices_of_the_page_run(repository: Path, workplace: Path) -> None:
    """On fewer samples and devices than the page has."""
    page = repository / "docs" / "crossbar.md"
    (mine,) = blocks(page, "yaml")
    (workplace / "mine.yaml").write_text(mine, encoding="utf-8")
    fewer = {
        "compile": (),
        "run": ("--samples", "9"),
        "devices": ("--samples", "9", "--devices", "1"),
    }
    said = []
    for session in blocks(page, "sh"):
        for line in session.splitlines():
            _, command, *arguments = shlex.split(line, comments=True)
            somac = Path(sys.executable).with_name("somac")
            done = subprocess.run(
                [somac, command, *arguments, *fewer[command]],
                cwd=workplace,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            said.append(done)
    assert "warning[E0665]" in said[4].stderr
    assert "sums of up to 130 have no code each" in said[4].stderr
    assert "steps of up to 5, with which none can be clipped" in said[4].stderr
    effects = "programming", "read", "drift", "faults", "on_off", "wires", "all"
    for done in (said[3], said[5]):
        assert [f"\n{effect} " in done.stdout for effect in effects] == [True] * len(effects)


def test_the_target_of_a_page_is_read(repository: Path, tmp_path: Path) -> None:
    for text, name in zip(
        blocks(repository / "docs" / "targets.md", "yaml"), ("narrow", "mine"), strict=True
    ):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        target = find_target(name, tmp_path / f"{name}.yaml")
        assert target.places > 1
        assert target.array is None or target.array.rows == 64
