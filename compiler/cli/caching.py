"""How commands use the cache of compiled models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from somac.compiler.cache import Entry, key_of_command, taken_or_made
from somac.compiler.cli.console import Console
from somac.compiler.cli.flags import Flag, chosen_of, without

__all__ = ["cached", "counted"]

_FILES = frozenset({"model", "models", "targets", "calibrate"})
"""Files that are read: they count by content, and are given to `cached`."""

_NOT_COMPILED = frozenset(
    {
        *("json", "quiet", "verbose", "colour", "cache"),
        # of compile: where it goes, and what is not compiled through the cache
        *("output", "force", "dump_after", "dump_to", "time_limit"),
        # of check: what compiled models are held against
        *("budget", "baseline", "update_baseline", "junit", "sarif", "markdown", "github"),
    }
)
"""Parameters of commands that change nothing of what is compiled through the cache."""


def counted(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a command itself that are part of the key, whatever they are."""
    return {n: v for n, v in parameters.items() if n not in _FILES | _NOT_COMPILED}


def cached(
    console: Console,
    model: Path,
    calibrate: Path | None,
    targets: Path | None,
    make: Callable[[], Entry],
    *,
    use: bool,
    one: Mapping[str, Any] | None = None,
) -> Entry:
    """What `make` compiles of a model with the options of this command, or did before.

    Of parameters that the command has several values of, `one` has that of this compile. What was
    told then is told again. Without `use` it is made in any case, and not kept.
    """
    if not use:
        return make()
    context = click.get_current_context()
    flags = [p for p in context.command.get_params(context) if isinstance(p, Flag)]
    own = {**without(flags, context.params), **(one or {})}
    options = {**counted(own), "backend": dict(chosen_of(flags, context.params).options)}
    files = {"calibrate": calibrate, "targets": targets}
    entry, taken_from = taken_or_made(
        lambda: key_of_command(model, files, options), make, console.tell
    )
    if taken_from is not None:
        for group in entry.notes:
            console.tell(group)
        if console.verbose:
            console.say(f"taken from the cache in {taken_from}")
    return entry
