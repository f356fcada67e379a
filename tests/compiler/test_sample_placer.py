"""The sample placer, installed and used as a stranger would, by the how-to that it is made from."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from pages import blocks_of
from strangers import install, run, run_tests

SAMPLE = Path(__file__).resolve().parents[1] / "sample_placer"


def somac(site: Path, *command: str | Path) -> str:
    done = run(site, Path(sys.executable).with_name("somac"), *command)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the package, without a network."""
    return install(SAMPLE, tmp_path_factory.mktemp("stranger") / "site")


def test_it_is_listed_and_well(site: Path) -> None:
    assert re.search(r"^hilbert +hilbert-placer 1.0 +1.0 ", somac(site, "placers"), re.MULTILINE)
    (row,) = json.loads(somac(site, "placers", "doctor", "hilbert", "--json"))["result"]
    assert row["problems"] == []


def test_it_compiles_and_every_bit_agrees(site: Path, repository: Path) -> None:
    model, data = (repository / "examples" / "digits" / n for n in ("digits.nir", "test.npz"))
    view = somac(site, "compile", model, "-o", "out", "--placer", "hilbert", "--json", "--force")
    assert '"hilbert"' in view
    said = somac(site, "verify", "out", "--input", data, "--samples", "2")
    assert "0 mismatching spikes" in said


def test_it_passes_its_tests(site: Path) -> None:
    """In a folder of its own: nothing of this repository's settings is seen."""
    tests = site.parent / "tests"
    tests.mkdir()
    (tests / "test_hilbert.py").write_text((SAMPLE / "test_hilbert.py").read_text())
    assert "17 passed" in run_tests(site, tests)


def test_the_how_to_is_the_package(repository: Path) -> None:
    text = (repository / "docs" / "how-to" / "write-a-placer.md").read_text(encoding="utf-8")
    shown = {}
    for block in blocks_of(text):
        if block.file is not None:
            name = block.file.removeprefix("hilbert-placer/")
            shown[name] = block.text.partition("\n")[2]
    files = sorted(p.relative_to(SAMPLE) for p in SAMPLE.rglob("*.*") if p.is_file())
    sources = {str(p): (SAMPLE / p).read_text() for p in files if p.suffix in {".py", ".toml"}}
    assert shown == sources
    assert sum(len(source.splitlines()) for source in sources.values()) < 120
