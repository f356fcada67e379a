"""All checks, in their order."""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.crossbar.description import FILE, read_description
from somac.backends.crossbar.verify.arrays import check_arrays, read_codes, regions
from somac.backends.crossbar.verify.boundary import check_boundary, check_step
from somac.backends.crossbar.verify.cells import check_neurons, check_values
from somac.backends.crossbar.verify.files import check_files
from somac.backends.crossbar.verify.found import check_found
from somac.backends.crossbar.verify.programming import check_programming
from somac.backends.crossbar.verify.schedule import check_schedule
from somac.backends.crossbar.verify.synapses import check_synapses
from somac.backends.crossbar.verify.tilings import check_tilings, check_ways, read_tables
from somac.backends.damage import to_the_damage
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

__all__ = ["verify"]


def verify(program: Program, network: IntegerNetwork) -> Iterator[Diagnostic]:
    """Everything that is wrong with a bundle for a network: nothing, if it is right.

    A file that cannot be decoded ends the checks (E0812), and so do neurons, inputs and
    projections that are not what they should be (E0801, E0804, E0805, E0811), since what follows
    would be about nothing.
    """
    return to_the_damage(_checks(program, network))


def _checks(program: Program, network: IntegerNetwork) -> Iterator[Diagnostic]:
    try:
        d = read_description(program)
    except SomacError as error:
        for problem in error.diagnostics:
            yield Diagnostic("E0812", problem.message, Place(file=FILE))
        return
    found = [
        *check_boundary(network, d),
        *check_step(program, network),
        *check_neurons(network, d),
        *check_ways(network, d),
    ]
    yield from found
    if any(problem.code != "E0809" for problem in found):
        return
    yield from check_values(program, network, d)
    codes, tables, placed = read_codes(program, d), read_tables(program, d), regions(d)
    yield from check_arrays(program, d, codes, placed)
    found = list(check_tilings(network, d, codes, tables))
    yield from found
    if any(problem.code == "E0875" for problem in found):
        return
    yield from check_found(program, network, d, codes)
    yield from check_synapses(program, network, d, codes, tables)
    yield from check_schedule(program, network, d, tables)
    yield from check_programming(program, d, codes, placed)
    yield from check_files(program, d)
