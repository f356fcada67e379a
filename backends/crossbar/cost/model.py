"""What a step of the model takes, read from the files of a bundle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf

import numpy as np

from somac.backends.api import Costs, EventCost, Rates
from somac.backends.crossbar.cost.reading import Bundle, read_bundle
from somac.backends.crossbar.cost.sheet import Row, amounts_of, short
from somac.backends.crossbar.cost.work import Work, work
from somac.ir.program import Program
from somac.ir.target import Figure

__all__ = ["costs"]

_CONVERTERS = "adc_converters"


def costs(program: Program, cases: Mapping[str, Rates]) -> dict[str, Costs]:
    """As `somac.backends.api.Backend.costs` says; nothing for a bundle without ``costs.json``."""
    bundle = read_bundle(program)
    if bundle is None:
        return {}
    figure = bundle.figures.get(_CONVERTERS)
    converters = inf if figure is None else max(1.0, figure.value)
    return {name: _costs(bundle, work(bundle, rates, converters)) for name, rates in cases.items()}


def _costs(bundle: Bundle, done: Work) -> Costs:
    values = {name: figure.value for name, figure in bundle.figures.items()}
    busy = np.array([_busy(stage.firings, stage.rounds, values) for stage in done.stages])
    busy = busy.reshape(len(done.stages), -1)
    counts = {
        "array_pulses": float(done.array_pulses.sum()),
        "row_pulses": float(done.row_pulses.sum()),
        "conversions": float(done.conversions.sum()),
        "adds": done.adds,
        "updates": done.updates,
        "hops": done.signal_hops + done.sum_hops,
        "dt_us": bundle.dt * 1e6,
        "arrays_us": float(busy.max(axis=1, initial=0.0).sum()) / 1e3,
        "adders_cycles": sum(float(s.adds.max(initial=0.0)) for s in done.stages),
        "updates_cycles": float(sum(s.neurons for s in done.stages)),
        "ways_hops": float(sum(s.sums_hops + s.signals_hops for s in done.stages)),
    }
    each = busy.sum(axis=0)
    busiest = int(each.argmax()) if each.any() else _most(done.firings)
    names = [a.core for a in bundle.description.arrays]
    places = tuple(f"array {number} on core {core}" for number, core in enumerate(names))
    amounts = amounts_of(_ROWS, counts, bundle.figures)
    energies = {
        "energy_arrays_nj": done.array_pulses * values.get("array_pulse_pj", 0.0)
        + done.row_pulses * values.get("row_pulse_pj", 0.0),
        "energy_converters_nj": done.conversions * values.get("adc_pj", 0.0),
    }
    own = {"time_arrays_us": each, **energies}
    return Costs(
        amounts,
        tuple(_events(done, busiest, bundle.figures)),
        places[busiest] if places else "",
        places=places,
        shares={
            name: tuple(short(v / 1e3) for v in share.tolist())
            for name, share in own.items()
            if name in amounts
        },
    )


def _busy(firings: np.ndarray, rounds: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
    """float64 (arrays,): nanoseconds in which they fire and are converted, one after the other."""
    found: np.ndarray = firings * values.get("pulse_ns", 0.0) + rounds * values.get("adc_ns", 0.0)
    return found


def _most(firings: np.ndarray) -> int:
    return int(firings.argmax()) if len(firings) else 0


def _events(done: Work, busiest: int, figures: Mapping[str, Figure]) -> Iterator[EventCost]:
    def price(name: str) -> float:
        return figures[name].value if name in figures else 0.0

    def own(per_array: np.ndarray) -> float:
        return short(float(per_array[busiest])) if len(per_array) else 0.0

    yield EventCost(
        "firings",
        "firings of blocks, a pulse each",
        short(float(done.firings.sum())),
        own(done.firings),
        price("array_pulse_pj"),
    )
    yield EventCost(
        "conversions",
        "conversions of columns",
        short(float(done.conversions.sum())),
        own(done.conversions),
        price("adc_pj"),
    )
    for name, title, total, figure in (
        ("row_pulses", "pulses on rows", float(done.row_pulses.sum()), "row_pulse_pj"),
        ("adds", "additions of the periphery", done.adds, "add_pj"),
        ("updates", "updates of neurons", done.updates, "update_pj"),
        ("signal_hops", "hops of signals", done.signal_hops, "hop_pj"),
        ("sum_hops", "hops of sums", done.sum_hops, "hop_pj"),
    ):
        yield EventCost(name, title, short(total), 0.0, price(figure))


_ENERGIES = (
    "energy_arrays_nj",
    "energy_converters_nj",
    "energy_adders_nj",
    "energy_neurons_nj",
    "energy_links_nj",
)
_TIMES = ("time_arrays_us", "time_adders_us", "time_neurons_us", "time_links_us")

_ROWS = (
    Row("time_arrays_us", "us", ("pulse_ns", "adc_ns", _CONVERTERS), lambda v: v["arrays_us"]),
    Row("time_adders_us", "us", ("add_ns",), lambda v: v["adders_cycles"] * v["add_ns"] / 1e3),
    Row(
        "time_neurons_us",
        "us",
        ("update_ns",),
        lambda v: v["updates_cycles"] * v["update_ns"] / 1e3,
    ),
    Row("time_links_us", "us", ("hop_ns",), lambda v: v["ways_hops"] * v["hop_ns"] / 1e3),
    Row(
        "step_us",
        "us",
        _TIMES,
        lambda v: sum(v[name] for name in _TIMES),
        "time of a step, as far as figures are known",
        adds=True,
        some=True,
    ),
    Row(
        "speed_ratio",
        "1",
        ("step_us",),
        lambda v: v["dt_us"] / v["step_us"] if v["step_us"] else 0.0,
    ),
    Row(
        "energy_arrays_nj",
        "nJ",
        ("array_pulse_pj", "row_pulse_pj"),
        lambda v: (
            (v["array_pulses"] * v["array_pulse_pj"] + v["row_pulses"] * v["row_pulse_pj"]) / 1e3
        ),
        adds=True,
        some=True,
    ),
    Row(
        "energy_converters_nj",
        "nJ",
        ("adc_pj",),
        lambda v: v["conversions"] * v["adc_pj"] / 1e3,
        adds=True,
    ),
    Row("energy_adders_nj", "nJ", ("add_pj",), lambda v: v["adds"] * v["add_pj"] / 1e3, adds=True),
    Row(
        "energy_neurons_nj",
        "nJ",
        ("update_pj",),
        lambda v: v["updates"] * v["update_pj"] / 1e3,
        adds=True,
    ),
    Row("energy_links_nj", "nJ", ("hop_pj",), lambda v: v["hops"] * v["hop_pj"] / 1e3, adds=True),
    Row(
        "energy_nj",
        "nJ",
        _ENERGIES,
        lambda v: sum(v[name] for name in _ENERGIES),
        "energy of a step, as far as figures are known",
        adds=True,
        some=True,
    ),
)
