"""A bundle, as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from somac.compiler.cli.views.model import InputView, OutputView
from somac.compiler.cli.views.report import (
    AccountView,
    CoreMemoryView,
    TableView,
    account_of,
    memory_of,
    tables_of,
)
from somac.ir.connectivity import synapses
from somac.ir.program import Program
from somac.ir.serial import GOLDEN, integer_from_files

__all__ = ["BundleView", "IntegerPopulationView", "LearningView", "bundle_view"]


@dataclass(frozen=True, slots=True)
class IntegerPopulationView:
    """A population: what it sends, in which format, and the tick of its first update."""

    name: str
    neuron: str
    shape: tuple[int, ...]
    cells: int
    sends: str
    states: Mapping[str, str]
    start: int


@dataclass(frozen=True, slots=True)
class LearningView:
    """A projection that learns: its rule, and the formats of its traces and synapses."""

    name: str
    source: str
    target: str
    rule: str
    synapses: int
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BundleView:
    """The bundle.

    `memory` has the bytes of every core, and `listings` what else the backend lists of them, where
    that was asked for; `folders` files and bytes by folder, the golden integers among them.
    """

    backend: str
    target: str
    digest: str
    name: str
    dt: float
    period: int
    inputs: tuple[InputView, ...]
    populations: tuple[IntegerPopulationView, ...]
    learning: tuple[LearningView, ...]
    outputs: tuple[OutputView, ...]
    account: AccountView
    memory: tuple[CoreMemoryView, ...]
    folders: Mapping[str, tuple[int, int]]
    listings: tuple[TableView, ...] = ()


def bundle_view(program: Program, *, memory: bool = False) -> BundleView:
    """What is in the files; with `memory`, of every core."""
    network = integer_from_files(program.files, GOLDEN)
    files: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for name, content in program.files.items():
        folder = name.rpartition("/")[0]
        files[folder] += 1
        sizes[folder] += len(content)
    return BundleView(
        backend=program.backend,
        target=program.target,
        digest=program.digest(),
        name=network.name,
        dt=network.dt,
        period=network.period,
        inputs=tuple(InputView(i.name, i.kind, i.shape) for i in network.inputs),
        populations=tuple(
            IntegerPopulationView(
                p.name,
                p.datapath.name,
                p.shape,
                p.size,
                p.datapath.output_kind,
                {n: str(p.datapath.format_of("state", n)) for n in p.datapath.names("state")},
                p.start,
            )
            for p in network.populations
        ),
        learning=tuple(
            LearningView(
                p.name,
                p.source,
                p.target,
                p.plasticity.name,
                len(synapses(p.connectivity).target),
                {
                    state: str(p.plasticity.format_of(state))
                    for state in (*p.plasticity.synapse, *p.plasticity.traces)
                },
            )
            for p in network.projections
            if p.plasticity is not None
        ),
        outputs=tuple(OutputView(o.name, o.source) for o in network.outputs),
        account=account_of(program),
        memory=memory_of(program) if memory else (),
        folders={folder: (files[folder], sizes[folder]) for folder in sorted(files)},
        listings=tables_of(program) if memory else (),
    )
