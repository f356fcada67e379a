"""The way from a `Network` to a `Program`: every pass in its order, and what each gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac import __version__
from somac.backends.api import Backend, Costs, Guidance, Legal, Parts, Rates, Value, refusals
from somac.compiler.costs import expected_costs, with_costs
from somac.compiler.inputs import few_raw_inputs
from somac.compiler.mapping.solve import SolveOptions
from somac.compiler.passes.calibrate import Calibration, calibrate
from somac.compiler.passes.map import cut_network, map_network
from somac.compiler.passes.parts import map_parts
from somac.compiler.passes.prune import Pruned, PruneOptions, prune
from somac.compiler.passes.quantise import Quantised, QuantiseOptions, quantise
from somac.compiler.plugins import find_backend, find_placer
from somac.compiler.plugins.answers import diagnostics_of, emitted_of, expect, resources_of
from somac.compiler.record.build import BuildInfo
from somac.compiler.record.files import record_files
from somac.compiler.record.stopwatch import Stopwatch
from somac.ir.errors import Diagnostic, Severity, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.network import Network
from somac.ir.program import Program
from somac.ir.serial import GOLDEN, integer_to_files
from somac.ir.target import Target

__all__ = [
    "PASSES",
    "CompileOptions",
    "Compiled",
    "CompiledInteger",
    "check_network",
    "compile_integer",
    "compile_network",
]

PASSES = ("prune", "calibrate", "quantise", "legalise", "map", "emit")
"""Names of the passes, for progress and ``--dump-after``."""

Progress = Callable[[str], None]
Observe = Callable[[str, Any], None]
Samples = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class CompileOptions:
    """Options of all passes.

    `prune` leaves out weights first; None keeps them all.
    `allow_extra_delay` compiles loops that are too short for the hardware with longer
    delays instead of slowing the network down, and says so. `options` are those of the target's
    backend by name, such as ``{"circuit": "sparse", "lanes": 32}``: what is not there is as the
    backend has it. `build` is the step of the backend that tools of this computer take with the
    program afterwards. `somac backends doctor` lists options and steps.
    """

    prune: PruneOptions | None = None
    quantise: QuantiseOptions = field(default_factory=QuantiseOptions)
    map: SolveOptions = field(default_factory=SolveOptions)
    allow_extra_delay: bool = False
    options: Mapping[str, Value] = field(default_factory=dict)
    build: str | None = None

    def content(self) -> Mapping[str, object] | None:
        """By name, all that a result depends on; who listens is no part of that.

        None if a result depends on more: on time, or on tools of this computer.
        """
        partition, place = self.map.partition, self.map.place
        timed = partition.time_limit is not None or place.time_limit is not None
        if timed or self.build is not None:
            return None
        solving = {f.name: getattr(self.map, f.name) for f in fields(self.map) if f.name != "note"}
        solving["partition"] = replace(partition, progress=None)
        solving["place"] = replace(place, progress=None)
        return {f.name: getattr(self, f.name) for f in fields(self)} | {"map": solving}


@dataclass(frozen=True, slots=True, eq=False)
class CompiledInteger:
    """Every value on the way from integers to a program; `notes` is what the user should know.

    `costs` are by case, ``quiet``, ``expected`` and ``worst``: see `expected_costs`.
    `build` says how it went.
    """

    target: Target
    golden: IntegerNetwork
    mapping: PlacedMapping
    program: Program
    notes: tuple[Diagnostic, ...]
    costs: Mapping[str, Costs]
    build: BuildInfo


@dataclass(frozen=True, slots=True, eq=False)
class Compiled(CompiledInteger):
    """The same from a network in floating point, with the values before.

    `network` is the one that was given; `pruned` is None where nothing was pruned.
    """

    network: Network
    quantised: Quantised
    calibration: Calibration | None
    pruned: Pruned | None = None


def compile_network(
    network: Network,
    target: Target,
    options: CompileOptions | None = None,
    *,
    calibration_inputs: Mapping[str, NDArray[Any]] | None = None,
    progress: Progress = lambda _: None,
    observe: Observe = lambda _, __: None,
) -> Compiled:
    """Compile.

    Parameters
    ----------
    calibration_inputs
        Per network input (samples, steps, channels): formats and traffic follow what a run
        of the float reference on them sees.
    progress
        Is told the name of each pass as it begins.
    observe
        Is told the name of each pass and the value it gave, as it ends.

    Raises
    ------
    SomacError
        Whatever does not fit, all of it at once where that can be known.
    """
    watch = Stopwatch()
    options, progress = _watched(watch, options or CompileOptions(), progress)
    backend = _ready(network, target, options)
    pruned = None
    if options.prune is not None:
        progress("prune")
        pruned = _pruned(network, options.prune)
        observe("prune", pruned.network)
    thin = network if pruned is None else pruned.network
    calibration = None
    if calibration_inputs is not None:
        progress("calibrate")
        calibration = calibrate(thin, calibration_inputs)
        observe("calibrate", calibration)
    progress("quantise")
    seen, learnt = (calibration.seen, calibration.learnt) if calibration else (None, None)
    quantised = quantise(thin, options.quantise, seen, learnt)
    observe("quantise", quantised.network)
    rates = calibration.rates if calibration else {}
    guidance = _guidance(backend, options, rates, _samples(quantised, calibration_inputs))
    made = _compiled(watch, backend, quantised, target, options, rates, guidance, progress, observe)
    return Compiled(
        **{f.name: getattr(made, f.name) for f in fields(made)},
        network=network,
        quantised=quantised,
        calibration=calibration,
        pruned=pruned,
    )


def compile_integer(
    network: IntegerNetwork,
    target: Target,
    options: CompileOptions | None = None,
    *,
    progress: Progress = lambda _: None,
    observe: Observe = lambda _, __: None,
) -> CompiledInteger:
    """Compile what is in integers already: from `legalise` on, as `compile_network` does.

    There is nothing to quantise, and traffic is what is expected without calibration. Parameters
    and errors are those of `compile_network`.
    """
    watch = Stopwatch()
    options, progress = _watched(watch, options or CompileOptions(), progress)
    backend = _ready(network, target, options)
    guidance = _guidance(backend, options)
    return _compiled(watch, backend, network, target, options, {}, guidance, progress, observe)


def _watched(
    watch: Stopwatch, options: CompileOptions, progress: Progress
) -> tuple[CompileOptions, Progress]:
    """The options and the progress, with what they are told taken down."""
    place = options.map.place
    heard = replace(place, progress=watch.search(place.progress))
    return replace(options, map=replace(options.map, place=heard)), watch.passes(progress)


def _guidance(
    backend: Backend,
    options: CompileOptions,
    rates: Rates | None = None,
    samples: Samples | None = None,
) -> Guidance:
    """What the user and calibration data say, for the backend."""
    # a cell sends at most one packet in a step, whatever the packet says
    means = {name: float(np.minimum(rate, 1.0).mean()) for name, rate in (rates or {}).items()}
    return Guidance(
        rates=means,
        samples=samples or {},
        allow_extra_delay=options.allow_extra_delay,
        pruned_lanes=options.prune.lanes if options.prune else 1,
        options=backend.info.chosen(options.options),
    )


def _samples(quantised: Quantised, inputs: Mapping[str, NDArray[Any]] | None) -> Samples:
    """Some of the calibration data as the integers that the network takes."""
    return {} if inputs is None else few_raw_inputs(inputs, quantised.network.inputs)


def _ready(network: Network | IntegerNetwork, target: Target, options: CompileOptions) -> Backend:
    """The backend; SomacError for what is wrong or missing before anything is compiled."""
    _check_boundary(network)
    backend = find_backend(target.backend)
    backend.info.chosen(options.options)
    find_placer(options.map.placer)
    if options.build is not None:
        _require_step(backend, options.build)
        absent = backend.missing(options.build, target)
        if absent:
            raise SomacError.of(absent)
    return backend


def _compiled(
    watch: Stopwatch,
    backend: Backend,
    given: Quantised | IntegerNetwork,
    target: Target,
    options: CompileOptions,
    rates: Rates,
    guidance: Guidance,
    progress: Progress,
    observe: Observe,
) -> CompiledInteger:
    network, quantised = (given.network, given) if isinstance(given, Quantised) else (given, None)
    progress("legalise")
    legal, said = _legal(backend, network, target, guidance)
    notes = list(said)
    errors = [d for d in notes if d.severity is Severity.ERROR]
    if errors:
        raise SomacError.of(errors)
    golden = legal.network
    observe("legalise", golden)
    progress("map")
    options = replace(options, map=replace(options.map, note=notes.append))
    laid_out, mapping, parts = _mapped(backend, golden, target, options, rates, guidance)
    watch.found(mapping.proof.cost, mapping.proof.bound)
    observe("map", mapping)
    progress("emit")
    emitted = emitted_of(backend, "emit", backend.emit(laid_out, mapping, target, guidance))
    if options.build is not None:
        progress("build")
        emitted = emitted_of(backend, "build", backend.build(emitted, options.build, target))
    costs = expected_costs(backend, emitted, golden, rates)
    emitted = with_costs(emitted, costs)
    files = {
        **emitted.files,
        **integer_to_files(golden, GOLDEN),
        **record_files(mapping, target, parts, quantised),
    }
    program = Program(emitted.backend, emitted.target, files)
    observe("emit", program)
    build = watch.stop(__version__)
    return CompiledInteger(target, golden, mapping, program, tuple(notes), costs, build)


def _mapped(
    backend: Backend,
    golden: IntegerNetwork,
    target: Target,
    options: CompileOptions,
    rates: Rates,
    guidance: Guidance,
) -> tuple[IntegerNetwork, PlacedMapping, Parts | None]:
    """The network in the order of the mapping, the mapping, and parts if the backend has some."""
    parts = backend.parts(golden, target, guidance)
    if parts is not None:
        return golden, map_parts(golden, parts, target, options.map), parts
    laid_out, mapping = map_network(
        golden,
        target,
        lambda network: resources_of(backend, backend.resources(network, target, guidance), target),
        rates,
        options.map,
    )
    return laid_out, mapping, None


def _pruned(network: Network, options: PruneOptions) -> Pruned:
    return prune(network, options.density, options.lanes, balanced=options.balanced)


def _require_step(backend: Backend, step: str) -> None:
    """SomacError E0845 if that is none of the backend's steps."""
    known = [found.name for found in backend.info.steps]
    if step not in known:
        options = ", ".join(f"--{name}" for name in known)
        raise SomacError(
            "E0845",
            f"the backend {backend.info.name} has nothing to build with --{step}",
            have=options or "nothing to build",
            need=f"--{step}",
            hint="leave the option out, or choose a target of another class",
        )


