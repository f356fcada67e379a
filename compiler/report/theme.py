"""SVG as matplotlib writes it, made small, the same every time, and fit for a page.

Colours become variables of CSS, names of artists become titles that show on hover, numbers lose
digits that nobody sees, and names inside a picture get a prefix, so that a page may hold many.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from somac.compiler.report.palette import PAPER, ROLES

__all__ = ["MARK", "Marks", "inline", "standalone"]

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
MARK = "mark-"
"""What the names of artists that carry a title begin with."""

Marks = Mapping[str, str]
"""Titles by the names of their artists."""

# said once for all, or without a difference that is seen
_UNSEEN = ("font-family", "stroke-linejoin", "stroke-linecap: butt")
_FONTS = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?|-?\d+(?:e-?\d+)?")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_STEP = re.compile(r"([A-Za-z])([^A-Za-z]*)")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def standalone(text: str, marks: Marks, title: str, description: str) -> str:
    """A file for papers: colours on white, titles for those who look at it in a browser."""
    root = _tidied(text, marks, "")
    root.set("font-family", _FONTS)
    _described(root, title, description, "")
    for index, element in enumerate((_style(), _background())):
        root.insert(2 + index, element)
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def inline(
    text: str, marks: Marks, title: str, description: str, prefix: str, *, titles: bool = True
) -> str:
    """An element of a page: colours are variables, the size is the page's to say.

    `prefix` begins the names in it, and is of this picture alone. Without `titles` those of marks
    are left to the script of the page, which takes them from a picture with the same marks.
    """
    root = _tidied(text, marks, prefix)
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    _described(root, title, description, prefix)
    root.set("role", "group")
    if marks:
        root.set("tabindex", "0")
    for element in root.iter():
        if not titles and element.get("class") == "m":
            del element[0]
        element.tag = element.tag.removeprefix(_SVG)
        if _LINK in element.attrib:
            element.set("href", element.attrib.pop(_LINK))
        for name in ("fill", "stroke"):
            if name in element.attrib:
                element.set(name, _themed(element.attrib[name]))
        if "style" in element.attrib:
            element.set("style", _themed(element.attrib["style"]))
    root.attrib.pop("version", None)
    return ET.tostring(root, encoding="unicode", short_empty_elements=False)


def _style() -> ET.Element:
    """What has a title is pointed at by its area, though only its edge is drawn."""
    style = ET.Element(f"{_SVG}style")
    style.text = "*{pointer-events:none}.m{pointer-events:all}"
    return style


def _background() -> ET.Element:
    """White, since the letters are black whatever is behind the picture."""
    return ET.Element(f"{_SVG}rect", {"width": "100%", "height": "100%", "fill": PAPER})


def _themed(style: str) -> str:
    """With variables for colours; one that has no role stays what it is."""

    def variable(found: re.Match[str]) -> str:
        role = ROLES.get(found.group())
        return found.group() if role is None else f"var(--{role[0]})"

    return _COLOUR.sub(variable, style)


def _described(root: ET.Element, title: str, description: str, prefix: str) -> None:
    for index, (tag, content) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(_SVG + tag, {"id": f"{prefix}{tag}"})
        element.text = content
        root.insert(index, element)
    root.set("aria-labelledby", f"{prefix}title")
    root.set("aria-describedby", f"{prefix}desc")


def _tidied(text: str, marks: Marks, prefix: str) -> ET.Element:
    root = ET.fromstring(text)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{_SVG}metadata" or child.find(f"{_SVG}style") is not None:
                parent.remove(child)
    root.set("stroke-linejoin", "round")
    _unclipped(root)
    _titled(root, marks)
    _flattened(root)
    _renamed(root, prefix)
    for element in root.iter():
        _shortened(element)
    return root


def _unclipped(root: ET.Element) -> None:
    """Without clipping to what is as large as the picture."""
    width, height = (float(v) for v in (root.get("viewBox") or "0 0 0 0").split()[2:])
    whole = set()
    for clip in root.iter(f"{_SVG}clipPath"):
        for box in clip.iter(f"{_SVG}rect"):
            sides = [float(box.get(name, "0")) for name in ("x", "y", "width", "height")]
            if sides[0] <= 0 and sides[1] <= 0 and sides[2] >= width and sides[3] >= height:
                whole.add(f"url(#{clip.get('id')})")
    for element in root.iter():
        if element.get("clip-path") in whole:
            del element.attrib["clip-path"]


def _titled(root: ET.Element, marks: Marks) -> None:
    """Groups of named artists get their titles, and a class to find them by."""
    for element in root.iter(f"{_SVG}g"):
        name = element.get("id", "")
        if not name.startswith(MARK):
            continue
        title = ET.Element(f"{_SVG}title")
        title.text = marks[name]
        # a shape alone carries it itself, and the group goes
        bearer = element[0] if len(element) == 1 else element
        bearer.set("class", "m")
        bearer.insert(0, title)


def _flattened(root: ET.Element) -> None:
    """Without groups that say nothing, and without the white space between elements."""
    for parent in list(root.iter()):
        children: list[ET.Element] = []
        for child in parent:
            children += _unwrapped(child)
        parent[:] = children
        if parent.tag not in (f"{_SVG}text", f"{_SVG}title", f"{_SVG}desc"):
            parent.text = None


def _unwrapped(element: ET.Element) -> list[ET.Element]:
    element.tail = None
    if element.tag == f"{_SVG}g" and set(element.attrib) <= {"id"}:
        return [inner for child in element for inner in _unwrapped(child)]
    if element.tag == f"{_SVG}defs" and not len(element):
        return []
    return [element]


def _renamed(root: ET.Element, prefix: str) -> None:
    """Names that are referred to are short and begin with the prefix, the others go."""
    used: dict[str, str] = {}
    for element in root.iter():
        for value in element.attrib.values():
            for name in _REFERENCE.findall(value):
                used.setdefault(name, f"{prefix}{len(used)}")
        link = element.get(_LINK, "")
        if link.startswith("#"):
            used.setdefault(link[1:], f"{prefix}{len(used)}")
    for element in root.iter():
        name = element.attrib.pop("id", None)
        if name in used:
            element.set("id", used[name])
        for key, value in element.attrib.items():
            if "url(#" in value:
                element.set(key, _REFERENCE.sub(lambda m: f"url(#{used[m[1]]})", value))
        link = element.get(_LINK, "")
        if link.startswith("#"):
            element.set(_LINK, f"#{used[link[1:]]}")


def _shortened(element: ET.Element) -> None:
    for name in ("d", "x", "y", "width", "height", "transform", "viewBox"):
        value = element.get(name)
        if value is None:
            continue
        if name == "transform" and value.startswith("rotate(-0 "):
            del element.attrib[name]
            continue
        value = _NUMBER.sub(_rounded, value)
        element.set(name, _path(value) if name == "d" else value)
    style = element.get("style")
    if style is not None:
        # some versions of matplotlib write size and family as one
        style = re.sub(r"font:\s*([\d.]+px)[^;]*", r"font-size:\1", style)
        parts = [p.strip() for p in style.split(";")]
        kept = (re.sub(r":\s+", ":", p) for p in parts if p and not p.startswith(_UNSEEN))
        element.set("style", ";".join(kept))


def _rounded(found: re.Match[str]) -> str:
    """To a hundredth of a point."""
    short = f"{float(found.group()):.2f}".rstrip("0").rstrip(".")
    return "0" if short in ("-0", "") else short


def _path(d: str) -> str:
    """A path of letters and numbers without what they make unnecessary.

    Lines along an axis need one coordinate, and what closes a shape need not be drawn before.
    """
    found: list[str] = []
    at: tuple[str, str] | None = None
    start: tuple[str, str] | None = None
    for letter, numbers in _STEP.findall(d):
        words = numbers.split()
        here = (words[-2], words[-1]) if len(words) >= 2 else None
        if letter == "M":
            start = here
        if letter == "L" and here == at:
            continue
        if letter == "z" and found and found[-1].startswith(("H", "V", "L")) and at == start:
            found.pop()
        if letter == "L" and here is not None and at is not None and here[1] == at[1]:
            found.append(f"H{here[0]}")
        elif letter == "L" and here is not None and at is not None and here[0] == at[0]:
            found.append(f"V{here[1]}")
        else:
            found.append(letter + " ".join(words))
        at = start if letter == "z" else here
    return "".join(found)
