"""Chips of arrays, tilings and mappings made by hand, for tests of the crossbar backend."""

from __future__ import annotations

import itertools
from collections.abc import Mapping as ReadOnlyDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from somac.ir.connectivity import Connectivity, Convolution, Dense, OneToOne
from somac.ir.datapath import OPCODES, Datapath, Instruction
from somac.ir.fixed import BOOL, Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.mapping import Mapping, Proof, Slice
from somac.ir.network import Output
from somac.ir.random_device import RandomDevice, ReadBack
from somac.ir.target import Array, Capabilities, Figure, Target, Topology
from somac.ir.tiling import Block, Converters, Tiling

__all__ = [
    "chip",
    "example",
    "hand_placed",
    "integrate_and_fire",
    "mesh",
    "tiled_by_hand",
]


def mesh(width: int, height: int) -> Topology:
    """Cores on a mesh, one per node; the host is at node 0."""
    at = [(x, y) for y in range(height) for x in range(width)]
    number = {place: n for n, place in enumerate(at)}
    links = [
        (number[x, y], number[x + dx, y + dy])
        for x, y in at
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
        if (x + dx, y + dy) in number
    ]
    nodes = len(at)
    return Topology(
        node_position=np.array(at, np.int64),
        node_chip=np.zeros(nodes, np.int64),
        core_node=np.arange(nodes),
        core_local=np.arange(nodes),
        core_usable=np.ones(nodes, np.bool_),
        link_source=np.array([a for a, _ in links], np.int64),
        link_target=np.array([b for _, b in links], np.int64),
        link_cost=np.ones(len(links), np.int64),
        chip_position=np.zeros((1, 2), np.int64),
        chip_router=np.zeros(1, np.int64),
        host_node=0,
    )


def chip(
    *,
    rows: int = 16,
    columns: int = 32,
    cores: tuple[int, int] = (5, 5),
    neurons: int = 64,
    figures: ReadOnlyDict[str, float] | None = None,
    **array: Any,
) -> Target:
    """A small chip; `array` are fields of `Array`, which by default suits any converters."""
    given = {
        "cell_bits": 2,
        "max_slices": 8,
        "polarity": "differential",
        "pulse_bits": 1,
        "max_pulses": 16,
        "signs": "bipolar",
        "adc_bits": 8,
        "adc_signed": True,
        "g_min_us": 1.0,
        "g_max_us": 40.0,
    } | array
    named = {} if figures is None else dict(figures)
    return Target(
        "tiny_crossbar",
        "a chip of small arrays",
        "crossbar",
        mesh(*cores),
        {"neurons": neurons},
        1 << 30,
        Capabilities(
            operations=frozenset(OPCODES),
            outputs=frozenset({"spike", "count", "value"}),
            min_delay=0,
            max_delay=64,
            word_bits=64,
            accumulator_bits=32,
            weight_bits=32,
        ),
        (),
        {
            name: Figure(value, name.rsplit("_", 1)[1], "assumed", "tests")
            for name, value in named.items()
        },
        array=Array(rows=rows, columns=columns, figures=named, **given),
    )


def integrate_and_fire(name: str = "if", port: str = "x") -> Datapath:
    """Adds up, and fires at a threshold, which is then taken off."""
    wide = Format(24, 24)
    return Datapath(
        name,
        (
            Instruction("input", wide, name=port),
            Instruction("state", wide, name="v"),
            Instruction("param", wide, name="threshold"),
            Instruction("add", wide, (0, 1)),
            Instruction("ge", BOOL, (3, 2), "spike"),
            Instruction("sub", wide, (3, 2)),
            Instruction("select", wide, (4, 5, 3)),
        ),
        {"v": 6},
        4,
        "spike",
    )


def tiled_by_hand(
    wiring: Connectivity,
    converters: Converters,
    rows: int,
    columns: int,
    steps: Sequence[int] | None = None,
) -> Tiling:
    """Blocks of at most so many rows and columns (of weights) in the order of cells.

    A convolution becomes one block per slab of its unrolled kernel, with a use for each place;
    anything else one use of the matrix per delay, without the slabs that are 0.
    """
    step = np.array(steps or [1] * converters.planes, np.int64)
    blocks = []
    if isinstance(wiring, Convolution):
        matrix, sources, targets = unrolled(wiring)
        for r, c in itertools.product(
            range(0, matrix.shape[0], rows), range(0, matrix.shape[1], columns)
        ):
            part = matrix[r : r + rows, c : c + columns]
            ends = sources[:, r : r + rows], targets[:, c : c + columns]
            blocks.append(Block(part, *ends, 0, step))
        return Tiling.of(converters, blocks)
    listed = wiring.rows(0, wiring.source_size)
    source = np.repeat(np.arange(wiring.source_size), np.diff(listed.indptr))
    for delay in np.unique(listed.delay).tolist():
        matrix = np.zeros((wiring.source_size, wiring.target_size), np.int32)
        here = listed.delay == delay
        np.add.at(matrix, (source[here], listed.target[here]), listed.weight[here])
        for r in range(0, matrix.shape[0], rows):
            for c in range(0, matrix.shape[1], columns):
                part = matrix[r : r + rows, c : c + columns]
                if part.any():
                    blocks.append(
                        Block(
                            part,
                            np.arange(r, r + part.shape[0], dtype=np.int32)[None],
                            np.arange(c, c + part.shape[1], dtype=np.int32)[None],
                            delay,
                            step,
                        )
                    )
    return Tiling.of(converters, blocks)


