"""The sample backend, installed and used as a stranger would by the how-to that shows it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pages import Page, blocks_of
from strangers import install, run, run_tests

SAMPLE = Path(__file__).resolve().parents[1] / "sample_plugin"
MOST_LINES = 300


@pytest.fixture(scope="module")
def page(request: pytest.FixtureRequest) -> Path:
    return request.config.rootpath / "docs" / "how-to" / "write-a-backend.md"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, page: Path) -> Path:
    """A folder into which pip has installed what the page shows, without a network."""
    folder = tmp_path_factory.mktemp("stranger")
    shown = [b for b in blocks_of(page.read_text(encoding="utf-8")) if b.file is not None]
    Page(str(page), shown, folder, whole=True).run()
    return install(folder / "tinychip", folder / "site")


def test_sessions_of_the_page_are_what_is_said(
    site: Path, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it shows of a terminal, with the package installed."""
    monkeypatch.setenv("PYTHONPATH", str(site))
    blocks = blocks_of(page.read_text(encoding="utf-8"))
    sessions = [replace(b, marks=()) for b in blocks if b.language == "console"]
    assert len(sessions) == 4
    Page(str(page), sessions, site.parent, whole=True).run()


def test_it_passes_its_tests(site: Path) -> None:
    """In a folder of its own: nothing of this repository's settings is seen."""
    assert " passed" in run_tests(site, site.parent / "tinychip")


def test_its_diagnostics_are_explained(site: Path) -> None:
    somac = Path(sys.executable).with_name("somac")
    done = run(site, somac, "explain", "TINYCHIP-E0001")
    assert done.returncode == 0, done.stderr
    assert "a damaged program of a Tinychip" in done.stdout


def test_the_how_to_is_the_package(page: Path) -> None:
    shown = {
        block.file.removeprefix("tinychip/"): block.text.partition("\n")[2]
        for block in blocks_of(page.read_text(encoding="utf-8"))
        if block.file is not None and block.file.startswith("tinychip/")
    }
    kinds = {".py", ".toml", ".yaml"}
    files = (p for p in SAMPLE.rglob("*") if p.suffix in kinds)
    sources = {p.relative_to(SAMPLE).as_posix(): p.read_text(encoding="utf-8") for p in files}
    assert shown == sources
    python = [text for name, text in sources.items() if name.endswith(".py")]
    assert sum(len(text.splitlines()) for text in python) < MOST_LINES
