"""Ports whose sums may grow by rounding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.choice.bounds import block_errors
from somac.ir.connectivity import interval
from somac.ir.datapath import Datapath, Instruction
from somac.ir.errors import Diagnostic, Place
from somac.ir.fixed import MAX_BITS, Format, Overflow
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.tiling import Tiling

__all__ = ["errors_at_targets", "widened"]

Real = NDArray[np.float64]

_EXACT = 1 << 52


def errors_at_targets(tiling: Tiling, sent: Format, size: int) -> Real:
    """float64 (target,): the most that conversion takes the sum of a target from the exact one.

    Exact below 2**53, and else rounded up.
    """
    total = np.zeros(size)
    for block in tiling.blocks:
        errors = block_errors(tiling.converters, block, sent)
        if any(errors):
            used = block.targets >= 0
            most = np.array([float(e) for e in errors]) * (1 + 2.0**-50)
            column = np.nonzero(used)[1]
            total += np.bincount(block.targets[used], np.ceil(most)[column], size)
    return total


def widened(
    network: IntegerNetwork,
    population: IntegerPopulation,
    arriving: Sequence[IntegerProjection],
    errors: Mapping[str, Real],
) -> IntegerPopulation | Diagnostic:
    """The population, its ports as wide as rounded sums need; a diagnostic if none is so wide.

    A port that no exact sum can wrap is one that no rounded sum can wrap: it gets more bits where
    need be, and what is beyond the exact sums is cut back to them, since it can only be an error.

    Parameters
    ----------
    arriving
        The projections that end at the population.
    errors
        Per projection that rounds, float64 (target,): the most that it is off.
    """
    path = population.datapath
    for port in path.names("input"):
        ending = [p for p in arriving if p.port == port]
        bits = _bits(network, ending, errors, path.format_of("input", port))
        if bits is None:
            continue
        if bits > MAX_BITS:
            return Diagnostic(
                "E0672",
                f"population {population.name}: rounded sums at port {port} are too large",
                Place(node=population.name),
                have=f"{MAX_BITS} bits",
                need=f"{bits} bits",
                hint="quantise to fewer bits with --bits, or choose converters with more",
            )
        path = _with_port(path, port, bits)
    return population if path is population.datapath else replace(population, datapath=path)


def _bits(
    network: IntegerNetwork,
    ending: Sequence[IntegerProjection],
    errors: Mapping[str, Real],
    format: Format,
) -> int | None:
    """Bits, sign included, that rounded sums take; None where the format of the port will do."""
    if not any(p.name in errors and errors[p.name].any() for p in ending):
        return None
    size = ending[0].connectivity.target_size
    low, high, off = np.zeros(size), np.zeros(size), np.zeros(size)
    for p in ending:
        sent, cells = network.sent(p.source), np.ones(p.connectivity.source_size)
        below, above = interval(p.connectivity, cells * sent.minimum, cells * sent.maximum)
        low, high = low + below, high + above
        off = off + errors.get(p.name, 0.0)
    if low.min() < format.minimum or high.max() > format.maximum:
        return None
    least, most = float((low - off).min()), float((high + off).max())
    if least >= format.minimum and most <= format.maximum:
        return None
    # float64 may have rounded what is larger
    spare = max(-least, most) >= _EXACT
    return max(int(most), -int(least) - 1, 1).bit_length() + 1 + spare


def _with_port(path: Datapath, port: str, bits: int) -> Datapath:
    """The same update of a wider sum, which saturates at the format that the port had."""
    instructions: list[Instruction] = []
    place: dict[int, int] = {}
    for index, i in enumerate(path.instructions):
        if i.opcode == "input" and i.name == port:
            wide = Format(bits, bits - i.format.fraction)
            instructions.append(replace(i, format=wide))
            narrow = [replace(i.format, overflow=Overflow.SAT)]
            if index in path.next_state.values():
                # a state has one format, its overflow included
                narrow.append(i.format)
            for format in narrow:
                instructions.append(Instruction("cast", format, (len(instructions) - 1,)))
        else:
            arguments = tuple(place[a] for a in i.arguments)
            instructions.append(replace(i, arguments=arguments))
        place[index] = len(instructions) - 1
    return replace(
        path,
        instructions=tuple(instructions),
        next_state={state: place[index] for state, index in path.next_state.items()},
        output=place[path.output],
    )
