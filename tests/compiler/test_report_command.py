"""`somac report`, end to end: the page, files of pictures, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import html5lib
import numpy as np
import pytest
from click.testing import Result

from somac.compiler.report.figures.gallery import PICTURES

Somac = Callable[..., Result]

MODEL = """\
network small:
    dt 1 ms
    profile nir-euler

input x[3]: spikes

population hidden[4]: nir_lif(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.13, v_reset = 0)
population out[2]: nir_lif(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.13, v_reset = 0)

projection x -> hidden: dense([[1, 0, 1], [0, 1, 1], [1, 1, 0], [-1, 1, 1]])
projection hidden -> out: dense([[1, 0.5, 0, -1], [-1, 0, 0.5, 1]])

output out
"""


@pytest.fixture(scope="module")
def bundle(compiled_text: Callable[[str], Path]) -> Path:
    """Compiled once; nothing may change it."""
    return compiled_text(MODEL)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.npz"
    x = (np.random.default_rng(1).random((4, 20, 3)) < 0.5).astype(np.uint8)
    np.savez(path, x=x, label=np.zeros(4, np.int64))
    return path


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def sections(page: Path) -> set[str]:
    text = page.read_text(encoding="utf-8")
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    return {s.get("id") for s in root.iter("section")}


def test_a_page_is_drawn_of_a_bundle(somac: Somac, bundle: Path, tmp_path: Path) -> None:
    done = somac("report", bundle)
    page = tmp_path / "report.html"
    assert sections(page) >= {"summary", "placement", "utilisation", "energy", "missing"}
    assert not sections(page) & {"raster", "traces", "devices", "area"}
    assert "report.html" in done.stdout
    assert "give some with --input" in done.stdout
    assert "more of quantisation " in done.stdout
    assert "give both with --input and --model\n" in done.stdout
    before = page.read_bytes()
    somac("report", bundle, "--force")
    assert page.read_bytes() == before


def test_data_and_the_model_show_more(
    somac: Somac, bundle: Path, data: Path, tmp_path: Path
) -> None:
    model = bundle.parent / "small.snn"
    done = somac(
        "report", bundle, "-o", "a.html", "--input", data, "--model", model, "--sample", 1, "--json"
    )
    found = json.loads(done.stdout)["result"]
    assert (found["model"], found["target"]) == ("small", "spinnaker2")
    assert set(found["sections"]) >= {"raster", "traces", "quantisation", "energy"}
    assert found["files"] == [{"path": "a.html", "bytes": (tmp_path / "a.html").stat().st_size}]
    assert sections(tmp_path / "a.html") >= {"raster", "traces", "quantisation"}
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "Sample 1 of 4, of class 0, 20 steps of 1 ms." in text
    assert "Every value of the emulator is that of the golden model." in text


def test_what_is_asked_for_is_what_lacks(somac: Somac, bundle: Path, data: Path) -> None:
    done = somac("report", bundle, "-o", "b.html", "--input", data)
    assert done.stdout.startswith(f"{bundle}: small for spinnaker2\nshows    placement, ")
    assert "\nwritten  b.html, " in done.stdout
    assert "float model; give it with --model\n" in done.stdout


def test_pictures_are_asked_for_by_name(
    somac: Somac, bundle: Path, data: Path, tmp_path: Path
) -> None:
    words = ("--svg", "placement.svg", "--svg", "raster=figures/one.svg", "--columns", 2)
    somac("report", bundle, *words, "--input", data)
    assert not (tmp_path / "report.html").exists()
    for name in ("placement.svg", "figures/one.svg"):
        assert 'width="516pt"' in (tmp_path / name).read_text(encoding="utf-8")


def test_all_pictures_go_to_a_folder(
    somac: Somac, bundle: Path, data: Path, tmp_path: Path
) -> None:
    somac("report", bundle, "--figures", "out", "--input", data)
    names = {path.stem for path in (tmp_path / "out").iterdir()}
    assert names >= {"placement", "utilisation", "traffic", "raster", "traces", "costs", "weights"}
    assert names <= {picture.name for picture in PICTURES}
    again = somac("report", bundle, "--figures", "out", exit_code=2).stderr
    assert again.count("error[E0961]") == len(names)


def test_files_are_replaced_only_by_force(somac: Somac, bundle: Path, tmp_path: Path) -> None:
    for name in ("report.html", "placement.svg"):
        (tmp_path / name).write_text("mine")
    words = ("report", bundle, "-o", "report.html", "--svg", "placement.svg")
    done = somac(*words, exit_code=2)
    assert done.stderr.count("error[E0961]") == 2
    assert "replace it with --force" in done.stderr
    assert {(tmp_path / n).read_text() for n in ("report.html", "placement.svg")} == {"mine"}
    somac(*words, "--force")
    assert "mine" not in {(tmp_path / n).read_text() for n in ("report.html", "placement.svg")}
    assert sorted(p.name for p in tmp_path.glob("*.html")) == ["report.html"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--svg", "placment.svg"), "E0962", "did you mean 'placement'?"),
        (("--svg", "nothing.svg"), "E0962", "there are placement, board"),
        (("--svg", "placement.pdf"), "E0962", "--svg placement=placement.svg"),
        (("--svg", "raster.svg"), "E0963", "give some with --input"),
        (("--svg", "area.svg"), "E0963", "nothing of its kind"),
        (("--svg", "placement.svg", "--svg", "traffic=placement.svg"), "E0908", "written twice"),
        (("--svg", "placement=new.html.svg", "-o", "new.html.svg"), "E0908", "written twice"),
        (("-o", "{bundle}/manifest.json", "--force"), "E0908", "in the bundle"),
        (("-o", "{bundle}/report.html"), "E0908", "in the bundle"),
        (("-o", "data.npz", "--input", "data.npz", "--force"), "E0908", "file of the inputs"),
        (("-o", "data.npz/new.html"), "E0906", "cannot be written"),
        (("--figures", "data.npz"), "E0906", "cannot be written"),
        (("--input", "nothing.npz"), "E0905", "nothing.npz"),
        (("--input", "data.npz", "--sample", "4"), "E0903", "4"),
    ],
)
def test_what_cannot_be_is_refused(
    somac: Somac,
    bundle: Path,
    data: Path,
    tmp_path: Path,
    words: tuple[str, ...],
    code: str,
    says: str,
) -> None:
    """Nothing is written at all then, the page included, and what is read stays as it was."""
    before = {p: p.read_bytes() for f in (bundle, tmp_path) for p in f.rglob("*") if p.is_file()}
    given = [word.format(bundle=bundle) for word in words]
    page = () if "-o" in words else ("-o", "page.html")
    done = somac("report", bundle, *page, *given, exit_code=2)
    assert f"error[{code}]" in done.stderr
    assert says in done.stderr
    after = {p: p.read_bytes() for f in (bundle, tmp_path) for p in f.rglob("*") if p.is_file()}
    assert after == before


@pytest.mark.parametrize(
    "words", [("--devices", "3"), ("--sample", "1"), ("--samples", "2"), ("--model", "small.snn")]
)
def test_options_about_data_need_data(somac: Somac, bundle: Path, words: tuple[str, ...]) -> None:
    assert "--input" in somac("report", bundle, *words, exit_code=2).stderr


def test_what_is_no_bundle_is_refused(somac: Somac, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "error[E0703]" in somac("report", "empty", "-o", "x.html", exit_code=2).stderr


def test_drawing_is_imported_when_something_is_drawn() -> None:
    script = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from somac.compiler.cli.app import cli\n"
        "assert CliRunner().invoke(cli, ['report', '--help']).exit_code == 0\n"
        "print([m for m in ('matplotlib', 'jinja2', 'numpy') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"
