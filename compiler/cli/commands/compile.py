"""`somac compile`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import MODEL, RECORDING
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import (
    PATH,
    cache_option,
    delay_option,
    effort_options,
    model_options,
    number_options,
    prune_options,
    target_choice_options,
)

if TYPE_CHECKING:
    from somac.compiler.cache import Entry
    from somac.compiler.cli.flags import Chosen
    from somac.compiler.cli.options import TargetChoice
    from somac.compiler.load import LoadOptions
    from somac.compiler.mapping.effort import Effort
    from somac.compiler.passes.prune import PruneOptions
    from somac.compiler.passes.quantise import QuantiseOptions

__all__ = ["command"]

STAGES = ("load", "prune", "calibrate", "quantise", "legalise", "map", "emit")
"""Reading the model, and the passes of `somac.compiler.pipeline`: known without importing it."""


@as_command(
    "compile",
    flags=("options", "steps"),
    examples=(
        "compile digits.nir -o out/digits",
        "compile digits.nir --target ulx3s-85f -o out/circuit --fit 50",
        "compile large.nir -o out/large --effort 0",
    ),
)
@click.argument("model", type=MODEL)
@target_choice_options
@click.option("-o", "--output", type=PATH, required=True, metavar="FOLDER", help="The bundle.")
@click.option("--force", is_flag=True, help="Replace the bundle that is there.")
@model_options
@prune_options
@number_options
@click.option(
    "--calibrate",
    type=RECORDING,
    metavar="NPZ",
    help="Recorded inputs: formats and expected traffic follow a run of the float model on them.",
)
@delay_option
@effort_options
@cache_option
@click.option(
    "--dump-after",
    multiple=True,
    type=click.Choice(STAGES),
    help="Show the value after a pass as text; may be given several times.",
)
@click.option("--dump-to", type=PATH, metavar="FOLDER", help="Write these texts to files there.")
def command(
    console: Console,
    *,
    model: Path,
    target: TargetChoice,
    output: Path,
    force: bool,
    reading: LoadOptions,
    prune: PruneOptions | None,
    numbers: QuantiseOptions,
    calibrate: Path | None,
    allow_extra_delay: bool,
    chosen: Chosen,
    effort: Effort,
    cache: bool,
    dump_after: tuple[str, ...],
    dump_to: Path | None,
) -> Outcome:
    """Compile a model for a target.

    MODEL is a NIR file (.nir) or text (.snn). The bundle holds everything the hardware loads; it
    is there whole or not at all. What was compiled before from the same content is taken from a
    cache, as far as tools of this computer and time limits have no part in it; `somac cache` shows
    where that is.
    """
    from dataclasses import replace
    from functools import partial

    from somac.compiler.cache.account import account_from
    from somac.compiler.cli.caching import cached
    from somac.compiler.cli.render.compiled import compiled_text
    from somac.compiler.cli.views.compiled import COMPILED, CompiledView
    from somac.ir.program import BUILD_INFO, check_destination, write_program

    texts: dict[str, str] = {}

    def make() -> Entry:
        """Compile; heavy libraries are imported only here."""
        from somac.compiler.cli.compiling import compiled_entry
        from somac.compiler.cli.dumps import Dumps
        from somac.compiler.cli.work import (
            compile_options,
            loaded_model,
            recording_for,
            with_advice,
        )

        found = target.found()
        # what the target's backend does not take is told before anything is read
        options = compile_options(
            found,
            numbers,
            allow_extra_delay,
            chosen.options,
            prune=prune,
            build=chosen.step,
        )
        dumps = Dumps(dump_after, dump_to, console.aside, texts)
        loaded = loaded_model(console, model, reading)
        network = loaded.network
        dumps.take("load", network)
        data = None if calibrate is None else recording_for(calibrate, network.inputs).inputs
        return compiled_entry(
            console,
            loaded,
            found,
            options,
            effort,
            data,
            observe=dumps.take,
            advise=partial(
                with_advice, network=network, target=found, file=target.file, options=options
            ),
        )

    check_destination(output, overwrite=force)
    use = cache and chosen.step is None and effort.time_limit is None and not dump_after
    entry = cached(console, model, calibrate, target.file, make, use=use)
    build = entry.accounts[BUILD_INFO]
    write_program(entry.program, output, overwrite=force, build_info=build)
    view = account_from(CompiledView, entry.accounts[COMPILED])
    view = replace(view, folder=str(output))
    return Outcome({"compiled": view, "dumps": texts}, compiled_text(view))
