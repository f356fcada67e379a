"""`Target`: the hardware as the passes see it, read from data (`targets.yaml`).

A target is figures with their provenance, a topology of cores and links, what a core has of
each resource, and what the hardware can do. Chips of every class are described by the same
value; what is special to a class is data in `figures`, `resources`, `capabilities`, `layouts`,
`part` and `array`, and only the backend of that class reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from somac.ir.digest import digest_of, integers, read_only
from somac.ir.tiling import Polarity, Signs

__all__ = [
    "Array",
    "Capabilities",
    "Figure",
    "Memory",
    "Multiplier",
    "Part",
    "Status",
    "Target",
    "Topology",
    "WordLayout",
    "status_from",
]

Status = Literal["measured", "published", "derived", "assumed"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number about hardware, with where it comes from.

    `unit` is spelled out in the description's key suffix (``_bytes``, ``_mhz``, ``_ns``,
    ``_pj``, ...); `status` says whether the number was measured, published, derived from
    published ones, or assumed.
    """

    value: float
    unit: str
    status: Status
    source: str


def status_from(statuses: Iterable[Status]) -> Status:
    """Of what is computed from figures of these: that of the weakest, and at best ``derived``."""
    return "assumed" if "assumed" in statuses else "derived"


@dataclass(frozen=True, slots=True)
class WordLayout:
    """How a synaptic word is cut, from the most significant bit: weight, delay, type, target.

    The weight field holds a magnitude; `type_bits` select the sign (0 positive, 1 negative).
    """

    name: str
    weight_bits: int
    delay_bits: int
    type_bits: int
    target_bits: int

    @property
    def bits(self) -> int:
        """Width of the word."""
        return self.weight_bits + self.delay_bits + self.type_bits + self.target_bits

    @property
    def max_magnitude(self) -> int:
        """The largest weight magnitude that fits."""
        return (1 << self.weight_bits) - 1


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a target can do, checked before any work.

    Parameters
    ----------
    operations
        Datapath operations its cores execute.
    outputs
        Kinds of output its cores send: of ``spike``, ``count``, ``value``.
    min_delay, max_delay
        Ticks a spike takes from core to core, at least and at most.
    word_bits
        Widest intermediate value of a datapath, in bits.
    accumulator_bits
        Width of the accumulators that synaptic weights are added into.
    weight_bits
        Widest weight, in bits, sign included.
    """

    operations: frozenset[str]
    outputs: frozenset[str]
    min_delay: int
    max_delay: int
    word_bits: int
    accumulator_bits: int
    weight_bits: int


@dataclass(frozen=True, slots=True, eq=False)
class Topology:
    """Cores on routing nodes, joined by directed links; nodes belong to chips.

    All arrays are read-only. Nodes, cores, links and chips are numbered from 0.

    Parameters
    ----------
    node_position
        int64 (nodes, 2): x and y of each routing node inside its chip.
    node_chip
        int64 (nodes,): chip of each node.
    core_node
        int64 (cores,): the node each core sits on.
    core_local
        int64 (cores,): number of the core inside its chip, as the hardware counts.
    core_usable
        bool (cores,): False where a core is reserved or dead.
    link_source, link_target
        int64 (links,): directed links between nodes.
    link_cost
        int64 (links,): hops a packet is charged for crossing the link.
    chip_position
        int64 (chips, 2): x and y of each chip.
    chip_router
        int64 (chips,): the node where the chip's event router sits, through which packets
        leave and enter the chip.
    host_node
        The node at which the host's packets enter.

    Raises
    ------
    ValueError
        If the arrays' lengths differ, or one refers to a node or chip that is not there.
    """

    node_position: NDArray[np.int64]
    node_chip: NDArray[np.int64]
    core_node: NDArray[np.int64]
    core_local: NDArray[np.int64]
    core_usable: NDArray[np.bool_]
    link_source: NDArray[np.int64]
    link_target: NDArray[np.int64]
    link_cost: NDArray[np.int64]
    chip_position: NDArray[np.int64]
    chip_router: NDArray[np.int64]
    host_node: int

    def __post_init__(self) -> None:
        # per array: what it has an entry for, and what its entries number
        for name, count, limit in (
            ("node_chip", self.nodes, self.chips),
            ("core_node", self.cores, self.nodes),
            ("core_local", self.cores, None),
            ("core_usable", self.cores, 2),
            ("link_source", self.links, self.nodes),
            ("link_target", self.links, self.nodes),
            ("link_cost", self.links, None),
            ("chip_router", self.chips, self.nodes),
            ("node_position", self.nodes, None),
            ("chip_position", self.chips, None),
        ):
            array = integers(getattr(self, name))
            shape = (count, 2) if name.endswith("_position") else (count,)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, not {shape}")
            if limit is not None and array.size and not 0 <= array.min() <= array.max() < limit:
                raise ValueError(f"{name} is not within 0..{limit - 1}")
            dtype = np.bool_ if name == "core_usable" else np.int64
            object.__setattr__(self, name, read_only(array.astype(dtype, copy=False)))
        if not 0 <= self.host_node < self.nodes:
            raise ValueError(f"host_node {self.host_node} is not one of {self.nodes} nodes")

    @property
    def nodes(self) -> int:
        """Number of routing nodes."""
        return len(self.node_chip)

    @property
    def cores(self) -> int:
        """Number of cores, usable or not."""
        return len(self.core_node)

    @property
    def links(self) -> int:
        """Number of directed links."""
        return len(self.link_source)

    @property
    def chips(self) -> int:
        """Number of chips."""
        return len(self.chip_router)

    @property
    def link_crosses(self) -> NDArray[np.bool_]:
        """bool (links,): whether each link leads from one chip to another."""
        return np.asarray(self.node_chip[self.link_source] != self.node_chip[self.link_target])

    def core_name(self, core: int) -> str:
        """E.g. ``chip(0,0) core 17``."""
        chip = int(self.node_chip[self.core_node[core]])
        x, y = (int(v) for v in self.chip_position[chip])
        return f"chip({x},{y}) core {int(self.core_local[core])}"


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory blocks of one kind in a part.

    Parameters
    ----------
    blocks
        How many there are.
    bits
        Of one block.
    widths
        Words that a port may have, in bits, ascending.
    """

    blocks: int
    bits: int
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Multiplier:
    """Multipliers of one kind in a part: how many, and the widths of their signed operands."""

    count: int
    a_bits: int
    b_bits: int


