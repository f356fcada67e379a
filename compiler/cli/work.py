"""Steps that several commands begin with: read the model, read the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from somac.compiler.cli.console import Console
from somac.compiler.cli.render.layout import percent
from somac.compiler.inputs import Recording, read_recording, shaped_inputs
from somac.compiler.load import Loaded, LoadOptions, load_model
from somac.compiler.targets import known_targets
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.integer import IntegerInput, IntegerNetwork
from somac.ir.network import Input, Network
from somac.ir.suggest import did_you_mean
from somac.ir.target import Target

if TYPE_CHECKING:
    from somac.backends.api import DeviceChoice, Value
    from somac.compiler.cli.progress import Progress
    from somac.compiler.mapping.effort import Effort
    from somac.compiler.passes.prune import PruneOptions
    from somac.compiler.passes.quantise import QuantiseOptions
    from somac.compiler.pipeline import CompileOptions
    from somac.ir.progress import Progress as Found
    from somac.ir.progress import Tell

__all__ = [
    "candidates",
    "check_learning",
    "check_output",
    "check_populations",
    "compile_options",
    "device_choice",
    "loaded_model",
    "mapped_with",
    "network_of",
    "placed",
    "recording_for",
    "with_advice",
]


def network_of(console: Console, model: Path, reading: LoadOptions) -> Network:
    """Read a model, and tell what the user should know of how it was read."""
    return loaded_model(console, model, reading).network


def loaded_model(console: Console, model: Path, reading: LoadOptions) -> Loaded:
    """The same, with what was told."""
    with console.progress() as report:
        report(f"read {model.name or model}")
        loaded = load_model(model, reading)
    console.tell(loaded.notes)
    return loaded


def recording_for(
    path: Path, inputs: Sequence[Input | IntegerInput], samples: int | None = None
) -> Recording:
    """Recorded inputs for a network, (samples, steps, channels) each, at most `samples`.

    Raises
    ------
    SomacError
        E0903, E0905 with the file.
    """
    found = read_recording(path, [i.name for i in inputs])
    first = {name: value[:samples] for name, value in found.inputs.items()}
    labels = None if found.labels is None else found.labels[:samples]
    try:
        return Recording(shaped_inputs(first, inputs), labels)
    except SomacError as error:
        raise error.placed(lambda _: Place(file=str(path))) from None


def candidates(targets: Path | None) -> tuple[Target, ...]:
    """All targets: those of somac, of backends, and of the user's file."""
    return tuple(found.target for found in known_targets(targets).targets)


def with_advice(
    error: SomacError,
    report: Progress,
    network: Network,
    target: Target,
    file: Path | None,
    options: CompileOptions,
) -> SomacError:
    """The error, with the smallest target that would do, where another one may do."""
    from somac.compiler.advice import advised, is_of_target

    if not is_of_target(error):
        return error
    report("try other targets")
    return advised(error, network, target, candidates(file), options)


def check_populations(network: IntegerNetwork, names: Sequence[str]) -> None:
    """SomacError E0909 for every name that is no population of the network."""
    known = [p.name for p in network.populations]
    wrong = [name for name in names if name not in known]
    if wrong:
        raise SomacError.of(
            Diagnostic(
                "E0909",
                f"there is no population {name!r}",
                have=", ".join(known),
                hint=did_you_mean(name, known),
            )
            for name in wrong
        )


def check_learning(network: IntegerNetwork, names: Sequence[str]) -> None:
    """SomacError E0909 for every name that is no projection of the network that learns."""
    known = [p.name for p in network.projections if p.plasticity is not None]
    wrong = [name for name in names if name not in known]
    if wrong:
        raise SomacError.of(
            Diagnostic(
                "E0909",
                f"there is no projection {name!r} that learns",
                have=", ".join(known) or "none learns",
                hint=did_you_mean(name, known),
            )
            for name in wrong
        )


def compile_options(
    target: Target,
    quantise: QuantiseOptions,
    allow_extra_delay: bool,
    options: Mapping[str, Value],
    *,
    prune: PruneOptions | None = None,
    build: str | None = None,
) -> CompileOptions:
    """Options of the passes from those of the command line.

    Raises
    ------
    SomacError
        E0931 and E0932 for options that the target's backend does not have, or not so: before
        anything is read.
    """
    from somac.compiler.pipeline import CompileOptions
    from somac.compiler.plugins import find_backend

    find_backend(target.backend).info.chosen(options)

    return CompileOptions(
        prune=prune,
        quantise=quantise,
        allow_extra_delay=allow_extra_delay,
        options=options,
        build=build,
    )


def mapped_with(options: CompileOptions, effort: Effort, report: Progress) -> CompileOptions:
    """The options with so much effort of mapping, which tells how it stands."""
    return replace(options, map=effort.options(placed(report)))


def placed(report: Progress) -> Tell:
    """Tell of better partitions and placements while they are searched for."""

    def tell(found: Found) -> None:
        note = f"cost {found.cost:,}, bound {found.bound:,}, gap {percent(found.gap)}"
        report("map", 0, None, note)

    return tell


def device_choice(
    seed: int | None, effects: tuple[str, ...] | None, after: float, by_cell: bool
) -> DeviceChoice | None:
    """The device that was asked for, if any; SomacError E0847 for options about none."""
    from somac.backends.api import DeviceChoice

    if seed is not None:
        named = None if effects is None else frozenset(effects)
        return DeviceChoice(seed, named, after, by_cell)
    if effects is not None or after or by_cell:
        raise SomacError(
            "E0847",
            "--effects, --after and --by-cell say what a device is like, and there is none",
            hint="say which with --device SEED",
        )
    return None


def check_output(output: Path | None, data: Path) -> None:
    """SomacError E0908 if a file would replace the one that is read."""
    if output is not None and output.resolve() == data.resolve():
        raise SomacError(
            "E0908",
            f"{output} is the file of the inputs",
            place=Place(file=str(output)),
            hint="choose another file with -o",
        )
