"""The backend: what `somac.backends.api` asks for, each in a module of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from somac.backends.api import (
    Backend,
    BackendInfo,
    Capabilities,
    Costs,
    DeviceChoice,
    Effect,
    Emulator,
    Guidance,
    Legal,
    Parts,
    Placed,
    Rates,
    ResourceModel,
)
from somac.backends.crossbar import INFO
from somac.backends.crossbar.check import capabilities, check_network
from somac.ir.errors import Diagnostic
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.program import Program
from somac.ir.target import Array, Target

__all__ = ["CrossbarBackend"]


class CrossbarBackend(Backend):
    """Arrays of memory cells with converters, and digital units beside them."""

    info: BackendInfo = INFO

    def capabilities(self, target: Target, /) -> Capabilities:
        """Blocks of cells and adders beside them; what weights fit, `check` knows."""
        return capabilities(target)

    def check(
        self, network: IntegerNetwork, target: Target, guidance: Guidance, /
    ) -> Iterable[Diagnostic]:
        """See `check_network`."""
        return tuple(check_network(network, target))

    def legalise(self, network: IntegerNetwork, target: Target, guidance: Guidance, /) -> Legal:
        """Projections on blocks of cells where that is worth it, with the notes that belong to it.

        Signals take no longer than in the model, whatever its loops.
        """
        from somac.backends.crossbar.tiling import legalise

        return legalise(network, target, guidance)

    def resources(
        self, network: IntegerNetwork, target: Target, guidance: Guidance, /
    ) -> ResourceModel:
        """Neurons that a unit updates; what shares a core is said by `parts`."""
        from somac.backends.crossbar.resources import UnitResources

        return UnitResources()

    def parts(self, network: IntegerNetwork, target: Target, guidance: Guidance, /) -> Parts | None:
        """Arrays with their blocks, and units with their neurons."""
        from somac.backends.crossbar.packing import parts_of

        return parts_of(network, target, guidance)

    def emit(
        self, network: IntegerNetwork, mapping: PlacedMapping, target: Target, guidance: Guidance, /
    ) -> Program:
        """Codes of cells, tables, neuron programs, schedule, and what writes the cells."""
        from somac.backends.crossbar.emit import emit

        return emit(network, mapping, target, guidance)

    def emulator(self, program: Program, /) -> Emulator:
        """An emulator that has decoded the program's files."""
        from somac.backends.crossbar.emulator import CrossbarEmulator

        return CrossbarEmulator(program)

    def device(self, program: Program, choice: DeviceChoice, /) -> Emulator:
        """The same with cells as those of a device."""
        from somac.backends.crossbar.emulator import CrossbarDevice

        return CrossbarDevice(program, choice)

    def wrong_figures(self, array: Array, /) -> Iterable[tuple[str, Diagnostic]]:
        """Unknown, negative and contradictory ones; `docs/reference/targets.md` lists all names."""
        from somac.backends.crossbar.device.described import wrong_figures

        levels = 1 << array.cell_bits
        return wrong_figures(array.g_min_us, array.g_max_us, levels, array.figures)

    def effects(self, program: Program, /) -> Sequence[Effect]:
        """Those of `docs/reference/crossbar-devices.md` that the program has figures of."""
        from somac.backends.crossbar.emulator import program_effects

        return program_effects(program)

    def pictures(self, program: Program, /) -> Mapping[str, str]:
        """Blocks on arrays, and conductances of cells."""
        from somac.backends.crossbar.pictures import pictures

        return pictures(program)

    def verify(self, program: Program, network: IntegerNetwork, /) -> Iterable[Diagnostic]:
        """What is wrong with a program: its files, held against the network it is for."""
        from somac.backends.crossbar.verify import verify

        return verify(program, network)

    def placed(self, program: Program, /) -> Sequence[Placed]:
        """By the description, as the checker reads it."""
        from somac.backends.crossbar.verify import placed

        return tuple(placed(program))

    def costs(self, program: Program, cases: Mapping[str, Rates], /) -> Mapping[str, Costs]:
        """Time and energy by counts of events: `docs/reference/crossbar-costs.md`."""
        from somac.backends.crossbar.cost import costs

        return costs(program, cases)
