"""The pages tell the truth: links lead somewhere, what they show runs, and a site comes of them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

import somac
from somac.backends import api
from somac.compiler import layers
from somac.compiler.cli.app import COMMANDS
from somac.compiler.targets import schema
from somac.ir import placement
from somac.ir.codes import CODES

PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/index.md")
HOUSE = Path(__file__).resolve().parents[1]
LINKED = sorted(
    str(page.relative_to(HOUSE))
    for folder in ("", "docs", "docs/*", "bench", "examples", "examples/*")
    for page in HOUSE.glob(f"{folder}/*.md".lstrip("/"))
)


def test_all_pages_are_looked_at() -> None:
    assert {*PAGES, "docs/reference/language.md", "bench/RESULTS.md", "examples/cam/README.md"} <= {
        *LINKED
    }


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


def test_pages_that_the_code_names_exist(repository: Path) -> None:
    sources = [repository / "targets.yaml", repository / "grammar" / "network.lark"]
    for folder in ("ir", "grammar", "backends", "compiler", "examples"):
        for kind in ("py", "c", "h", "snn", "sv"):
            sources += (repository / folder).rglob(f"*.{kind}")
    named = {
        (str(source.relative_to(repository)), page)
        for source in sources
        for page in re.findall(r"\bdocs/[\w/-]+\.md", source.read_text(encoding="utf-8"))
    }
    assert len(named) > 50
    assert [pair for pair in sorted(named) if not (repository / pair[1]).exists()] == []


@pytest.mark.parametrize("page", LINKED)
def test_anchors_of_links_are_headings(repository: Path, page: str) -> None:
    here = repository / page
    found = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", here.read_text(encoding="utf-8"))
    assert [
        (target, anchor)
        for target, anchor in found
        if anchor not in headings((here.parent / target) if target else here)
    ] == []


def models() -> Iterator[type[BaseModel]]:
    """Those that the form of target descriptions is made of."""
    for value in vars(schema).values():
        if isinstance(value, type) and issubclass(value, schema.Strict) and value.model_fields:
            yield value


@pytest.fixture(scope="module")
def site(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as HTML, made without a warning."""
    built = tmp_path_factory.mktemp("site")
    sphinx = (sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going")
    done = subprocess.run(
        [*sphinx, "-d", built / "doctrees", repository / "docs", built / "html"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return built / "html"


def test_the_site_has_what_is_made_from_code(site: Path) -> None:
    """Everything public is there; what lacks a docstring is not."""
    codes = (site / "reference" / "error-codes.html").read_text(encoding="utf-8")
    assert [code for code in CODES if f'id="{code.lower()}"' not in codes] == []
    commands = (site / "reference" / "command-line.html").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f'id="somac-{name}"' not in commands] == []
    form = (site / "reference" / "target-schema.html").read_text(encoding="utf-8")
    keys = {key for model in models() for key in model.model_fields} - {"version"}
    assert [key for key in keys if f">{key}<" not in form] == []
    names = (site / "reference" / "python.html").read_text(encoding="utf-8")
    public = [f"somac.backends.api.{name}" for name in api.__all__]
    public += [f"somac.{name}" for name in somac.__all__ if name != "__version__"]
    public += [f"somac.compiler.layers.{name}" for name in layers.__all__]
    public += [f"somac.ir.placement.{name}" for name in placement.__all__]
    assert [name for name in public if f'id="{name}"' not in names] == []


def test_no_markup_is_left_over(site: Path) -> None:
    broken = [
        str(page.relative_to(site))
        for page in site.rglob("*.html")
        if re.search(r"&lt;inline|system-message|TypeAliasForwardRef", page.read_text("utf-8"))
    ]
    assert broken == []


def test_links_out_of_the_pages_lead_somewhere_on_the_site(site: Path) -> None:
    page = (site / "explanation" / "fpga.html").read_text(encoding="utf-8")
    assert 'href="../project/results.html#' in page
    targets = (site / "reference" / "targets.html").read_text(encoding="utf-8")
    assert re.search(r'href="\.\./_downloads/\w+/targets\.yaml"', targets)
    assert 'href="error-codes.html#e0305"' in targets
