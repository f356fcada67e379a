"""The backend: what `somac.backends.api` asks for, each in a module of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from somac.backends.api import (
    Backend,
    BackendInfo,
    Capabilities,
    Costs,
    Emulator,
    Guidance,
    Legal,
    Machine,
    Placed,
    Rates,
    ResourceModel,
)
from somac.backends.manycore import INFO
from somac.backends.manycore.check import capabilities, check_network
from somac.ir.errors import Diagnostic, Place, Severity
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.program import Program
from somac.ir.retime import Retimed, retime
from somac.ir.target import Target

__all__ = ["ManycoreBackend"]


class ManycoreBackend(Backend):
    """Processing elements with their own memory, joined by a multicast network."""

    info: BackendInfo = INFO

    def capabilities(self, target: Target, /) -> Capabilities:
        """Programs of any neurons, learning, what a packet carries."""
        return capabilities(target)

    def check(
        self, network: IntegerNetwork, target: Target, guidance: Guidance, /
    ) -> Iterable[Diagnostic]:
        """See `check_network`."""
        return tuple(check_network(network, target))

    def legalise(self, network: IntegerNetwork, target: Target, guidance: Guidance, /) -> Legal:
        """Retime, so that every projection takes as long as the hardware needs."""
        least = target.capabilities.min_delay
        retimed = retime(network, least, allow_extra_delay=guidance.allow_extra_delay)
        return Legal(retimed.network, tuple(_notes(network, retimed)))

    def resources(
        self, network: IntegerNetwork, target: Target, guidance: Guidance, /
    ) -> ResourceModel:
        """Neurons and bytes of memory of slices of a legal network."""
        from somac.backends.manycore.resources import measure

        return measure(network, target, guidance)

    def emit(
        self, network: IntegerNetwork, mapping: PlacedMapping, target: Target, guidance: Guidance, /
    ) -> Program:
        """Memory images, routing tables, neuron programs, and what runs where."""
        from somac.backends.manycore.emit import emit

        return emit(network, mapping, target, guidance)

    def emulator(self, program: Program, /) -> Emulator:
        """An emulator that has decoded the program's files."""
        from somac.backends.manycore.emulator import ManycoreEmulator

        return ManycoreEmulator(program)

    def verify(self, program: Program, network: IntegerNetwork, /) -> Iterable[Diagnostic]:
        """Decode the files once more, with other code, and hold them against the network."""
        from somac.backends.manycore.verify import verify

        return tuple(verify(program, network))

    def placed(self, program: Program, /) -> Sequence[Placed]:
        """By the description, as the checker reads it."""
        from somac.backends.manycore.verify import placed

        return tuple(placed(program))

    def machines(self) -> Sequence[Machine]:
        """The C of the cores: compiled for this computer, and for a Cortex-M4 under qemu."""
        from somac.backends.manycore.machines import CORTEX_M4, HOST_C

        return (HOST_C, CORTEX_M4)

    def missing(self, step: str, target: Target, /) -> Sequence[Diagnostic]:
        """Of the Arm tools; to count instructions also the C compiler and qemu."""
        from somac.backends.api.tools import missing
        from somac.backends.manycore.machines import CORTEX_M4
        from somac.backends.manycore.machines.elf import ARM_TOOLS

        return CORTEX_M4.missing() if step == "count" else missing(ARM_TOOLS)

    def build(self, program: Program, step: str, target: Target, /) -> Program:
        """The program with an ELF file per variant of its neuron programs."""
        from somac.backends.manycore.machines.counts import with_counts
        from somac.backends.manycore.machines.elf import with_elf

        built = with_elf(program)
        return with_counts(built) if step == "count" else built

    def costs(self, program: Program, cases: Mapping[str, Rates], /) -> Mapping[str, Costs]:
        """Cycles, time and energy by counts of events: `docs/reference/cost-model.md`."""
        from somac.backends.manycore.cost import costs

        return costs(program, cases)


def _notes(network: IntegerNetwork, retimed: Retimed) -> Iterator[Diagnostic]:
    """What retiming changed, for the report."""
    legal = retimed.network
    latest = max((p.start for p in legal.populations), default=0)
    if latest > max((p.start for p in network.populations), default=0):
        yield Diagnostic(
            "E0660",
            f"populations update up to {latest} tick{'' if latest == 1 else 's'} after the input "
            "they belong to; "
            "the signals are the same",
            severity=Severity.NOTE,
        )
    if legal.period > network.period:
        yield Diagnostic(
            "E0660",
            f"a step of the model takes {legal.period} ticks, because a loop has fewer ticks "
            "of delay than hops; the signals are the same",
            severity=Severity.NOTE,
        )
    for extra in retimed.extra:
        yield Diagnostic(
            "E0661",
            f"projection {extra.projection} takes {extra.ticks} ticks longer than in the model",
            Place(node=extra.projection),
            severity=Severity.WARNING,
        )
