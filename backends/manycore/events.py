"""Kinds of events that cores spend time on, and the figure that is the price of each.

The cost model (`docs/reference/cost-model.md`) and the choice of the form of projections both read
this table, so that what a form is chosen by is what it is reported to take.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from somac.ir.target import Figure

__all__ = ["CPI", "PRICES", "cycles_of_each", "idle_products", "instructions", "total"]

PRICES: Mapping[str, str] = {
    "ticks": "tick_instructions",
    "cleared": "clear_instructions",
    "sent": "send_instructions",
    "packets": "packet_instructions",
    "probes": "probe_instructions",
    "look_ups": "look_up_instructions",
    "rows": "row_instructions",
    "synaptic_events": "synaptic_event_instructions",
    "delayed_events": "delayed_event_instructions",
    "kept": "kept_signal_instructions",
    "matrix_cells": "matrix_cell_cycles",
    "matrix_sums": "matrix_sum_cycles",
    "mac_passes": "mac_start_cycles",
    "mac_products": "mac_product_cycles",
    "convolution_cells": "matrix_cell_cycles",
    "convolution_sums": "matrix_sum_cycles",
    "convolution_passes": "mac_start_cycles",
    "convolution_products": "mac_convolution_product_cycles",
    "convolution_idle": "mac_convolution_product_cycles",
    "plastic_blocks": "plastic_block_instructions",
}
"""Per kind the name of a figure; kinds that are not here have a price of each core's own."""

CPI = "cycles_per_instruction_ratio"
_CYCLES = "cycles"

_CHANNELS, _PLACES = 16, 4
"""What the MAC array computes at once in a convolution."""


def instructions(figures: Mapping[str, Figure], name: str) -> float | None:
    """A price in instructions; None where the target does not have it.

    One in cycles is divided by cycles per instruction, or left as it is where those are not known.
    """
    figure, rate = figures.get(name), figures.get(CPI)
    if figure is None:
        return None
    if figure.unit != _CYCLES or rate is None:
        return figure.value
    return figure.value / rate.value


def cycles_of_each(
    figures: Mapping[str, Figure], kinds: Iterable[str]
) -> Mapping[str, float] | None:
    """Cycles of an event of each kind; None unless the target has all that they follow from."""
    if CPI not in figures:
        return None
    found = {}
    for kind in kinds:
        price = instructions(figures, PRICES[kind])
        if price is None:
            return None
        found[kind] = price * figures[CPI].value
    return found


def total(events: Mapping[str, float], prices: Mapping[str, float]) -> float:
    """What so many events of each kind take."""
    return sum(count * prices[kind] for kind, count in events.items())


def idle_products(channels: int, places: int, window: int) -> int:
    """Products that a convolution's tiles have room for beyond its own, at so many each sum.

    >>> idle_products(20, 4, 9)
    432
    """
    tiles = -(-channels // _CHANNELS) * -(-places // _PLACES)
    return (tiles * _CHANNELS * _PLACES - channels * places) * window
