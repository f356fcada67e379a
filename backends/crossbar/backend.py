"""The backend: what `somac.backends.api` asks for, each in a module of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from somac.backends.api import (
    BackendInfo,
    BuildStep,
    Costs,
    Device,
    DeviceChoice,
    Effect,
    Emulator,
    Guidance,
    Legal,
    Machine,
    Parts,
    Rates,
    ResourceModel,
)
from somac.backends.crossbar import INFO
from somac.backends.crossbar.check import check_network
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.program import Program
from somac.ir.target import Array, Target

__all__ = ["CrossbarBackend"]


class CrossbarBackend:
    """Arrays of memory cells with converters, and digital units beside them."""

    info: BackendInfo = INFO
    steps: Sequence[BuildStep] = ()

    def check(self, network: IntegerNetwork, target: Target) -> Iterable[Diagnostic]:
        """Everything in the network that the target cannot do, all at once."""
        return tuple(check_network(network, target))

    def legalise(
        self,
        network: IntegerNetwork,
        target: Target,
        *,
        allow_extra_delay: bool = False,
        guidance: Guidance | None = None,
    ) -> Legal:
        """Projections on blocks of cells where that is worth it, with the notes that belong to it.

        Signals take no longer than in the model, whatever its loops.
        """
        from somac.backends.crossbar.tiling import legalise

        return legalise(network, target, guidance)

    def resources(
        self, network: IntegerNetwork, target: Target, guidance: Guidance | None = None
    ) -> ResourceModel:
        """Neurons that a unit updates; what shares a core is said by `parts`."""
        from somac.backends.crossbar.resources import UnitResources

        return UnitResources()

    def parts(
        self, network: IntegerNetwork, target: Target, guidance: Guidance | None = None
    ) -> Parts | None:
        """Arrays with their blocks, and units with their neurons."""
        from somac.backends.crossbar.packing import parts_of

        return parts_of(network, target, guidance)

    def emit(
        self,
        network: IntegerNetwork,
        mapping: PlacedMapping,
        target: Target,
        guidance: Guidance | None = None,
    ) -> Program:
        """Codes of cells, tables, neuron programs, schedule, and what writes the cells."""
        from somac.backends.crossbar.emit import emit

        return emit(network, mapping, target, guidance)

    def emulator(self, program: Program) -> Emulator:
        """An emulator that has decoded the program's files."""
        from somac.backends.crossbar.emulator import CrossbarEmulator

        return CrossbarEmulator(program)

    def device(self, program: Program, choice: DeviceChoice) -> Device:
        """The same with cells as those of a device."""
        from somac.backends.crossbar.emulator import CrossbarDevice

        return CrossbarDevice(program, choice)

    def wrong_figures(self, array: Array) -> Iterable[tuple[str, Diagnostic]]:
        """Unknown, negative and contradictory ones; `docs/reference/targets.md` lists all names."""
        from somac.backends.crossbar.device.described import wrong_figures

        levels = 1 << array.cell_bits
        return wrong_figures(array.g_min_us, array.g_max_us, levels, array.figures)

    def effects(self, program: Program) -> Sequence[Effect]:
        """Those of `docs/reference/crossbar-devices.md` that the program has figures of."""
        from somac.backends.crossbar.emulator import program_effects

        return program_effects(program)

    def pictures(self, program: Program) -> Mapping[str, str]:
        """Blocks on arrays, and conductances of cells."""
        from somac.backends.crossbar.pictures import pictures

        return pictures(program)

    def verify(self, program: Program, network: IntegerNetwork) -> Iterable[Diagnostic]:
        """What is wrong with a program: its files, held against the network it is for."""
        from somac.backends.crossbar.verify import verify

        return verify(program, network)

    def machines(self) -> Sequence[Machine]:
        """None: there is nothing digital to build."""
        return ()

    def missing(self, step: BuildStep, target: Target) -> Sequence[Diagnostic]:
        """Nothing, since there are no steps."""
        return ()

    def build(self, program: Program, step: BuildStep, target: Target) -> Program:
        """SomacError E0845: there are no steps."""
        raise SomacError("E0845", f"the backend {self.info.name} has nothing to build")

    def costs(self, program: Program, cases: Mapping[str, Rates]) -> Mapping[str, Costs]:
        """Time and energy by counts of events: `docs/reference/crossbar-costs.md`."""
        from somac.backends.crossbar.cost import costs

        return costs(program, cases)
