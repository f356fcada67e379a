"""Which lower bounds are worth their work; all are valid, so the largest counts."""

from __future__ import annotations

from somac.compiler.mapping.place.bound.certificate import seated
from somac.compiler.mapping.place.bound.gilmore_lawler import gilmore_lawler
from somac.compiler.mapping.place.bound.metric import metric_bound
from somac.compiler.mapping.place.bound.spectral import spectral_bound
from somac.compiler.mapping.place.instance import Instance

__all__ = ["DEFAULT_WORK", "lower_bound"]

WORK = 1 << 32
"""Elementary steps of one unit of work, as compiled code makes them in a second."""

DEFAULT_WORK = 0.3

STEPS = 15
"""Of the eigenvalues of a machine and its traffic, per seat to the third power."""


def lower_bound(instance: Instance, cost: int, work: float = DEFAULT_WORK) -> int:
    """No placement costs less, whatever the work; traffic is priced by pairs.

    Parameters
    ----------
    instance
        The problem.
    cost
        Of a placement that is known: guides the search for a bound, and ends it when met.
    work
        How hard to try: a unit takes about a second, once the cheapest bound is known. Tables
        of distances take 0.2 units for 64 seats, and 3 for 256.
    """
    best = gilmore_lawler(instance, cost)
    budget = round(work * WORK)
    seats = int(instance.room.sum())
    if best >= cost or STEPS * seats**3 > budget:
        return best
    problem = seated(instance)
    bound = metric_bound(problem, cost, budget)
    return max(best, bound or spectral_bound(problem, cost))
