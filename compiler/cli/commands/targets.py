"""`somac targets`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import targets as known
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import PATH

__all__ = ["command"]


@as_command("targets", examples=("targets", "targets spinnaker2"))
@click.argument("name", required=False, shell_complete=known)
@click.option("--targets", type=PATH, metavar="FILE", help="A file of targets of your own.")
def command(console: Console, name: str | None, targets: Path | None) -> Outcome:
    """List the targets, or every figure of one with its source.

    Without NAME all are listed: those that come with somac, those that backends of other packages
    bring, and those of your own FILE.
    """
    from somac.compiler.cli.render.target import described_text, listed_text
    from somac.compiler.cli.views.target import described, listed
    from somac.compiler.targets import find_target, known_targets
    from somac.ir.errors import Severity

    if name is not None:
        view = described(find_target(name, targets))
        return Outcome(view, described_text(view))
    known = known_targets(targets)
    wrong = [d for problems in known.problems.values() for d in problems]
    console.tell(replace(d, severity=Severity.WARNING) for d in wrong)
    rows = tuple(listed(found.target, found.origin) for found in known.targets)
    return Outcome(rows, listed_text(rows))
