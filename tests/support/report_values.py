"""Made-up reports, of small models and of large ones, with names that no page may trip over."""

from __future__ import annotations

import numpy as np

from somac.backends.api import Table
from somac.compiler.devices import Cost, Spread
from somac.compiler.record.build import BuildInfo, PassRow, PointRow
from somac.compiler.report.data import (
    Area,
    Case,
    Chip,
    Core,
    Devices,
    Energy,
    Event,
    Events,
    Fact,
    FloatError,
    FormatOf,
    Link,
    Missing,
    Placement,
    Pool,
    Quantisation,
    Quantity,
    Raster,
    Report,
    Resource,
    Search,
    Share,
    Spikes,
    Summary,
    Trace,
    Traces,
    Traffic,
    Utilisation,
    WeightError,
)

__all__ = ["HOSTILE", "board", "circuit", "crossbar", "full", "many_core", "raster"]

HOSTILE = "<b>&\"'$x_1$</svg><script>alert(1)</script>"
"""A name that is markup, mathematics and an end of everything, if it is believed."""

RESOURCES = (
    Resource("memory", 98304, "bytes"),
    Resource("neurons", 512, ""),
    Resource("routing", 1024, "entries"),
)


def summary(model: str, target: str, title: str) -> Summary:
    """With a figure of every status."""
    rows = (
        Fact("cores", 12, "", "", ""),
        Fact("shortest tick", 41.25, "us", "derived", "cycles of the busiest core, clock"),
        Fact("energy of a step", 3.8, "uJ", "assumed", "energy per event of the 22 nm chip"),
    )
    figures = (
        Fact("clock", 300e6, "Hz", "published", "Mayr et al., SpiNNaker 2, 2019, table 1"),
        Fact("memory per core", 131072, "bytes", "measured", "read from the chip"),
        Fact("energy per word", 10.5, "pJ", "assumed", "that of a chip of the same process"),
    )
    tables = (Table(("name", "cores", "bytes"), (("lif", 3, 1888), ("li", 1, 960)), "Programs"),)
    remarks = (("arrays", "the MAC array does 3 of 4 projections"),)
    return Summary(model, target, title, "manycore", "5f" * 32, rows, figures, remarks, tables)


