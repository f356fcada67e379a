"""Options that several commands share: each is defined once, and arrives as one typed value."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from somac.compiler.cli.completing import placers, profiles, targets
from somac.compiler.mapping.effort import DEFAULT_LEVEL, Effort, Level
from somac.compiler.mapping.place import DEFAULT_PLACER

if TYPE_CHECKING:
    from somac.ir.target import Target

__all__ = [
    "PATH",
    "TargetChoice",
    "Whole",
    "after_option",
    "bits_option",
    "cache_option",
    "delay_option",
    "effects_option",
    "effort_options",
    "model_options",
    "number_options",
    "prune_options",
    "samples_option",
    "several_targets_options",
    "target_choice_options",
    "target_options",
]

_Option = Callable[[Any], Any]

PATH = click.Path(path_type=Path)
"""A path as it was written; whether it is there is found out by whoever opens it."""


def _positive(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 < value < math.inf:
        raise click.BadParameter(f"{value} is not a positive number.")
    return value


class Whole(click.IntRange):
    """A range of whole numbers, which errors call so."""

    name = "whole number"


class _Finite(click.FloatRange):
    """A range of numbers; infinity and what is no number, which compares with nothing, are not."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found = float(super().convert(value, param, ctx))
        if not math.isfinite(found):
            self.fail(f"{found} is not a finite number.", param, ctx)
        return found


_MODEL: tuple[_Option, ...] = (
    click.option(
        "--profile",
        metavar="NAME",
        shell_complete=profiles,
        help="Whose reading of NIR: nir-euler (default), norse, snntorch, spikingjelly, ...",
    ),
    click.option(
        "--dt",
        type=float,
        callback=_positive,
        metavar="SECONDS",
        help="Length of a time step; by default what the file says, else 1e-4.",
    ),
    click.option(
        "--reset",
        type=click.Choice(["value", "subtract", "subtract_delayed"]),
        help="What a spike does to the membrane; by default as the profile has it.",
    ),
    click.option(
        "--integrator",
        metavar="NAME",
        help="How equations become updates, such as euler_sequential; by default as the profile.",
    ),
    click.option(
        "--compare",
        type=click.Choice([">", ">="]),
        help="Comparison with the threshold; by default as the profile has it.",
    ),
    click.option(
        "--input-kind",
        type=click.Choice(["spike", "count", "value"]),
        help="What inputs carry; by default what the file says, else count.",
    ),
    click.option(
        "--repair/--no-repair",
        default=True,
        help="Read a faulty file as it was probably meant, with a warning, or refuse it.",
    ),
    click.option(
        "--device-seed",
        type=Whole(0, 2**32 - 1),
        metavar="N",
        help="Which device the random devices of a text are of.  [default: 0]",
    ),
    click.option(
        "--trust",
        "trusted",
        is_flag=True,
        help="The file is no stranger's: it may be larger and take longer to read.",
    ),
)

_OWN_TARGETS = click.option(
    "--targets", type=PATH, metavar="FILE", help="A file of targets of your own."
)

_TARGET: tuple[_Option, ...] = (
    click.option(
        "--target",
        metavar="NAME",
        default="spinnaker2",
        show_default=True,
        shell_complete=targets,
        help="The hardware; `somac targets` lists the names.",
    ),
    _OWN_TARGETS,
)

_SEVERAL_TARGETS: tuple[_Option, ...] = (
    click.option(
        "--target",
        metavar="NAME",
        multiple=True,
        default=("spinnaker2",),
        show_default=True,
        shell_complete=targets,
        help="The hardware; `somac targets` lists the names. Again for more.",
    ),
    _OWN_TARGETS,
)

bits_option = click.option(
    "--bits",
    type=Whole(2, 24),
    metavar="N",
    help="Bits of a weight, sign included.  [default: 8]",
)

_NUMBERS: tuple[_Option, ...] = (
    bits_option,
    click.option(
        "--state-bits",
        type=Whole(6, 32),
        metavar="N",
        help="Bits of a state.  [default: 24]",
    ),
    click.option(
        "--coefficient-bits",
        type=Whole(4, 24),
        metavar="N",
        help="Bits of a coefficient in an equation, such as a decay, sign included.  [default: 17]",
    ),
    click.option(
        "--learning-bits",
        type=Whole(4, 24),
        metavar="N",
        help="Bits of a weight that learns.  [default: 16]",
    ),
)

cache_option = click.option(
    "--cache/--no-cache",
    default=True,
    help="Take what was compiled before, from the same content, and keep what is compiled now.  "
    "[default: --cache]",
)

delay_option = click.option(
    "--allow-extra-delay",
    is_flag=True,
    help="Lengthen loops that are too short for the hardware, instead of slowing down.",
)

samples_option = click.option(
    "--samples", type=Whole(min=1), help="Only the first N samples.", metavar="N"
)


