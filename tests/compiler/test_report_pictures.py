"""Pictures of reports: whole SVG, the same bytes every time, readable, small."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import report_values

from somac.compiler.report.data import Report, Share
from somac.compiler.report.figures.canvas import COLUMN, PAGE, Drawing
from somac.compiler.report.figures.gallery import PICTURES
from somac.compiler.report.figures.text import clipped, compact, letters, readable_unit, si
from somac.compiler.report.palette import HEAT, INK, LETTER, LINES, MUTED, PAPER, POPULATIONS, ROLES

SVG = "{http://www.w3.org/2000/svg}"
REPORTS = {
    "many": report_values.many_core,
    "board": report_values.board,
    "circuit": report_values.circuit,
    "crossbar": report_values.crossbar,
}


def drawn(report: Report, name: str, width: float) -> Drawing:
    draw = next(p for p in PICTURES if p.name == name).of(report)
    assert draw is not None
    return draw(width)


@cache
def all_drawn(name: str, width: float) -> dict[str, Drawing]:
    report = REPORTS[name]()
    return {p.name: draw(width) for p in PICTURES if (draw := p.of(report)) is not None}


@pytest.mark.parametrize("width", [COLUMN, PAGE])
@pytest.mark.parametrize("name", REPORTS)
def test_files_are_svg_that_says_what_it_is(name: str, width: float) -> None:
    for picture, drawing in all_drawn(name, width).items():
        text = drawing.standalone()
        root = ET.fromstring(text)
        assert root.tag == f"{SVG}svg"
        assert root.get("width") == f"{width:g}pt"
        assert root.findtext(f"{SVG}title") == drawing.title, picture
        assert root.findtext(f"{SVG}desc") == drawing.description
        # nothing is asked of elsewhere, nothing runs, nothing says when or by what it was drawn
        for found in re.findall(r'(?:href|src)="([^"]*)"', text):
            assert found.startswith("#")
        assert not {e.tag for e in root.iter()} & {f"{SVG}script", f"{SVG}metadata", f"{SVG}image"}
        assert "var(" not in text
        assert len(text) < 400_000, picture


@pytest.mark.parametrize("name", REPORTS)
def test_names_inside_pictures_of_a_page_are_of_one_picture(name: str) -> None:
    seen: set[str] = set()
    for picture, drawing in all_drawn(name, PAGE).items():
        root = ET.fromstring(drawing.inline(f"{picture}-"))
        own = [i for e in root.iter() if (i := e.get("id")) is not None]
        assert all(i.startswith(f"{picture}-") for i in own)
        assert len(own) == len(set(own))
        assert not seen & set(own)
        seen |= set(own)
        referred = set(re.findall(r"url\(#([^)]+)\)", ET.tostring(root, "unicode")))
        assert referred <= set(own)


def test_colours_of_a_page_are_variables() -> None:
    for picture, drawing in all_drawn("many", PAGE).items():
        left = set(re.findall(r"#[0-9a-f]{6}", drawing.inline("x-")))
        assert not left, (picture, left)


def width_of(text: str, size: float) -> float:
    """Points of a text in the widest font that pictures are shown in."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", size=size)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def number(pattern: str, text: str | None) -> float:
    found = re.search(pattern, text or "")
    assert found is not None, text
    return float(found[1])


@pytest.mark.parametrize("width", [COLUMN, PAGE])
@pytest.mark.parametrize("name", REPORTS)
def test_no_letter_is_cut(name: str, width: float) -> None:
    for picture, drawing in all_drawn(name, width).items():
        for text in ET.fromstring(drawing.standalone()).iter(f"{SVG}text"):
            words, style = text.text or "", text.get("style", "")
            wide = width_of(words, number(r"font-size:([\d.]+)px", style))
            anchor = re.search(r"text-anchor:(\w+)", style)
            share = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor[1] if anchor else "start"]
            turned = text.get("transform")
            place = f"({text.get('x')} {text.get('y')})" if turned is None else turned
            x, y = number(r"\(([-\d.]+) ", place), number(r"\([-\d.]+ ([-\d.]+)\)", place)
            along, limit = (x, width) if turned is None else (y, drawing.height)
            # text that stands up begins below
            low = along - (share if turned is None else 1 - share) * wide
            assert low > -0.5, (picture, words)
            assert low + wide < limit + 0.5, (picture, words)
            assert 0 < y < drawing.height, (picture, words)


