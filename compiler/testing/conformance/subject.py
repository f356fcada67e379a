"""What is tested: a backend as it is registered, with one of its targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from somac.backends.api import Backend, Capabilities, Emulation, Guidance, refusals
from somac.compiler.passes.quantise import QuantiseOptions, quantise
from somac.compiler.pipeline import (
    Compiled,
    CompiledInteger,
    CompileOptions,
    compile_integer,
    compile_network,
)
from somac.compiler.plugins import find_backend
from somac.compiler.targets import find_target
from somac.ir.errors import Diagnostic, Severity, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Network
from somac.ir.program import Program
from somac.ir.target import Target

__all__ = ["Raw", "Refused", "Subject", "coded", "recorded"]

Raw = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a network was not compiled."""

    diagnostics: tuple[Diagnostic, ...]

    @property
    def codes(self) -> str:
        """For messages."""
        return ", ".join(sorted({d.code for d in self.diagnostics})) or "nothing"

    def __str__(self) -> str:
        return "\n".join(map(str, self.diagnostics))


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A backend and a target, and how networks are compiled for it.

    Parameters
    ----------
    backend, target
        What is tested.
    options
        Of all passes.
    targets_file
        Where the target is described, if it comes neither with somac nor with the backend.
    """

    backend: Backend
    target: Target
    options: CompileOptions = field(default_factory=CompileOptions)
    targets_file: Path | None = None

    @classmethod
    def of(
        cls,
        target: str,
        targets_file: Path | str | None = None,
        options: CompileOptions | None = None,
    ) -> Subject:
        """The target of a name, and the backend that it names.

        Without options, networks are quantised to the widths that the target declares.

        Raises
        ------
        SomacError
            If there is no such target, or its backend is not there or broken.
        """
        file = None if targets_file is None else Path(targets_file)
        found = find_target(target, file)
        backend = find_backend(found.backend)
        usual = options or _fitting(backend.capabilities(found))
        return cls(backend, found, usual, file)

    @property
    def guidance(self) -> Guidance:
        """What the backend is told where nothing is known of the traffic."""
        chosen = self.backend.info.chosen(self.options.options)
        return Guidance(allow_extra_delay=self.options.allow_extra_delay, options=chosen)

    @property
    def can(self) -> Capabilities:
        """What is declared of the target."""
        return self.backend.capabilities(self.target)

    def quantised(self, network: Network) -> IntegerNetwork:
        """The integers of a network, before the backend sees it."""
        return quantise(network, self.options.quantise).network

    def compile(self, network: Network) -> Compiled | Refused:
        """Compile as a user does; a refusal has codes, and nothing else may be raised."""
        with coded(f"compiling {network.name} for {self.target.name}"):
            try:
                return compile_network(network, self.target, self.options)
            except SomacError as error:
                return Refused(error.diagnostics)

    def compile_integers(self, network: IntegerNetwork) -> CompiledInteger | Refused:
        """The same of a network in integers."""
        with coded(f"compiling {network.name} for {self.target.name}"):
            try:
                return compile_integer(network, self.target, self.options)
            except SomacError as error:
                return Refused(error.diagnostics)

    def refusals(self, network: IntegerNetwork) -> tuple[Diagnostic, ...]:
        """What the target cannot do of a quantised network, before anything is mapped."""
        with coded(f"asking whether {self.target.name} can run {network.name}"):
            try:
                legal = self.backend.legalise(network, self.target, self.guidance).network
            except SomacError as error:
                return error.diagnostics
            found = (
                *refusals(legal, self.can),
                *self.backend.check(legal, self.target, self.guidance),
            )
        return tuple(d for d in found if d.severity is Severity.ERROR)

    def emulate(self, program: Program, inputs: Raw, **recorded: Any) -> Emulation:
        """Run the emulator of a program."""
        with coded(f"emulating a bundle for {self.target.name}"):
            return self.backend.emulator(program).run(inputs, **recorded)


def recorded(network: IntegerNetwork) -> dict[str, Any]:
    """Everything that can be recorded of a network, as arguments of a run."""
    names = [p.name for p in network.populations]
    learning = [p.name for p in network.projections if p.plasticity is not None]
    wanted = {"record": names, "record_states": names}
    # an emulator of a backend that knows of no learning is not asked for weights
    return wanted | {"record_weights": learning} if learning else wanted


@contextmanager
def coded(what: str) -> Iterator[None]:
    """Whatever is raised inside is a `SomacError`, or an assertion fails that says what was."""
    try:
        yield
    except (SomacError, AssertionError):
        raise
    except (Exception, SystemExit) as error:
        text = f"{type(error).__name__}: {error}"
        raise AssertionError(
            f"{what} raised {text}. Whatever is wrong with the user's input is a SomacError with "
            "a code; anything else is a bug"
        ) from error


def _fitting(can: Capabilities) -> CompileOptions:
    """Options whose integers are no wider than what is declared."""
    usual = QuantiseOptions()
    # the sum of a few products is as wide as a product and some bits
    product = usual.state_bits + usual.coefficient_bits
    share = 1.0 if can.word_bits is None else min(1.0, (can.word_bits - 5) / product)
    return CompileOptions(
        quantise=replace(
            usual,
            weight_bits=min(usual.weight_bits, can.weight_bits or usual.weight_bits),
            state_bits=max(2, int(usual.state_bits * share)),
            coefficient_bits=max(2, int(usual.coefficient_bits * share)),
            value_bits=min(usual.value_bits, can.signal_bits or usual.value_bits),
            accumulator_bits=min(usual.accumulator_bits, can.port_bits or usual.accumulator_bits),
        )
    )
