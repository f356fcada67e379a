"""The summary of a solved mapping problem, for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import count, fields, number, percent

if TYPE_CHECKING:
    from somac.compiler.cli.views.mapped import MappedView
    from somac.compiler.mapping.route.loads import LinkLoads

__all__ = ["mapped_text"]

_KINDS = {"chip": "on a chip", "board": "between chips"}


def mapped_text(view: MappedView) -> str:
    """Cores, then partition, placement, links and tables, each with what it is measured against."""
    head = (
        f"{view.problem} on {view.machine}: {count(view.slices, 'slice')} on "
        f"{view.cores_used:,} of {count(view.cores_usable, 'core')}\n\n"
    )
    return head + fields(_facts(view))


def _facts(view: MappedView) -> Iterator[tuple[str, str]]:
    if view.least_cores is not None:
        yield (
            "partition",
            f"{count(view.cores_used, 'core')}, at least {view.least_cores:,}; "
            f"connectivity {view.connectivity:,}, bound {view.connectivity_bound:,}",
        )
    ended = ", interrupted" if view.interrupted else ""
    yield (
        "placement",
        f"cost {view.cost:,}, bound {view.bound:,}, gap {percent(view.gap)} "
        f"({view.status} by {view.solver}{ended})",
    )
    extra = f"; {percent(view.surplus)} of deliveries are not heard" if view.surplus else ""
    yield (
        "routing",
        f"{count(view.nets, 'net')} along {count(view.trees, 'tree')} of "
        f"{count(view.tree_links, 'link')} in all{extra}",
    )
    for load in view.loads:
        yield f"links {_KINDS[load.kind]}", _load(load)
    yield (
        "tables",
        f"at most {view.largest_table:,} of {view.router_entries:,} entries on a chip, "
        f"{view.table_entries:,} in all",
    )
    yield "checker", count(view.findings, "finding")
    if view.written is not None:
        yield "written", view.written


def _load(load: LinkLoads) -> str:
    text = (
        f"at most {number(load.packets)} packets per tick and {count(load.trees, 'tree')} on one, "
        f"{number(load.mean)} packets on average"
    )
    if load.share is None:
        return text
    return f"{text}; the busiest takes {percent(load.share)} of a tick"