def test_the_same_report_gives_the_same_bytes(repository: Path) -> None:
    script = (
        "import hashlib, report_values\n"
        "from somac.compiler.report.figures.gallery import PICTURES\n"
        "found = hashlib.sha256()\n"
        "for picture in PICTURES:\n"
        "    draw = picture.of(report_values.many_core())\n"
        "    if draw is not None:\n"
        "        found.update(draw(252.0).standalone().encode())\n"
        "print(found.hexdigest())\n"
    )
    digests = set()
    for seed in ("1", "2"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": str(repository / "tests" / "support"),
            "SOURCE_DATE_EPOCH": seed,
        }
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, check=True
        )
        digests.add(done.stdout)
    assert len(digests) == 1


def test_the_style_of_the_user_changes_nothing() -> None:
    import matplotlib as mpl

    report = report_values.circuit()
    before = drawn(report, "placement", COLUMN).standalone()
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        assert drawn(report, "placement", COLUMN).standalone() == before


def test_names_are_text_whatever_they_hold() -> None:
    text = drawn(report_values.many_core(), "placement", PAGE).standalone()
    assert "<script" not in text
    names = [t.text or "" for t in ET.fromstring(text).iter(f"{SVG}text")]
    assert any(name.startswith("<b>&\"'$x_1$") for name in names)
    titles = [t.text or "" for t in ET.fromstring(text).iter(f"{SVG}title")]
    assert f"{report_values.HOSTILE}: cells 0 to 99" in "\n".join(titles)


def test_cores_say_what_they_have_and_need() -> None:
    report = report_values.many_core()
    root = ET.fromstring(drawn(report, "placement", PAGE).standalone())
    titles = [t.text or "" for t in root.iter(f"{SVG}title")]
    placement = report.placement
    assert placement is not None
    core = next(c for c in placement.cores if c.shares and c.usable)
    need, have = core.needs["memory"], placement.resources[0].capacity
    assert f"memory: need {need:,}, have {have:,} bytes ({100 * need / have:.0f} %)" in "\n".join(
        titles
    )
    assert "core 0: not usable" in titles
    links = [t for t in titles if t.startswith("link from")]
    assert len(links) == len(placement.links)
    assert all("have 4,000" in t and t.endswith("derived") for t in links)


def test_busier_links_are_wider() -> None:
    report = report_values.many_core()
    text = drawn(report, "placement", PAGE).standalone()
    found = re.findall(
        r"stroke-width:([\d.]+)[^>]*/>\s*<[^>]*><title>link from[^\n]*\n([\d.]+) packets", text
    )
    by_load = sorted((float(load), float(width)) for width, load in found)
    assert len(by_load) == len(report.placement.links)
    assert [w for _, w in by_load] == sorted(w for _, w in by_load)
    assert by_load[0][1] < by_load[-1][1] <= 4.0


def test_differences_are_marked_one_by_one() -> None:
    report = report_values.many_core()
    root = ET.fromstring(drawn(report, "raster", PAGE).standalone())
    titles = [t.text or "" for t in root.iter(f"{SVG}title")]
    assert sum(t.endswith("only the emulator") for t in titles) == 3
    assert sum(t.endswith("only the golden model") for t in titles) == 3


def test_many_populations_fold() -> None:
    report = report_values.board()
    texts = [
        t.text
        for t in ET.fromstring(drawn(report, "placement", PAGE).standalone()).iter(f"{SVG}text")
    ]
    assert "and 12 more, in the table" in texts


def test_thousands_of_cores_stay_small() -> None:
    report = report_values.board(used=48)
    placement = report.placement
    assert placement is not None
    chips = tuple(replace(c, used=148) for c in placement.chips)
    report = replace(report, placement=replace(placement, chips=chips))
    for picture in ("placement", "utilisation", "traffic", "cycles"):
        assert len(drawn(report, picture, PAGE).standalone()) < 250_000, picture


