"""Networks as designs for an FPGA, folded in many ways, and their SystemVerilog in simulators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.emit.program import emit
from somac.backends.fpga.emulator import FpgaEmulator
from somac.backends.fpga.folding import EngineFold, Folding, fold
from somac.backends.fpga.levels import levels
from somac.backends.fpga.machines.rtl import open_rtl
from somac.backends.fpga.simulators.simulation import SimulatorName
from somac.compiler.agreement import Agreement, agreements
from somac.compiler.passes.quantise import quantise
from somac.compiler.targets import find_target
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import Proof, Slice
from somac.ir.network import Network
from somac.ir.program import Program, write_program

Integers = NDArray[np.int64]

TARGET = find_target("spinnaker2")
"""Only its digest counts: what is on which engine is said here."""


def integers(network: Network) -> IntegerNetwork:
    """A network as it is quantised by default."""
    return quantise(network).network


def mapping(
    network: IntegerNetwork, cuts: Mapping[str, Sequence[int]] | None = None
) -> PlacedMapping:
    """Populations cut before some of their cells, whole where nothing is said."""
    slices = [Slice(i.name, 0, i.size, None) for i in network.inputs]
    for p in network.populations:
        ends = [0, *(cuts or {}).get(p.name, ()), p.size]
        for start, stop in pairwise(ends):
            slices.append(Slice(p.name, start, stop, len(slices)))
    proof = Proof(0, 0, "optimal", "none")
    return PlacedMapping(network.digest(), TARGET.digest(), tuple(slices), (), proof, {})


def design(
    network: IntegerNetwork, placed: PlacedMapping | None = None, folding: Folding | None = None
) -> Program:
    """The bundle."""
    placed = placed or mapping(network)
    return emit(network, placed, TARGET, folding or fold(network, placed))


def shuffled(network: IntegerNetwork, seed: int) -> tuple[PlacedMapping, Folding]:
    """Populations cut anywhere, several slices on an engine, any lanes, updaters and beats."""
    rng = np.random.default_rng(seed)
    cuts = {
        p.name: np.flatnonzero(rng.random(p.size - 1) < 0.2) + 1
        for p in network.populations
        if p.size > 1
    }
    placed = mapping(network, {name: at.tolist() for name, at in cuts.items()})
    usual = fold(network, placed)
    whole = [e for e in usual.engines if e.whole and rng.random() < 0.8]
    engines = [_made(rng, e.slices, whole=True) for e in whole]
    rest = [part for e in usual.engines if e not in whole for part in e.slices]
    # what shares an engine is updated in the order of dependence
    level = levels(network)
    owner = rng.integers(0, max(1, len(rest)), len(rest))
    for number in np.unique(owner):
        own = [part for part, at in zip(rest, owner, strict=True) if at == number]
        own.sort(key=lambda part: level[part.population])
        engines.append(_made(rng, own))
    beats = {i.name: int(rng.integers(1, i.size + 1)) for i in network.inputs}
    return placed, Folding(tuple(engines), beats)


def _made(rng: np.random.Generator, slices: Sequence[Slice], *, whole: bool = False) -> EngineFold:
    updaters = int(rng.integers(1, min(8, max(part.size for part in slices)) + 1))
    lanes = updaters * int(rng.choice([1, 1, 2, 3, 4]))
    return EngineFold(lanes, tuple(slices), whole, updaters)


def agreement(
    network: IntegerNetwork,
    inputs: Mapping[str, NDArray[Any]],
    simulator: SimulatorName,
    program: Program | None = None,
) -> Agreement:
    """What the SystemVerilog did; golden model, emulator and it agree in every value and cycle."""
    made = program or design(network)
    with open_rtl(made, simulator) as running:
        emulated, ran = agreements([FpgaEmulator(made), running], network, dict(inputs))
    assert emulated.differing == 0, f"emulator: {_wrong(emulated)}"
    assert ran.differing == 0, f"{simulator}: {_wrong(ran)}"
    assert ran.mistimed == 0, f"{simulator}: {_wrong(ran)}"
    assert ran.cycles
    return ran


def _wrong(found: Agreement) -> str:
    everything = (*found.signals, *found.states, *found.cycles)
    return ", ".join(f"{d.name} {d.first}" for d in everything if d.differing)


def activity(
    network: IntegerNetwork, samples: int, steps: int, seed: int = 0
) -> dict[str, Integers]:
    """Random raw inputs (samples, steps, channels), a third of them something."""
    rng = np.random.default_rng(seed)
    found = {}
    for i in network.inputs:
        low, high = (i.format.minimum, i.format.maximum)
        if i.kind != "value":
            low, high = 1, min(3, high)
        drawn = rng.integers(low, high + 1, (samples, steps, i.size))
        found[i.name] = drawn * (rng.random(drawn.shape) < 0.35)
    return found


def united(networks: Sequence[IntegerNetwork], name: str = "united") -> IntegerNetwork:
    """Networks side by side as one: one build of a simulator runs them all."""
    every = [_renamed(network, f"n{number} ") for number, network in enumerate(networks)]
    return IntegerNetwork(
        name,
        every[0].dt,
        tuple(i for n in every for i in n.inputs),
        tuple(p for n in every for p in n.populations),
        tuple(p for n in every for p in n.projections),
        tuple(o for n in every for o in n.outputs),
    )


def united_inputs(inputs: Sequence[Mapping[str, NDArray[Any]]]) -> dict[str, Integers]:
    """Their inputs; what is shorter than others has zeros at the end."""
    samples = max(len(x) for given in inputs for x in given.values())
    steps = max(x.shape[1] for given in inputs for x in given.values())
    found = {}
    for number, given in enumerate(inputs):
        for name, x in given.items():
            padded = np.zeros((samples, steps, x.shape[2]), np.int64)
            padded[: len(x), : x.shape[1]] = x
            found[f"n{number} {name}"] = padded
    return found


def _renamed(network: IntegerNetwork, before: str) -> IntegerNetwork:
    def named(name: str) -> str:
        return before + name

    return replace(
        network,
        inputs=tuple(replace(i, name=named(i.name)) for i in network.inputs),
        populations=tuple(replace(p, name=named(p.name)) for p in network.populations),
        projections=tuple(
            replace(p, name=named(p.name), source=named(p.source), target=named(p.target))
            for p in network.projections
        ),
        outputs=tuple(
            replace(o, name=named(o.name), source=named(o.source)) for o in network.outputs
        ),
    )


def written(program: Program, folder: Path) -> Path:
    """The bundle as files."""
    write_program(program, folder)
    return folder
