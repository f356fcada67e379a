"""Links of pages to what is in the repository, but not in `docs/`.

On a code host they lead to the file. On the site a page that another page includes is that page,
a file is something to download, and a folder, which a site has not, is its name.
"""

from __future__ import annotations

import os
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

from somac.ir.codes import CODES

__all__ = ["CodeLinks", "RepositoryLinks"]


class RepositoryLinks(SphinxTransform):
    """Resolves relative links against the file that they are written in, included or not."""

    default_priority = 200

    def apply(self, **_: object) -> None:
        """Replace the nodes that MyST made of links it could not place."""
        for node in [*self.document.findall(_is_link)]:
            if node["refdomain"] == "doc" and node["reftarget"] in self.env.found_docs:
                continue
            found = self._resolved(node)
            if found is not None:
                node.replace_self(found)

    def _resolved(self, node: nodes.Element) -> nodes.Node | list[nodes.Node] | None:
        docs = Path(self.env.srcdir)
        here = Path(node.source) if node.source else docs / self.env.docname
        path, _, anchor = str(node["reftarget"]).partition("#")
        if node["refdomain"] == "doc":  # of a page outside, the whole path without its suffix
            path, anchor = f"{path}.md", node["reftargetid"]
        there = Path(os.path.normpath(here.parent / path))
        inside = self.env.path2doc(there) if there.is_relative_to(docs) else None
        docname = self.config.somac_pages.get(
            os.path.relpath(there, docs.parent), inside if inside in self.env.found_docs else None
        )
        if docname is not None:
            return _link(node, addnodes.pending_xref, "doc", docname, anchor or None)
        if there.is_file():
            target = os.path.relpath(there, docs / Path(self.env.docname).parent)
            return _link(node, addnodes.download_reference, None, target, None)
        return list(node.children) if there.is_dir() else None


class CodeLinks(SphinxTransform):
    """Makes a code in backticks, or `somac explain` of one, a link to what is said of it."""

    default_priority = 200

    def apply(self, **_: object) -> None:
        """Wrap the literals that are codes and no links yet."""
        for node in [*self.document.findall(nodes.literal)]:
            code = node.astext().removeprefix("somac explain ")
            if code in CODES and not isinstance(
                node.parent, nodes.reference | addnodes.pending_xref
            ):
                link = addnodes.pending_xref(
                    "",
                    refdomain="std",
                    reftype="ref",
                    reftarget=code.lower(),
                    refdoc=self.env.docname,
                    refexplicit=True,
                    refwarn=True,
                )
                node.replace_self(link)
                link += node


def _is_link(node: nodes.Node) -> bool:
    """Whether it is a link of MyST to a path."""
    return (
        isinstance(node, addnodes.pending_xref | addnodes.download_reference)
        and node.get("reftype") == "myst"
    )


def _link(
    node: nodes.Element,
    kind: type[nodes.Element],
    domain: str | None,
    target: str,
    anchor: str | None,
) -> nodes.Element:
    wanted = kind(
        "",
        refdomain=domain,
        reftarget=target,
        reftargetid=anchor,
        refdoc=node["refdoc"],
        reftype="myst",
        refexplicit=node["refexplicit"],
    )
    wanted.source, wanted.line = node.source, node.line
    wanted += node.children
    return wanted
