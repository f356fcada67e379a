"""What a verification found, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from somac.compiler.agreement import Agreement
from somac.compiler.api import Program
from somac.compiler.differences import Difference, earliest
from somac.ir.errors import Diagnostic, Place, Severity
from somac.ir.integer import IntegerNetwork

__all__ = ["VerifiedView", "mismatch", "verified_view"]


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


def mismatch(agreement: Agreement) -> Iterator[Diagnostic]:
    """A diagnostic if emulator and golden model differ: where they do first."""
    found = (*agreement.signals, *agreement.states)
    first = earliest(found)
    if first is None or first.first is None:
        return
    at = first.first
    yield Diagnostic(
        "E0820",
        f"emulator and golden model differ in {agreement.differing:,} values, first in "
        f"{first.name} at step {at.step} of sample {at.sample}, cell {at.cell}",
        Place(node=first.name),
        have=f"{at.a:g} in the emulator",
        need=f"{at.b:g} in the golden model",
    )


def verified_view(
    bundle: str,
    program: Program,
    network: IntegerNetwork,
    findings: Sequence[Diagnostic],
    agreement: Agreement,
    source: str,
    shape: tuple[int, ...],
) -> VerifiedView:
    """The summary; `source` says what the inputs were, `shape` is (samples, steps)."""
    numbers = {p.name for p in network.populations if p.datapath.output_kind == "value"}
    spiking = [d for d in agreement.signals if d.name not in numbers]
    others = [*(d for d in agreement.signals if d.name in numbers), *agreement.states]
    errors = sum(d.severity is Severity.ERROR for d in findings)
    return VerifiedView(
        sound=errors == 0 and agreement.differing == 0,
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
    )