def unrolled(wiring: Convolution) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Matrix (rows, columns) of a kernel, and sources and targets of each place; one group."""
    out = len(wiring.weights)
    matrix = wiring.weights.reshape(out, -1).T.astype(np.int32)
    listed = wiring.with_weights(
        np.arange(1, wiring.weights.size + 1, dtype=np.int32).reshape(wiring.weights.shape)
    ).rows(0, wiring.source_size)
    source = np.repeat(np.arange(wiring.source_size), np.diff(listed.indptr))
    number = listed.weight.astype(np.int64) - 1
    to, row = np.divmod(number, matrix.shape[0])
    places = wiring.target_size // out
    assert (listed.target // places == to).all()
    sources = np.full((places, matrix.shape[0]), -1, np.int32)
    sources[listed.target % places, row] = source
    targets = np.arange(wiring.target_size, dtype=np.int32).reshape(out, places).T
    return matrix, sources, targets


def hand_placed(
    network: IntegerNetwork,
    target: Target,
    *,
    largest: int = 1 << 30,
    copies: int = 1,
    homes: int | None = None,
) -> Mapping:
    """Blocks on shelves of as few arrays as come of it, and slices dealt to the same cores.

    Blocks with several uses have up to `copies` copies; slices are on `homes` cores in turn.
    """
    array = target.array
    assert array is not None
    rows = []
    part, row, column, height = 0, 0, 0, 0
    number = 0
    for p in network.projections:
        if p.tiling is None:
            continue
        for n, block in enumerate(p.tiling.blocks):
            tall, wide = block.weights.shape[0], block.weights.shape[1] * p.tiling.converters.cells
            assert tall <= array.rows
            assert wide <= array.columns
            for _ in range(min(copies, block.uses)):
                if column + wide > array.columns:
                    row, column, height = row + height, 0, 0
                if row + tall > array.rows:
                    part, row, column, height = part + 1, 0, 0, 0
                rows.append((number, n, part, row, column))
                column, height = column + wide, max(height, tall)
        number += 1
    slices = [Slice(i.name, 0, i.size, None) for i in network.inputs]
    core = 0
    for p in network.populations:
        for start in range(0, p.size, min(largest, target.resources["neurons"])):
            stop = min(start + min(largest, target.resources["neurons"]), p.size)
            slices.append(Slice(p.name, start, stop, core if homes is None else core % homes))
            core += 1
    used = max(core if homes is None else homes, part + 1)
    assert used <= target.topology.cores
    return Mapping(
        network.digest(),
        target.digest(),
        tuple(slices),
        (),
        Proof(0, 0, "optimal", "tests"),
        {},
        parts=tuple(range(used)),
        plan={"copies": np.array(rows, np.int64).reshape(-1, 5)},
    )


def example(
    converters: Converters | None = None, *, seed: int = 0, steps: Sequence[int] | None = None
) -> IntegerNetwork:
    """An image through a convolution and two matrices, one that no one programmed, with a loop and
    a digital link."""
    how = converters or Converters(1, 1, "none", 2, 3, "differential", -127, 127)
    random = np.random.default_rng(seed)
    low, high = max(how.weights[0], -30), min(how.weights[1], 30)

    def weights(*shape: int) -> np.ndarray:
        return random.integers(low, high + 1, shape, dtype=np.int32)

    conv = Convolution(weights(4, 1, 3, 3), (1, 6, 6), (1, 1), ((0, 0), (0, 0)), (1, 1))
    dense = Dense(weights(10, 64))
    loop = Dense(weights(10, 10))
    device = RandomDevice(0.0, how.weights[1] / 4, 0.5, seed)
    wild = np.rint(device.weights("wild", 10, 64) / 0.5).astype(np.int32)
    wild = np.clip(wild, *how.weights)
    path = integrate_and_fire()

    def population(name: str, size: int, parameters: Any, initial: Any) -> IntegerPopulation:
        return IntegerPopulation(
            name, (size,), path, {"threshold": np.asarray(parameters)}, {"v": np.asarray(initial)}
        )

    def tiling(wiring: Connectivity) -> Tiling:
        return tiled_by_hand(wiring, how, 16, 32 // how.cells, steps)

    return IntegerNetwork(
        "example",
        1e-3,
        (IntegerInput("image", (1, 6, 6), "spike", BOOL),),
        (
            population("hidden", 64, 40, random.integers(0, 20, 64)),
            population("out", 10, random.integers(50, 90, 10), 0),
        ),
        (
            IntegerProjection("conv", "image", "hidden", "x", conv, 0, tiling=tiling(conv)),
            IntegerProjection("dense", "hidden", "out", "x", dense, 0, tiling=tiling(dense)),
            IntegerProjection(
                "wild",
                "hidden",
                "out",
                "x",
                Dense(wild),
                1,
                tiling=tiling(Dense(wild)),
                device=ReadBack(device, np.array(0.5)),
            ),
            IntegerProjection("loop", "out", "out", "x", loop, 1, tiling=tiling(loop)),
            IntegerProjection("tonic", "hidden", "hidden", "x", OneToOne(np.int32(-3), 64), 2),
        ),
        (Output("spikes", "out"),),
    )
