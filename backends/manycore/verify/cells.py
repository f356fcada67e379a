"""Every neuron once, on a core that may hold it, with its program, values and schedule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.verify.description import Block, Core, Description
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerPopulation

__all__ = ["check_capacities", "check_cores", "check_neurons"]

Integers = NDArray[np.int64]

_FILE = "experiment.json"


def check_neurons(network: IntegerNetwork, description: Description) -> Iterator[Diagnostic]:
    """E0801: slices that do not make up the populations, or cores that hold two."""
    for population in network.populations:
        count = np.zeros(population.size + 1, dtype=np.int64)
        for block in description.blocks:
            if block.core is not None and block.source == population.name:
                np.add.at(count, np.minimum(block.cells, population.size), 1)
        bad = np.flatnonzero(count != np.append(np.ones(population.size), 0))
        if len(bad):
            yield Diagnostic(
                "E0801",
                f"population {population.name}: neuron {bad[0]} is on {count[bad[0]]} cores",
                Place(file=_FILE, node=population.name),
                have=f"{len(bad)} neurons not on exactly one core",
            )
    known = {p.name for p in network.populations} | {i.name for i in network.inputs}
    places = Counter((core.chip, core.core) for core in description.cores)
    used = Counter(block.core for block in description.blocks if block.core is not None)
    for problem, wrong in (
        ("a slice is of no population", any(b.source not in known for b in description.blocks)),
        ("a core is loaded twice", any(count > 1 for count in places.values())),
        ("a core holds no slice, or two", any(used[n] != 1 for n in range(len(description.cores)))),
    ):
        if wrong:
            yield Diagnostic("E0801", problem, Place(file=_FILE))


def check_capacities(description: Description) -> Iterator[Diagnostic]:
    """E0809: memory, neurons, routing tables, reserved cores."""
    limits = description.data["limits"]
    for core in description.cores:
        place = Place(file=core.image.file)
        for resource, have in (("bytes", core.image.size), ("neurons", core.image.neurons)):
            if resource in limits and have > limits[resource]:
                yield Diagnostic(
                    "E0809",
                    f"a core with too many {resource}",
                    place,
                    have=f"{limits[resource]} {resource}",
                    need=f"{have} {resource}",
                )
        if core.core in description.chips[core.chip].reserved:
            yield Diagnostic("E0809", f"core {core.core} of chip {core.chip} is reserved", place)
    for number, chip in enumerate(description.chips):
        if len(chip.table) > limits.get("router_entries", 0):
            yield Diagnostic(
                "E0809",
                f"the routing table of chip {number} is too long",
                Place(file=_FILE),
                have=f"{limits.get('router_entries', 0)} entries",
                need=f"{len(chip.table)} entries",
            )


def check_cores(network: IntegerNetwork, description: Description) -> Iterator[Diagnostic]:
    """E0801 to E0803, E0810 and E0811: what each core holds."""
    populations = {p.name: p for p in network.populations}
    recorded = {o.source for o in network.outputs}
    for block in description.blocks:
        if block.core is None or block.source not in populations:
            continue
        core = description.cores[block.core]
        population = populations[block.source]
        place = Place(file=core.image.file)
        if block.cells.max() >= population.size:
            continue  # check_neurons says so
        if core.image.neurons != block.stop - block.start:
            yield Diagnostic("E0801", f"{core.image.neurons} neurons, not its slice's", place)
            continue
        text = description.programs[core.program]
        if text != population.datapath.text() or core.image.program != core.program:
            yield Diagnostic("E0802", f"not the program of population {block.source}", place)
            continue
        yield from _values(population, block, core)
        yield from _schedule(network, population, core)
        if core.image.kind != population.datapath.output_kind:
            yield Diagnostic("E0811", f"it sends {core.image.kind}s", place)
        if core.image.record != (block.source in recorded):
            yield Diagnostic("E0811", "recording is on or off where it should not be", place)


def _values(p: IntegerPopulation, block: Block, core: Core) -> Iterator[Diagnostic]:
    """E0803: parameters and initial states."""
    image = core.image
    for what, names, meant, found in (
        ("parameter", p.datapath.names("param"), p.parameters, image.parameters),
        ("state", p.datapath.names("state"), p.initial, image.states),
    ):
        place = Place(file=image.file)
        if len(found) != len(names):
            yield Diagnostic("E0803", f"{len(found)} {what}s, not {len(names)}", place)
            continue
        for name, values in zip(names, found, strict=True):
            whole = np.broadcast_to(meant[name], (p.size,))
            meant_here = whole[block.cells]
            bad = np.flatnonzero(meant_here != values)
            if len(bad):
                yield Diagnostic(
                    "E0803",
                    f"{what} {name} of {p.name}[{block.cells[bad[0]]}]",
                    place,
                    have=str(values[bad[0]]),
                    need=str(meant_here[bad[0]]),
                )


def _schedule(network: IntegerNetwork, p: IntegerPopulation, core: Core) -> Iterator[Diagnostic]:
    """E0810: first tick, period, ring buffer; a port more or less would move them all."""
    image = core.image
    longest = max((int(e.delay.max()) for e in image.row_entries), default=0)
    facts: Sequence[tuple[str, bool, str, str]] = (
        ("start", image.start == p.start, f"tick {image.start}", f"tick {p.start}"),
        (
            "period",
            image.period == network.period,
            f"{image.period} ticks",
            f"{network.period} ticks",
        ),
        (
            "ring buffer",
            image.slots > longest and image.slots & (image.slots - 1) == 0,
            f"{image.slots} slots",
            f"a power of two above {longest}",
        ),
        (
            "ports",
            image.ports == len(p.datapath.names("input")),
            f"{image.ports} ports",
            f"{len(p.datapath.names('input'))} ports",
        ),
    )
    for what, right, have, need in facts:
        if not right:
            yield Diagnostic(
                "E0810", f"population {p.name}: {what}", Place(file=image.file), have, need
            )
