"""`somac compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from somac.compiler.cli.command import Outcome, as_command
from somac.compiler.cli.completing import RECORDING, Files
from somac.compiler.cli.console import Console
from somac.compiler.cli.options import bits_option, model_options, samples_option

if TYPE_CHECKING:
    from somac.compiler.load import LoadOptions

__all__ = ["command"]

SIDE = Files(".npz", ".nir", ".snn")


def _two(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """The two names in a text."""
    if value is None:
        return None
    names = tuple(name.strip() for name in value.split(","))
    if len(names) != 2 or not all(names):
        raise click.BadParameter("give two names with a comma between them")
    return names


@as_command(
    "compare",
    examples=(
        "compare digits.nir out/digits --input test.npz",
        "compare digits.nir --profiles norse,snntorch --input test.npz",
    ),
)
@click.argument("a", type=SIDE)
@click.argument("b", type=SIDE, required=False)
@click.option(
    "--input", "data", type=RECORDING, metavar="NPZ", help="Recorded inputs for both sides."
)
@samples_option
@click.option(
    "--profiles",
    metavar="P,Q",
    callback=_two,
    help="Compare model A in profile P with A in profile Q.",
)
@bits_option
@model_options
def command(
    console: Console,
    *,
    a: Path,
    b: Path | None,
    data: Path | None,
    samples: int | None,
    profiles: tuple[str, str] | None,
    bits: int | None,
    reading: LoadOptions,
) -> Outcome:
    """Find where two runs, profiles or number formats first differ.

    A and B are each the output file of a run (.npz), a model, which is simulated in floating
    point, or a compiled model, which is emulated; the last two need --input. Instead of B,
    --profiles compares two readings of model A, and --bits its floats with its integers.

    Exits with 1 if a value differs.
    """
    if sum(way is not None for way in (b, profiles, bits)) != 1:
        raise click.UsageError("Give one of B, --profiles P,Q and --bits N to compare A with.")
    from dataclasses import replace

    from somac.compiler.cli.render.compared import compared_text
    from somac.compiler.cli.sides import Data, integers, run_of, simulated
    from somac.compiler.cli.views.compared import compared_view

    given = Data(data, samples)
    if b is not None:
        sides = run_of(console, a, reading, given), run_of(console, b, reading, given)
    elif profiles is not None:
        p, q = (replace(reading, profile=name) for name in profiles)
        sides = simulated(console, a, p, given), simulated(console, a, q, given)
    else:
        sides = simulated(console, a, reading, given), integers(console, a, reading, given, bits)
    view = compared_view(*sides)
    return Outcome(view, compared_text(view), exit_code=int(view.differing > 0))
