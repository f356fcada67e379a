"""`somac map`."""

from __future__ import annotations

from pathlib import Path

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import Files
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import PATH, effort_options
from somac.compiler.mapping.effort import Effort

__all__ = ["command"]


@as_command("map", examples=("map problem.json -o solution.json --effort 2",))
@click.argument("problem", type=Files(".json"))
@click.option("-o", "--output", type=PATH, metavar="JSON", help="Write the solution there.")
@click.option("--targets", type=PATH, metavar="FILE", help="A file of targets of your own.")
@effort_options
def command(
    console: Console, *, problem: Path, output: Path | None, targets: Path | None, effort: Effort
) -> Outcome:
    """Solve a mapping problem: partition, place, route.

    PROBLEM is a JSON file of slices, nets and a machine: docs/reference/mapping-problem.md.
    Ctrl-C ends the search for a partition or a placement with the best that was found.
    """
    from somac.compiler.cli.render.mapped import mapped_text
    from somac.compiler.cli.views.mapped import mapped_view
    from somac.compiler.cli.work import check_output, placed
    from somac.compiler.files import replaced
    from somac.compiler.mapping.answer import answer_text
    from somac.compiler.mapping.audit import audit
    from somac.compiler.mapping.problem.file import read_problem
    from somac.compiler.mapping.solve import solve
    from somac.ir.errors import Diagnostic

    check_output(output, problem)
    with console.progress() as report:
        report(f"read {problem.name}")
        given = read_problem(problem, targets)
        report("map")
        notes: list[Diagnostic] = []
        solution = solve(given, effort.options(placed(report), notes.append))
        report("check")
        findings = audit(given, solution)
    if output is not None:
        with replaced(output) as file:
            file.write(answer_text(given, solution).encode())
    console.tell([*notes, *findings])
    view = mapped_view(given, solution, findings, None if output is None else str(output))
    return Outcome(view, mapped_text(view), exit_code=int(bool(findings)))
