"""All checks, in their order."""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.damage import to_the_damage
from somac.backends.fpga.description import FILE
from somac.backends.fpga.ese.description import read_description
from somac.backends.fpga.ese.verify.parts import check_boundary, check_matrices, parts_of
from somac.backends.fpga.ese.verify.populations import check_populations, check_widths
from somac.backends.fpga.ese.verify.sources import check_sources
from somac.backends.fpga.ese.verify.streams import check_synapses
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

__all__ = ["verify"]


def verify(program: Program, network: IntegerNetwork) -> Iterator[Diagnostic]:
    """Everything that is wrong with a bundle for a network: nothing, if it is right.

    A file that cannot be decoded ends the checks (E0812), and so do parts that are not what they
    should be, since what follows would be about nothing.
    """
    return to_the_damage(_checks(program, network))


def _checks(program: Program, network: IntegerNetwork) -> Iterator[Diagnostic]:
    try:
        d = read_description(program)
    except SomacError as error:
        for diagnostic in error.diagnostics:
            yield Diagnostic("E0812", diagnostic.message, Place(file=FILE))
        return
    parts = parts_of(network)
    if parts is None:
        yield Diagnostic("E0801", "the network has no form that an engine has", Place(file=FILE))
        return
    found = [*check_boundary(parts, d), *check_matrices(parts, d)]
    found += check_populations(program, parts, d) if not found else ()
    yield from found
    if any(f.code not in ("E0803", "E0815") for f in found):
        return
    yield from check_widths(parts, d)
    yield from check_synapses(program, parts, d)
    yield from check_sources(program, parts, d)
