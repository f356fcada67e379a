"""How large the values of a neuron model can become: bounds that hold for ever.

A box of state values is *inductive* if one update, from any point of it and for any input
within the ports' bounds, stays inside. Boxes are grown by doubling what escapes until one is
inductive, then narrowed by applying the update; every narrowed box is inductive again. (A box
that is inductive after a few steps without doubling is taken first.) A
state whose box keeps growing has no bound (an integrator without leak).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from somac.compiler.passes.quantise.affine import Bounder, Interval, bounder, is_truth
from somac.ir.expr import Expr, names, substitute
from somac.ir.neuron import Assign, NeuronModel

__all__ = [
    "Body",
    "Ranges",
    "Updating",
    "body_ranges",
    "calibrated",
    "prepare",
    "prepare_body",
    "state_ranges",
]

# a bound further out than this many doublings is none: float64 would swallow the growth
_DOUBLINGS = 32
# what mixes and clips has its bound after as few steps: doubling would give away a bit
_STEPS = 3
_NARROWINGS = 60
# a proven bound this many times what calibration saw is not worth its bits
_LOOSE = 8.0
_CALIBRATION_MARGIN = 4.0
_SETTLED = 1e-3

Ranges = Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Body:
    """Statements prepared for interval arithmetic: names in order, each with its bounder."""

    statements: tuple[tuple[str, Bounder], ...]

    def update(
        self, values: Mapping[str, Interval]
    ) -> tuple[dict[str, Interval], dict[str, Interval]]:
        """Bounds after the body, and the hull of every value a name has on the way."""
        current = dict(values)
        seen: dict[str, Interval] = {}
        for name, bounds_of in self.statements:
            interval = bounds_of(current)
            current[name] = interval
            seen[name] = seen[name].hull(interval) if name in seen else interval
        return current, seen


class Updating(Protocol):
    """Whatever takes states from one step to the next."""

    def update(
        self, values: Mapping[str, Interval]
    ) -> tuple[dict[str, Interval], dict[str, Interval]]:
        """Bounds after the step, and the hull of every value a name has on the way."""
        ...


def prepare(model: NeuronModel, constants: Mapping[str, NDArray[Any]]) -> Body:
    """The body of a model with its constants."""
    return prepare_body(model.body, constants)


def prepare_body(body: Sequence[Assign], constants: Mapping[str, NDArray[Any]]) -> Body:
    """Statements with their constants; conditions are spelled out to learn from them."""
    statements: list[tuple[str, Bounder]] = []
    definitions: dict[str, Expr] = {}
    for statement in body:
        expr = substitute(statement.value, definitions) if definitions else statement.value
        statements.append((statement.name, bounder(expr, constants)))
        # what was defined by an older value of the name says nothing of the new one
        definitions = {
            name: known
            for name, known in definitions.items()
            if name != statement.name and statement.name not in names(known)
        }
        if is_truth(expr) and statement.name not in names(expr):
            definitions[statement.name] = expr
    return Body(tuple(statements))


def state_ranges(
    body: Updating,
    initial: Mapping[str, NDArray[Any]],
    ports: Mapping[str, Interval],
    cells: int,
    *,
    fading: bool = False,
) -> Ranges:
    """Bounds of every state between updates; without a bound an end is infinite.

    Parameters
    ----------
    initial
        Initial values of the states.
    ports
        Bounds of what arrives at each port in one tick, bias included.
    cells
        Number of cells: the intervals' arrays are (cells,).
    fading
        Boxes hold 0 as they are grown: what fades from another value would never settle there.
    """
    begin = {n: np.broadcast_to(v, (cells,)) for n, v in initial.items()}
    least = {name: Interval(value, value) for name, value in begin.items()}
    if fading:
        nothing = Interval(np.zeros(cells), np.zeros(cells))
        least = {name: interval.hull(nothing) for name, interval in least.items()}
    with np.errstate(over="ignore", invalid="ignore"):
        box, closed = _grown(body, least, ports, _STEPS, 1.0)
        if not closed:
            box, closed = _grown(body, least, ports, _DOUBLINGS, 2.0)
        if not closed:
            _give_up(body, ports, box)
        for _ in range(_NARROWINGS):
            after, _ = body.update({**ports, **box})
            narrowed = {
                name: Interval(
                    np.maximum(box[name].low, np.minimum(after[name].low, begin[name])),
                    np.minimum(box[name].high, np.maximum(after[name].high, begin[name])),
                )
                for name in box
            }
            settled = all(_alike(narrowed[name], box[name]) for name in box)
            box = narrowed
            if settled:
                break
    return box


def calibrated(bound: float, seen: float) -> float | None:
    """Where a value of that bound saturates after calibration saw it; None if nowhere."""
    largest = _CALIBRATION_MARGIN * seen
    return None if bound <= _LOOSE * largest else largest


def _alike(inner: Interval, outer: Interval) -> bool:
    """Whether narrowing has as good as ended."""
    magnitude = outer.magnitude()
    slack = np.where(np.isfinite(magnitude), _SETTLED * magnitude, 0.0)
    low_stays = inner.low <= outer.low + slack
    return bool(np.all(low_stays & (outer.high <= inner.high + slack)))


def body_ranges(body: Updating, ports: Mapping[str, Interval], states: Ranges) -> Ranges:
    """Bounds of every value a name has in one update, for states within `states`."""
    with np.errstate(over="ignore", invalid="ignore"):
        _, seen = body.update({**ports, **states})
    return {**seen, **{n: s.hull(seen[n]) if n in seen else s for n, s in states.items()}}


def _grown(
    body: Updating,
    least: Ranges,
    ports: Mapping[str, Interval],
    rounds: int,
    factor: float,
) -> tuple[dict[str, Interval], bool]:
    """`least`, grown `factor` times as far as needed; and whether no update leaves it now."""
    box = dict(least)
    for _ in range(rounds):
        if not _grow(box, body.update({**ports, **box})[0], factor):
            return box, True
    return box, False


def _grow(box: dict[str, Interval], after: Mapping[str, Interval], factor: float) -> bool:
    """Widen what escapes to `factor` times its need; False if nothing does."""
    grew = False
    for name, inside in box.items():
        out = after[name]
        low_out = out.low < inside.low
        high_out = out.high > inside.high
        if low_out.any() or high_out.any():
            grew = True
            box[name] = Interval(
                np.where(low_out, np.minimum(factor * out.low, out.low), inside.low),
                np.where(high_out, np.maximum(factor * out.high, out.high), inside.high),
            )
    return grew


def _give_up(body: Updating, ports: Mapping[str, Interval], box: dict[str, Interval]) -> None:
    """Set to infinity the ends that still escape, until none does."""
    for _ in range(2 * len(box) + 1):
        after, _ = body.update({**ports, **box})
        settled = True
        for name, inside in box.items():
            out = after[name]
            low_out = ~(out.low >= inside.low)
            high_out = ~(out.high <= inside.high)
            if low_out.any() or high_out.any():
                settled = False
                box[name] = Interval(
                    np.where(low_out, -np.inf, inside.low), np.where(high_out, np.inf, inside.high)
                )
        if settled:
            return
