"""`somac inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import Files
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import PATH, model_options

if TYPE_CHECKING:
    from somac.compiler.load import LoadOptions
    from somac.ir.program import Program

__all__ = ["command"]


@as_command("inspect", examples=("inspect digits.nir", "inspect out/digits --memory"))
@click.argument("path", type=Files(".nir", ".snn", ".npz"))
@click.option(
    "--memory",
    is_flag=True,
    help="Of a compiled model, also the memory of every core, what is on its arrays, or how its "
    "engines are folded.",
)
@click.option(
    "--pictures",
    type=PATH,
    metavar="FOLDER",
    help="Of a compiled model for arrays, write maps of blocks and conductances there, as SVG.",
)
@model_options
def command(
    console: Console, *, path: Path, memory: bool, pictures: Path | None, reading: LoadOptions
) -> Outcome:
    """Show what is in a model, a compiled model or a file of arrays.

    PATH is a model (.nir, .snn): its populations, projections, loops, and how it was read; a
    bundle that `somac compile` wrote; or an archive of arrays (.npz).
    """
    from somac.compiler.cli.render.inspected import arrays_text, bundle_text, model_text
    from somac.ir.errors import Diagnostic, Place, Severity

    def unused(option: str, why: str, hint: str) -> None:
        message = f"{option} does nothing: {why}"
        place = Place(file=str(path))
        warning = Diagnostic("E0911", message, place, hint=hint, severity=Severity.WARNING)
        console.tell([warning])

    if path.exists() and not path.is_dir():
        for option, given in (("--memory", memory), ("--pictures", pictures is not None)):
            if given:
                hint = "compile it, and give the folder"
                unused(option, f"{path.name} is no compiled model", hint)
    if path.suffix.lower() == ".npz":
        from somac.compiler.archive import read_arrays
        from somac.compiler.cli.views.arrays import arrays_view

        arrays = arrays_view(read_arrays(path))
        return Outcome(arrays, arrays_text(arrays))
    if path.is_dir():
        from somac.compiler.cli.views.bundle import bundle_view
        from somac.ir.program import read_program

        program = read_program(path)
        bundle = bundle_view(program, memory=memory)
        if memory and not (bundle.memory or bundle.listings):
            why = f"{program.target} has no cores whose memory the bundle tells of"
            unused("--memory", why, "leave the option out")
        if pictures is not None and not _drawn(program, pictures):
            unused("--pictures", f"there are none of {program.target}", "leave the option out")
        return Outcome(bundle, bundle_text(bundle))
    from somac.compiler.cli.views.model import model_view
    from somac.compiler.cli.work import network_of

    model = model_view(network_of(console, path, reading))
    return Outcome(model, model_text(model))


def _drawn(program: Program, folder: Path) -> bool:
    """Write what the backend draws of a program; whether there is any."""
    from somac.compiler.files import replaced
    from somac.compiler.plugins import find_backend

    drawn = find_backend(program.backend).pictures(program)
    for name, text in drawn.items():
        with replaced(folder / name) as file:
            file.write(text.encode())
    return bool(drawn)
