"""What a step of the model takes, read from the files of a bundle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Costs, EventCost, Rates
from somac.backends.manycore.cost.kinds import KINDS
from somac.backends.manycore.cost.operations import operations
from somac.backends.manycore.cost.reading import CostData, Counted, read_cost_data, read_counted
from somac.backends.manycore.cost.sheet import evaluate
from somac.backends.manycore.cost.work import Work, work
from somac.backends.manycore.machines.bundle import Bundle, read_bundle
from somac.ir.datapath import parse
from somac.ir.program import Program

__all__ = ["costs"]

Numbers = NDArray[np.float64]

_CPI, _CYCLES = "cycles_per_instruction_ratio", "cycles"
_OPERATION = "operation_{}_instructions"


def costs(program: Program, cases: Mapping[str, Rates]) -> dict[str, Costs]:
    """As `somac.backends.api.Backend.costs` says; nothing for a bundle without ``costs.json``."""
    data = read_cost_data(program)
    if data is None:
        return {}
    bundle = read_bundle(program)
    dt = float(program.json("experiment.json")["dt"])
    updates, named = _updates(bundle, data, read_counted(program))
    return {
        name: _costs(bundle, data, dt, done, updates, named)
        for name, done in work(bundle, data, cases).items()
    }


def _updates(
    bundle: Bundle, data: CostData, counted: Mapping[int, Counted]
) -> tuple[Numbers, tuple[str, ...]]:
    """Instructions of a neuron update on each core, and the figures that they are made of."""
    datapaths = [parse(text) for text in bundle.programs.values()]
    known: dict[tuple[int, tuple[bool, ...]], float] = {}
    named: dict[str, None] = {}
    found = np.zeros(len(bundle.cores))
    for number, core in enumerate(bundle.cores):
        if number in counted:
            found[number] = _measured(data, counted[number])
            continue
        spreads = tuple(column.each for column in core.parameters)
        if (core.program, spreads) not in known:
            kinds = operations(datapaths[core.program], spreads)
            names = {kind: _OPERATION.format(kind) for kind, count in kinds.items() if count}
            named |= dict.fromkeys(names.values())
            known[core.program, spreads] = sum(
                kinds[kind] * _value(data, name) for kind, name in names.items()
            )
        found[number] = known[core.program, spreads]
    return found, tuple(named)


def _measured(data: CostData, counted: Counted) -> float:
    """Of an update what was counted, less what ticks and packets take, which count apart."""
    apart = counted.updates * _value(data, "tick_instructions")
    apart += counted.sent * _value(data, "send_instructions")
    return max(0.0, counted.instructions - apart) / max(1, counted.updates * counted.neurons)


def _value(data: CostData, name: str) -> float:
    """A price in instructions; 0 where there is none, since what is made with it is left out."""
    figure = data.figures.get(name)
    if figure is None:
        return 0.0
    rate = data.figures.get(_CPI)
    if figure.unit != _CYCLES or rate is None:
        return figure.value
    return figure.value / rate.value


def _costs(
    bundle: Bundle,
    data: CostData,
    dt: float,
    done: Work,
    updates: Numbers,
    named: tuple[str, ...],
) -> Costs:
    prices = {k.name: np.full_like(updates, _value(data, k.price)) for k in KINDS if k.price}
    prices["updates"] = updates
    instructions = np.sum([done.events[k.name] * prices[k.name] for k in KINDS], axis=0)
    chips = {core.chip for core in bundle.cores}
    chips |= {n for n, chip in enumerate(bundle.chips) if chip.table}
    facts = {
        "busiest_instructions": float(instructions.max(initial=0.0)),
        "all_instructions": float(instructions.sum()),
        "cores": len(bundle.cores),
        "chips": len(chips),
        "dt_us": dt * 1e6,
        "period": bundle.period,
        "inside_packets": done.inside.busiest,
        "inside_hops": done.inside.total,
        "between_packets": done.between.busiest,
        "between_hops": done.between.total,
        "farthest_inside": done.farthest[0],
        "farthest_between": done.farthest[1],
        "mac_products": float(done.events["mac_products"].sum()),
    }
    busiest = int(np.argmax(instructions)) if len(instructions) else 0
    events = tuple(
        EventCost(
            kind.name,
            kind.title,
            _short(done.events[kind.name].sum()),
            _short(done.events[kind.name][busiest]) if len(instructions) else 0.0,
            _short(prices[kind.name][busiest]) if len(instructions) else 0.0,
        )
        for kind in KINDS
    )
    # a kind of which there is nothing needs no price
    present = [kind for kind in KINDS if done.events[kind.name].any()]
    used = (*named, *(kind.price for kind in present if kind.price))
    amounts = evaluate(facts, data.figures, used)
    return Costs(amounts, events, _place(bundle, busiest))


def _place(bundle: Bundle, number: int) -> str:
    if not bundle.cores:
        return ""
    core = bundle.cores[number]
    own = [p.name for p in bundle.populations if any(c == number for _, c in p.slices)]
    return f"core {core.place} of chip {core.chip} ({', '.join(own)})"


def _short(value: float) -> float:
    return float(f"{value:.6g}")
