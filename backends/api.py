"""What a backend is: all that an author of one imports besides `somac.ir`.

A backend is found through the entry-point group ``somac.backends``; the entry point names a
module with a constant `INFO` (light to import) and a function ``create() -> Backend`` that
imports whatever it needs. Every method is a pure function of its arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Diagnostic
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.program import Program
from somac.ir.target import Array, Status, Target

__all__ = [
    "API_VERSION",
    "EXPECTED_RATE",
    "Amount",
    "Backend",
    "BackendInfo",
    "BuildStep",
    "CircuitChoice",
    "CircuitName",
    "Costs",
    "Device",
    "DeviceChoice",
    "Effect",
    "Emulation",
    "Emulator",
    "EventCost",
    "Guidance",
    "Legal",
    "Machine",
    "Parts",
    "Rates",
    "ResourceModel",
    "Running",
    "UseOfArrays",
]

API_VERSION = (0, 4)
"""Major and minor version of this interface."""

Rates = Mapping[str, NDArray[np.float64]]
"""Packets per cell and step of the model: float64 (cells,) per population and input."""


EXPECTED_RATE = 0.05
"""Signals per cell and step where no calibration says better (assumed: sparse activity)."""

UseOfArrays = Literal["auto", "never", "always"]
"""Whether projections are matrices on arrays: where cheaper, nowhere, wherever they can be."""


BuildStep = Literal["elf", "count", "synth"]
"""What tools of this computer can make of a program, after it is written.

``elf``: machine code of its cores. ``count``: that, and the instructions that it takes, by a
simulator. ``synth``: its circuits on the part, mapped, placed and packed as far as open tools go.
"""


CircuitName = Literal["engines", "sparse"]
"""Circuits for a programmable part.

``engines``: one or more for each population, of any network. ``sparse``: one for an LSTM whose
matrices are pruned, with many samples side by side.
"""


@dataclass(frozen=True, slots=True)
class CircuitChoice:
    """Which circuit is wanted on a programmable part.

    Parameters
    ----------
    name
        The circuit.
    lanes
        Of a sparse engine: what its rows are dealt to.
    channels
        Of a sparse engine: samples that it computes side by side.
    depth
        Of a sparse engine: columns that the queue of a lane holds.

    What is None is left to the backend.
    """

    name: CircuitName = "engines"
    lanes: int | None = None
    channels: int | None = None
    depth: int | None = None


@dataclass(frozen=True, slots=True)
class Guidance:
    """What helps a backend to choose among ways to do the same.

    Parameters
    ----------
    rates
        Mean signals per cell and step of the model, by population or input: `EXPECTED_RATE`
        stands for those that are not there.
    arrays
        Whether projections are matrices on an array of multipliers, where cores have one: where
        that is cheaper, nowhere, or wherever it can be. On arrays of memory cells, nowhere leaves
        only those whose cells nobody programs.
    share
        Of what all cores share that may be used, 0 to 1, where cores are made to measure, or of
        cores where more of them are faster; None leaves it to the backend.
    latency_s
        Seconds from the inputs of a step to its outputs that are wanted at most, where that can
        be chosen.
    samples
        Raw integers (samples, steps, channels) per network input, to choose ranges of converters
        by what they see; nothing without calibration data.
    circuit
        What is written for a programmable part.
    """

    rates: Mapping[str, float] = field(default_factory=dict)
    arrays: UseOfArrays = "auto"
    share: float | None = None
    latency_s: float | None = None
    samples: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    circuit: CircuitChoice = field(default_factory=CircuitChoice)

    def rate(self, source: str) -> float:
        """Of a population or input."""
        return self.rates.get(source, EXPECTED_RATE)


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """What is known of a backend without importing it whole."""

    name: str
    title: str
    api_version: tuple[int, int] = API_VERSION


@dataclass(frozen=True, slots=True)
class Legal:
    """A network that the target can run as it stands, and what was changed to get there.

    `notes` are for the report, one sentence each. From here on `network` is the golden one.
    """

    network: IntegerNetwork
    notes: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What takes a core each, where a backend itself says what shares one.

    Parameters
    ----------
    count
        How many there are, numbered from 0.
    slices
        Every cell of every population once: population, first cell, end (exclusive), part.
    signals
        Who hears them: population or input, first cell, end (exclusive), signals per tick, the
        parts that hear any. Cells of populations stand as in `slices`; every channel of every input
        is there once.
    nets
        What goes from part to part besides: the part that sends, messages per tick, the parts that
        hear it. A part may have several.
    demand
        Per part what it takes of each resource of its core, for the report.
    plan
        What else the backend decided, for `emit`: integers by name, nothing to anybody else.
    """

    count: int
    slices: tuple[tuple[str, int, int, int], ...]
    signals: tuple[tuple[str, int, int, float, tuple[int, ...]], ...]
    nets: tuple[tuple[int, float, tuple[int, ...]], ...] = ()
    demand: tuple[Mapping[str, int], ...] = ()
    plan: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)


class ResourceModel(Protocol):
    """What slices of a network cost on the cores of a target."""

    def demand(self, population: str, start: int, stop: int) -> Mapping[str, int]:
        """What neurons `start` to `stop` (exclusive) take of each resource of one core.

        The names are those of `Target.resources`. Never less for a larger range.
        """
        ...


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
class Amount:
    """A figure of cost.

    `status` is that of the weakest figure of the target that it was computed from, and at best
    ``derived``; `of` names these figures. `title` says what it is where it belongs into a
    summary; amounts of steps that `adds` says add up to that of a run. `parts` names the amounts
    that it is the sum of.
    """

    value: float
    unit: str
    status: Status
    of: tuple[str, ...] = ()
    title: str = ""
    adds: bool = False
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventCost:
    """Events of a kind, whose plural is `title`: how many a step has, and what one takes.

    `total` is of all cores or engines, `busiest` of the one with most to do, and `price` what it
    takes there: instructions of a core, cycles of an engine.
    """

    name: str
    title: str
    total: float
    busiest: float
    price: float


