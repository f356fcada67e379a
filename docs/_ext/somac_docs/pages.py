"""Directives whose content is Markdown that a pure function makes from the code."""

from __future__ import annotations

from collections.abc import Callable

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from somac_docs.codes import codes_text
from somac_docs.schema import schema_text

__all__ = ["DIRECTIVES"]


def _directive(made: Callable[[], str]) -> type[SphinxDirective]:
    class Made(SphinxDirective):
        """Reads what was made as if it stood on the page."""

        def run(self) -> list[nodes.Node]:
            return self.parse_text_to_nodes(made(), allow_section_headings=True)

    return Made


DIRECTIVES = {
    "somac-codes": _directive(codes_text),
    "somac-target-schema": _directive(schema_text),
}
"""Name of a directive -> what it is replaced by."""