def many_core(
    populations: tuple[str, ...] = ("conv1", "conv2", "hidden", HOSTILE), cells: int = 300
) -> Report:
    """A chip of 12 × 13 places, some of them reserved, with everything that there can be."""
    rng = np.random.default_rng(1)
    cores, needs, labels = [], [], []
    homes = np.repeat(np.arange(len(populations)), 3)
    for index in range(12 * 13):
        shares: tuple[Share, ...] = ()
        need = {r.name: 0 for r in RESOURCES}
        if index < len(homes):
            name = populations[homes[index]]
            part = index % 3
            shares = (Share(name, part * cells // 3, (part + 1) * cells // 3),)
            if index % 5 == 0:
                shares += (Share(populations[0], cells, cells + cells // 6),)
            need = {r.name: int(r.capacity * rng.uniform(0.05, 1)) for r in RESOURCES}
            needs.append(list(need.values()))
            labels.append(f"core {index}")
        usable = index not in {0, 77}
        x, y = index % 12, index // 12
        cores.append(Core(index, f"core {index}", 0, x, y, shares, need, usable))
    chip = Chip("chip(0,0)", 0, 0, 12, 13, 154, len(homes), dict.fromkeys(populations, cells))
    links = tuple(
        Link((0, x + 0.5, y + 0.5), (0, x + 2.5, y + 0.5), float(rng.exponential(20)), False)
        for y in range(0, 4, 2)
        for x in range(0, 10, 2)
    )
    capacity = Fact("packets per tick", 4000, "", "derived", "link clock")
    placement = Placement(
        "core", populations, RESOURCES, (chip,), tuple(cores), links, inside=capacity
    )
    used = Utilisation(
        tuple(labels), np.zeros(len(labels), np.int64), RESOURCES, np.array(needs, np.int64)
    )
    size = len(labels) + 1
    packets = rng.exponential(5, (size, size)) * (rng.random((size, size)) < 0.3)
    return Report(
        summary("digits", "spinnaker2", "SpiNNaker2, one chip"),
        placement=placement,
        utilisation=used,
        traffic=Traffic("core", ("host", *labels), packets),
        raster=raster(populations, cells),
        traces=traces(populations[0]),
        energy=energy(tuple(labels)),
        quantisation=quantisation(populations),
        timings=timings(),
        search=search(),
        missing=(Missing("devices", "the target is digital"),),
    )


def board(used: int = 20) -> Report:
    """48 chips, of which some hold many populations."""
    rng = np.random.default_rng(2)
    rows = [(0, 4), (0, 5), (0, 6), (0, 7), (1, 7), (2, 7), (3, 7), (4, 7)]
    places = [(x, y) for y, (first, last) in enumerate(rows) for x in range(first, last + 1)]
    populations = tuple(f"layer{i}/neuron_population" for i in range(23))
    chips = []
    for index, (x, y) in enumerate(places):
        cells = {
            populations[(index + k) % 23]: int(rng.integers(100, 9000))
            for k in range(index % 4 + 1)
        }
        holds = index < used
        count = int(rng.integers(20, 149)) if holds else 0
        chips.append(Chip(f"chip({x},{y})", x, y, 12, 13, 148, count, cells if holds else {}))
    links = tuple(
        Link((a, 6.0, 6.0), (b, 6.0, 6.0), float(rng.exponential(900)), True)
        for a in range(used)
        for b in range(used)
        if a != b
        and (places[b][0] - places[a][0], places[b][1] - places[a][1])
        in {(1, 0), (0, 1), (1, 1), (-1, 0), (0, -1), (-1, -1)}
    )
    capacity = Fact("packets per tick", 4000, "", "derived", "link clock")
    placement = Placement("core", populations, RESOURCES, tuple(chips), (), links, between=capacity)
    labels, homes = [], []
    for index, chip in enumerate(chips):
        for core in range(chip.used):
            labels.append(f"{chip.name} core {core}")
            homes.append(index)
    need = (rng.beta(5, 2, (len(labels), 3)) * [98304, 512, 1024]).astype(np.int64)
    traffic = rng.exponential(500, (used + 1, used + 1)) * (rng.random((used + 1, used + 1)) < 0.2)
    return Report(
        summary("fly brain", "spinnaker2-48", "SpiNNaker2, board of 48 chips"),
        placement=placement,
        utilisation=Utilisation(tuple(labels), np.array(homes, np.int64), RESOURCES, need),
        traffic=Traffic("chip", ("host", *(c.name for c in chips[:used])), traffic),
        raster=raster(populations, 20000, events=60000, differ=40),
        energy=energy(tuple(labels)),
        quantisation=quantisation(populations),
        timings=timings(),
        search=Search(81234, 70111, 0.137, "feasible", "search"),
    )


def full(chips: int = 3, shares: int = 9) -> Report:
    """As much as is drawn core by core: every core of some chips, with shares of many."""
    rng = np.random.default_rng(7)
    populations = tuple(f"block{i}/population_of_neurons" for i in range(30))
    places = [(0, 0), (1, 0), (0, 1), (1, 1)][:chips]
    cores, labels = [], []
    for chip, (x, y) in enumerate(places):
        for index in range(148):
            names = [populations[(index + k) % 30] for k in range(shares)]
            name = f"chip({x},{y}) core {index}"
            held = tuple(Share(n, index * 100, index * 100 + 64) for n in names)
            need = {r.name: int(r.capacity * rng.uniform(0.5, 1)) for r in RESOURCES}
            cores.append(Core(chip * 148 + index, name, chip, index % 12, index // 12, held, need))
            labels.append(name)
    boards = tuple(
        Chip(f"chip({x},{y})", x, y, 12, 13, 148, 148, dict.fromkeys(populations, 9000))
        for x, y in places
    )
    links = tuple(
        Link((chip, x + 0.5, y + 0.5), (chip, x + 0.5 + dx, y + 0.5 + dy), 99.0 * (x + 1), False)
        for chip in range(chips)
        for x in range(0, 10, 2)
        for y in range(0, 10, 2)
        for dx, dy in ((2, 0), (0, 2))
    )
    need = np.array([list(c.needs.values()) for c in cores], np.int64)
    size = len(labels) + 1
    runs = [trace for name in populations for trace in traces(name).traces]
    return Report(
        summary("full", "spinnaker2-48", "SpiNNaker2, board of 48 chips"),
        placement=Placement("core", populations, RESOURCES, boards, tuple(cores), links),
        utilisation=Utilisation(tuple(labels), np.repeat(np.arange(chips), 148), RESOURCES, need),
        traffic=Traffic("core", ("host", *labels), rng.exponential(5, (size, size))),
        raster=raster(populations, 4000, events=9000),
        traces=Traces(1e-3, tuple(runs)),
        energy=energy(tuple(labels)),
        quantisation=quantisation(populations),
        timings=timings(),
        search=search(),
    )


def circuit() -> Report:
    """Engines of a programmable part: no links, no placement to search for."""
    names = ("hidden", "output")
    resources = (Resource("cells", 128, ""),)
    chip = Chip("lfe5u-85f", 0, 0, 2, 1, 2, 2, {"hidden": 32, "output": 10})
    cores = tuple(
        Core(i, f"engine {i}", 0, i, 0, (Share(n, 0, size),), {"cells": size})
        for i, (n, size) in enumerate(zip(names, (32, 10), strict=True))
    )
    pools = (
        Pool("LUT4", 3120.0, 83640, "derived", "ECP5 family data sheet"),
        Pool("flip-flops", 2210.0, 83640, "derived", "ECP5 family data sheet"),
        Pool("block RAM", 14.0, 208, "published", "ECP5 family data sheet"),
        Pool("multipliers", 0.0, 156, "published", "ECP5 family data sheet"),
    )
    return Report(
        summary("digits", "ulx3s-85f", "ULX3S board, Lattice ECP5 LFE5U-85F"),
        placement=Placement("engine", names, resources, (chip,), cores),
        energy=energy(("engine 0", "engine 1")),
        area=Area(pools, (Table(("engine", "lanes"), (("hidden", 8), ("output", 2)), "Folding"),)),
        missing=(
            Missing("raster", "no inputs were given", "give --input NPZ"),
            Missing("traces", "no inputs were given", "give --input NPZ"),
            Missing("timings", "the bundle has no build-info.json", "compile it again"),
        ),
    )


def crossbar() -> Report:
    """Imperfect devices."""

    def shown(mean: float, deviation: float) -> Spread:
        return Spread(mean, deviation, mean - 2 * deviation, min(1.0, mean + 2 * deviation))

    effects = (
        ("programming", "errors of programming", 0.961, 0.012),
        ("noise", "noise of reads", 0.985, 0.004),
        ("drift", "drift of conductances", 0.991, 0.0),
        ("wires", "resistance of wires", 0.97, 0.008),
        ("all", "all together", 0.873, 0.05),
    )
    costs = tuple(
        Cost(name, title, shown(0.02, 0.01), shown(1 - mean, sd), shown(mean, sd))
        for name, title, mean, sd in effects
    )
    return Report(
        summary("digits", "neurram", "NeuRRAM, 48 cores of 256 × 256 cells"),
        devices=Devices(10, 500, 0.992, costs),
        quantisation=quantisation(("hidden", "output")),
    )


def raster(populations: tuple[str, ...], cells: int, events: int = 900, differ: int = 3) -> Raster:
    """Random spikes; `differ` cells of the second population do not agree."""
    rng = np.random.default_rng(3)
    steps = 64

    def sent(count: int) -> Events:
        flat = np.unique(rng.integers(0, steps * cells, count))
        return Events(flat // cells, flat % cells, np.ones(flat.size, np.int64))

    nothing = Events(*(np.zeros(0, np.int64) for _ in range(3)))
    parts = []
    for index, name in enumerate(("pixels", *populations)):
        both = sent(events)
        missing, extra = (sent(differ), sent(differ)) if index == 2 else (nothing, nothing)
        size = both.step.size
        parts.append(
            Spikes(
                name,
                "value" if index == len(populations) else "spike",
                cells,
                np.arange(cells),
                both,
                both,
                missing,
                extra,
                size,
                size,
                missing.step.size + extra.step.size,
                is_input=index == 0,
            )
        )
    return Raster(0, 500, steps, steps, 1e-3, tuple(parts), 2 * differ, label=7)


def traces(population: str) -> Traces:
    """Two states of two cells, one of which leaves its reference."""
    rng = np.random.default_rng(4)
    found = []
    for cell in (3, 17):
        for state, bits in (("v", 16), ("i", 8)):
            raw = np.cumsum(rng.integers(-9, 11, 64)).astype(np.int64)
            reference = raw.copy()
            if cell == 17:
                reference[40:44] += 7
            sent = (np.arange(64) % 11 == 0).astype(np.int64)
            low, high = -(1 << bits - 1), (1 << bits - 1) - 1
            name = f"fixed<{bits},4,RND,SAT>"
            found.append(
                Trace(population, state, cell, raw, reference, 2**-7, name, low, high, sent)
            )
    return Traces(1e-3, tuple(found))


def energy(labels: tuple[str, ...]) -> Energy:
    """Four cases with parts, events and cycles."""
    rng = np.random.default_rng(5)
    cases = []
    for factor, name in ((0.1, "quiet"), (1.0, "expected"), (8.0, "worst"), (0.8, "this run")):
        cases.append(
            Case(
                name,
                (
                    Quantity("tick", "shortest tick", 40 * factor, "us", "derived", ("clock",)),
                    Quantity(
                        "energy",
                        "energy",
                        5 * factor,
                        "uJ",
                        "assumed",
                        ("energy_word",),
                        ("cores", "links", "idle"),
                    ),
                    Quantity("cores", "of cores", 3 * factor, "uJ", "derived"),
                    Quantity("links", "of links", 0.5 * factor, "uJ", "assumed"),
                    Quantity("idle", "idle", 1.5, "uJ", "published"),
                ),
                (
                    Event("updates", "updates of neurons", 640, 64, 21.5),
                    Event("words", "synaptic words", 4000 * factor, 700 * factor, 9.0),
                    Event("packets", "packets received", 90 * factor, 30 * factor, 55.0),
                ),
                "core 3",
                rng.uniform(500, 4000, len(labels)) * factor,
                {"cores": rng.uniform(0.1, 0.5, len(labels)) * factor},
            )
        )
    return Energy(tuple(cases), labels)


def quantisation(populations: tuple[str, ...]) -> Quantisation:
    """Of every population a state, an output and a projection."""
    rng = np.random.default_rng(6)
    formats, weights, errors = [], [], []
    for index, name in enumerate(populations):
        form = "fixed<16,4,RND,SAT>"
        seen = float(rng.uniform(0.1, 7.9))
        formats.append(
            FormatOf(
                name,
                "v",
                form,
                16,
                -8,
                7.99,
                2**-12,
                bound=min(7.99, 1.3 * seen),
                proven=index % 2 == 0,
                headroom_bits=max(0.0, float(3 - np.log2(1.3 * seen))),
                seen=seen,
                free_bits=float(3 - np.log2(seen)),
                clipped=0.0,
            )
        )
        raw = np.clip(rng.normal(0, 40, 5000), -127, 127)
        counts, edges = np.histogram(raw, 32)
        source = populations[index - 1] if index else "pixels"
        weights.append(
            WeightError(
                f"{source}->{name}",
                source,
                name,
                5000,
                8,
                -127,
                127,
                counts.astype(np.int64),
                edges,
                0.01,
                index == 1,
                21,
                0.0029,
                0.005,
                0.004 * (index + 1),
            )
        )
        errors.append(FloatError(name, "v", 0.002 * (index + 1), 0.04, 1.3))
        errors.append(FloatError(name, "output", 0.01, 1.0, 0.2, 0.0004 * index))
    return Quantisation(tuple(formats), tuple(weights), tuple(errors), 20, 0.95, 0.955)


def timings() -> BuildInfo:
    """Of a compilation of some seconds."""
    passes = (("load", 0.9), ("quantise", 0.2), ("legalise", 0.05), ("map", 4.1), ("emit", 0.4))
    return BuildInfo("0.1.0", tuple(PassRow(n, s, s * 1.4) for n, s in passes), 340_000_000)


def search() -> Search:
    """Cost falls, bound rises."""
    points = tuple(PointRow(0.5 * i, int(900 - 150 * i**0.3), 400 + 9 * i) for i in range(12))
    last = points[-1]
    gap = (last.cost - last.bound) / last.cost
    return Search(last.cost, last.bound, gap, "feasible", "CP-SAT", points)
