"""What compiling gave, as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from somac.backends.api import Costs
from somac.compiler.cli.views.report import AccountView, account_of

if TYPE_CHECKING:
    from somac.compiler.passes.quantise.report import LearningReport, PopulationReport
    from somac.compiler.pipeline import Compiled

__all__ = [
    "COMPILED",
    "CompiledView",
    "LearningView",
    "PopulationView",
    "PortView",
    "PrunedView",
    "StateView",
    "compiled_view",
]

COMPILED = "compiled.json"
"""Name of the summary among the accounts of a compile."""


@dataclass(frozen=True, slots=True)
class PortView:
    """Weights that meet at a port: bits of the widest, and what one unit stands for."""

    name: str
    weight_bits: int
    step: float
    error: float
    accumulator_bits: int
    per_cell: bool


@dataclass(frozen=True, slots=True)
class StateView:
    """Format of a state, and the bits that are left above the largest value."""

    name: str
    format: str
    step: float
    bound: float
    proven: bool
    seen: float | None
    headroom_bits: float


@dataclass(frozen=True, slots=True)
class PopulationView:
    """A population: its cells, the cores they are on, and their numbers."""

    name: str
    cells: int
    cores: int
    neuron: str
    ports: tuple[PortView, ...]
    states: tuple[StateView, ...]


@dataclass(frozen=True, slots=True)
class LearningView:
    """A projection that learns: weights, traces and states of its synapses."""

    projection: str
    rule: str
    synapses: int
    error: float
    states: tuple[StateView, ...]


@dataclass(frozen=True, slots=True)
class PrunedView:
    """A projection of which weights were left out; `balance` is mean over most of its lanes."""

    projection: str
    weights: int
    kept: int
    density: float
    lanes: int
    balance: float


@dataclass(frozen=True, slots=True)
class CompiledView:
    """The summary.

    `latency` counts ticks from the tick in which a step's inputs enter to the one in which
    its outputs leave; `period` ticks make a step of the model. `costs` are by case: nothing is
    sent (``quiet``), as ``expected``, and every cell sends in every step (``worst``). `place` is
    what takes a slice: core or engine.
    """

    model: str
    target: str
    dt: float
    cores_used: int
    cores_usable: int
    populations: tuple[PopulationView, ...]
    learning: tuple[LearningView, ...]
    pruned: tuple[PrunedView, ...]
    period: int
    latency: Mapping[str, int]
    account: AccountView
    costs: Mapping[str, Costs]
    calibrated: bool
    folder: str
    files: int
    bytes: int
    digest: str
    place: str = "core"


def compiled_view(compiled: Compiled, folder: str) -> CompiledView:
    """The summary of what was compiled and written to `folder`."""
    from somac.ir.connectivity import synapses

    golden, mapping, program = compiled.golden, compiled.mapping, compiled.program
    cores = Counter(s.population for s in mapping.slices if s.core is not None)
    return CompiledView(
        model=compiled.network.name,
        target=compiled.target.name,
        dt=compiled.network.dt,
        cores_used=len(mapping.parts)
        or len({s.core for s in mapping.slices if s.core is not None}),
        cores_usable=compiled.target.places,
        populations=tuple(
            PopulationView(
                p.name,
                p.size,
                cores[p.name],
                p.model.name,
                _ports(compiled, p.name, compiled.quantised.report[p.name]),
                _states(compiled.quantised.report[p.name]),
            )
            for p in compiled.network.populations
        ),
        learning=tuple(
            LearningView(
                p.name,
                compiled.quantised.learning[p.name].rule,
                len(synapses(p.connectivity).target),
                compiled.quantised.learning[p.name].error,
                _states(compiled.quantised.learning[p.name]),
            )
            for p in compiled.network.projections
            if p.name in compiled.quantised.learning
        ),
        pruned=tuple(
            PrunedView(p.name, p.weights, p.kept, p.density, p.lanes, p.balance)
            for p in (compiled.pruned.report if compiled.pruned else ())
        ),
        period=golden.period,
        latency={o.name: golden.start(o.source) for o in golden.outputs},
        account=account_of(program),
        costs=compiled.costs,
        calibrated=compiled.calibration is not None,
        folder=folder,
        files=len(program.files),
        bytes=sum(map(len, program.files.values())),
        digest=program.digest(),
        place=compiled.target.place,
    )


def _ports(compiled: Compiled, population: str, report: PopulationReport) -> tuple[PortView, ...]:
    bits: dict[str, int] = {}
    for p in compiled.golden.projections:
        if p.target == population:
            bits[p.port] = max(bits.get(p.port, 1), _signed_bits(p.connectivity.weights))
    return tuple(
        PortView(name, bits.get(name, 0), port.step, port.error, port.bits, port.per_cell)
        for name, port in report.ports.items()
    )


def _signed_bits(weights: NDArray[Any]) -> int:
    """Bits of the widest weight, sign included."""
    low, high = int(weights.min(initial=0)), int(weights.max(initial=0))
    return 1 + max(high.bit_length(), (-low - 1).bit_length() if low < 0 else 0)


def _states(report: PopulationReport | LearningReport) -> tuple[StateView, ...]:
    return tuple(
        StateView(
            name,
            str(state.format),
            state.step,
            state.bound,
            state.proven,
            state.seen,
            state.headroom,
        )
        for name, state in report.states.items()
    )