@dataclass(frozen=True, slots=True)
class Part:
    """A programmable device, such as an FPGA: what circuits are made of.

    Parameters
    ----------
    family
        Name of the flow that makes its bits: ``ecp5``, ``ice40``, ``xcu``, ``xcup``.
    device, package, speed
        As the tools of the family call them.
    luts, flip_flops, plls
        How many there are.
    lut_inputs
        Of one look-up table.
    memories, multipliers
        By kind: ``bram``, ``lutram``, ...; ``dsp``, ...
    clock_mhz
        Of the board's oscillator, or what designs are aimed at.
    pins
        Places of ports on the board, as far as they are known: ``clk`` and others.
    figures
        What circuits take of parts of the family, by name, and how well that is known.
    """

    family: str
    device: str
    package: str
    speed: str
    luts: int
    lut_inputs: int
    flip_flops: int
    plls: int
    memories: Mapping[str, Memory]
    multipliers: Mapping[str, Multiplier]
    clock_mhz: float
    pins: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def pools(self) -> Mapping[str, int]:
        """How many of each kind all circuits share: ``lut``, ``ff``, ``pll``, and the kinds of
        memories and multipliers by name."""
        return {
            "lut": self.luts,
            "ff": self.flip_flops,
            **{kind: memory.blocks for kind, memory in self.memories.items()},
            **{kind: multiplier.count for kind, multiplier in self.multipliers.items()},
            "pll": self.plls,
        }


@dataclass(frozen=True, slots=True)
class Array:
    """Memory cells where rows and columns cross, with their converters: one per core.

    Parameters
    ----------
    rows, columns
        Of cells.
    cell_bits
        Of a code: a cell has ``2**cell_bits`` levels.
    max_slices
        Cells that may keep one weight, each a part of its bits.
    polarity
        How negative weights are kept: see `somac.ir.tiling.Polarity`.
    pulse_bits
        Of a signal that one pulse on a row carries.
    max_pulses
        That may carry one signal, one after the other.
    signs
        How negative signals come in: see `somac.ir.tiling.Signs`.
    adc_bits, adc_signed
        Of the codes of a converter; signed ones have as many codes below 0 as above.
    g_min_us, g_max_us
        Conductance of the least and the largest code, in microsiemens.
    figures
        What is known of effects, times and energies, by name.
    """

    rows: int
    columns: int
    cell_bits: int
    max_slices: int
    polarity: Polarity
    pulse_bits: int
    max_pulses: int
    signs: Signs
    adc_bits: int
    adc_signed: bool
    g_min_us: float
    g_max_us: float
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[int, int]:
        """The least and the largest code of a converter."""
        if self.adc_signed:
            most = (1 << (self.adc_bits - 1)) - 1
            return -most, most
        return 0, (1 << self.adc_bits) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A chip or board that networks are compiled for.

    Parameters
    ----------
    name, title
        As in `targets.yaml`.
    backend
        Name of the backend (entry point of ``somac.backends``) that serves it.
    topology
        Cores and links.
    resources
        What one core has: capacity per resource name, e.g. ``{"neurons": 256, "bytes": 94208}``.
    router_entries
        Entries of one chip's routing table.
    capabilities
        What the hardware can do.
    layouts
        Synaptic word layouts, in order of preference.
    figures
        Every number of the description with its provenance, by key.
    part
        What circuits are made of, where the cores are circuits: engines, of which there may be
        as many as the topology has and as fit into the part. None where cores are there.
    """

    name: str
    title: str
    backend: str
    topology: Topology
    resources: Mapping[str, int]
    router_entries: int
    capabilities: Capabilities
    layouts: tuple[WordLayout, ...]
    figures: Mapping[str, Figure] = field(default_factory=dict)
    part: Part | None = None
    array: Array | None = None

    @property
    def places(self) -> int:
        """How many slices of networks it can take: its usable cores, or engines."""
        return int(self.topology.core_usable.sum())

    @property
    def place(self) -> str:
        """What takes a slice: ``core`` or ``engine``."""
        return "core" if self.part is None else "engine"

    def digest(self) -> str:
        """BLAKE2b of everything in the description, as hexadecimal text."""
        return digest_of(self)
