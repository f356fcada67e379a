"""`somac devices`."""

from __future__ import annotations

from pathlib import Path

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import BUNDLE, RECORDING
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import Whole, after_option, effects_option, samples_option

__all__ = ["command"]


@as_command("devices", examples=("devices out/cells --input test.npz --devices 20",))
@click.argument("bundle", type=BUNDLE)
@click.option(
    "--input", "data", type=RECORDING, required=True, metavar="NPZ", help="Recorded inputs."
)
@samples_option
@click.option(
    "--devices",
    "count",
    type=Whole(min=1, max=10_000),
    metavar="N",
    default=10,
    show_default=True,
    help="How many devices: their seeds are 0, 1, ...",
)
@effects_option
@after_option
def command(
    console: Console,
    *,
    bundle: Path,
    data: Path,
    samples: int | None,
    count: int,
    effects: tuple[str, ...] | None,
    after: float,
) -> Outcome:
    """Show what imperfections of analogue devices cost.

    BUNDLE is a folder that `somac compile` wrote for hardware with analogue cells. Every effect
    that its target has figures of is switched on alone, then all are, on several devices; outputs
    are held against those of exact hardware, and against the labels where the file has any.
    """
    from somac.compiler.api import Program
    from somac.compiler.cli.render.devices import devices_text
    from somac.compiler.cli.work import recording_for
    from somac.compiler.devices import error_budget

    program = Program.open(bundle)
    recording = recording_for(data, program.golden().inputs, samples)
    with console.progress() as report:
        budget = error_budget(
            program,
            recording.inputs,
            recording.labels,
            range(count),
            seconds=after,
            effects=effects,
            progress=report,
        )
    return Outcome(budget, devices_text(str(bundle), program.files.target, budget))
