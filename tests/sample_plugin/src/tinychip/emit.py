"""What Tinychip loads: `chip.json`, and a file of synaptic words per slice of a population."""

import json

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Account, Placement
from somac.ir.integer import IntegerNetwork, IntegerPopulation
from somac.ir.mapping import Mapping, Slice
from somac.ir.program import Program
from somac.ir.target import Target


def emit(network: IntegerNetwork, mapping: Mapping, target: Target) -> Program:
    """Every file; cells have the numbers that they have in the model, whatever their order here."""
    sources = {s.name: s.size for s in (*network.inputs, *network.populations)}
    cells = {name: mapping.order.get(name, np.arange(size)) for name, size in sources.items()}
    files, slices = {}, []
    for part in mapping.slices:
        if part.core is None:
            continue  # channels of an input, whose spikes come from outside
        p, here = network.population(part.population), slice(part.start, part.stop)
        words = synapses(network, p, part, cells).astype("<i4")
        files[f"slice{len(slices)}.bin"] = words.tobytes()
        values = {
            kind: {n: np.broadcast_to(v, p.size)[here].tolist() for n, v in given.items()}
            for kind, given in (("parameters", p.parameters), ("initial", p.initial))
        }
        said = {"core": part.core, "population": p.name, "start": p.start, **values}
        slices.append(said | {"cells": cells[p.name][here].tolist(), "neuron": p.datapath.text()})
    chip = {
        "period": network.period,
        "sources": list(sources.items()),
        "inputs": [(i.name, i.size, i.format.minimum, i.format.maximum) for i in network.inputs],
        "outputs": [(o.name, o.source) for o in network.outputs],
        "slices": slices,
    }
    files["chip.json"] = json.dumps(chip, indent=1, sort_keys=True).encode()
    words = sum(len(files[f"slice{n}.bin"]) // 24 for n in range(len(slices)))
    total = {"cores": len({s["core"] for s in slices}), "synapses": words}
    files |= Account(total=total, placement=Placement.of(mapping.proof)).file()
    return Program(target.backend, target.name, files)


def synapses(
    network: IntegerNetwork, p: IntegerPopulation, part: Slice, cells: dict[str, NDArray]
) -> NDArray[np.int64]:
    """A row per synapse: source, its cell, cell of the slice, port, delay, weight."""
    found = [np.zeros((0, 6), np.int64)]
    for q in network.projections:
        if q.target == p.name:
            rows = q.connectivity.rows(0, q.connectivity.source_size)
            source = np.repeat(cells[q.source], np.diff(rows.indptr))
            table = np.empty((len(source), 6), np.int64)
            table[:, 0] = list(cells).index(q.source)
            table[:, 3] = p.datapath.names("input").index(q.port)
            table[:, 1], table[:, 2] = source, rows.target - part.start
            table[:, 4], table[:, 5] = q.delay + rows.delay, rows.weight
            found.append(table[(table[:, 2] >= 0) & (table[:, 2] < part.size)])
    return np.concatenate(found)
