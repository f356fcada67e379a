"""`somac fmt`."""

from __future__ import annotations

from pathlib import Path

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import TEXT
from somac.compiler.cli.console import Console

__all__ = ["command"]


@as_command("fmt", examples=("fmt network.snn", "fmt --check network.snn neurons.snn"))
@click.argument("files", type=TEXT, nargs=-1, required=True, metavar="FILE...")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if something would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def command(_: Console, *, files: tuple[Path, ...], check: bool, diff: bool) -> Outcome:
    """Write .snn files in their canonical form.

    Either all of the files are sound and each is replaced whole, or none is touched.
    """
    from somac.compiler.cli.render.formatted import diff_text, formatted_text
    from somac.compiler.cli.views.formatted import formatted_all
    from somac.compiler.files import replaced

    views = formatted_all(files)
    write = not (check or diff)
    changed = [view for view in views if view.changed]
    if write:
        for view in changed:
            with replaced(view.file) as file:
                file.write(view.after.encode())
    text = "".join(map(diff_text, changed)) if diff else formatted_text(views, wrote=write)
    result = [{"file": view.file, "changed": view.changed} for view in views]
    return Outcome(result, text, exit_code=int(check and bool(changed)), as_is=diff)
