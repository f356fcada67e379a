"""What the site needs besides Sphinx: pages made from code, links that leave `docs/`, `.snn`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from somac_docs.lexer import SnnLexer
from somac_docs.links import CodeLinks, RepositoryLinks
from somac_docs.pages import DIRECTIVES

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["setup"]


_ALIAS = re.compile(r"TypeAliasForwardRef\('(?:\w+\.)*(\w+)'\)")


def _signature(*event: Any) -> tuple[str | None, str | None]:
    """The signature with aliases of types by their names, which Sphinx leaves as it keeps them."""
    *_, signature, returned = event
    named = [text and _ALIAS.sub(r"\1", text) for text in (signature, returned)]
    return named[0], named[1]


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx, as `conf.py` lists this package."""
    app.add_config_value("somac_pages", {}, "env", [dict])
    app.add_config_value("somac_made", [], "env", [list])
    app.connect("env-get-outdated", lambda app, *_: app.config.somac_made)
    app.connect("autodoc-process-signature", _signature)
    app.add_transform(RepositoryLinks)
    app.add_transform(CodeLinks)
    app.add_lexer("snn", SnnLexer)
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