def test_a_core_with_many_small_shares_is_drawn() -> None:
    report = report_values.many_core()
    placement = report.placement
    assert placement is not None
    shares = tuple(Share(f"p{i}", 0, 1) for i in range(70))
    cores = tuple(replace(c, shares=shares) if c.index == 5 else c for c in placement.cores)
    names = (*placement.populations, *(f"p{i}" for i in range(70)))
    many = replace(report, placement=replace(placement, cores=cores, populations=names))
    titles = [
        t.text or ""
        for t in ET.fromstring(drawn(many, "placement", COLUMN).standalone()).iter(f"{SVG}title")
    ]
    assert any("and 65 more" in t for t in titles)


def test_steps_without_signals_are_drawn() -> None:
    report = report_values.many_core()
    raster = report.raster
    assert raster is not None
    nothing = report_values.raster(("a", "b"), 4, events=0, differ=0)
    drawing = drawn(replace(report, raster=nothing), "raster", COLUMN)
    assert "Emulator and golden model agree in every value." in drawing.description
    flat = replace(report, raster=replace(nothing, steps=1))
    assert ET.fromstring(drawn(flat, "raster", PAGE).standalone()).tag == f"{SVG}svg"


# --- colours ---------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """Of sRGB, as WCAG 2 defines it."""
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def night(colour: str) -> str:
    return ROLES[colour][1]


def test_colours_have_roles_of_their_own() -> None:
    names = [name for name, _ in ROLES.values()]
    assert len(names) == len(set(names))


def test_text_has_the_contrast_that_wcag_asks_for() -> None:
    for ink in (INK, MUTED, LINES[0]):
        assert contrast(ink, PAPER) >= 4.5
        assert contrast(night(ink), night(PAPER)) >= 4.5
    for ground in POPULATIONS:
        assert contrast(LETTER, ground) >= 4.5
        assert contrast(night(LETTER), night(ground)) >= 4.5
    for line in LINES:
        assert contrast(line, PAPER) >= 3
        assert contrast(night(line), night(PAPER)) >= 3


def test_more_is_stronger_by_day_and_at_night() -> None:
    day = [contrast(c, PAPER) for c in HEAT]
    dark = [contrast(night(c), night(PAPER)) for c in HEAT]
    assert day == sorted(day)
    assert dark == sorted(dark)


# simulation of dichromats in linear RGB: Viénot, Brettel and Mollon, 1999, for protanopes and
# deuteranopes
DICHROMATS = {
    "protan": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deutan": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
}


@pytest.mark.parametrize("sight", DICHROMATS)
def test_neighbours_of_the_palette_differ_for_colour_blind_people(sight: str) -> None:
    def seen(colour: str) -> np.ndarray:
        parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        return np.clip(np.array(DICHROMATS[sight]) @ parts**2.2, 0, 1) ** (1 / 2.2)

    for one, other in pairwise(POPULATIONS):
        assert np.abs(seen(one) - seen(other)).max() > 0.08, (one, other)


# --- words -----------------------------------------------------------------------------------


def test_words_of_pictures() -> None:
    assert [compact(v) for v in (0, 41.25, 999.4, 1234, 12_345, 2.5e6, 3.1e-5)] == [
        "0", "41.2", "999", "1,234", "12.3 k", "2.5 M", "3.10e-05"
    ]  # fmt: skip
    assert [si(v, "J") for v in (0, 1e-6, 2.5e-3, 3, 4e-14)] == [
        "0 J", "1 µJ", "2.5 mJ", "3 J", "4.00e-14 J"
    ]  # fmt: skip
    assert [readable_unit(u) for u in ("us", "uJ", "unit", "1", "")] == ["µs", "µJ", "unit", "", ""]
    assert clipped("population", 45, 8) == "popu…tion"
    assert clipped("a\x00b", 50, 8) == "a�b"
    assert list(letters([str(i) for i in range(28)]).values())[25:] == ["Z", "AA", "AB"]


@pytest.mark.parametrize(
    "name", ["種群番号一二三四五六七八九", "🧠🧠🧠", "שלום", "a\nb\x00\x1b[31m", "x" * 300]
)
def test_names_of_all_peoples_are_drawn(name: str) -> None:
    report = report_values.many_core(populations=("a", name))
    for picture in ("placement", "raster", "traces", "errors", "formats", "weights"):
        for width in (COLUMN, PAGE):
            text = drawn(report, picture, width).standalone()
            assert ET.fromstring(text).tag == f"{SVG}svg"
            assert not re.search("[\x00-\x08\x0b-\x1f]", text)
