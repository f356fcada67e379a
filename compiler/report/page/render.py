"""Blocks, style and script put together by a template that escapes whatever names hold."""

from __future__ import annotations

from importlib.resources import files

from somac import __version__
from somac.compiler.report.data import Report
from somac.compiler.report.figures.text import shown
from somac.compiler.report.page.blocks import blocks_of, fact_text, title_of
from somac.compiler.report.page.tables import account
from somac.compiler.report.page.tables import table as table_of
from somac.compiler.report.palette import dark_css, light_css

__all__ = ["page_of"]

_SIGNS = {"measured": "●", "published": "◆", "derived": "◐", "assumed": "○"}
"""Shapes of what a figure is worth: nothing is said by colour alone."""


def page_of(report: Report) -> str:
    """The whole page; the same report gives the same bytes."""
    from jinja2 import DictLoader, Environment, StrictUndefined

    here = files("somac.compiler.report.page")
    texts = {
        name: (here / name).read_text("utf-8") for name in ("page.html.j2", "page.css", "page.js")
    }
    environment = Environment(
        loader=DictLoader({"page": texts["page.html.j2"]}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(shown=shown, value=fact_text)
    return environment.get_template("page").render(
        version=__version__,
        style=f":root{{{light_css()}}}\n@media screen and (prefers-color-scheme:dark)"
        f"{{:root{{{dark_css()}}}}}\n{texts['page.css']}",
        script=texts["page.js"],
        counted=[f for f in report.summary.rows if not (f.status or f.source)],
        estimated=[f for f in report.summary.rows if f.status or f.source],
        summary=report.summary,
        blocks=blocks_of(report),
        accounts=[account(t) for t in report.summary.tables],
        figures=_figures(report),
        missing=[(title_of(m.section), m) for m in report.missing],
        signs=_SIGNS,
    )


def _figures(report: Report) -> object:
    rows = [(f.label, fact_text(f), f.status, f.source) for f in report.summary.figures]
    return table_of("Figures of the hardware", ("figure", "value", "status", "source"), rows)
