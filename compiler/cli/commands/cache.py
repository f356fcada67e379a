"""`somac cache`."""

from __future__ import annotations

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.console import Console

__all__ = ["command"]


@as_command("cache", examples=("cache", "cache prune --size 500M"))
@click.argument("action", type=click.Choice(["show", "prune", "clear"]), default="show")
@click.option(
    "--size",
    metavar="BYTES",
    help="Of prune: what may be left, such as 500M.  [default: SOMAC_CACHE_SIZE, else 1G]",
)
def command(console: Console, action: str, size: str | None) -> Outcome:
    """Show, shrink or empty the cache of compiled models.

    `somac compile` and `somac check` keep what they compile, by the content of all that it depends
    on. `show` says where, how much and how much it may be; `prune` removes what was not used for
    longest until the rest fits; `clear` removes everything that somac keeps there.

    The folder is that of SOMAC_CACHE_DIR, else somac in XDG_CACHE_HOME or ~/.cache.
    """
    from somac.compiler.cache import chosen_store
    from somac.compiler.cache.place import given_bytes
    from somac.compiler.cli.render.cache import cache_text
    from somac.compiler.cli.views.cache import CacheView, cache_view
    from somac.ir.errors import Diagnostic

    if size is not None and action != "prune":
        raise click.UsageError("--size says how much `prune` may leave.")
    limit = None if size is None else given_bytes(size, "--size")
    store = chosen_store()
    if isinstance(store, Diagnostic):
        console.tell([store])
        return Outcome(None, "")
    removed = store.clear() if action == "clear" else ()
    if action == "prune":
        removed = store.prune(limit)
    view: CacheView = cache_view(store, removed)
    return Outcome(view, cache_text(view))
