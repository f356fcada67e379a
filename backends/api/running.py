"""What runs a program: emulators, devices with imperfections, and other machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Diagnostic
from somac.ir.program import Program

__all__ = [
    "DeviceChoice",
    "Effect",
    "Emulation",
    "Emulator",
    "Machine",
    "Running",
]


@dataclass(frozen=True, slots=True, eq=False)
class Emulation:
    """What an emulator saw.

    Parameters
    ----------
    outputs
        Per network output: int64 raw signals (samples, steps, cells), one entry per step
        of the model.
    signals
        The same per recorded population.
    states
        Per recorded population and state: int64 raw (samples, steps, cells).
    counts
        Events by kind (``spikes``, ``packets``, ``synaptic_events``, ...), over all samples.
    per_core
        Events by kind for each core of the program, in its order: int64 (cores,).
    weights
        Per recorded plastic projection, its weights ``w`` and the further states of its
        synapses by name, after the last step: int64 raw (samples, synapses), in the order that
        `somac.ir.connectivity.synapses` gives for the projection of the model.
    sent
        Per population and input int64 (cells,): how often each cell sent a signal that is not
        0, over all samples.
    cycles
        In which clock cycle of a sample things happen, by what happens: int64 (samples, steps,
        times), -1 for what had not happened when the sample ended. The names are the backend's;
        nothing from what knows no cycles. What an emulator and a machine both give is compared.
    """

    outputs: Mapping[str, NDArray[np.int64]]
    signals: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    states: Mapping[str, Mapping[str, NDArray[np.int64]]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    per_core: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, NDArray[np.int64]]] = field(default_factory=dict)
    sent: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    cycles: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Effect:
    """An imperfection of devices: what the user calls it, and what it is.

    What is not `drawn` is the same on every device of a program.
    """

    name: str
    title: str
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """Which device, and which of its imperfections it shows.

    Parameters
    ----------
    seed
        A device is its seed: the same one gives the same bits.
    effects
        Names of those of `Backend.effects`; None for all.
    seconds
        Between programming and use.
    by_cell
        Whether noise is drawn for every cell in every use, which is slow, or for every sum.
    """

    seed: int = 0
    effects: frozenset[str] | None = None
    seconds: float = 0.0
    by_cell: bool = False


class Emulator(Protocol):
    """Runs a `Program` from its files alone, bit for bit as the hardware or a device would."""

    def run(
        self,
        inputs: Mapping[str, NDArray[Any]],
        /,
        *,
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
        record_weights: Sequence[str] = (),
        first: int = 0,
    ) -> Emulation:
        """Run some samples; the same ones give the same bits, all at once or in parts.

        Parameters
        ----------
        inputs
            Raw integers (samples, steps, channels) per network input.
        record, record_states
            Populations (or inputs) whose signals, and populations whose states are wanted.
        record_weights
            Projections that learn, whose weights are wanted.
        first
            The number of the first sample among those of all parts: what a device draws for a
            sample follows from it. Digital hardware need not look at it.
        """
        ...


class Running(Emulator, Protocol):
    """A machine that has a program; `figures` are what it found of it, by what they count."""

    @property
    def figures(self) -> Mapping[str, int]:
        """Asked for when all has run."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """A second way to run a program, to hold against the golden model as the emulator is.

    Parameters
    ----------
    name
        What the user calls it.
    title
        What it is, in a few words.
    differs
        Diagnostic code for bits that are not the golden ones: of somac, or one of
        `BackendInfo.codes`.
    missing
        What this computer lacks to be it, nothing if it can.
    open
        Makes it run a program in which `Backend.verify` finds no error, until the context is
        left; SomacError if something is missing or fails.
    usual
        Whether ``verify`` runs it unasked: it takes the first of the usual ones that this
        computer can be.
    """

    name: str
    title: str
    differs: str
    missing: Callable[[], Sequence[Diagnostic]]
    open: Callable[[Program], AbstractContextManager[Running]]
    usual: bool = False
