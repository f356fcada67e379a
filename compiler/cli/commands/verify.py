"""`somac verify`."""

from __future__ import annotations

from pathlib import Path

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import BUNDLE, RECORDING
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import Whole

__all__ = ["command"]


@as_command(
    "verify", examples=("verify out/digits", "verify out/digits --input test.npz --machine host-c")
)
@click.argument("bundle", type=BUNDLE)
@click.option(
    "--input", "data", type=RECORDING, metavar="NPZ", help="Recorded inputs, not random ones."
)
@click.option(
    "--samples",
    type=Whole(min=1),
    metavar="N",
    help="Only the first N samples; of random inputs, how many.  [default: all; 8]",
)
@click.option(
    "--steps",
    type=Whole(min=1),
    metavar="N",
    default=50,
    show_default=True,
    help="Steps of random inputs.",
)
@click.option(
    "--seed",
    type=Whole(min=0, max=2**63 - 1),
    metavar="N",
    default=0,
    show_default=True,
    help="Of random inputs.",
)
@click.option(
    "--host-c/--no-host-c",
    default=True,
    help="Run the C of the cores too, where this machine has a C compiler.",
)
@click.option(
    "--cortex-m4",
    is_flag=True,
    help="Run the C of the cores on a Cortex-M4 under qemu too, core by core.",
)
@click.option(
    "--machine",
    "named",
    multiple=True,
    metavar="NAME",
    help="Run this machine, not the usual one: "
    "host-c, cortex-m4; verilator, cxxrtl, iverilog; or none. May be repeated.",
)
def command(
    console: Console,
    *,
    bundle: Path,
    data: Path | None,
    samples: int | None,
    steps: int,
    seed: int,
    host_c: bool,
    cortex_m4: bool,
    named: tuple[str, ...],
) -> Outcome:
    """Check a compiled model, and compare every bit of its emulation.

    An independent checker counts every neuron, synapse, key and route again from the files of
    BUNDLE. Then the emulator runs from the files beside the golden integer model, on recorded
    or random inputs, and every signal and state of every population is compared; so is what a
    machine does. For cores that is their C, compiled for this machine, and with --cortex-m4 for
    those of the chip; for an FPGA its SystemVerilog in Verilator, or in another simulator where
    that is missing, and there the cycles of everything are those that the emulator says.
    """
    from contextlib import ExitStack
    from functools import partial

    from somac.compiler.api import Program
    from somac.compiler.cli.machines import chosen_machines
    from somac.compiler.cli.render.verified import verified_text
    from somac.compiler.cli.views.verified import Ran, mismatches, verified_view
    from somac.compiler.cli.work import recording_for
    from somac.compiler.stimuli import random_stimuli
    from somac.ir.errors import Severity

    program = Program.open(bundle)
    network = program.golden()
    if data is None:
        inputs = random_stimuli(network.inputs, samples or 8, steps, seed)
    else:
        inputs = dict(recording_for(data, network.inputs, samples).inputs)
    asked = [name for name in named if name != "none"] + ["cortex-m4"] * cortex_m4
    unwanted = [*program.machines()] if named else [] if host_c else ["host-c"]
    machines, notes = chosen_machines(program, asked, unwanted)
    console.tell(notes)
    with console.progress() as report, ExitStack() as stack:
        report("check")
        findings = program.verify()
        if any(d.severity is Severity.ERROR for d in findings):
            # machine code believes what it loads
            machines = ()
        if machines:
            report("build")
        running = [stack.enter_context(m.open(program.files)) for m in machines]
        progress = partial(report, "emulate")
        first, *others = program.agreements(inputs, running, progress=progress)
    ran = [
        Ran(machine, agreement, on.figures)
        for machine, agreement, on in zip(machines, others, running, strict=True)
    ]
    console.tell([*findings, *mismatches(network, first, ran)])
    source = f"random, seed {seed}" if data is None else str(data)
    shape = next(iter(inputs.values())).shape[:2]
    view = verified_view(str(bundle), program, network, findings, first, ran, source, shape)
    return Outcome(view, verified_text(view), exit_code=0 if view.sound else 1)
