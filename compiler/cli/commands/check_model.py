"""`somac check-model`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import MODEL
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import (
    delay_option,
    model_options,
    number_options,
    target_options,
)

if TYPE_CHECKING:
    from somac.compiler.cli.flags import Chosen
    from somac.compiler.load import LoadOptions
    from somac.compiler.passes.quantise import QuantiseOptions
    from somac.ir.target import Target

__all__ = ["command"]


@as_command(
    "check-model", flags=("options",), examples=("check-model digits.nir --target icebreaker",)
)
@click.argument("model", type=MODEL)
@target_options
@model_options
@number_options
@delay_option
def command(
    console: Console,
    *,
    model: Path,
    target: Target,
    targets: Path | None,
    reading: LoadOptions,
    numbers: QuantiseOptions,
    allow_extra_delay: bool,
    chosen: Chosen,
) -> Outcome:
    """List everything in a model that does not fit a target.

    Nothing is placed or written. Exits with 0 if the model fits, with 2 or 3 if not.
    """
    from somac.compiler.cli.render.layout import count
    from somac.compiler.cli.work import compile_options, network_of, with_advice
    from somac.compiler.pipeline import check_network
    from somac.ir.errors import Severity, SomacError

    options = compile_options(target, numbers, allow_extra_delay, chosen.options)
    network = network_of(console, model, reading)
    with console.progress() as report:
        report("check")
        found = check_network(network, target, options)
        errors = [d for d in found if d.severity is Severity.ERROR]
        if errors:
            error = SomacError.of(found)
            found = with_advice(error, report, network, target, targets, options).diagnostics
    console.tell(found)
    result = {
        "model": str(model),
        "target": target.name,
        "fits": not errors,
        "errors": len(errors),
    }
    verdict = "fits" if not errors else f"does not fit, {count(len(errors), 'error')}"
    return Outcome(
        result,
        f"{model} for {target.name}: {verdict}",
        exit_code=max((d.entry.exit_code for d in errors), default=0),
    )
