"""`somac check`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    several_targets_options,
)

if TYPE_CHECKING:
    from somac.backends.api import Value
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
        "check digits.nir --target spinnaker2 --target ulx3s-85f --sarif check.sarif",
    ),
)
@click.argument("models", type=MODEL, nargs=-1, required=True, metavar="MODEL...")
@several_targets_options
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
    target: tuple[str, ...],
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
    against the limits of the budget file, and against the baseline where these say so. Of several
    targets, a model is compiled for those that a budget is for, and options of backends are for
    those whose backend has them. All models are checked, whatever becomes of one of them.
    docs/reference/checks.md has an example.
    """
    from somac.compiler.checks import Checked, read_baseline, read_budgets
    from somac.compiler.checks.baseline import write_baseline
    from somac.compiler.checks.entries import check_targets, missing_models
    from somac.compiler.checks.formats import github as annotated
    from somac.compiler.cli.checking import (
        Checker,
        options_of_each,
        pairs,
        refused,
        write_reports,
    )
    from somac.compiler.cli.render.checked import checked_text
    from somac.compiler.cli.views.checked import checked_view
    from somac.compiler.cli.work import candidates, compile_options
    from somac.compiler.targets import find_target
    from somac.ir.errors import SomacError

    def report(checked: Sequence[Checked], more: Sequence[Checked] = ()) -> None:
        if github and (lines := annotated([*more, *checked], Path.cwd()).rstrip("\n")):
            if console.json:
                console.say(lines, prefix="")
            else:
                console.aside(lines)
        write_reports(checked, junit, sarif, markdown)

    def checker(found: Target, own: Mapping[str, Value]) -> Checker:
        options = compile_options(found, numbers, allow_extra_delay, own, prune=prune)
        return Checker(
            console,
            found,
            targets,
            budgets,
            reading,
            options,
            effort,
            accept=update_baseline,
            cache=cache,
        )

    if update_baseline and baseline is None:
        raise click.UsageError("--update-baseline writes the file of --baseline FILE.")
    try:
        budgets = read_budgets(budget)
        chips = [find_target(name, targets) for name in dict.fromkeys(target)]
        own = options_of_each(chips, chosen.options)
        checkers = [checker(*one) for one in zip(chips, own, strict=True)]
        check_targets(budgets, target, lambda: {found.name for found in candidates(targets)})
        before = (
            None if baseline is None else read_baseline(baseline, may_be_missing=update_baseline)
        )
    except SomacError as error:
        try:
            report([refused(budget, error)])
        except SomacError as another:
            raise SomacError.of([*error.diagnostics, *another.diagnostics]) from None
        raise
    absent = tuple(missing_models(budgets))
    console.tell(absent)
    checked = []
    for model, wanted in pairs(models, checkers):
        for one in wanted:
            found, before = one.check(model, before)
            console.tell(found.findings)
            checked.append(found)
    report(checked, [Checked(str(budget), "", {}, (), (), absent)])
    if update_baseline and before is not None:
        write_baseline(before)
        if not console.quiet:
            console.say(f"wrote {before.file}")
    exit_code = max(one.exit_code for one in checked)
    return Outcome(checked_view(checked), checked_text(checked), exit_code)