def _names(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = tuple(dict.fromkeys(name for part in value.split(",") if (name := part.strip())))
    if not names:
        raise click.BadParameter("it names none.")
    return names


effects_option = click.option(
    "--effects",
    callback=_names,
    metavar="NAME,NAME",
    help="Imperfections of devices, such as programming,read,drift,faults,on_off,wires; by default "
    "all that the target has figures of.",
)

after_option = click.option(
    "--after",
    type=_Finite(min=0),
    default=0.0,
    show_default=True,
    metavar="SECONDS",
    help="Time between the programming of a device and its use.",
)


def _add(options: tuple[_Option, ...], function: Callable[..., Any]) -> Callable[..., Any]:
    return reduce(lambda made, option: option(made), reversed(options), function)


_EFFORT: tuple[_Option, ...] = (
    click.option(
        "--effort",
        type=Whole(0, 3),
        default=DEFAULT_LEVEL,
        show_default=True,
        metavar="LEVEL",
        help="How hard mapping tries: 0 a quick result, 3 as good as it gets.",
    ),
    click.option(
        "--seed",
        type=int,
        default=0,
        show_default=True,
        metavar="N",
        help="Of the random choices of mapping.",
    ),
    click.option(
        "--placer",
        metavar="NAME",
        shell_complete=placers,
        default=DEFAULT_PLACER,
        show_default=True,
        help="What chooses the cores; `somac placers` lists the names.",
    ),
    click.option(
        "--time-limit",
        type=float,
        callback=_positive,
        metavar="SECONDS",
        help="End the search of mapping then; the result may depend on the machine.",
    ),
)


def effort_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of mapping; they arrive as ``effort``, an `Effort`."""

    @wraps(function)
    def call(
        *args: Any,
        effort: Level,
        seed: int,
        placer: str,
        time_limit: float | None,
        **given: Any,
    ) -> Any:
        return function(*args, effort=Effort(effort, seed, time_limit, placer), **given)

    return _add(_EFFORT, call)


def model_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of reading a model; they arrive as ``reading``, a `LoadOptions`."""
    names = (
        "profile",
        "dt",
        "reset",
        "integrator",
        "compare",
        "input_kind",
        "repair",
        "device_seed",
        "trusted",
    )

    @wraps(function)
    def call(*args: Any, **given: Any) -> Any:
        from somac.compiler.load import LoadOptions

        chosen = {name: given.pop(name) for name in names}
        reading = LoadOptions(**{name: v for name, v in chosen.items() if v is not None})
        return function(*args, reading=reading, **given)

    return _add(_MODEL, call)


_PRUNE: tuple[_Option, ...] = (
    click.option(
        "--prune",
        "density",
        type=_Finite(0, 1, min_open=True),
        metavar="DENSITY",
        help="Keep only this fraction of the weights of every matrix, the largest.",
    ),
    click.option(
        "--prune-lanes",
        "prune_lanes",
        type=Whole(min=1),
        metavar="P",
        help="Keep as many in each of P lanes; target cell j is in lane j mod P.  [default: 1]",
    ),
)


def number_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of number formats; they arrive as ``numbers``, a `QuantiseOptions`."""

    @wraps(function)
    def call(
        *args: Any,
        bits: int | None,
        state_bits: int | None,
        coefficient_bits: int | None,
        learning_bits: int | None,
        **given: Any,
    ) -> Any:
        from somac.compiler.passes.quantise import QuantiseOptions

        asked = {
            "weight_bits": bits,
            "state_bits": state_bits,
            "coefficient_bits": coefficient_bits,
            "learning_bits": learning_bits,
        }
        chosen: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
        return function(*args, numbers=QuantiseOptions(**chosen), **given)

    return _add(_NUMBERS, call)


def prune_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of pruning; they arrive as ``prune``, a `PruneOptions` or None."""

    @wraps(function)
    def call(*args: Any, density: float | None, prune_lanes: int | None, **given: Any) -> Any:
        if density is None:
            if prune_lanes is not None:
                raise click.UsageError("--prune-lanes balances what --prune DENSITY leaves.")
            return function(*args, prune=None, **given)
        from somac.compiler.passes.prune import PruneOptions

        return function(*args, prune=PruneOptions(density, prune_lanes or 1), **given)

    return _add(_PRUNE, call)


def target_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of choosing a target.

    It arrives as ``target``, a `Target`, and the file of the user's own as ``targets``.
    """

    @wraps(function)
    def call(*args: Any, target: str, targets: Path | None, **given: Any) -> Any:
        from somac.compiler.targets import find_target

        return function(*args, target=find_target(target, targets), targets=targets, **given)

    return _add(_TARGET, call)


def several_targets_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of choosing targets; they arrive as ``target``, names in the order given."""
    return _add(_SEVERAL_TARGETS, function)


@dataclass(frozen=True, slots=True)
class TargetChoice:
    """A target by its name, and the file of the user's own; described nowhere, perhaps."""

    name: str
    file: Path | None

    def found(self) -> Target:
        """The target; SomacError E03xx if it is not described, or not well."""
        from somac.compiler.targets import find_target

        return find_target(self.name, self.file)


def target_choice_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of choosing a target, for a command that may do without its description.

    They arrive as ``target``, a `TargetChoice`.
    """

    @wraps(function)
    def call(*args: Any, target: str, targets: Path | None, **given: Any) -> Any:
        return function(*args, target=TargetChoice(target, targets), **given)

    return _add(_TARGET, call)
