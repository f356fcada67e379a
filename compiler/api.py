"""The Python interface: `load`, `compile`, and `Program` with `run` and `verify`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from somac.backends.api import Costs, DeviceChoice, Effect, Emulation, Emulator, Machine
from somac.compiler.agreement import Agreement, Parts, agreements, batches
from somac.compiler.costs import measured_costs
from somac.compiler.inputs import raw_inputs, shaped_inputs
from somac.compiler.load import LoadOptions, load_model
from somac.compiler.plugins import find_backend
from somac.compiler.plugins.answers import diagnostics_of, expect
from somac.compiler.record.build import BuildInfo, build_to
from somac.compiler.record.check import check_placed, check_records
from somac.compiler.signals import classes_of, in_units, learnt_in_units, rates_of
from somac.compiler.targets import find_target
from somac.ir import program as bundle
from somac.ir.errors import Diagnostic, Severity
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Network
from somac.ir.serial import GOLDEN, integer_from_files

if TYPE_CHECKING:
    from somac.compiler.pipeline import CompiledInteger, CompileOptions

__all__ = ["Program", "Run", "compile", "load"]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What an emulated run gave.

    Parameters
    ----------
    outputs
        Per network output (samples, steps, cells): spikes and counts as integers, numbers
        as float64 in the model's units.
    signals
        The same per recorded population.
    states
        Raw integers (samples, steps, cells) per recorded population and state.
    counts
        Events by kind, over all samples.
    weights
        Per recorded projection that learns and state of its synapses (``w``, and those of its
        rule): float64 (samples, synapses) in the model's units after the last step, in the order
        of `somac.ir.connectivity.synapses`.
    costs
        What a step took on average, by the backend's cost model; None if it has none.
    """

    outputs: Mapping[str, NDArray[Any]]
    signals: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    states: Mapping[str, Mapping[str, NDArray[np.int64]]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, NDArray[np.float64]]] = field(default_factory=dict)
    costs: Costs | None = None

    def rates(self, output: str | None = None) -> NDArray[np.float64]:
        """Mean signal per step, (samples, cells), of an output (the first by default)."""
        return rates_of(self._output(output))

    def classes(self, output: str | None = None) -> NDArray[np.int64]:
        """The cell with the largest rate per sample, the first of equals."""
        return classes_of(self._output(output))

    def _output(self, name: str | None) -> NDArray[Any]:
        return self.outputs[next(iter(self.outputs)) if name is None else name]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A compiled model: the bundle, and what can be done with it.

    `build` says how the compilation went, where this is its result.
    """

    files: bundle.Program
    build: BuildInfo | None = None

    @classmethod
    def open(cls, folder: str | Path) -> Program:
        """Read a bundle from disk; SomacError E07xx if it is none, or damaged."""
        return cls(bundle.read_program(Path(folder)))

    def save(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write the bundle, whole or not at all; SomacError E0701, E0702."""
        info = None if self.build is None else build_to(self.build)
        bundle.write_program(self.files, Path(folder), overwrite=overwrite, build_info=info)

    def digest(self) -> str:
        """BLAKE2b of every file."""
        return self.files.digest()

    def golden(self) -> IntegerNetwork:
        """The integer network the bundle must agree with; no emulator reads it."""
        return integer_from_files(self.files.files, GOLDEN)

    def run(
        self,
        inputs: Mapping[str, ArrayLike] | ArrayLike,
        *,
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
        record_weights: Sequence[str] = (),
        device: DeviceChoice | None = None,
        progress: Parts = lambda _, __: None,
    ) -> Run:
        """Emulate, bit for bit as the hardware computes, from the bundle's files alone.

        Parameters
        ----------
        inputs
            (samples, steps, channels...) per network input, or one array if there is one.
        record, record_states
            Populations whose signals, or states, are wanted besides the outputs.
        record_weights
            Projections that learn, whose weights are wanted.
        device
            Whose imperfections are shown; None for hardware as it should be.
        progress
            Is told how many samples are done, and of how many.

        Raises
        ------
        SomacError
            E0903 if the inputs do not fit the model, E0846 for a device that the hardware does
            not have.
        """
        network = self.golden()
        given = raw_inputs(_named(inputs, [i.name for i in network.inputs]), network.inputs)
        backend = find_backend(self.files.backend)
        runner = (
            backend.emulator(self.files) if device is None else backend.device(self.files, device)
        )
        samples, steps = next(iter(given.values())).shape[:2]
        parts = []
        for before, part in batches(given, network):
            progress(before, samples)
            ran = runner.run(
                part,
                record=record,
                record_states=record_states,
                record_weights=record_weights,
                first=before,
            )
            parts.append(expect(backend, "run of an emulator", ran, Emulation))
        sources = {o.name: o.source for o in network.outputs}
        outputs = _joined([e.outputs for e in parts])
        signals = _joined([e.signals for e in parts])
        sent = {n: np.sum([e.sent[n] for e in parts], axis=0) for n in parts[0].sent}
        return Run(
            {n: in_units(network, sources[n], v) for n, v in outputs.items()},
            {n: in_units(network, n, v) for n, v in signals.items()},
            {n: _joined([e.states[n] for e in parts]) for n in parts[0].states},
            sum((Counter(e.counts) for e in parts), Counter[str]()),
            {
                name: learnt_in_units(network, name, _joined([e.weights[name] for e in parts]))
                for name in parts[0].weights
            },
            measured_costs(backend, self.files, sent, samples * steps) if sent else None,
        )

    def verify(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the bundle by the independent checker: nothing, one hopes.

        The accounts that every bundle has are held against its network, and against what the
        backend reads of where cells are.
        """
        backend, network = find_backend(self.files.backend), self.golden()
        own = diagnostics_of(backend, "verify", backend.verify(self.files, network))
        found = (*own, *check_records(self.files, network))
        if any(d.severity is Severity.ERROR for d in found):
            return found
        placed = backend.placed(self.files)
        return found if placed is None else (*found, *check_placed(self.files, placed))

    def agreement(
        self,
        inputs: Mapping[str, ArrayLike] | ArrayLike,
        *,
        progress: Parts = lambda _, __: None,
    ) -> Agreement:
        """Emulator against golden model, on every signal and state of every population."""
        return self.agreements(inputs, progress=progress)[0]

    def agreements(
        self,
        inputs: Mapping[str, ArrayLike] | ArrayLike,
        running: Sequence[Emulator] = (),
        *,
        progress: Parts = lambda _, __: None,
    ) -> tuple[Agreement, ...]:
        """The same of the emulator, and after it of machines that run this program."""
        network = self.golden()
        given = raw_inputs(_named(inputs, [i.name for i in network.inputs]), network.inputs)
        emulator = find_backend(self.files.backend).emulator(self.files)
        return agreements([emulator, *running], network, given, progress)

    def effects(self) -> tuple[Effect, ...]:
        """The imperfections that a device of this program can have; none of digital hardware."""
        return tuple(find_backend(self.files.backend).effects(self.files))

    def machines(self) -> dict[str, Machine]:
        """What can run the program besides the emulator, by name."""
        return {machine.name: machine for machine in find_backend(self.files.backend).machines()}


def _joined(parts: Sequence[Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """Arrays of one name, one sample after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _named(
    inputs: Mapping[str, ArrayLike] | ArrayLike, names: Sequence[str]
) -> Mapping[str, ArrayLike]:
    if isinstance(inputs, Mapping):
        return inputs
    return dict.fromkeys(names[:1], inputs) if len(names) == 1 else {"": inputs}


def load(path: str | Path, **options: Any) -> Network:
    """Read a model: a NIR file or `.snn` text.

    Parameters
    ----------
    options
        Fields of `somac.compiler.load.LoadOptions` (``profile``, ``dt``, ``reset``, ...).

    Raises
    ------
    SomacError
        With everything that is wrong with the file, and where.
    """
    return load_model(Path(path), LoadOptions(**options)).network


def compile(
    model: Network | IntegerNetwork | str | Path,
    *,
    target: str = "spinnaker2",
    options: CompileOptions | None = None,
    calibrate: Mapping[str, ArrayLike] | None = None,
    targets_file: str | Path | None = None,
    cache: bool = False,
) -> Program:
    """Compile a model for a target.

    Parameters
    ----------
    model
        A network, or the path of one. One in integers, as `somac.compiler.layers` makes, has
        its formats already: options of quantisation do not apply to it.
    target
        Name of a target of `targets.yaml`.
    options
        Options of the passes.
    calibrate
        Recorded inputs (samples, steps, channels...) per network input: number formats and
        expected traffic follow them.
    targets_file
        A file of the user's own targets.
    cache
        Whether what was compiled before from the same content is taken from the cache of compiled
        models, and what is compiled now is kept there. What tools of this computer build, and
        searches with a time limit, are compiled in any case.

    Raises
    ------
    SomacError
        With everything that is wrong or does not fit.
    ValueError
        If a network in integers is to be calibrated.
    """
    subject = Path(model) if isinstance(model, str | Path) else model
    described = None if targets_file is None else Path(targets_file)

    def made() -> CompiledInteger:
        from somac.compiler.pipeline import compile_integer, compile_network

        network = load(subject) if isinstance(subject, Path) else subject
        if isinstance(network, IntegerNetwork) and calibrate is not None:
            raise ValueError("a network in integers has its formats, there is nothing to calibrate")
        given = None if calibrate is None else shaped_inputs(calibrate, network.inputs)
        found = find_target(target, described)
        if isinstance(network, IntegerNetwork):
            return compile_integer(network, found, options)
        return compile_network(network, found, options, calibration_inputs=given)

    settings = None if options is None else options.content()
    if not cache or (options is not None and settings is None):
        compiled = made()
        return Program(compiled.program, compiled.build)
    from somac.compiler.cache import Entry, key_of_call, taken_or_made
    from somac.compiler.record.build import build_of, build_to

    data = None if calibrate is None else {n: np.asarray(v) for n, v in calibrate.items()}

    def make() -> Entry:
        compiled = made()
        account = {bundle.BUILD_INFO: build_to(compiled.build)}
        return Entry(compiled.program, (compiled.notes,), account)

    entry, _ = taken_or_made(
        lambda: key_of_call(subject, described, target, settings, data), make, lambda _: None
    )
    return Program(entry.program, build_of(entry.accounts[bundle.BUILD_INFO]))
