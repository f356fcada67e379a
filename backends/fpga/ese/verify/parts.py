"""The parts of a network as an engine must have them, and what enters and leaves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from somac.backends.fpga.description import FILE
from somac.backends.fpga.ese.description import Description, Source
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection

__all__ = ["Parts", "check_boundary", "check_matrices", "parts_of"]

_PLACE = Place(file=FILE)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The input, the cells, and the outputs: None where the cells are the outputs themselves."""

    network: IntegerNetwork
    x: IntegerInput
    cells: IntegerPopulation
    outputs: IntegerPopulation | None
    output: str

    def role(self, p: IntegerProjection) -> tuple[Source, int] | None:
        """Where the columns of a projection come from, and the delay that it must have."""
        last = self.cells if self.outputs is None else self.outputs
        ways: Mapping[tuple[str, str], tuple[Source, int]] = {
            (self.x.name, self.cells.name): ("x", 0),
            (last.name, self.cells.name): ("y", 1),
        }
        if self.outputs is not None:
            ways = {**ways, (self.cells.name, self.outputs.name): ("m", 0)}
        return ways.get((p.source, p.target))


def parts_of(network: IntegerNetwork) -> Parts | None:
    """None for a network of another form."""
    if len(network.inputs) != 1 or len(network.outputs) != 1 or len(network.populations) > 2:
        return None
    names = {p.name: p for p in network.populations}
    source = network.outputs[0].source
    if source not in names:
        return None
    last = names.pop(source)
    cells = next(iter(names.values()), last)
    outputs = last if names else None
    return Parts(network, network.inputs[0], cells, outputs, network.outputs[0].name)


def check_boundary(parts: Parts, d: Description) -> Iterator[Diagnostic]:
    """E0801 for other populations, E0811 for what enters and leaves."""
    x = parts.x
    have = (d.input.name, d.input.cells, d.input.low, d.input.high)
    need = (x.name, x.size, x.format.minimum, x.format.maximum)
    if have != need:
        yield _other("E0811", "the input", str(have), str(need))
    if d.output.name != parts.output:
        yield _other("E0811", "the output", d.output.name, parts.output)
    cells, outputs = parts.cells, parts.outputs
    handed_on = cells if outputs is None else outputs
    for own, name, size in (
        (d.cells, cells.name, cells.size),
        (d.outputs, None if outputs is None else outputs.name, handed_on.size),
    ):
        if (own.population, own.cells) != (name, size):
            have_text, need_text = f"{own.population}: {own.cells}", f"{name}: {size}"
            yield _other("E0801", "a population", have_text, need_text)


def check_matrices(parts: Parts, d: Description) -> Iterator[Diagnostic]:
    """E0804 and E0805: every projection is a matrix, once, from its source to its port."""
    ports = parts.cells.datapath.names("input")
    need: dict[str | None, tuple[str, int]] = {}
    for p in parts.network.projections:
        role = parts.role(p)
        delays = {p.delay + extra for extra in p.connectivity.delays or (0,)}
        if role is None or p.plasticity or p.product or delays != {role[1]}:
            yield Diagnostic("E0804", f"no engine can hold projection {p.name}", Place(node=p.name))
            continue
        need[p.name] = (role[0], len(ports) if role[0] == "m" else ports.index(p.port))
    if parts.outputs is None:
        need[None] = ("m", len(ports))
    seen: list[str | None] = []
    for m in d.matrices:
        if m.projection in seen or m.projection not in need:
            yield Diagnostic("E0805", f"another matrix of projection {m.projection}", _PLACE)
        elif (m.source, m.bank) != need[m.projection]:
            text = f"matrix {m.projection} leads elsewhere"
            have, wanted = f"{m.source} to bank {m.bank}", need[m.projection]
            yield Diagnostic("E0805", text, _PLACE, have, f"{wanted[0]} to bank {wanted[1]}")
        seen.append(m.projection)
    for name in need:
        if name not in seen:
            yield Diagnostic("E0804", f"there is no matrix of projection {name}", _PLACE)


def _other(code: str, what: str, have: str, need: str) -> Diagnostic:
    return Diagnostic(code, f"{what} is not that of the network", _PLACE, have, need)
