"""`somac diff`."""

from __future__ import annotations

from pathlib import Path

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import BUNDLE
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import PATH

__all__ = ["command"]


@as_command(
    "diff",
    examples=("diff out/before out/after", "diff out/before out/after --markdown comment.md"),
)
@click.argument("a", type=BUNDLE)
@click.argument("b", type=BUNDLE)
@click.option("--markdown", type=PATH, metavar="FILE", help="Also write a comment for a review.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 though something differs.")
def command(
    console: Console, *, a: Path, b: Path, markdown: Path | None, exit_zero: bool
) -> Outcome:
    """Compare two compiled models field by field.

    A and B are bundles that `somac compile` wrote, A the one before. Shown is what differs: target,
    golden network (formats, neuron programs, weights), placement, routing, memory, costs and files;
    bundles for different targets are compared as far as they have these. -v shows all rows.

    Exits with 1 if a byte differs.
    """
    from somac.compiler.cli.render.diffed import diffed_markdown, diffed_text
    from somac.compiler.diff import diff
    from somac.compiler.files import replaced
    from somac.ir.errors import Diagnostic, SomacError
    from somac.ir.program import Program, read_program

    wrong: list[Diagnostic] = []
    read: list[Program] = []
    for path in (a, b):
        try:
            read.append(read_program(path))
        except SomacError as error:
            wrong += error.diagnostics
    if wrong:
        raise SomacError.of(wrong)
    found, notes = diff(read[0], read[1], (str(a), str(b)))
    console.tell(notes)
    if markdown is not None:
        with replaced(markdown) as file:
            file.write(diffed_markdown(found).encode("utf-8", "backslashreplace"))
    code = int(not (found.same or exit_zero))
    return Outcome(found, diffed_text(found, everything=console.verbose), code)
