"""Networks at the edges: many inputs to a cell, cores that are full, not a single neuron."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from somac.compiler.testing.conformance.agree import (
    check_agreement,
    check_verified,
    first_difference,
)
from somac.compiler.testing.conformance.capabilities import check_refusal, usual_neuron
from somac.compiler.testing.conformance.probes import fan_in
from somac.compiler.testing.conformance.resources import check_capacity
from somac.compiler.testing.conformance.subject import Refused, Subject
from somac.ir.network import Input, Network, Output

__all__ = ["check_empty", "check_fan_in", "check_full"]

_MOST_FAN_IN = 1024
_MOST_CELLS = 512


def check_fan_in(subject: Subject) -> None:
    """The largest fan-in that is accepted, up to 1024, is computed exactly or does not fit."""
    usual = usual_neuron(subject)

    def taken(sources: int) -> bool:
        return not subject.refusals(subject.quantised(fan_in(sources, usual)))

    _check_fits(subject, fan_in(_most(_MOST_FAN_IN, taken), usual))


def check_full(subject: Subject) -> None:
    """Cores that are filled to the last cell, one cell more, and two full ones."""
    usual = usual_neuron(subject)
    integers = subject.quantised(fan_in(2, usual, _MOST_CELLS))
    if subject.refusals(integers):
        return
    resources = subject.backend.resources(integers, subject.target, subject.guidance)
    capacity = subject.target.resources

    def fit(cells: int) -> bool:
        demand = resources.demand("a", 0, cells)
        return all(n <= capacity.get(name, 0) for name, n in demand.items())

    full = _most(_MOST_CELLS, fit)
    for cells in sorted({full, full + 1, min(2 * full, _MOST_CELLS)}):
        _check_fits(subject, fan_in(2, usual, cells))


def check_empty(subject: Subject) -> None:
    """Without a population a network is refused, or its output is its input."""
    network = Network("empty", 1e-3, (Input("x", (3,)),), (), (), (Output("x", "x"),))
    made = subject.compile(network)
    if isinstance(made, Refused):
        check_refusal(subject, made)
        return
    given = {"x": np.ones((2, 4, 3), np.int64)}
    seen = subject.emulate(made.program, given).outputs["x"]
    where = first_difference(seen, given["x"])
    assert where is None, f"a network without a cell hands its input on, not {where}"


def _most(limit: int, fits: Callable[[int], bool]) -> int:
    """The largest number from 1 to `limit` that fits, where smaller ones do."""
    if fits(limit):
        return limit
    fit, over = 1, limit
    while over - fit > 1:
        middle = (fit + over) // 2
        fit, over = (middle, over) if fits(middle) else (fit, middle)
    return fit


def _check_fits(subject: Subject, network: Network) -> None:
    """It compiles exactly, or does not find room, which is no fault of a small target."""
    outcome = subject.compile(network)
    if isinstance(outcome, Refused):
        check_refusal(subject, outcome)
        return
    check_agreement(subject, outcome)
    check_verified(subject, outcome)
    check_capacity(subject, outcome)
