"""What a verification found, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from somac.backends.api import Machine
from somac.compiler.agreement import Agreement
from somac.compiler.api import Program
from somac.compiler.differences import Difference, earliest
from somac.ir.errors import Diagnostic, Place, Severity
from somac.ir.integer import IntegerNetwork

__all__ = ["MachineView", "Ran", "VerifiedView", "mismatches", "verified_view"]


@dataclass(frozen=True, slots=True, eq=False)
class Ran:
    """A machine that ran the program, what came of it, and what it found of the program."""

    machine: Machine
    agreement: Agreement
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MachineView:
    """The same as plain data."""

    name: str
    title: str
    values: int
    mismatches: int
    figures: Mapping[str, int]
    cycles: int = 0
    mismatching_cycles: int = 0


@dataclass(frozen=True, slots=True)
class VerifiedView:
    """What was checked, and how often it was wrong; `sound` if it never was."""

    sound: bool
    bundle: str
    target: str
    digest: str
    populations: int
    neurons: int
    projections: int
    findings: int
    inputs: str
    samples: int
    steps: int
    spikes: int
    mismatching_spikes: int
    mismatching_values: int
    signals: tuple[Difference, ...]
    states: tuple[Difference, ...]
    weights: tuple[Difference, ...]
    machines: tuple[MachineView, ...]


def mismatches(
    network: IntegerNetwork, emulator: Agreement, ran: Sequence[Ran]
) -> Iterator[Diagnostic]:
    """A diagnostic for each that differs from the golden model: where it does first.

    So for machines that do things in other cycles than the emulator.
    """
    yield from _mismatch(network, emulator, "E0820", "emulator", "the emulator")
    for one in ran:
        title = one.machine.title
        yield from _mismatch(network, one.agreement, one.machine.differs, title, f"the {title}")
        yield from _mistimed(one)


def _mismatch(
    network: IntegerNetwork, agreement: Agreement, code: str, what: str, where: str
) -> Iterator[Diagnostic]:
    first = earliest((*agreement.signals, *agreement.states))
    if first is None or first.first is None:
        yield from _weights_mismatch(agreement, code, what, where)
        return
    at = first.first
    starts = {p.name: p.start for p in network.populations}
    name = first.name if first.name in starts else first.name.rpartition(".")[0]
    tick = starts[name] + at.step * network.period
    yield Diagnostic(
        code,
        f"{what} and golden model differ in {agreement.differing:,} values, first in "
        f"{first.name} at step {at.step} (tick {tick}) of sample {at.sample}, cell {at.cell}",
        Place(node=first.name),
        have=f"{at.a:g} in {where}",
        need=f"{at.b:g} in the golden model",
    )


def _weights_mismatch(
    agreement: Agreement, code: str, what: str, where: str
) -> Iterator[Diagnostic]:
    """Where signals and states agree to the last, and what was learnt does not."""
    first = earliest(agreement.weights)
    if first is None or first.first is None:
        return
    at = first.first
    yield Diagnostic(
        code,
        f"{what} and golden model differ in {agreement.differing:,} values after the last step, "
        f"first in {first.name} of sample {at.sample}, synapse {at.cell}",
        Place(node=first.name),
        have=f"{at.a:g} in {where}",
        need=f"{at.b:g} in the golden model",
    )


def _mistimed(ran: Ran) -> Iterator[Diagnostic]:
    """What happens in other cycles, where that begins."""
    first = earliest(ran.agreement.cycles)
    if first is None or first.first is None:
        return
    at = first.first
    yield Diagnostic(
        "E0824",
        f"{ran.machine.title} and emulator differ in the cycle of {ran.agreement.mistimed:,} "
        f"things, first of {first.name} at step {at.step} of sample {at.sample}",
        Place(node=first.name),
        have=f"cycle {at.a:g} in the {ran.machine.title}",
        need=f"cycle {at.b:g} in the emulator",
    )


def verified_view(
    bundle: str,
    program: Program,
    network: IntegerNetwork,
    findings: Sequence[Diagnostic],
    agreement: Agreement,
    ran: Sequence[Ran],
    source: str,
    shape: tuple[int, ...],
) -> VerifiedView:
    """The summary; `source` says what the inputs were, `shape` is (samples, steps)."""
    numbers = {p.name for p in network.populations if p.datapath.output_kind == "value"}
    spiking = [d for d in agreement.signals if d.name not in numbers]
    others = [d for d in agreement.signals if d.name in numbers]
    others += [*agreement.states, *agreement.weights]
    errors = sum(d.severity is Severity.ERROR for d in findings)
    agreements = (agreement, *(one.agreement for one in ran))
    differing = sum(a.differing + a.mistimed for a in agreements)
    return VerifiedView(
        sound=errors == 0 and differing == 0,
        bundle=bundle,
        target=program.files.target,
        digest=program.digest(),
        populations=len(network.populations),
        neurons=sum(p.size for p in network.populations),
        projections=len(network.projections),
        findings=errors,
        inputs=source,
        samples=shape[0],
        steps=shape[1],
        spikes=int(sum(d.total_b for d in spiking)),
        mismatching_spikes=sum(d.differing for d in spiking),
        mismatching_values=sum(d.differing for d in others),
        signals=agreement.signals,
        states=agreement.states,
        weights=agreement.weights,
        machines=tuple(_machine(one) for one in ran),
    )


def _machine(ran: Ran) -> MachineView:
    compared = (*ran.agreement.signals, *ran.agreement.states, *ran.agreement.weights)
    return MachineView(
        ran.machine.name,
        ran.machine.title,
        sum(d.values for d in compared),
        ran.agreement.differing,
        ran.figures,
        sum(d.values for d in ran.agreement.cycles),
        ran.agreement.mistimed,
    )
