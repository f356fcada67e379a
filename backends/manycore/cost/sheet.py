"""Formulas, a row each: a figure of cost from facts, figures of the target, and rows above it.

`docs/reference/cost-model.md` says where each comes from. A row whose figures the target does not
have is left out, as is one without a finite value, and so are those that need it. Its status is the
weakest of all that enters it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, nan

from somac.backends.api import Amount
from somac.ir.target import Figure, Status, status_from

__all__ = ["FACTS", "LEVELS", "WORK", "evaluate"]

LEVELS = ("low", "high")
"""Operating points that power and clock are known of."""

WORK = tuple(f"energy_cores_{level}_nj" for level in LEVELS)
"""Energies of the cores' work: as much for every cycle."""

FACTS: Mapping[str, str] = {
    "busiest_instructions": "of a step, on the core with most of them",
    "all_instructions": "of a step, on all cores",
    "cores": "that are loaded",
    "chips": "that are loaded or routed through",
    "dt_us": "time that a step of the model stands for",
    "period": "ticks of a step",
    "inside_packets": "per step on the busiest link inside a chip",
    "inside_hops": "of all packets of a step, inside chips",
    "between_packets": "per step on the busiest link between chips",
    "between_hops": "of all packets of a step, between chips",
    "farthest_inside": "links inside chips on the longest way of a packet",
    "farthest_between": "links between chips on it",
    "mac_products": "of a step, on the MAC arrays of all cores",
}
"""What is counted: it needs no figure of the target but, for instructions, the prices."""

_DIGITS = 6

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Row:
    """`title` may name values in braces; for it and the rest see `somac.backends.api.Amount`."""

    name: str
    unit: str
    needs: tuple[str, ...]
    value: Callable[[Values], float]
    title: str = ""
    adds: bool = False
    parts: tuple[str, ...] = ()


def evaluate(
    facts: Values, figures: Mapping[str, Figure], prices: Iterable[str]
) -> dict[str, Amount]:
    """Every row that can be; `facts` are those of `FACTS`.

    `prices` are the figures that the instructions were made with.
    """
    values = {name: figure.value for name, figure in figures.items()} | dict(facts)
    status: dict[str, Status] = {name: figure.status for name, figure in figures.items()}
    origin: dict[str, tuple[str, ...]] = {name: (name,) for name in figures}
    found: dict[str, Amount] = {}
    for row in (*_counted(tuple(dict.fromkeys(prices))), *_ROWS):
        if not all(name in origin for name in row.needs):
            continue
        value = _rounded(row.value(values))
        if not isfinite(value):
            continue
        values[row.name] = value
        status[row.name] = status_from(status[name] for name in row.needs)
        origin[row.name] = tuple(dict.fromkeys(o for name in row.needs for o in origin[name]))
        found[row.name] = Amount(
            values[row.name],
            row.unit,
            status[row.name],
            origin[row.name],
            row.title.format_map(values),
            row.adds,
            row.parts,
        )
    return found


def _rounded(value: float) -> float:
    """To a few digits: what follows them is not known, and may differ from machine to machine."""
    return float(f"{value:.{_DIGITS}g}")


def _counted(prices: tuple[str, ...]) -> tuple[_Row, ...]:
    """Instructions, which are known only with all prices."""
    return (
        _Row("busiest_core_instructions", "instructions", prices,
             lambda v: v["busiest_instructions"]),
        _Row("mean_core_instructions", "instructions", prices,
             lambda v: v["all_instructions"] / max(1, v["cores"])),
    )  # fmt: skip


