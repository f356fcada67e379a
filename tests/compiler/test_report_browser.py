"""Pages of reports in a browser: no complaints, nothing cut, everything within reach."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import report_shots
import report_values
from chromium import Browser, Page
from click.testing import Result

from somac.compiler.report.page import page_of

REPORTS = {
    "many": report_values.many_core,
    "board": report_values.board,
    "circuit": report_values.circuit,
    "crossbar": report_values.crossbar,
}
# of JavaScript: what sticks out of the window, though it does not scroll in a box of its own
OUT = """JSON.stringify([...document.querySelectorAll('body *')].filter(e =>
  !e.closest('.scroll, .skip') && !(e.namespaceURI.includes('svg') && e.tagName !== 'svg')
  && e.getClientRects().length && e.getBoundingClientRect().right > innerWidth + 0.5
).map(e => e.outerHTML.slice(0, 99)))"""
SEEN = "[...document.querySelectorAll('svg')].filter(s => s.getClientRects().length)"
# letters of pictures that stick out of them, those upon others, and the size of the smallest
CUT = f"""JSON.stringify({SEEN}.flatMap(s => {{
  const b = s.getBoundingClientRect();
  return [...s.querySelectorAll('text')].filter(t => {{
    const r = t.getBoundingClientRect();
    return r.left < b.left - 1 || r.right > b.right + 1 || r.top < b.top - 2
      || r.bottom > b.bottom + 2;
  }}).map(t => s.parentNode.parentNode.id + ': ' + t.textContent);
}}))"""
OVERLAP = f"""JSON.stringify({SEEN}.flatMap(s => {{
  const texts = [...s.querySelectorAll('text')].map(
    t => [t.textContent, t.getBoundingClientRect()]);
  return texts.flatMap(([one, a], i) => texts.slice(i + 1).filter(([, b]) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.35 * Math.min(a.height, b.height)
  ).map(([other]) => s.parentNode.parentNode.id + ': ' + one + ' / ' + other));
}}))"""
SMALLEST = f"""Math.min(99, ...{SEEN}.flatMap(s => {{
  const zoom = s.getBoundingClientRect().width / s.viewBox.baseVal.width;
  return [...s.querySelectorAll('text')].map(t => zoom * parseFloat(getComputedStyle(t).fontSize));
}}))"""
MARK = (
    "[...document.querySelectorAll('#figure-placement .wide .m')].find(m => m.tagName === 'path')"
)
LINK = """[...document.querySelectorAll('#figure-placement .wide .m')].find(
  m => m.getAttribute('style').includes('opacity:0')
)"""
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
Opener = Callable[..., Page]
FAR = 10.0
"""Blocks of two pictures of the same may differ by that of 255: edges of other machines."""


@pytest.fixture(scope="module")
def browser(chromium: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, made in REPORTS.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(page_of(made()), encoding="utf-8")
    return found


@pytest.fixture
def open_page(browser: Browser, pages: dict[str, Path]) -> Iterator[Callable[..., Page]]:
    opened: list[Page] = []

    def open_one(page: str | Path, width: int, *, dark: bool = False, script: bool = True) -> Page:
        path = page if isinstance(page, Path) else pages[page]
        opened.append(browser.open(path, width, dark=dark, script=script))
        return opened[-1]

    yield open_one
    for page in opened:
        page.close()


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_overflows_and_nothing_complains(open_page: Opener, name: str) -> None:
    fits_everywhere(open_page(name, 1440))


def fits_everywhere(page: Page) -> None:
    """At three widths, by day and at night, with all tables open."""
    page.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
    for width in (375, 768, 1440):
        page.resize(width)
        for dark in (False, True):
            page.light(dark=dark)
            assert page.ask("document.documentElement.scrollWidth") <= width
            assert json.loads(page.ask(OUT)) == []
            ground = page.ask("getComputedStyle(document.body).backgroundColor")
            assert ground == ("rgb(18, 22, 28)" if dark else "rgb(255, 255, 255)")
    assert page.complaints() == []


@pytest.mark.parametrize("width", [375, 1440])
@pytest.mark.parametrize("name", REPORTS)
def test_letters_of_pictures_are_whole_apart_and_large(
    open_page: Opener, name: str, width: int
) -> None:
    letters_are_whole(open_page(name, width))


def letters_are_whole(page: Page) -> None:
    """Those of pictures: none cut, none on another, none too small."""
    assert json.loads(page.ask(CUT)) == []
    assert json.loads(page.ask(OVERLAP)) == []
    assert page.ask(SMALLEST) >= 8


def test_one_of_two_pictures_is_seen(open_page: Opener) -> None:
    for width, wide in ((375, False), (768, True), (1440, True)):
        page = open_page("many", width)
        seen = page.ask(
            "JSON.stringify([...document.querySelectorAll('figure')].map(f =>"
            "[...f.querySelectorAll('.picture')].map(p => p.getClientRects().length > 0)))"
        )
        assert all(pair == [wide, not wide] for pair in json.loads(seen))


TIP = "document.getElementById('tip').hidden ? '' : document.getElementById('tip').textContent"


def middle_of(page: Page, mark: str) -> tuple[float, float]:
    """Where a mark is in the window, after it was made seen."""
    page.ask(f"{mark}.scrollIntoView({{block: 'center'}})")
    page.ask(FRAMES)
    x, y = json.loads(
        page.ask(
            f"(() => {{ const b = {mark}.getBoundingClientRect();"
            "return JSON.stringify([b.left + b.width / 2, b.top + b.height / 2]) })()"
        )
    )
    return x, y


def test_marks_speak_when_they_are_pointed_at(open_page: Opener) -> None:
    page = open_page("many", 1440)
    assert page.ask(TIP) == ""
    page.point(*middle_of(page, MARK))
    assert page.ask(TIP) == "core 0: not usable"
    page.point(2, 2)
    assert page.ask(TIP) == ""
    page.point(*middle_of(page, LINK))
    assert page.ask(TIP).startswith("link from (")
    assert page.complaints() == []


def test_marks_speak_when_they_are_touched(open_page: Opener) -> None:
    page = open_page("many", 375)
    page.touch(*middle_of(page, MARK.replace("wide", "narrow")))
    assert page.ask(TIP) == "core 0: not usable"
    page.touch(2, 2)
    assert page.ask(TIP) == ""


def test_marks_are_reached_by_keys(open_page: Opener) -> None:
    page = open_page("many", 1440)
    page.ask("document.querySelector('#figure-placement .wide svg').focus()")
    heard = []
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowDown", "ArrowLeft", "End"):
        page.press(key)
        heard.append(page.ask("document.getElementById('tip').textContent").split("\n")[0])
    assert heard[:3] == ["core 0: not usable", "core 1", "core 2"]
    assert heard[4] in {"core 1", "core 2"}
    assert len(set(heard)) >= 5
    page.press("Escape")
    assert page.ask("document.getElementById('tip').hidden") is True
    assert page.ask("document.getElementById('tip').getAttribute('role')") == "status"


def test_without_scripts_titles_are_left(open_page: Opener, pages: dict[str, Path]) -> None:
    text = pages["many"].read_text(encoding="utf-8")
    assert "<title>core 1\n" in text
    assert open_page("many", 768, script=False).complaints() == []


def test_pages_print(open_page: Opener) -> None:
    page = open_page("many", 1440, dark=True)
    printed = page.pdf()
    assert printed.startswith(b"%PDF-")
    assert 20_000 < len(printed) < 5_000_000


@pytest.mark.parametrize("view", report_shots.VIEWS)
def test_pictures_look_as_they_did(browser: Browser, tmp_path: Path, view: str) -> None:
    """Draw them again by `python tests/support/report_shots.py` if they shall look otherwise."""
    before = report_shots.kept(view)
    now = report_shots.shots(browser, report_values.many_core(), view, tmp_path)
    assert sorted(before) == sorted(now)
    far = {name: report_shots.distance(before[name], image) for name, image in now.items()}
    assert {name: d for name, d in far.items() if d > FAR} == {}


def test_pictures_of_another_mapping_look_otherwise(browser: Browser, tmp_path: Path) -> None:
    report = report_values.many_core()
    placement, used = report.placement, report.utilisation
    assert placement is not None
    assert used is not None
    moved = tuple(replace(c, x=11 - c.x) for c in placement.cores)
    need = used.need[::-1].copy()
    other = replace(
        report,
        placement=replace(placement, cores=moved),
        utilisation=replace(used, need=need),
    )
    before = report_shots.kept("light")
    now = report_shots.shots(browser, other, "light", tmp_path)
    for name in ("placement", "utilisation"):
        assert report_shots.distance(before[name], now[name]) > FAR, name


@pytest.mark.parametrize("target", ["spinnaker2", "ulx3s-85f", "neurram"])
def test_pages_of_the_digits(
    somac: Callable[..., Result],
    open_page: Opener,
    repository: Path,
    tmp_path: Path,
    target: str,
) -> None:
    folder = repository / "examples" / "digits"
    bundle, page = tmp_path / "out", tmp_path / "page.html"
    somac("compile", folder / "digits.nir", "--target", target, "-o", bundle)
    data = ("--input", folder / "test.npz", "--samples", 20, "--model", folder / "digits.nir")
    more = ("--devices", 2) if target == "neurram" else ()
    somac("report", bundle, "-o", page, *data, *more)
    assert page.stat().st_size < 1_000_000
    for width in (375, 1440):
        letters_are_whole(open_page(page, width))
    fits_everywhere(open_page(page, 1440))


def test_the_page_of_the_braille_model_is_small(
    somac: Callable[..., Result], open_page: Opener, shared: Path, tmp_path: Path
) -> None:
    model = shared / "nir" / "braille_noDelay_bias_zero.nir"
    with np.load(shared / "inputs" / "braille7.npz") as file:
        shape = tuple(file["shape"])
        x = np.unpackbits(file["bits"])[: np.prod(shape)].reshape(shape)
        np.savez(tmp_path / "x.npz", x=x[:8], label=file["label"][:8])
    bundle, page = tmp_path / "out", tmp_path / "page.html"
    somac("compile", model, "-o", bundle)
    somac("report", bundle, "-o", page, "--input", tmp_path / "x.npz", "--model", model)
    assert page.stat().st_size < 2_000_000
    letters_are_whole(open_page(page, 375))
    fits_everywhere(open_page(page, 1440))
