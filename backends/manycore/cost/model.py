"""What a step of the model takes, read from the files of a bundle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Costs, EventCost, Rates
from somac.backends.manycore.cost.kinds import KINDS
from somac.backends.manycore.cost.prices import Prices, prices_of
from somac.backends.manycore.cost.reading import (
    CostData,
    read_cost_data,
    read_counted,
    read_dt,
)
from somac.backends.manycore.cost.sheet import WORK, evaluate
from somac.backends.manycore.cost.work import Work, work
from somac.backends.manycore.events import CPI
from somac.backends.manycore.machines.bundle import Bundle, read_bundle
from somac.ir.program import Program

__all__ = ["costs"]

Numbers = NDArray[np.float64]


def costs(program: Program, cases: Mapping[str, Rates]) -> dict[str, Costs]:
    """As `somac.backends.api.Backend.costs` says; nothing for a bundle without ``costs.json``."""
    data = read_cost_data(program)
    if data is None:
        return {}
    bundle = read_bundle(program)
    dt = read_dt(program)
    prices = prices_of(bundle, data, read_counted(program))
    return {
        name: _costs(bundle, data, dt, done, prices)
        for name, done in work(bundle, data, cases).items()
    }


def _costs(bundle: Bundle, data: CostData, dt: float, done: Work, made: Prices) -> Costs:
    prices, named = made
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
        "mac_products": float(
            done.events["mac_products"].sum() + done.events["convolution_products"].sum()
        ),
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
    present = [kind.name for kind in KINDS if done.events[kind.name].any()]
    used = [figure for name in present for figure in named[name]]
    amounts = evaluate(facts, data.figures, used)
    cycles: tuple[float, ...] = ()
    if "busiest_core_cycles" in amounts:
        cycles = tuple(_short(n * data.figures[CPI].value) for n in instructions.tolist())
    places = tuple(_place(bundle, number) for number in range(len(bundle.cores)))
    return Costs(
        amounts,
        events,
        places[busiest] if places else "",
        cycles,
        places,
        {name: _shared(amounts[name].value, cycles) for name in WORK if name in amounts},
    )


def _place(bundle: Bundle, number: int) -> str:
    core = bundle.cores[number]
    own = [p.name for p in bundle.populations if any(c == number for _, c in p.slices)]
    return f"core {core.place} of chip {core.chip} ({', '.join(own)})"


def _shared(amount: float, cycles: tuple[float, ...]) -> tuple[float, ...]:
    """An amount that is as much for every cycle, by core."""
    return tuple(_short(amount * own / (sum(cycles) or 1.0)) for own in cycles)


def _short(value: float) -> float:
    return float(f"{value:.6g}")
