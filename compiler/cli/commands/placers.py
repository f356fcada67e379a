"""`somac placers`."""

from __future__ import annotations

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import placers
from somac.compiler.cli.console import Console

__all__ = ["command"]


@as_command("placers", examples=("placers", "placers doctor"))
@click.argument("action", type=click.Choice(["list", "doctor"]), default="list")
@click.argument("name", required=False, shell_complete=placers)
def command(console: Console, action: str, name: str | None) -> Outcome:
    """List the placers, or find out what is wrong with them.

    A placer chooses the core of each slice of a network, and comes with somac or with a package of
    its own; --placer of other commands names one. `list` shows all in a line each, `doctor`
    everything about them or about NAME, has each place a few slices, and says why a placer is
    broken. Exit code 1 of `doctor` says that one is.
    """
    from somac.compiler.cli.examining import examined_outcome
    from somac.compiler.cli.render.placers import examined_text, listed_text
    from somac.compiler.cli.views.placers import viewed
    from somac.compiler.placers.examined import examined_placers

    doctor = action == "doctor"
    return examined_outcome(
        console,
        lambda: examined_placers(name, trial=doctor),
        viewed,
        examined_text if doctor else listed_text,
        doctor=doctor,
    )
