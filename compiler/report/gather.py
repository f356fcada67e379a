"""Everything that can be shown of a bundle: `gather` makes the value, other modules draw it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from somac.backends.api import Costs
from somac.compiler.api import Program
from somac.compiler.costs import expected_costs, measured_costs, stored_costs
from somac.compiler.devices import error_budget
from somac.compiler.inputs import Recording, shaped_inputs
from somac.compiler.plugins import find_backend
from somac.compiler.record.mapping import MappingRecord, mapping_from
from somac.compiler.record.numbers import numbers_from
from somac.compiler.record.target import TargetRecord, target_from
from somac.compiler.report.data import THIS_RUN, Devices, Quantisation, Report
from somac.compiler.report.gathering.absent import absent
from somac.compiler.report.gathering.account import told_by
from somac.compiler.report.gathering.compared import compared_on, require_origin
from somac.compiler.report.gathering.compiling import search_of
from somac.compiler.report.gathering.costs import area_of, energy_of
from somac.compiler.report.gathering.numbers import quantisation_of
from somac.compiler.report.gathering.placement import placement_of, traffic_of, utilisation_of
from somac.compiler.report.gathering.run import Ran, raster_of, run_sample, traces_of
from somac.compiler.report.gathering.summary import summary_of, with_results
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Network

__all__ = ["Asked", "gather"]

Progress = Callable[[str, int, int], None]
"""Is told what is being done, how many parts are done, and of how many (0 where it has none)."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What is to be shown besides what the bundle says.

    Parameters
    ----------
    recording
        Inputs (samples, steps, channels), and labels: for signals, states, and what numbers of few
        bits do.
    sample
        Whose signals and states are shown, counted from 0.
    model
        The float model, to be compared with.
    devices
        How many imperfect devices are tried, with seeds from 0; 0 for none.
    """

    recording: Recording | None = None
    sample: int = 0
    model: Network | None = None
    devices: int = 0


def gather(
    program: Program, asked: Asked | None = None, progress: Progress = lambda _, __, ___: None
) -> Report:
    """Read the accounts of the bundle, run what is asked for, and put it together.

    How the compilation went is shown where the program says it.

    Raises
    ------
    SomacError
        E0704 to E0710 for files that are damaged, E0718 if the model is another one, E0846
        if the hardware has no devices that differ, E0903 if the recording does not fit, and what
        the backend says of its files.
    """
    asked = asked or Asked()
    network = program.golden()
    if asked.model is not None:
        require_origin(network, asked.model)
    recording = _shaped(asked.recording, network)
    record, target = mapping_from(program.files), target_from(program.files)
    ran = None
    if recording is not None:
        progress("emulate", 0, 0)
        ran = run_sample(program.files, network, recording, asked.sample)
    cases = _cases(program, network, ran)
    quantisation = _quantisation(program, network, recording, asked.model, progress)
    raster = None if ran is None else raster_of(network, ran)
    report = _of_files(program, network, record, target, cases)
    summary = replace(
        report.summary, rows=(*with_results(raster, quantisation), *report.summary.rows)
    )
    report = replace(
        report,
        summary=summary,
        raster=raster,
        traces=None if ran is None else traces_of(network, ran),
        quantisation=quantisation,
        devices=_devices(program, recording, asked.devices, progress),
    )
    return replace(report, missing=tuple(absent(report, asked.model, program, network.origin)))


def _shaped(recording: Recording | None, network: IntegerNetwork) -> Recording | None:
    if recording is None:
        return None
    return Recording(shaped_inputs(recording.inputs, network.inputs), recording.labels)


def _of_files(
    program: Program,
    network: IntegerNetwork,
    record: MappingRecord | None,
    target: TargetRecord | None,
    cases: Mapping[str, Costs],
) -> Report:
    """What needs no run."""
    told = told_by(program.files)
    figures = {} if target is None else target.named()
    search = None if record is None else search_of(record, program.build)
    area = None if target is None else area_of(target, cases, told.tables)
    if area is not None:
        told = replace(told, tables=())
    populations = [p.name for p in network.populations]
    return Report(
        summary_of(program.files, network, record, target, search, cases, told),
        placement=None if record is None else placement_of(record, populations, figures),
        utilisation=None if record is None else utilisation_of(record, figures),
        traffic=None if record is None else traffic_of(record),
        energy=energy_of(cases),
        area=area,
        timings=program.build,
        search=search,
    )


def _cases(program: Program, network: IntegerNetwork, ran: Ran | None) -> Mapping[str, Costs]:
    """Costs by case: those of the compile, else as expected without it; and of the run."""
    stored = stored_costs(program.files)
    if stored and ran is None:
        return stored
    backend = find_backend(program.files.backend)
    cases = dict(stored or expected_costs(backend, program.files, network, {}))
    if ran is not None and ran.seen.sent:
        measured = measured_costs(backend, program.files, ran.seen.sent, ran.steps)
        if measured is not None:
            cases[THIS_RUN] = measured
    return cases


def _quantisation(
    program: Program,
    network: IntegerNetwork,
    recording: Recording | None,
    model: Network | None,
    progress: Progress,
) -> Quantisation:
    compared = None
    if recording is not None:
        compared = compared_on(
            network, recording, model, lambda done, of: progress("compare numbers", done, of)
        )
    return quantisation_of(network, numbers_from(program.files), compared)


def _devices(
    program: Program, recording: Recording | None, devices: int, progress: Progress
) -> Devices | None:
    if recording is None or not devices:
        return None
    budget = error_budget(
        program,
        recording.inputs,
        recording.labels,
        range(devices),
        progress=lambda effect, done, of: progress(f"devices: {effect}", done, of),
    )
    return Devices(len(budget.seeds), budget.samples, budget.accuracy, budget.costs)
