"""`somac backends`."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from pathlib import Path

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import backends
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import PATH

__all__ = ["command"]


@as_command("backends", examples=("backends", "backends doctor manycore"))
@click.argument("action", type=click.Choice(["list", "doctor"]), default="list")
@click.argument("name", required=False, shell_complete=backends)
@click.option("--targets", type=PATH, metavar="FILE", help="A file of targets of your own.")
def command(console: Console, action: str, name: str | None, targets: Path | None) -> Outcome:
    """List the backends, or find out what is wrong with them.

    A backend is for one class of hardware, and comes with somac or with a package of its own.
    `list` shows all in a line each, `doctor` everything about them or about NAME: steps and
    machines, what this computer lacks for them and what to install, and why a backend is broken.
    Exit code 1 of `doctor` says that one is.
    """
    from somac.compiler.cli.render.backends import examined_text, listed_text
    from somac.compiler.cli.views.backends import viewed
    from somac.compiler.doctor import examined
    from somac.compiler.targets import known_targets
    from somac.ir.errors import Severity

    known = known_targets(targets)
    described = [found.target for found in known.targets]
    # what modules of others print when they are imported is no part of the result
    with contextlib.redirect_stdout(sys.stderr):
        backends, unreadable = examined(described, name, known.problems)
    wrong = [*unreadable, *(d for b in backends for d in b.problems)]
    views = tuple(map(viewed, backends))
    if action == "doctor":
        console.tell(wrong)
        return Outcome(views, examined_text(views), int(bool(wrong)))
    console.tell(replace(d, severity=Severity.WARNING) for d in wrong)
    return Outcome(views, listed_text(views))
