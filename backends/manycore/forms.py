"""The form in which a projection is held on the cores: as rows of synaptic words, or a matrix.

A projection has one form on all cores of its target, so that what a slice takes never shrinks as
the slice grows. Cycles choose it: how many a step of the model takes with the signals that are
expected. Memory is the limit: matrices must not cost more cores, nor may a neuron outgrow one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from somac.backends.api import Guidance
from somac.backends.manycore.mac import (
    Array,
    Work,
    matrix_cycles,
    row_cycles,
    unsuited,
)
from somac.backends.manycore.regions import matrix_columns
from somac.backends.manycore.scan import Profile

__all__ = ["Choice", "Form", "wished"]

Form = Literal["rows", "matrix"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for a projection, and why.

    `row_cycles` and `matrix_cycles` are those of a step of the model, over all cores; None
    where there was no choice.
    """

    projection: str
    form: Form
    reason: str
    row_cycles: float | None = None
    matrix_cycles: float | None = None

    @property
    def saving(self) -> float:
        """Cycles that a matrix saves."""
        return (self.row_cycles or 0.0) - (self.matrix_cycles or 0.0)

    def refused(self, reason: str) -> Choice:
        """Rows after all."""
        return Choice(self.projection, "rows", reason, self.row_cycles, self.matrix_cycles)


def wished(
    projection: str,
    source: str,
    facts: Profile,
    signals: tuple[int, int],
    largest: int,
    array: Array | None,
    guidance: Guidance,
) -> Choice:
    """What cycles alone would choose.

    Parameters
    ----------
    signals
        The least and the largest that the source sends.
    largest
        Neurons of a full core.
    """
    if array is None:
        return Choice(projection, "rows", "cores have no array that is known")
    if guidance.arrays == "never":
        return Choice(projection, "rows", "arrays are not wanted")
    problem = unsuited(facts, signals)
    if problem is not None:
        return Choice(projection, "rows", problem)
    works = _works(facts, largest)
    rate = guidance.rate(source)
    rows = sum(row_cycles(array, work, rate) for work in works)
    matrix = sum(matrix_cycles(array, work) for work in works)
    if guidance.arrays == "always":
        return Choice(projection, "matrix", "arrays are wanted", rows, matrix)
    if matrix < rows:
        return Choice(projection, "matrix", "takes fewer cycles", rows, matrix)
    return Choice(projection, "rows", "takes fewer cycles", rows, matrix)


def _works(facts: Profile, largest: int) -> list[Work]:
    """The parts of a projection on full cores."""
    size = len(facts.first)
    found = []
    for start in range(0, size, largest):
        stop = min(start + largest, size)
        synapses = int(facts.synapses[stop] - facts.synapses[start])
        if synapses:
            cells = min(synapses, facts.span(start, stop))
            found.append(Work(synapses, cells, matrix_columns(stop - start)))
    return found
