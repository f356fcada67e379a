"""A mapped network to the files that the hardware loads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Guidance
from somac.backends.crossbar.description import (
    FILE,
    FORMAT,
    Array,
    Chip,
    Description,
    Device,
    Output,
)
from somac.backends.crossbar.emit.cells import lay_out
from somac.backends.crossbar.emit.clipped import clipped_shares
from somac.backends.crossbar.emit.costs import cost_data
from somac.backends.crossbar.emit.files import Files, to_json
from somac.backends.crossbar.emit.found import found_conductances
from somac.backends.crossbar.emit.parts import (
    blocks_of,
    converters_of,
    digital_part,
    inputs,
    populations,
    tiled_parts,
)
from somac.backends.crossbar.emit.plan import read_plan
from somac.backends.crossbar.emit.pulses import programming, regions_of, writing_text
from somac.backends.crossbar.emit.report import account
from somac.backends.crossbar.emit.schedule import schedule
from somac.backends.crossbar.emit.sums import sum_trees
from somac.backends.crossbar.packing import NEURONS
from somac.ir.datapath import SEMANTICS
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.npy import encode
from somac.ir.program import Program
from somac.ir.target import Target

__all__ = ["BACKEND", "emit"]

BACKEND = "crossbar"

_PLAIN = Guidance()


def emit(
    network: IntegerNetwork,
    mapping: PlacedMapping,
    target: Target,
    guidance: Guidance = _PLAIN,
) -> Program:
    """Write everything: codes of cells, tables, neuron programs, and what says how they work.

    With samples in `guidance` the account says what share of every column's sums is clipped.

    Raises
    ------
    SomacError
        E0656 if the mapping is not one of this network on this target.
    """
    if mapping.network != network.digest() or mapping.target != target.digest():
        raise SomacError("E0656", "the mapping was made for another network or target")
    array = target.array
    if array is None or mapping.order:
        raise SomacError("E0656", "the mapping is not one for arrays of cells")
    plan = read_plan(mapping, network)
    tiled = plan.tiled
    tilings = [p.tiling for p in tiled if p.tiling is not None]
    files = Files()
    codes = lay_out(array, len(plan.cores), tilings, plan.copies)
    found = found_conductances(array, len(plan.cores), tiled, plan.copies)
    blocks = blocks_of(tilings, plan.copies, [p.device is not None for p in tiled])
    description = Description(
        format=FORMAT,
        semantics=SEMANTICS,
        name=network.name,
        chip=Chip(
            cores=target.topology.cores,
            neurons=target.resources[NEURONS],
            rows=array.rows,
            columns=array.columns,
            cell_bits=array.cell_bits,
        ),
        device=Device(
            g_min_us=array.g_min_us, g_max_us=array.g_max_us, figures=dict(array.figures)
        ),
        converters=converters_of(tilings),
        inputs=inputs(network),
        populations=populations(network, mapping, files),
        digital=tuple(digital_part(p, files) for p in network.projections if p not in tiled),
        tiled=tiled_parts(tiled, tilings),
        blocks=blocks,
        arrays=tuple(
            Array(
                core=core,
                codes=files.add(f"arrays/{number:04d}.codes.npy", encode(codes[number])),
                found=_found(files, number, found[number]),
            )
            for number, core in enumerate(plan.cores)
        ),
        sources=files.add("tables/sources.npy", _table([t.sources for t in tilings])),
        targets=files.add("tables/targets.npy", _table([t.targets for t in tilings])),
        outputs=tuple(Output(name=o.name, source=o.source) for o in network.outputs),
    )
    files.add(FILE, to_json(description.model_dump(mode="json")))
    made = schedule(network, description.tiled, tilings, blocks)
    named = {p.name: p for p in description.populations}
    sums = sum_trees(made, named, plan.cores, target.topology)
    files.add("schedule/turns.npy", encode(made.turns))
    files.add("schedule/sums.npy", encode(sums))
    regions = regions_of(len(codes), description.tiled, blocks, description.converters)
    plan_of_pulses = programming(array, description.arrays, codes, regions)
    clipped = clipped_shares(network, tiled, guidance.samples)
    told = account(description, mapping, sums, writing_text(plan_of_pulses), clipped)
    for name, data in (
        ("schedule.json", {"format": FORMAT, "order": list(made.order)}),
        ("programming.json", plan_of_pulses),
        ("costs.json", cost_data(mapping, target, network.dt)),
    ):
        files.add(name, to_json(data))
    return Program(BACKEND, target.name, {**files.contents, **told.file()})


def _found(files: Files, number: int, found: NDArray[np.int32] | None) -> str | None:
    return None if found is None else files.add(f"arrays/{number:04d}.found.npy", encode(found))


def _table(tables: list[NDArray[np.int32]]) -> bytes:
    return encode(np.concatenate([np.zeros(0, np.int32), *tables]))
