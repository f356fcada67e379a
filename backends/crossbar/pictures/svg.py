"""SVG in a few lines: rectangles, text and images in a frame."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from html import escape

__all__ = ["image", "rectangle", "svg", "text"]


def svg(width: float, height: float, parts: Iterable[str]) -> str:
    """A whole picture on white."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="sans-serif" font-size="12">\n'
        '<rect width="100%" height="100%" fill="white"/>\n'
    )
    return head + "".join(f"{part}\n" for part in parts) + "</svg>\n"


def rectangle(
    x: float, y: float, width: float, height: float, fill: str, title: str = "", stroke: str = ""
) -> str:
    """With a line around it if it has a colour, and words that are seen when it is pointed at."""
    line = f' stroke="{stroke}"' if stroke else ""
    inner = f"<title>{_plain(title)}</title>" if title else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}"{line}>'
        f"{inner}</rect>"
    )


def text(x: float, y: float, words: str) -> str:
    """Words that begin at a place."""
    return f'<text x="{x:g}" y="{y:g}">{_plain(words)}</text>'


def image(x: float, y: float, width: float, height: float, png: bytes) -> str:
    """A PNG, its pixels with sharp edges."""
    data = b64encode(png).decode("ascii")
    return (
        f'<image x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
        f'preserveAspectRatio="none" style="image-rendering:pixelated" '
        f'href="data:image/png;base64,{data}"/>'
    )


def _plain(words: str) -> str:
    """Names of models are not to be trusted."""
    return escape("".join(c if c.isprintable() else "?" for c in words))
