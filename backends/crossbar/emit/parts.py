"""Parts of the description, with the files that they name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from somac.backends.crossbar.description import (
    Block,
    Converters,
    Copy,
    Digital,
    Home,
    Input,
    Population,
    Tiled,
)
from somac.backends.crossbar.emit.files import Files, number_or_file
from somac.backends.crossbar.emit.names import file_name
from somac.ir import tiling as ir
from somac.ir.errors import Place, SomacError
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.tiling import Tiling

__all__ = ["blocks_of", "converters_of", "digital_part", "inputs", "populations", "tiled_parts"]


def inputs(network: IntegerNetwork) -> tuple[Input, ...]:
    """Network inputs with their ranges."""
    return tuple(
        Input(name=i.name, size=i.size, low=i.format.minimum, high=i.format.maximum)
        for i in network.inputs
    )


def populations(
    network: IntegerNetwork, mapping: PlacedMapping, files: Files
) -> tuple[Population, ...]:
    """Populations with their programs, parameters and first states.

    Raises
    ------
    SomacError
        E0656 if slices of the mapping do not make up a population.
    """
    programs: dict[str, str] = {}
    found = []
    for p in network.populations:
        text = p.datapath.text()
        if text not in programs:
            file = file_name("programs", (p.datapath.name,), ".datapath", files.contents)
            programs[text] = files.add(file, text.encode())
        values = {
            kind: {
                name: number_or_file(files, "parameters", (p.name, name), given[name])
                for name in p.datapath.names(opcode)
            }
            for kind, opcode, given in (
                ("parameters", "param", p.parameters),
                ("initial", "state", p.initial),
            )
        }
        homes = _homes(p, mapping)
        found.append(
            Population(name=p.name, size=p.size, program=programs[text], homes=homes, **values)
        )
    return tuple(found)


def _homes(p: IntegerPopulation, mapping: PlacedMapping) -> tuple[Home, ...]:
    own = sorted((s for s in mapping.slices if s.population == p.name), key=lambda s: s.start)
    edges = [0, *(s.stop for s in own)]
    homes = [Home(core=s.core, start=s.start, stop=s.stop) for s in own if s.core is not None]
    if [s.start for s in own] != edges[:-1] or edges[-1] != p.size or len(homes) < len(own):
        raise SomacError(
            "E0656", f"the slices of {p.name} are not its {p.size} cells", place=Place(node=p.name)
        )
    return tuple(homes)


def digital_part(p: IntegerProjection, files: Files) -> Digital:
    """A projection of adders: its synapses by source, then target."""
    wiring = p.connectivity
    rows = wiring.rows(0, wiring.source_size)
    source = np.repeat(np.arange(wiring.source_size), np.diff(rows.indptr))
    ends = (("sources", source), ("targets", rows.target), ("weights", rows.weight))
    named: dict[str, Any] = {
        name: files.add_array("digital", (p.name, name), values.astype(np.int32))
        for name, values in ends
    }
    named["delays"] = None
    if rows.delay.any():
        named["delays"] = files.add_array("digital", (p.name, "delays"), rows.delay)
    return Digital(**_way(p), **named)


def converters_of(tilings: Sequence[Tiling]) -> tuple[Converters, ...]:
    """Converters, each once, in the order in which tilings first have them."""
    return tuple(map(_converters, dict.fromkeys(t.converters for t in tilings)))


def _converters(c: ir.Converters) -> Converters:
    return Converters(
        pulse_bits=c.pulse_bits,
        pulses=c.pulses,
        signs=c.signs,
        cell_bits=c.cell_bits,
        slices=c.slices,
        polarity=c.polarity,
        low=c.low,
        high=c.high,
    )


def tiled_parts(tiled: Sequence[IntegerProjection], tilings: Sequence[Tiling]) -> tuple[Tiled, ...]:
    """Projections on arrays, with numbers of their converters and blocks."""
    known = list(dict.fromkeys(t.converters for t in tilings))
    found, first = [], 0
    for p, tiling in zip(tiled, tilings, strict=True):
        stop = first + len(tiling)
        number = known.index(tiling.converters)
        found.append(Tiled(**_way(p), converters=number, first=first, stop=stop))
        first = stop
    return tuple(found)


def blocks_of(
    tilings: Sequence[Tiling],
    copies: Sequence[Sequence[tuple[Copy, ...]]],
    as_found: Sequence[bool],
) -> tuple[Block, ...]:
    """All blocks, whose uses stand one after the other in tables of sources and targets."""
    found = []
    sources = targets = 0
    for tiling, places, wild in zip(tilings, copies, as_found, strict=True):
        for n, here in enumerate(places):
            rows, columns = int(tiling.rows[n]), int(tiling.columns[n])
            uses = int(tiling.uses[n])
            found.append(
                Block(
                    rows=rows,
                    columns=columns,
                    uses=uses,
                    delay=int(tiling.delay[n]),
                    steps=tuple(tiling.steps[n].tolist()),
                    sources=sources,
                    targets=targets,
                    copies=here,
                    as_found=wild,
                )
            )
            sources += uses * rows
            targets += uses * columns
    return tuple(found)


def _way(p: IntegerProjection) -> dict[str, Any]:
    return {
        "projection": p.name,
        "source": p.source,
        "target": p.target,
        "port": p.port,
        "delay": p.delay,
    }
