"""The form in which a projection is held on the cores: rows of synaptic words, matrix, or kernel.

A projection has one form on all cores of its target, so that what a slice takes never shrinks as
the slice grows. Cycles choose it: how many a step of the model takes with the signals that are
expected. Memory is the limit: the array must not cost more cores, nor may a neuron outgrow one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from somac.backends.api import Guidance
from somac.backends.manycore.events import total
from somac.backends.manycore.geometry import Geometry
from somac.backends.manycore.mac import (
    Part,
    kernel_events,
    matrix_events,
    row_events,
    unsuited,
    unsuited_kernel,
)
from somac.backends.manycore.options import use_of_arrays
from somac.backends.manycore.scan import Profile
from somac.backends.manycore.words import choose_layout
from somac.ir.target import WordLayout

__all__ = ["Choice", "Form", "wished"]

Form = Literal["rows", "matrix", "kernel"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for a projection, and why.

    `cycles` are those of a step of the model, over all cores, of every form that it could
    have; none where there was no choice.
    """

    projection: str
    form: Form
    reason: str
    cycles: Mapping[Form, float] = field(default_factory=dict)

    @property
    def saving(self) -> float:
        """Cycles that this form saves."""
        return self.cycles["rows"] - self.cycles[self.form] if self.cycles else 0.0

    def refused(self, reason: str) -> Choice:
        """Rows after all."""
        return Choice(self.projection, "rows", reason, self.cycles)

    def on_array(self, reason: str) -> Choice:
        """The form on the array that takes fewest cycles; there must be one."""
        return Choice(self.projection, _fewest(self.cycles, rows=False), reason, self.cycles)


def wished(
    projection: str,
    source: str,
    facts: Profile,
    geometry: Geometry | None,
    signals: tuple[int, int],
    largest: int,
    layouts: Sequence[WordLayout],
    prices: Mapping[str, float] | None,
    guidance: Guidance,
) -> Choice:
    """What cycles alone would choose.

    Parameters
    ----------
    geometry
        What the array is told of a convolution.
    signals
        The least and the largest that the source sends.
    largest
        Neurons of a full core.
    layouts
        Of synaptic words.
    prices
        Cycles of each kind of event; None for cores without an array.
    """
    if prices is None:
        return Choice(projection, "rows", "cores have no array that is known")
    use = use_of_arrays(guidance)
    if use == "never":
        return Choice(projection, "rows", "arrays are not wanted")
    problem = unsuited(facts, signals)
    if problem is not None:
        return Choice(projection, "rows", problem)
    if unsuited_kernel(geometry, signals) is not None:
        geometry = None
    cycles = _cycles(facts, geometry, largest, layouts, prices, guidance.rate(source))
    if use == "always":
        return Choice(projection, _fewest(cycles, rows=False), "arrays are wanted", cycles)
    return Choice(projection, _fewest(cycles), "takes fewest cycles", cycles)


def _fewest(cycles: Mapping[Form, float], *, rows: bool = True) -> Form:
    """The form with the fewest cycles, of equals the first."""
    return min((form for form in cycles if rows or form != "rows"), key=cycles.__getitem__)


def _cycles(
    facts: Profile,
    geometry: Geometry | None,
    largest: int,
    layouts: Sequence[WordLayout],
    prices: Mapping[str, float],
    rate: float,
) -> dict[Form, float]:
    """Of every form, over the cores that full slices are on; of equals the first counts."""
    found: dict[Form, float] = {"rows": 0.0, "matrix": 0.0}
    if geometry is not None:
        found["kernel"] = 0.0
    for start, stop, synapses, cells in _slices(facts, largest):
        part = Part(synapses, cells, stop - start, rate)
        words = choose_layout(layouts, facts.magnitude, facts.delays, stop - start)
        delayed = words is not None and words.layout.delay_bits > 0
        found["rows"] += total(row_events(part, delayed=delayed), prices)
        found["matrix"] += total(matrix_events(part), prices)
        if geometry is not None:
            box = geometry.box(start, stop)
            found["kernel"] += total(kernel_events(part, geometry, box), prices)
    return found


def _slices(facts: Profile, largest: int) -> Iterator[tuple[int, int, int, int]]:
    """Full slices that hear something: first and last neuron, synapses, and source cells."""
    size = len(facts.first)
    for start in range(0, size, largest):
        stop = min(start + largest, size)
        synapses = int(facts.synapses[stop] - facts.synapses[start])
        if synapses:
            yield start, stop, synapses, min(synapses, facts.span(start, stop))
