"""All checks, in their order."""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.damage import to_the_damage
from somac.backends.fpga.description import FILE, read_description
from somac.backends.fpga.verify.boundary import check_boundary
from somac.backends.fpga.verify.cells import check_cells, check_neurons
from somac.backends.fpga.verify.files import check_files
from somac.backends.fpga.verify.ranges import signals, sums
from somac.backends.fpga.verify.structure import check_names, check_structure
from somac.backends.fpga.verify.synapses import check_synapses
from somac.backends.fpga.verify.updates import check_updates, updates
from somac.backends.fpga.verify.widths import check_widths
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

__all__ = ["verify"]


def verify(program: Program, network: IntegerNetwork) -> Iterator[Diagnostic]:
    """Everything that is wrong with a bundle for a network: nothing, if it is right.

    A file that cannot be decoded ends the checks (E0812), and so do neurons and inputs that
    are not what they should be (E0801, E0802, E0811), since what follows would be about nothing.
    """
    return to_the_damage(_checks(program, network))


def _checks(program: Program, network: IntegerNetwork) -> Iterator[Diagnostic]:
    try:
        design = read_description(program)
    except SomacError as error:
        for d in error.diagnostics:
            yield Diagnostic("E0812", d.message, Place(file=FILE))
        return
    found = list(check_names(design))
    yield from found
    if found:
        return
    found = [*check_boundary(network, design), *check_neurons(network, design)]
    found += check_structure(design)
    yield from found
    if any(d.code in {"E0801", "E0811"} for d in found):
        return
    found = list(check_cells(program, network, design))
    yield from found
    if any(d.code == "E0802" for d in found):
        return
    yield from check_synapses(program, network, design)
    sent = signals(network)
    arriving = sums(network, sent)
    yield from check_widths(network, design, sent, arriving)
    made, narrow = updates(program, network, design, arriving)
    yield from narrow
    yield from check_updates(program, design, made)
    yield from check_files(program, design, made)