def _check_boundary(network: Network | IntegerNetwork) -> None:
    """SomacError E0409 for a network that could not be run, or of which nothing would be seen."""
    missing = [
        Diagnostic("E0409", f"network {network.name} has no {what}", need=f"at least one {what}")
        for what, there in (
            ("input", network.inputs),
            ("population", network.populations),
            ("output", network.outputs),
        )
        if not there
    ]
    if missing:
        raise SomacError.of(missing)


def _legal(
    backend: Backend, network: IntegerNetwork, target: Target, guidance: Guidance
) -> tuple[Legal, tuple[Diagnostic, ...]]:
    """The network the target can run, and everything that there is to say of it."""
    legal = expect(backend, "legalise", backend.legalise(network, target, guidance), Legal)
    refused = refusals(legal.network, backend.capabilities(target))
    more = diagnostics_of(backend, "check", backend.check(legal.network, target, guidance))
    return legal, (*legal.notes, *refused, *more)


def check_network(
    network: Network,
    target: Target,
    options: CompileOptions | None = None,
    *,
    calibration_inputs: Mapping[str, NDArray[Any]] | None = None,
) -> tuple[Diagnostic, ...]:
    """Everything in a network that does not fit a target, without mapping it.

    Parameters are those of `compile_network`; calibration is for converters of sums only.
    """
    options = options or CompileOptions()
    backend = find_backend(target.backend)
    found: list[Diagnostic] = []
    try:
        _check_boundary(network)
        thin = network if options.prune is None else _pruned(network, options.prune).network
        quantised = quantise(thin, options.quantise)
        samples = _samples(quantised, calibration_inputs)
        guidance = _guidance(backend, options, samples=samples)
        legal, notes = _legal(backend, quantised.network, target, guidance)
        found += notes
        fits = not any(d.severity is Severity.ERROR for d in found)
        if fits and backend.parts(legal.network, target, guidance) is None:
            asked = backend.resources(legal.network, target, guidance)
            cut_network(legal.network, target, resources_of(backend, asked, target))
    except SomacError as error:
        found += error.diagnostics
    return tuple(found)
