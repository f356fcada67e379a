"""What all pictures are drawn on: sizes of paper, fonts, and artists that carry titles."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.report import palette
from somac.compiler.report.figures.text import shown
from somac.compiler.report.theme import MARK, inline, standalone

__all__ = ["COLUMN", "PAGE", "Canvas", "Drawing"]

COLUMN = 252.0
"""Points of a column of a paper, and about those of a phone."""
PAGE = 516.0
"""Points of both columns of a paper."""

_FONT = 8.0
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "somac",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": _FONT,
    "axes.titlesize": _FONT,
    "axes.labelsize": _FONT,
    "xtick.labelsize": _FONT,
    "ytick.labelsize": _FONT,
    "legend.fontsize": _FONT,
    "text.color": palette.INK,
    "axes.titlecolor": palette.INK,
    "axes.labelcolor": palette.MUTED,
    "axes.edgecolor": palette.GRID,
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.prop_cycle": f"cycler('color', ['{palette.INK}'])",
    "axes.titlelocation": "left",
    "axes.formatter.useoffset": False,
    "grid.color": palette.GRID,
    "grid.linewidth": 0.5,
    "xtick.color": palette.GRID,
    "ytick.color": palette.GRID,
    "xtick.labelcolor": palette.MUTED,
    "ytick.labelcolor": palette.MUTED,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "hatch.linewidth": 0.45,
    "hatch.color": palette.LETTER,
    "legend.frameon": False,
    "path.simplify": False,
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as matplotlib wrote it, and what it says to those who do not see it.

    Parameters
    ----------
    text
        SVG.
    marks
        Titles by the names of artists in it.
    title, description
        What is seen, in a line and in a few.
    width, height
        Points.
    """

    text: str
    marks: dict[str, str]
    title: str
    description: str
    width: float
    height: float

    def standalone(self) -> str:
        """The text of an SVG file."""
        return standalone(self.text, self.marks, self.title, self.description)

    def inline(self, prefix: str, *, titles: bool = True) -> str:
        """An element of a page; `prefix` begins its names, marks have titles or not."""
        words = (self.title, self.description)
        return inline(self.text, self.marks, *words, prefix, titles=titles)


class Canvas:
    """A figure of matplotlib in points, whose origin is the lower left corner.

    It is of one picture, and made by `Canvas.open`.
    """

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.figure import Figure

        self.width = width
        self.height = height
        self.figure = Figure(figsize=(width / 72, height / 72))
        self.figure.patch.set_visible(False)
        self._marks: dict[str, str] = {}

    @classmethod
    @contextmanager
    def open(cls, width: float, height: float) -> Iterator[Canvas]:
        """A canvas with the style of reports, whatever style the user has set."""
        import matplotlib as mpl

        with mpl.rc_context(), warnings.catch_warnings():
            # letters that its font lacks are left to whoever shows them
            warnings.filterwarnings("ignore", message="Glyph")
            mpl.rcdefaults()
            mpl.rcParams.update(_STYLE)
            yield cls(width, height)

    @property
    def narrow(self) -> bool:
        """Whether it is as wide as a column."""
        return self.width < (COLUMN + PAGE) / 2

    def axes(self, left: float, bottom: float, width: float, height: float) -> Any:
        """Axes at this place, in points."""
        place = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(place)

    def plane(self) -> Any:
        """Axes without lines over the whole, whose unit is the point."""
        axes = self.figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, self.width)
        axes.set_ylim(0, self.height)
        return axes

    @staticmethod
    def rectangles(plane: Any, places: NDArray[np.float64], colour: str, **more: Any) -> Any:
        """Draw many of one colour as one shape: float64 (number, 4) of left, low, right, high."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        left, low, right, high = places.T
        corners = ((left, low), (right, low), (right, high), (left, high), (left, low))
        points = np.stack([np.stack(corner, 1) for corner in corners], 1).reshape(-1, 2)
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
        shape = Path(points, np.tile(np.array(codes, np.uint8), len(places)))
        style = {"facecolor": colour, "edgecolor": "none", **more}
        return plane.add_patch(PathPatch(shape, **style))

    @staticmethod
    def strokes(
        plane: Any, begin: NDArray[np.float64], end: NDArray[np.float64], colour: str, width: float
    ) -> Any:
        """Draw many lines as one shape: ends are float64 (number, 2), the width is in points."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        points = np.stack([begin, end], 1).reshape(-1, 2)
        codes = np.tile(np.array([Path.MOVETO, Path.LINETO], np.uint8), len(begin))
        shape = PathPatch(
            Path(points, codes),
            facecolor="none",
            edgecolor=colour,
            linewidth=width,
            capstyle="butt",
        )
        return plane.add_patch(shape)

    def mark(self, artist: Any, title: str) -> None:
        """Give an artist a title: what shows when it is pointed at."""
        name = f"{MARK}{len(self._marks)}"
        artist.set_gid(name)
        self._marks[name] = "\n".join(shown(line) for line in title.split("\n"))

    def drawn(self, title: str, description: str) -> Drawing:
        """What has been drawn; the same calls give the same bytes."""
        content = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        self.figure.savefig(content, format="svg", metadata=nothing)
        words = (shown(title), shown(description))
        return Drawing(content.getvalue(), dict(self._marks), *words, self.width, self.height)
