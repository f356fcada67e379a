"""`somac report`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import BUNDLE, MODEL, RECORDING
from somac.compiler.cli.completing import pictures as names_of_pictures
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import PATH, Whole, model_options, samples_option

if TYPE_CHECKING:
    from somac.compiler.load import LoadOptions

__all__ = ["command"]


@as_command(
    "report",
    examples=(
        "report out/digits -o digits.html",
        "report out/digits --input test.npz --model digits.nir --figures figures",
        "report out/digits --svg placement.svg --columns 2",
    ),
)
@click.argument("bundle", type=BUNDLE)
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="HTML",
    help="The page; report.html, unless only pictures are asked for.",
)
@click.option(
    "--input",
    "data",
    type=RECORDING,
    metavar="NPZ",
    help="Recorded inputs: also shows signals and states, and what a step of the run takes.",
)
@samples_option
@click.option(
    "--sample",
    type=Whole(min=0),
    metavar="N",
    default=0,
    show_default=True,
    help="Whose signals and states are shown.",
)
@click.option("--model", type=MODEL, help="The model, to compare integers with its floats.")
@click.option(
    "--devices",
    type=Whole(min=1, max=10_000),
    metavar="N",
    help="Also what imperfections of N analogue devices cost, on the recorded inputs.",
)
@click.option(
    "--svg",
    "pictures",
    metavar="FILE",
    multiple=True,
    shell_complete=names_of_pictures,
    help="Write the picture that the file is named after, as placement.svg; NAME=FILE for another "
    "name; may be given several times.",
)
@click.option(
    "--figures", "folder", type=PATH, metavar="FOLDER", help="Write all pictures there, as SVG."
)
@click.option(
    "--columns",
    type=click.Choice(["1", "2"]),
    default="1",
    show_default=True,
    help="Of a paper: how wide the pictures in files are.",
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
@model_options
def command(
    console: Console,
    *,
    bundle: Path,
    output: Path | None,
    data: Path | None,
    samples: int | None,
    sample: int,
    model: Path | None,
    devices: int | None,
    pictures: tuple[str, ...],
    folder: Path | None,
    columns: str,
    force: bool,
    reading: LoadOptions,
) -> Outcome:
    """Draw a compiled model as a page, and as pictures for papers.

    BUNDLE is a folder that `somac compile` wrote. The page is one file that asks nothing of the
    network: placement, utilisation, traffic, time and energy, numbers, and how the compilation
    went, with the source of every figure of the hardware. With --input, signals and states of one
    sample, beside those of the golden model; with --model too, what few bits cost.
    """
    from somac.compiler.api import Program
    from somac.compiler.cli.render.reported import reported_text
    from somac.compiler.cli.views.reported import reported_view
    from somac.compiler.cli.work import network_of, recording_for
    from somac.compiler.record.build import build_from
    from somac.compiler.report.gather import Asked, gather
    from somac.compiler.report.output import check_destinations, texts_of, wanted, write

    if data is None and (devices or samples or sample):
        raise click.UsageError("--devices, --samples and --sample need --input.")
    if model is not None and data is None:
        raise click.UsageError("--model is compared with on data, and needs --input.")
    page = output if output or pictures or folder else Path("report.html")
    files = wanted(page, pictures, folder, 1 if columns == "1" else 2)
    read = {bundle: "in the bundle"}
    read |= {} if data is None else {data: "the file of the inputs"}
    read |= {} if model is None else {model: "the model"}
    check_destinations(files, read, overwrite=force)
    program = replace(Program.open(bundle), build=build_from(bundle))
    recording = None
    if data is not None:
        recording = recording_for(data, program.golden().inputs, samples)
    floats = None if model is None else network_of(console, model, reading)
    with console.progress() as progress:
        asked = Asked(recording, sample, floats, devices or 0)
        report = gather(program, asked, progress)
        progress("draw", 0, 0)
        texts = texts_of(report, files)
    write(texts)
    view = reported_view(str(bundle), report, texts)
    return Outcome(view, reported_text(view))
