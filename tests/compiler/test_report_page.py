"""The page of a report: valid HTML that asks nothing of the network and can be read by anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree as ET

import html5lib
import pytest
import report_values

from somac.compiler.report.data import Report
from somac.compiler.report.page import page_of

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
REPORTS = {
    "many": report_values.many_core,
    "board": report_values.board,
    "circuit": report_values.circuit,
    "crossbar": report_values.crossbar,
}


@cache
def text_of(name: str) -> str:
    return page_of(REPORTS[name]())


@cache
def tree_of(name: str) -> ET.Element:
    """Parsed by the rules of the standard, where any error is one."""
    return html5lib.HTMLParser(strict=True).parse(text_of(name))


def elements(name: str, *tags: str) -> Iterator[ET.Element]:
    wanted = {f"{HTML}{t}" for t in tags} | {f"{SVG}{t}" for t in tags}
    return (e for e in tree_of(name).iter() if e.tag in wanted)


def words(element: ET.Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


@pytest.mark.parametrize("name", REPORTS)
def test_pages_are_valid(name: str) -> None:
    root = tree_of(name)
    assert root.get("lang") == "en"
    assert len(list(elements(name, "h1"))) == len(list(elements(name, "main"))) == 1
    assert "report" in words(next(elements(name, "title")))
    # names are unique, and what is referred to is there
    ids = [i for e in root.iter() if (i := e.get("id")) is not None]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        for key in ("aria-labelledby", "aria-describedby"):
            assert set((element.get(key) or "").split()) <= set(ids)
        link = element.get("href") or ""
        assert not link or link.removeprefix("#") in ids
    assert set(re.findall(r"url\(#([^)]+)\)", text_of(name))) <= set(ids)
    # no heading is skipped, and lists, tables and pictures are what they say
    levels = [int(e.tag[-1]) for e in elements(name, *(f"h{n}" for n in range(1, 7)))]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    for table in elements(name, "table"):
        caption = table.find(f"{HTML}caption")
        assert caption is not None
        assert words(caption)
        rows = table.findall(f"{HTML}tbody/{HTML}tr")
        heads = table.findall(f"{HTML}thead/{HTML}tr/{HTML}th")
        assert all(h.get("scope") == "col" for h in heads)
        assert all(len(row) == len(heads) and row[0].get("scope") == "row" for row in rows)
    for section in elements(name, "section"):
        assert section.get("aria-labelledby") in ids


@pytest.mark.parametrize("name", REPORTS)
def test_pictures_have_words(name: str) -> None:
    for figure in elements(name, "figure"):
        svgs = list(figure.iter(f"{SVG}svg"))
        assert len(svgs) == 2  # for windows and for phones
        for svg in svgs:
            assert svg.findtext(f"{SVG}title")
            assert svg.findtext(f"{SVG}desc")
            assert svg.get("role") == "group"
        assert len(words(figure.find(f"{HTML}figcaption"))) > 20


@pytest.mark.parametrize("name", REPORTS)
def test_pages_ask_nothing_of_the_network(name: str) -> None:
    text = text_of(name)
    policy = next(m for m in elements(name, "meta") if m.get("http-equiv"))
    assert "default-src 'none'" in policy.get("content", "")
    assert not re.search(r"@import|@font-face|src\s*=|srcset|url\((?!#)", text)
    allowed = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert set(re.findall(r"https?://[^\s\"'<)]+", text)) <= allowed
    assert not list(elements(name, "link", "img", "iframe", "object", "embed", "base", "form"))
    assert len(text.encode()) < 2_000_000


@pytest.mark.parametrize("name", ["many", "circuit"])
def test_the_same_report_gives_the_same_page(name: str) -> None:
    assert page_of(REPORTS[name]()) == text_of(name)


def test_names_of_models_are_text() -> None:
    text = text_of("many")
    assert "<script>alert" not in text
    assert "</svg><script" not in text
    report = report_values.circuit()
    summary = replace(report.summary, model=report_values.HOSTILE, title="a\x00b\x1b[31m")
    root = html5lib.HTMLParser(strict=True).parse(page_of(replace(report, summary=summary)))
    assert report_values.HOSTILE in words(root.find(f".//{HTML}h1"))


def test_every_figure_has_status_and_source() -> None:
    table = next(t for t in elements("many", "table") if "Figures of the hardware" in words(t))
    rows = [[words(c) for c in row] for row in table.findall(f"{HTML}tbody/{HTML}tr")]
    assert rows[0] == [
        "clock", "300 MHz", "published", "Mayr et al., SpiNNaker 2, 2019, table 1"
    ]  # fmt: skip
    assert {row[2] for row in rows} == {"published", "measured", "assumed"}
    amounts = next(t for t in elements("many", "table") if "What it takes" in words(t))
    rows = [[words(c) for c in row] for row in amounts.findall(f"{HTML}tbody/{HTML}tr")]
    assert ["shortest tick cycles of the busiest core, clock", "41.2 µs", "◐ derived"] in rows


def test_what_is_not_there_says_why() -> None:
    text = words(next(s for s in elements("circuit", "section") if s.get("id") == "missing"))
    assert "Signals no inputs were given; give --input NPZ" in text
    assert "Compile time the bundle has no build-info.json; compile it again" in text
    assert not any(s.get("id") in {"raster", "timings"} for s in elements("circuit", "section"))


def test_a_report_of_nothing_is_a_page() -> None:
    alone = Report(replace(report_values.circuit().summary, rows=(), figures=(), tables=()))
    root = html5lib.HTMLParser(strict=True).parse(page_of(alone))
    assert len(root.findall(f".//{HTML}section")) == 1


def test_long_tables_say_what_they_leave_out() -> None:
    texts = [words(p) for p in elements("board", "p") if p.get("class") == "more"]
    assert any(re.fullmatch(r"and 1,\d{3} more", text) for text in texts)


def test_as_much_as_can_be_drawn_stays_below_two_megabytes() -> None:
    assert len(page_of(report_values.full()).encode()) < 2_000_000
