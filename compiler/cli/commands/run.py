"""`somac run`."""

from __future__ import annotations

from pathlib import Path

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import BUNDLE, RECORDING, learning, populations
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import PATH, Whole, after_option, effects_option, samples_option

__all__ = ["command"]


@as_command(
    "run",
    examples=(
        "run out/digits --input test.npz",
        "run out/digits --input test.npz --record hidden -o signals.npz",
    ),
)
@click.argument("bundle", type=BUNDLE)
@click.option(
    "--input", "data", type=RECORDING, required=True, metavar="NPZ", help="Recorded inputs."
)
@samples_option
@click.option("-o", "--output", type=PATH, metavar="NPZ", help="Write the signals to this file.")
@click.option(
    "--record",
    multiple=True,
    metavar="POPULATION",
    shell_complete=populations,
    help="Also its signals; may be given several times.",
)
@click.option(
    "--record-weights",
    "learnt",
    multiple=True,
    metavar="PROJECTION",
    shell_complete=learning,
    help="Also the weights it has learnt; may be given several times.",
)
@click.option(
    "--device",
    type=Whole(min=0, max=2**32 - 1),
    metavar="SEED",
    help="On this device of hardware with analogue cells, with its imperfections.",
)
@effects_option
@after_option
@click.option(
    "--by-cell", is_flag=True, help="Draw noise for every cell in every use, not for every sum."
)
@click.option("--rates", is_flag=True, help="Also the mean signal of each output cell.")
@click.option("--classes", is_flag=True, help="Also the most active cell of each output.")
def command(
    console: Console,
    *,
    bundle: Path,
    data: Path,
    samples: int | None,
    output: Path | None,
    record: tuple[str, ...],
    learnt: tuple[str, ...],
    device: int | None,
    effects: tuple[str, ...] | None,
    after: float,
    by_cell: bool,
    rates: bool,
    classes: bool,
) -> Outcome:
    """Emulate a compiled model on recorded inputs.

    BUNDLE is a folder that `somac compile` wrote; the emulator reads nothing else. The file of
    inputs has an array (samples, steps, channels...) per input of the model, called like it, or
    one called x; with an array called label, the accuracy is shown. Output files have an array
    (samples, steps, cells) per output and recorded population, with --record-weights arrays
    PROJECTION.w (samples, 1, synapses), and others for further states of synapses, as they are
    after the last step, and with --rates and --classes arrays OUTPUT.rates and OUTPUT.classes,
    which without -o are shown. With --device, sums of analogue cells are those of one device: the
    same seed gives the same bits.
    """
    from functools import partial

    from somac.compiler.agreement import last_weights
    from somac.compiler.api import Program
    from somac.compiler.archive import write_arrays
    from somac.compiler.cli.render.run import run_text
    from somac.compiler.cli.views.run import derived_arrays, run_view, signal_arrays
    from somac.compiler.cli.work import (
        check_learning,
        check_output,
        check_populations,
        device_choice,
        recording_for,
    )

    check_output(output, data)
    program = Program.open(bundle)
    network = program.golden()
    check_populations(network, record)
    check_learning(network, learnt)
    recording = recording_for(data, network.inputs, samples)
    with console.progress() as report:
        progress = partial(report, "emulate")
        run = program.run(
            recording.inputs,
            record=record,
            record_weights=learnt,
            device=device_choice(device, effects, after, by_cell),
            progress=progress,
        )
    derived = derived_arrays(run, rates=rates, classes=classes)
    written = None
    if output is not None:
        arrays = {**signal_arrays(run), **last_weights(run.weights), **derived}
        write_arrays(output, arrays)
        written, derived = (str(output), tuple(arrays)), {}
    view = run_view(
        str(bundle),
        program,
        network,
        recording,
        run,
        device=device,
        derived=derived,
        written=written,
    )
    return Outcome(view, run_text(view))
