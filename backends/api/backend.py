"""`Backend`: one class of hardware, and what it may leave out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from somac.backends.api.capabilities import Capabilities
from somac.backends.api.costs import Costs, Rates
from somac.backends.api.guidance import Guidance
from somac.backends.api.info import BackendInfo
from somac.backends.api.parts import Legal, Parts, Placed, ResourceModel
from somac.backends.api.running import DeviceChoice, Effect, Emulator, Machine
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.program import Program
from somac.ir.target import Array, Target

__all__ = ["Backend"]


class Backend(ABC):
    """One class of hardware.

    Every method is a pure function of its arguments, which are given by position. A backend has
    `capabilities`, `resources`, `emit`, `emulator` and `verify`; what it does not have of the
    others answers for hardware that needs nothing of the kind.
    """

    info: BackendInfo
    """The ``INFO`` of the module."""

    # -- compile, in the order of the calls --------------------------------------------------

    def missing(self, step: str, target: Target, /) -> Sequence[Diagnostic]:
        """What `build` needs and this computer has not: said before hours of mapping, not after."""
        return ()

    def legalise(self, network: IntegerNetwork, target: Target, guidance: Guidance, /) -> Legal:
        """The network with the target's delays and structure; by default as it is.

        Its outputs send the same signals, unless the hardware rounds what it adds up, or
        `Guidance.allow_extra_delay` lets it change them: the notes say so.
        """
        return Legal(network)

    @abstractmethod
    def capabilities(self, target: Target, /) -> Capabilities:
        """What networks may have on the target: others are refused with all that is too much."""

    def check(
        self, network: IntegerNetwork, target: Target, guidance: Guidance, /
    ) -> Iterable[Diagnostic]:
        """All that is wrong with a legal network, or the target, besides its capabilities."""
        return ()

    @abstractmethod
    def resources(
        self, network: IntegerNetwork, target: Target, guidance: Guidance, /
    ) -> ResourceModel:
        """What slices of a legal network cost."""

    def parts(self, network: IntegerNetwork, target: Target, guidance: Guidance, /) -> Parts | None:
        """What takes a core each; None if any slices that fit by `resources` may share one.

        The cells of populations then keep the order of the model.
        """
        return None

    @abstractmethod
    def emit(
        self, network: IntegerNetwork, mapping: PlacedMapping, target: Target, guidance: Guidance, /
    ) -> Program:
        """Everything the hardware loads, with an `Account` for people.

        The cells of `network` stand in the order that `mapping` gives, and the program must
        hand signals and states on in the order of the model: place p of a population is its
        cell ``mapping.order[name][p]``, or p itself where the mapping has no order for it.
        """

    def build(self, program: Program, step: str, target: Target, /) -> Program:
        """The program with what tools of this computer make of it, in one of the steps.

        Costs are those that were found in this way instead of estimates. The same tools give the
        same bytes; SomacError if they are missing or fail. E0845 where there are no steps.
        """
        raise SomacError("E0845", f"the backend {self.info.name} has nothing to build")

    def costs(self, program: Program, cases: Mapping[str, Rates], /) -> Mapping[str, Costs]:
        """Time and energy of a step, per case, from the program's files; nothing without a model.

        A case says how often cells send: as expected, as counted in a run, all or none. Cells
        of populations and inputs that it does not name send nothing.
        """
        return {}

    # -- run and verify, from the files of a program -----------------------------------------

    @abstractmethod
    def emulator(self, program: Program, /) -> Emulator:
        """An emulator of a program that this backend has emitted."""

    @abstractmethod
    def verify(self, program: Program, network: IntegerNetwork, /) -> Iterable[Diagnostic]:
        """What is wrong with a program, read from its files alone and held against the network.

        Shares no code with `emit`, nor with the passes that made the mapping.
        """

    def placed(self, program: Program, /) -> Sequence[Placed] | None:
        """Which cells are on which core, by the files that hardware loads; None if they do not say.

        Asked of programs in which `verify` finds no error; ``mapping.json`` is held against it.
        """
        return None

    def machines(self) -> Sequence[Machine]:
        """Other ways to run a program than the emulator, if there are any; better ones first."""
        return ()

    # -- analogue devices, pictures ----------------------------------------------------------

    def effects(self, program: Program, /) -> Sequence[Effect]:
        """The imperfections that a device of this program can have; none of digital hardware."""
        return ()

    def device(self, program: Program, choice: DeviceChoice, /) -> Emulator:
        """An emulator of one device, with its imperfections.

        SomacError E0846 for effects that are none of `effects`, or without devices that differ.
        """
        raise SomacError(
            "E0846",
            f"the backend {self.info.name} has no devices that differ: its hardware is digital",
            hint="choose a crossbar, or leave the options about devices out",
        )

    def wrong_figures(self, array: Array, /) -> Iterable[tuple[str, Diagnostic]]:
        """What is wrong with the figures of an array of a target, each with the figure's name.

        Names are those of `Array.figures`, or of conductances as descriptions have them.
        """
        return ()

    def pictures(self, program: Program, /) -> Mapping[str, str]:
        """Pictures of a program for people: texts of SVG by name of a file, if there are any."""
        return {}
