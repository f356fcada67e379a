"""A target as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from somac.compiler.targets.ports import WIRES
from somac.ir.target import Array, Part, Target

__all__ = [
    "ArrayView",
    "FigureView",
    "LayoutView",
    "MemoryView",
    "PartView",
    "TargetLine",
    "TargetView",
    "described",
    "listed",
]


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target in a list; `pools` are what the circuits of a part share, by kind.

    `origin` is the package or the file that describes it, where that is asked for.
    """

    name: str
    title: str
    backend: str
    chips: int
    cores: int
    usable_cores: int
    pools: Mapping[str, int] = field(default_factory=dict)
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure with where it comes from."""

    name: str
    value: float
    unit: str
    status: str
    source: str


@dataclass(frozen=True, slots=True)
class LayoutView:
    """A synaptic word: bits per field, from the most significant."""

    name: str
    weight_bits: int
    delay_bits: int
    type_bits: int
    target_bits: int


@dataclass(frozen=True, slots=True)
class MemoryView:
    """Memory blocks of a part: how many, bits of one, widths of its words."""

    blocks: int
    bits: int
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """A programmable device; `multipliers` are the widths of their operands, by kind."""

    family: str
    device: str
    package: str
    speed: str
    lut_inputs: int
    memories: Mapping[str, MemoryView]
    multipliers: Mapping[str, tuple[int, int]]
    clock_mhz: float
    pins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ArrayView:
    """The memory cells of a core and their converters; see `somac.ir.target.Array`."""

    rows: int
    columns: int
    cell_bits: int
    max_slices: int
    polarity: str
    pulse_bits: int
    max_pulses: int
    signs: str
    adc_bits: int
    codes: tuple[int, int]
    g_min_us: float
    g_max_us: float


@dataclass(frozen=True, slots=True)
class TargetView:
    """Everything of a target but the positions of its cores.

    `router_entries` is None where no table limits the routes.
    """

    line: TargetLine
    core: Mapping[str, int]
    router_entries: int | None
    min_delay: int
    max_delay: int
    word_bits: int
    accumulator_bits: int
    weight_bits: int
    outputs: tuple[str, ...]
    operations: tuple[str, ...]
    layouts: tuple[LayoutView, ...]
    figures: tuple[FigureView, ...]
    place: str = "core"
    part: PartView | None = None
    array: ArrayView | None = None


def listed(target: Target, origin: str | None = None) -> TargetLine:
    """The target in a list."""
    topology = target.topology
    return TargetLine(
        target.name,
        target.title,
        target.backend,
        topology.chips,
        topology.cores,
        target.places,
        {} if target.part is None else dict(target.part.pools),
        origin,
    )


def described(target: Target) -> TargetView:
    """The target in full."""
    can = target.capabilities
    return TargetView(
        line=listed(target),
        core=dict(target.resources),
        router_entries=None if target.router_entries >= WIRES else target.router_entries,
        min_delay=can.min_delay,
        max_delay=can.max_delay,
        word_bits=can.word_bits,
        accumulator_bits=can.accumulator_bits,
        weight_bits=can.weight_bits,
        outputs=tuple(sorted(can.outputs)),
        operations=tuple(sorted(can.operations)),
        layouts=tuple(
            LayoutView(w.name, w.weight_bits, w.delay_bits, w.type_bits, w.target_bits)
            for w in target.layouts
        ),
        figures=tuple(
            FigureView(
                name, figure.value, figure.unit, figure.status, " ".join(figure.source.split())
            )
            for name, figure in target.figures.items()
        ),
        place=target.place,
        part=None if target.part is None else _part(target.part),
        array=None if target.array is None else _array(target.array),
    )


def _array(array: Array) -> ArrayView:
    return ArrayView(
        rows=array.rows,
        columns=array.columns,
        cell_bits=array.cell_bits,
        max_slices=array.max_slices,
        polarity=array.polarity,
        pulse_bits=array.pulse_bits,
        max_pulses=array.max_pulses,
        signs=array.signs,
        adc_bits=array.adc_bits,
        codes=array.codes,
        g_min_us=array.g_min_us,
        g_max_us=array.g_max_us,
    )


def _part(part: Part) -> PartView:
    return PartView(
        family=part.family,
        device=part.device,
        package=part.package,
        speed=part.speed,
        lut_inputs=part.lut_inputs,
        memories={k: MemoryView(m.blocks, m.bits, m.widths) for k, m in part.memories.items()},
        multipliers={k: (m.a_bits, m.b_bits) for k, m in part.multipliers.items()},
        clock_mhz=part.clock_mhz,
        pins=dict(part.pins),
    )
