"""All checks, in their order."""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.damage import DamagedError
from somac.backends.manycore.verify.arrays import check_arrays
from somac.backends.manycore.verify.boundary import check_boundary
from somac.backends.manycore.verify.cells import check_capacities, check_cores, check_neurons
from somac.backends.manycore.verify.description import read_description
from somac.backends.manycore.verify.learning import check_learning
from somac.backends.manycore.verify.routes import check_keys, check_routes
from somac.backends.manycore.verify.sources import check_sources
from somac.backends.manycore.verify.synapses import check_synapses, expected_targets
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

__all__ = ["verify"]


def verify(program: Program, network: IntegerNetwork) -> Iterator[Diagnostic]:
    """Everything that is wrong with a program for a network: nothing, if it is right.

    A file that cannot be decoded ends the checks (E0812), and so do neurons that are not
    where they should be (E0801), since what follows would be about nothing.
    """
    try:
        description = read_description(program)
    except DamagedError as damage:
        yield Diagnostic("E0812", damage.problem, Place(file=damage.file))
        return
    yield from check_boundary(network, description.data)
    yield from check_sources(program, description)
    yield from check_capacities(description)
    misplaced = [*check_neurons(network, description), *check_cores(network, description)]
    yield from misplaced
    if any(d.code == "E0801" for d in misplaced):
        return
    yield from check_keys(description)
    yield from check_synapses(network, description)
    yield from check_learning(program, network, description)
    yield from check_arrays(network, description)
    yield from check_routes(description, expected_targets(network, description))
