"""`somac check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import MODEL, Files
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import (
    PATH,
    cache_option,
    delay_option,
    effort_options,
    model_options,
    number_options,
    prune_options,
    target_options,
)

if TYPE_CHECKING:
    from somac.compiler.cli.flags import Chosen
    from somac.compiler.load import LoadOptions
    from somac.compiler.mapping.effort import Effort
    from somac.compiler.passes.prune import PruneOptions
    from somac.compiler.passes.quantise import QuantiseOptions
    from somac.ir.target import Target

__all__ = ["command"]


@as_command(
    "check",
    flags=("options",),
    examples=(
        "check digits.nir --baseline baseline.json --update-baseline",
        "check digits.nir rows.nir --baseline baseline.json --junit check.xml",
    ),
)
@click.argument("models", type=MODEL, nargs=-1, required=True, metavar="MODEL...")
@target_options
@click.option(
    "--budget",
    type=Files(".yaml", ".yml"),
    metavar="FILE",
    default=Path("somac-budget.yaml"),
    show_default=True,
    help="What models may take.",
)
@click.option("--baseline", type=Files(".json"), metavar="FILE", help="What they took before.")
@click.option(
    "--update-baseline", is_flag=True, help="Write there what they take now, and accept it."
)
@click.option("--junit", type=PATH, metavar="FILE", help="Also write JUnit XML.")
@click.option("--sarif", type=PATH, metavar="FILE", help="Also write SARIF 2.1.0.")
@click.option("--markdown", type=PATH, metavar="FILE", help="Also write the summary of a job.")
@click.option(
    "--github",
    is_flag=True,
    help="Also print annotations for GitHub, to standard error beside --json.",
)
@model_options
@prune_options
@number_options
@delay_option
@effort_options
@cache_option
def command(
    console: Console,
    *,
    models: tuple[Path, ...],
    target: Target,
    targets: Path | None,
    budget: Path,
    baseline: Path | None,
    update_baseline: bool,
    junit: Path | None,
    sarif: Path | None,
    markdown: Path | None,
    github: bool,
    reading: LoadOptions,
    prune: PruneOptions | None,
    numbers: QuantiseOptions,
    allow_extra_delay: bool,
    chosen: Chosen,
    effort: Effort,
    cache: bool,
) -> Outcome:
    """Hold compiled models against their budgets, for CI.

    Every MODEL is compiled for the target, nothing is written of it, and what it takes is held
    against the limits of the budget file, and against the baseline where these say so. All
    models are checked, whatever becomes of one of them. docs/reference/checks.md has an example.
    """
    from somac.compiler.checks import read_baseline, read_budgets
    from somac.compiler.checks.baseline import write_baseline
    from somac.compiler.checks.formats import github as annotated
    from somac.compiler.cli.checking import Checker, write_reports
    from somac.compiler.cli.render.checked import checked_text
    from somac.compiler.cli.views.checked import checked_view
    from somac.compiler.cli.work import compile_options

    if update_baseline and baseline is None:
        raise click.UsageError("--update-baseline writes the file of --baseline FILE.")
    budgets = read_budgets(budget)
    before = None if baseline is None else read_baseline(baseline, may_be_missing=update_baseline)
    options = compile_options(
        target,
        numbers,
        allow_extra_delay,
        chosen.options,
        prune=prune,
    )
    checker = Checker(
        console,
        target,
        targets,
        budgets,
        reading,
        options,
        effort,
        accept=update_baseline,
        cache=cache,
    )
    checked = []
    for model in dict.fromkeys(models):
        one, before = checker.check(model, before)
        console.tell(one.findings)
        checked.append(one)
    write_reports(checked, junit, sarif, markdown)
    if update_baseline and before is not None:
        write_baseline(before)
    if github and (lines := annotated(checked, Path.cwd()).rstrip("\n")):
        if console.json:
            console.say(lines, prefix="")
        else:
            console.aside(lines)
    exit_code = max(one.exit_code for one in checked)
    return Outcome(checked_view(checked), checked_text(checked), exit_code)
