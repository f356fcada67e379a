"""`somac backends`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import backends
from somac.compiler.cli.completing import targets as known_names
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import PATH, Whole

if TYPE_CHECKING:
    from somac.compiler.cli.flags import Chosen

__all__ = ["command"]


@as_command(
    "backends",
    flags=("options",),
    examples=("backends", "backends doctor manycore", "backends conform crossbar --mac never"),
)
@click.argument("action", type=click.Choice(["list", "doctor", "conform"]), default="list")
@click.argument("name", required=False, shell_complete=backends)
@click.option("--targets", type=PATH, metavar="FILE", help="A file of targets of your own.")
@click.option(
    "--target",
    metavar="NAME",
    shell_complete=known_names,
    help="conform: the target to test with (default: the smallest).",
)
@click.option(
    "--examples",
    type=Whole(1),
    metavar="N",
    default=25,
    show_default=True,
    help="conform: how many random networks are tried.",
)
def command(
    console: Console,
    action: str,
    name: str | None,
    targets: Path | None,
    target: str | None,
    examples: int,
    chosen: Chosen,
) -> Outcome:
    """List the backends, or find out what is wrong with them.

    A backend is for one class of hardware, and comes with somac or with a package of its own.
    `list` shows all in a line each, `doctor` everything about them or about NAME: steps and
    machines, what this computer lacks for them and what to install, and why a backend is broken.
    `conform` runs the tests that every backend must pass on NAME, with what is chosen of its
    options (they need pytest and hypothesis).
    Exit code 1 of `doctor` and `conform` says that something is wrong.
    """
    from somac.compiler.cli.conforming import conformed
    from somac.compiler.cli.examining import examined_outcome
    from somac.compiler.cli.render.backends import examined_text, listed_text
    from somac.compiler.cli.views.backends import viewed
    from somac.compiler.doctor import examined
    from somac.compiler.targets import known_targets

    if action != "conform" and target is not None:
        raise click.UsageError("--target is for `somac backends conform NAME`.")
    if action != "conform" and chosen.options:
        raise click.UsageError("Options of backends are for `somac backends conform NAME`.")
    known = known_targets(targets)
    described = [found.target for found in known.targets]
    if action == "conform":
        if name is None:
            raise click.UsageError("`somac backends conform` needs the NAME of a backend.")
        return conformed(console, name, described, targets, target, examples, chosen.options)
    doctor = action == "doctor"
    return examined_outcome(
        console,
        lambda: examined(described, name, known.problems),
        viewed,
        examined_text if doctor else listed_text,
        doctor=doctor,
    )
