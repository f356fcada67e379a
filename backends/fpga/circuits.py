"""The circuits that a bundle may hold, and what is done with each: chosen here and nowhere else.

The description of a bundle says which one it is of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from somac.backends.api import (
    Costs,
    Emulator,
    Guidance,
    Machine,
    Parts,
    Placed,
    Rates,
    Running,
)
from somac.backends.fpga.description import FILE, circuit_name
from somac.backends.fpga.options import CircuitName
from somac.backends.fpga.simulators.simulation import SimulatorName, missing_tools
from somac.backends.fpga.synthesised import Edge
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.program import Program
from somac.ir.target import Target

__all__ = ["CIRCUITS", "MACHINES", "Circuit", "circuit_in"]


@dataclass(frozen=True, slots=True)
class Circuit:
    """A kind of circuit; all functions are those of `somac.backends.api.Backend`.

    Parameters
    ----------
    name
        As descriptions and `--circuit` have it.
    require
        SomacError for a network that it cannot run, or that no part of a target's size holds.
    parts
        What shares an engine, where it is not up to the mapping; SomacError as `require`.
    emit
        A mapped network as a bundle.
    emulator, verify, placed, costs
        Of a bundle.
    simulate
        A bundle in a simulator.
    edge
        The module on top of a bundle and its ports.
    """

    name: CircuitName
    require: Callable[[IntegerNetwork, Target, Guidance], None]
    parts: Callable[[IntegerNetwork, Target, Guidance], Parts | None]
    emit: Callable[[IntegerNetwork, PlacedMapping, Target, Guidance], Program]
    emulator: Callable[[Program], Emulator]
    verify: Callable[[Program, IntegerNetwork], Iterable[Diagnostic]]
    placed: Callable[[Program], Sequence[Placed] | None]
    costs: Callable[[Program, Mapping[str, Rates]], Mapping[str, Costs]]
    simulate: Callable[[Program, SimulatorName], AbstractContextManager[Running]]
    edge: Callable[[Program], Edge]


def circuit_in(program: Program) -> Circuit:
    """That of a bundle; SomacError E0710 if there is none of its name."""
    name = circuit_name(program)
    found = {str(known): circuit for known, circuit in CIRCUITS.items()}
    if name not in found:
        raise SomacError(
            "E0710",
            f"there is no circuit {name!r}",
            place=Place(file=FILE),
            need=", ".join(sorted(found)),
        )
    return found[name]


# -- engines -----------------------------------------------------------------------------------


def _require_engines(network: IntegerNetwork, target: Target, guidance: Guidance) -> None:
    from somac.backends.fpga.fitting import require_room

    require_room(network, target, guidance)


def _parts_of_engines(network: IntegerNetwork, target: Target, guidance: Guidance) -> None:
    """Each has what fits."""


def _emit_engines(
    network: IntegerNetwork, mapping: PlacedMapping, target: Target, guidance: Guidance
) -> Program:
    from somac.backends.fpga.account import engines_account, with_account
    from somac.backends.fpga.emit import design_of, written
    from somac.backends.fpga.fitting import folding_for

    found = folding_for(network, mapping, target, guidance)
    design = design_of(network, mapping, target, found)
    program = written(design, network, target)
    if target.part is None:
        return program
    account = engines_account(design, target.part, found.solved)
    return with_account(program, account, target.part, target)


def _emulate_engines(program: Program) -> Emulator:
    from somac.backends.fpga.emulator import FpgaEmulator

    return FpgaEmulator(program)


def _verify_engines(program: Program, network: IntegerNetwork) -> Iterable[Diagnostic]:
    from somac.backends.fpga.verify import verify

    return verify(program, network)


def _placed_in_engines(program: Program) -> Sequence[Placed]:
    from somac.backends.fpga.verify import placed

    return tuple(placed(program))


def _engines_costs(program: Program, cases: Mapping[str, Rates]) -> Mapping[str, Costs]:
    from somac.backends.fpga.cost import costs

    return costs(program, cases)


def _simulate_engines(
    program: Program, simulator: SimulatorName
) -> AbstractContextManager[Running]:
    from somac.backends.fpga.machines import open_rtl

    return open_rtl(program, simulator)


def _engines_edge(program: Program) -> Edge:
    from somac.backends.fpga.synthesised import engines_edge

    return engines_edge(program)


# -- the sparse engine -------------------------------------------------------------------------


def _require_sparse(network: IntegerNetwork, target: Target, guidance: Guidance) -> None:
    from somac.backends.fpga.ese.fitting import require_room

    require_room(network, target, guidance)


def _parts_of_sparse(network: IntegerNetwork, target: Target, guidance: Guidance) -> Parts:
    from somac.backends.fpga.ese.parts import one_engine

    _require_sparse(network, target, guidance)
    return one_engine(network, guidance)


def _emit_sparse(
    network: IntegerNetwork, mapping: PlacedMapping, target: Target, guidance: Guidance
) -> Program:
    from somac.backends.fpga.account import with_account
    from somac.backends.fpga.ese.account import sparse_account
    from somac.backends.fpga.ese.emit import emit
    from somac.backends.fpga.ese.fitting import geometry_for
    from somac.ir.arrange import arranged

    # rows are dealt to lanes in the order of the model, whatever the mapping made of it
    back = {name: order.argsort() for name, order in mapping.order.items()}
    plain = arranged(network, back)
    emitted = emit(plain, geometry_for(plain, target, guidance), target.name)
    if target.part is None:
        return emitted.program
    account = sparse_account(emitted, target.part)
    return with_account(emitted.program, account, target.part, target)


def _emulate_sparse(program: Program) -> Emulator:
    from somac.backends.fpga.ese.emulator.emulator import EseEmulator

    return EseEmulator(program)


def _verify_sparse(program: Program, network: IntegerNetwork) -> Iterable[Diagnostic]:
    from somac.backends.fpga.ese.verify import verify

    return verify(program, network)


def _placed_in_sparse(program: Program) -> None:
    """The one engine has all cells."""


def _sparse_costs(program: Program, cases: Mapping[str, Rates]) -> Mapping[str, Costs]:
    from somac.backends.fpga.ese.cost import costs

    return costs(program, cases)


def _simulate_sparse(program: Program, simulator: SimulatorName) -> AbstractContextManager[Running]:
    from somac.backends.fpga.ese.machines import open_rtl

    return open_rtl(program, simulator)


def _sparse_edge(program: Program) -> Edge:
    from somac.backends.fpga.ese.description import read_description

    d = read_description(program)
    # clock and reset, data and handshakes of two streams, the end of a step on one
    return Edge(d.name, 2 + 2 * (d.beat + 2) + 1)


CIRCUITS: Mapping[CircuitName, Circuit] = MappingProxyType(
    {
        c.name: c
        for c in (
            Circuit(
                "engines",
                _require_engines,
                _parts_of_engines,
                _emit_engines,
                _emulate_engines,
                _verify_engines,
                _placed_in_engines,
                _engines_costs,
                _simulate_engines,
                _engines_edge,
            ),
            Circuit(
                "sparse",
                _require_sparse,
                _parts_of_sparse,
                _emit_sparse,
                _emulate_sparse,
                _verify_sparse,
                _placed_in_sparse,
                _sparse_costs,
                _simulate_sparse,
                _sparse_edge,
            ),
        )
    }
)
"""By name."""


def _simulated(simulator: SimulatorName, program: Program) -> AbstractContextManager[Running]:
    return circuit_in(program).simulate(program, simulator)


def _machine(simulator: SimulatorName, title: str) -> Machine:
    return Machine(
        name=simulator,
        title=f"SystemVerilog in {title}",
        differs="E0854",
        missing=partial(missing_tools, simulator),
        open=partial(_simulated, simulator),
        usual=True,
    )


MACHINES = (
    _machine("verilator", "Verilator"),
    _machine("cxxrtl", "CXXRTL"),
    _machine("iverilog", "Icarus Verilog"),
)
"""Ways to simulate a bundle, fast ones first."""