@dataclass(frozen=True, slots=True)
class Costs:
    """What a step of the model takes.

    Parameters
    ----------
    amounts
        By name: the names and units that the backend documents.
    events
        What was counted.
    busiest
        The core or engine with most to do, in words.
    cycles
        Of a step on each core or engine, in the order of the program; nothing where they are not
        known.
    places
        Names of these cores or engines, in that order.
    shares
        By name of an amount, what of it falls on each of them, in its unit.
    """

    amounts: Mapping[str, Amount]
    events: tuple[EventCost, ...] = ()
    busiest: str = ""
    cycles: tuple[float, ...] = ()
    places: tuple[str, ...] = ()
    shares: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


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
    """Runs a `Program` from its files alone, bit for bit as the hardware would."""

    def run(
        self,
        inputs: Mapping[str, NDArray[Any]],
        *,
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
        record_weights: Sequence[str] = (),
    ) -> Emulation:
        """Emulate; `inputs` are raw integers (samples, steps, channels) per network input.

        Recorded are signals and states of populations, and weights of plastic projections.
        """
        ...


class Device(Protocol):
    """Runs a `Program` as one device would, with its imperfections."""

    def run(
        self,
        inputs: Mapping[str, NDArray[Any]],
        *,
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
        first: int = 0,
    ) -> Emulation:
        """As an `Emulator` does; the same device gives the same bits, in one run or in parts.

        `first` is the number of the first sample among those of all parts.
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
        Diagnostic code for bits that are not the golden ones.
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


class Backend(Protocol):
    """One class of hardware."""

    info: BackendInfo
    steps: Sequence[BuildStep]
    """Those that `build` can take; none if its programs are whole as they are."""

    def check(self, network: IntegerNetwork, target: Target) -> Iterable[Diagnostic]:
        """Everything in the network that the target cannot do, all at once."""
        ...

    def legalise(
        self,
        network: IntegerNetwork,
        target: Target,
        *,
        allow_extra_delay: bool = False,
        guidance: Guidance | None = None,
    ) -> Legal:
        """The network with the target's delays and structure.

        Its outputs send the same signals, unless the hardware rounds what it adds up: the notes
        say so. With `allow_extra_delay`, loops too short for the hardware take longer instead of
        slowing the network down: other signals, which the notes name.
        """
        ...

    def resources(
        self, network: IntegerNetwork, target: Target, guidance: Guidance | None = None
    ) -> ResourceModel:
        """What slices of a legal network cost."""
        ...

    def parts(
        self, network: IntegerNetwork, target: Target, guidance: Guidance | None = None
    ) -> Parts | None:
        """What takes a core each; None if any slices that fit by `resources` may share one.

        The cells of populations then keep the order of the model.
        """
        ...

    def emit(
        self,
        network: IntegerNetwork,
        mapping: PlacedMapping,
        target: Target,
        guidance: Guidance | None = None,
    ) -> Program:
        """Everything the hardware loads; `guidance` is what `resources` was given.

        The cells of `network` stand in the order that `mapping` gives, and the program must
        hand signals and states on in the order of the model: place p of a population is its
        cell ``mapping.order[name][p]``, or p itself where the mapping has no order for it.

        A file ``report.json`` may give an account for people: figures by name under ``total``
        and ``placement``, ``entries`` and ``capacity`` of each of the ``routing_tables``,
        sentences by name under ``remarks``, and a list of ``tables``, each with its ``columns`` and
        ``rows``. The command line shows it; nothing is computed from it.
        """
        ...

    def emulator(self, program: Program) -> Emulator:
        """An emulator of a program this backend has emitted."""
        ...

    def device(self, program: Program, choice: DeviceChoice) -> Device:
        """The same with the imperfections of a device.

        SomacError E0846 for effects that are none of `effects`.
        """
        ...

    def wrong_figures(self, array: Array) -> Iterable[tuple[str, Diagnostic]]:
        """What is wrong with the figures of an array of a target, each with the figure's name.

        Names are those of `Array.figures`, or of conductances as descriptions have them.
        """
        ...

    def effects(self, program: Program) -> Sequence[Effect]:
        """The imperfections that a device of this program can have; none of digital hardware."""
        ...

    def pictures(self, program: Program) -> Mapping[str, str]:
        """Pictures of a program for people: texts of SVG by name of a file, if there are any."""
        ...

    def verify(self, program: Program, network: IntegerNetwork) -> Iterable[Diagnostic]:
        """What is wrong with a program, read from its files alone and held against the network.

        Shares no code with `emit`, nor with the passes that made the mapping.
        """
        ...

    def machines(self) -> Sequence[Machine]:
        """Other ways to run a program than the emulator, if there are any; better ones first."""
        ...

    def missing(self, step: BuildStep, target: Target) -> Sequence[Diagnostic]:
        """What `build` needs and this computer has not: said before hours of mapping, not after."""
        ...

    def build(self, program: Program, step: BuildStep, target: Target) -> Program:
        """The program with what tools of this computer make of it, in one of `steps`.

        Costs are those that were found in this way instead of estimates. The same tools give the
        same bytes; SomacError if they are missing or fail.
        """
        ...

    def costs(self, program: Program, cases: Mapping[str, Rates]) -> Mapping[str, Costs]:
        """Time and energy of a step, per case, from the program's files; nothing without a model.

        A case says how often cells send: as expected, as counted in a run, all or none. Cells
        of populations and inputs that it does not name send nothing.
        """
        ...
