"""Every neuron once, on a core with room for it, with its datapath, parameters and first states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import FILE, Description, Population
from somac.backends.crossbar.verify.files import array
from somac.backends.damage import require
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

__all__ = ["check_neurons", "check_values"]


def check_neurons(network: IntegerNetwork, d: Description) -> Iterator[Diagnostic]:
    """E0801 for other neurons, E0809 for a core with more than it can update.

    That homes make up a population is what `read_description` has made sure of.
    """
    have = {p.name: p.size for p in d.populations}
    need = {p.name: p.size for p in network.populations}
    for name in sorted(have.keys() | need.keys()):
        if have.get(name) != need.get(name):
            yield Diagnostic(
                "E0801",
                f"population {name}: other neurons",
                Place(file=FILE, node=name),
                have=f"{have.get(name, 0)} neurons",
                need=f"{need.get(name, 0)} neurons",
            )
    full: Counter[int] = Counter()
    for p in d.populations:
        for home in p.homes:
            full[home.core] += home.stop - home.start
    for core, neurons in sorted(full.items()):
        if neurons > d.chip.neurons:
            yield Diagnostic(
                "E0809",
                f"more neurons on core {core} than it can update",
                Place(file=FILE),
                have=f"room for {d.chip.neurons}",
                need=f"{neurons} neurons",
            )


def check_values(program: Program, network: IntegerNetwork, d: Description) -> Iterator[Diagnostic]:
    """E0802 and E0803, population by population; DamagedError."""
    for own in d.populations:
        population = network.population(own.name)
        path = own.program
        require(path in program.files, path, "missing")
        if program.files[path] != population.datapath.text().encode():
            yield Diagnostic(
                "E0802",
                f"another datapath than that of {own.name}",
                Place(file=path, node=own.name),
            )
            continue
        yield from _values(program, own, "parameter", own.parameters, population.parameters)
        yield from _values(program, own, "first state", own.initial, population.initial)


def _values(
    program: Program,
    own: Population,
    what: str,
    given: Mapping[str, int | str],
    meant: Mapping[str, NDArray[np.int64]],
) -> Iterator[Diagnostic]:
    if given.keys() != meant.keys():
        yield Diagnostic(
            "E0803",
            f"population {own.name}: a {what} that is missing, or should not be there",
            Place(file=FILE, node=own.name),
            have=", ".join(sorted(given)),
            need=", ".join(sorted(meant)),
        )
        return
    for name, value in given.items():
        file = value if isinstance(value, str) else FILE
        have = (
            array(program, value, "int64", own.size)
            if isinstance(value, str)
            else np.full(own.size, value, np.int64)
        )
        need = np.broadcast_to(meant[name], (own.size,))
        bad = np.flatnonzero(have != need)
        if len(bad):
            at = int(bad[0])
            yield Diagnostic(
                "E0803",
                f"{what} {name} of {len(bad)} neurons, the first of them {own.name}[{at}]",
                Place(file=file, node=own.name),
                have=str(int(have[at])),
                need=str(int(need[at])),
            )
