"""Pictures of pages, small enough to keep, and how far two of them are apart.

``python tests/support/report_shots.py`` draws those that tests compare with again: look at them.
"""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

import numpy as np
import report_values
from chromium import Browser, Page
from numpy.typing import NDArray
from PIL import Image

from somac.compiler.report.data import Report
from somac.compiler.report.page import page_of

__all__ = ["FOLDER", "VIEWS", "distance", "kept", "shots"]

FOLDER = Path(__file__).resolve().parent.parent / "data" / "report"
VIEWS = {"light": (1440, False), "dark": (1440, True), "phone": (375, False)}
"""Width of the window, and whether it is night."""
# letters are those of the fonts that a machine has; other tests read them
_NO_LETTERS = """(() => {
  const style = document.createElement('style');
  style.textContent = 'svg text { visibility: hidden }';
  document.head.append(style);
})()"""
_WIDTH = 120
_BLOCK = 6


def shots(browser: Browser, report: Report, view: str, folder: Path) -> dict[str, Image.Image]:
    """Of each picture of the page, by name: grey, without letters, `_WIDTH` pixels wide."""
    width, dark = VIEWS[view]
    path = folder / "page.html"
    path.write_text(page_of(report), encoding="utf-8")
    page = browser.open(path, width, dark=dark)
    try:
        page.ask(_NO_LETTERS)
        page.resize(width, int(page.ask("document.documentElement.scrollHeight")))
        whole = Image.open(io.BytesIO(page.picture()))
        return {name: _small(whole, box) for name, box in _boxes(page).items()}
    finally:
        page.close()


def _boxes(page: Page) -> dict[str, tuple[float, ...]]:
    """Left, upper, right and lower edge of each picture that is seen."""
    found: dict[str, tuple[float, ...]] = json.loads(
        page.ask(
            "JSON.stringify(Object.fromEntries([...document.querySelectorAll('figure')].map(f => {"
            "const s = [...f.querySelectorAll('svg')].find(s => s.getClientRects().length);"
            "const b = s.getBoundingClientRect();"
            "return [f.id.replace('figure-', ''), [b.left, b.top, b.right, b.bottom]]})))"
        )
    )
    return found


def _small(whole: Image.Image, box: tuple[float, ...]) -> Image.Image:
    part = whole.convert("L").crop(tuple(round(v) for v in box))
    high = max(_BLOCK, round(part.height * _WIDTH / part.width))
    return part.resize((_WIDTH, high), Image.Resampling.BOX)


def distance(one: Image.Image, other: Image.Image) -> float:
    """How far the two are apart where they are most: difference of means of blocks, of 255.

    Edges that fall a little otherwise do not matter; what is moved, recoloured or gone does.
    Pictures whose heights differ by more than a block are as far apart as can be.
    """
    if abs(one.height - other.height) > _BLOCK:
        return 255.0
    high = min(one.height, other.height) // _BLOCK * _BLOCK
    first, second = (_blocks(np.asarray(i, np.float64)[:high]) for i in (one, other))
    return float(np.abs(first - second).max())


def _blocks(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    rows, columns = pixels.shape[0] // _BLOCK, pixels.shape[1] // _BLOCK
    cut = pixels[: rows * _BLOCK, : columns * _BLOCK]
    return cut.reshape(rows, _BLOCK, columns, _BLOCK).mean(axis=(1, 3))


def kept(view: str) -> dict[str, Image.Image]:
    """Those to compare with."""
    found = {}
    for path in sorted(FOLDER.glob(f"{view}-*.png")):
        with Image.open(path) as image:
            found[path.stem.removeprefix(f"{view}-")] = image.convert("L")
    return found


def _draw_again() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("*.png"):
        path.unlink()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(Path(folder) / "profile")
        try:
            for view in VIEWS:
                found = shots(browser, report_values.many_core(), view, Path(folder))
                for name, image in found.items():
                    image.quantize(64).save(FOLDER / f"{view}-{name}.png", optimize=True)
        finally:
            browser.close()


if __name__ == "__main__":
    _draw_again()