def _level(level: str) -> tuple[_Row, ...]:
    """Time and energy at an operating point."""
    clock, time = f"core_clock_{level}_mhz", f"core_time_{level}_us"
    tick, step = f"tick_{level}_us", f"step_{level}_us"
    cycle, off, asleep = f"core_cycle_{level}_pj", "chip_cores_off_mw", f"core_asleep_{level}_mw"
    cores, idle, links = f"energy_cores_{level}_nj", f"energy_idle_{level}_nj", "energy_links_nj"
    arrays = f"energy_arrays_{level}_nj"
    return (
        # a tick must last as long as the busiest core and the busiest links take
        _Row(time, "us", ("busiest_core_cycles", clock),
             lambda v: v["busiest_core_cycles"] / v[clock]),
        _Row(tick, "us", (time, "inside_ns", "between_ns"),
             lambda v: max(v[time], v["inside_ns"] / 1e3, v["between_ns"] / 1e3),
             f"shortest tick at {{{clock}:g}} MHz"),
        _Row(f"tick_{level}_percent", "%", (tick, "tick_ms"),
             lambda v: v[tick] / v["tick_ms"] / 10),
        _Row(f"speed_{level}_ratio", "1", (tick,),
             lambda v: v["dt_us"] / (v["period"] * v[tick]) if v[tick] else nan,
             f"times as fast as the model at {{{clock}:g}} MHz"),
        # what is switched on takes power for as long as a step lasts
        _Row(step, "us", (tick, "tick_ms"),
             lambda v: v["period"] * max(v[tick], v["tick_ms"] * 1e3),
             f"time at {{{clock}:g}} MHz and ticks of at least {{tick_ms:g}} ms", adds=True),
        _Row(cores, "nJ", ("mean_core_cycles", cycle),
             lambda v: v["mean_core_cycles"] * v["cores"] * v[cycle] / 1e3,
             f"energy of the cores' work at {{{clock}:g}} MHz", adds=True),
        _Row(idle, "nJ", (step, off, asleep),
             lambda v: v[step] * (v["chips"] * v[off] + v["cores"] * v[asleep]), adds=True),
        _Row(arrays, "nJ", (f"mac_{level}_pj",),
             lambda v: v["mac_products"] * v[f"mac_{level}_pj"] / 1e3, adds=True),
        _Row(f"energy_{level}_uj", "uJ", (cores, arrays, idle, links),
             lambda v: (v[cores] + v[arrays] + v[idle] + v[links]) / 1e3,
             f"energy in all at {{{clock}:g}} MHz", adds=True,
             parts=(cores, arrays, idle, links)),
    )  # fmt: skip


def _as_counted(name: str, unit: str) -> _Row:
    return _Row(name, unit, (), lambda v: v[name])


def _cycles(core: str, title: str = "") -> _Row:
    instructions, cpi = f"{core}_core_instructions", "cycles_per_instruction_ratio"
    return _Row(f"{core}_core_cycles", "cycles", (instructions, cpi),
                lambda v: v[instructions] * v[cpi], title)  # fmt: skip


_ROWS: tuple[_Row, ...] = (
    _cycles("busiest", "cycles of the busiest core"),
    _cycles("mean"),
    _as_counted("inside_packets", "packets"),
    _as_counted("inside_hops", "hops"),
    _as_counted("between_packets", "packets"),
    _as_counted("between_hops", "hops"),
    # a packet is one flit on a chip, and holds a link between chips for a fixed time
    _Row("inside_ns", "ns", ("noc_flit_bits", "noc_link_gbit_per_s"),
         lambda v: v["inside_packets"] * v["noc_flit_bits"] / v["noc_link_gbit_per_s"]),
    _Row("between_ns", "ns", ("link_packet_ns",),
         lambda v: v["between_packets"] * v["link_packet_ns"]),
    _Row("farthest_ns", "ns", ("noc_hop_ns", "link_packet_ns"),
         lambda v: v["farthest_inside"] * v["noc_hop_ns"]
         + v["farthest_between"] * v["link_packet_ns"]),
    _Row("energy_links_nj", "nJ", ("packet_hop_pj",),
         lambda v: (v["inside_hops"] + v["between_hops"]) * v["packet_hop_pj"] / 1e3,
         adds=True),
    *(row for level in LEVELS for row in _level(level)),
)  # fmt: skip
