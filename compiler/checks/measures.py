"""What is measured of a compiled model: its mapping, its account, its costs, and runs of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Account
from somac.compiler.checks.kinds import KINDS, MORE_IS_BETTER

if TYPE_CHECKING:
    from somac.compiler.inputs import Recording
    from somac.compiler.pipeline import Compiled
    from somac.ir.network import Network
    from somac.ir.program import Program

__all__ = ["Home", "Measure", "homes_of", "measures_of", "measures_with_runs"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A value, its unit (empty for a plain number), and whether more of it is better."""

    value: int | float
    unit: str = ""
    more: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """Where a population is: how many cells on which cores, ascending."""

    cells: int
    cores: tuple[int, ...]


def homes_of(compiled: Compiled) -> Mapping[str, Home]:
    """By population of the model."""
    cores: dict[str, set[int]] = {p.name: set() for p in compiled.network.populations}
    for part in compiled.mapping.slices:
        if part.core is not None and part.population in cores:
            cores[part.population].add(part.core)
    return {
        p.name: Home(p.size, tuple(sorted(cores[p.name]))) for p in compiled.network.populations
    }


def measures_of(compiled: Compiled) -> Mapping[str, Measure]:
    """By name: all that can be known without a run."""
    found = {**dict(_of_mapping(compiled)), **dict(_of_account(compiled))}
    amounts = {
        f"{case}.{name}": Measure(amount.value, amount.unit, amount.unit in MORE_IS_BETTER)
        for case, costs in compiled.costs.items()
        for name, amount in costs.amounts.items()
    }
    return _measures(found) | amounts


def measures_with_runs(
    known: Mapping[str, Measure],
    program: Program,
    network: Callable[[], Network],
    wanted: Collection[str],
    data: Recording,
) -> Mapping[str, Measure]:
    """With those of runs that are wanted; `network` reads the model, for those that simulate it.

    `data` are inputs (samples, steps, channels), and labels if they are known.
    """
    return {**known, **_measures(dict(_of_run(program, network, frozenset(wanted), data)))}


def _measures(found: Mapping[str, float]) -> dict[str, Measure]:
    return {
        name: Measure(found[name], kind.unit, kind.more)
        for name, kind in KINDS.items()
        if name in found
    }


def _of_mapping(compiled: Compiled) -> Iterator[tuple[str, float]]:
    golden, mapping, target = compiled.golden, compiled.mapping, compiled.target
    cores = len(mapping.parts) or len({s.core for s in mapping.slices if s.core is not None})
    yield "cores", cores
    yield "utilisation_percent", 100 * cores / max(1, target.places)
    yield "latency_ticks", max((golden.start(o.source) for o in golden.outputs), default=0)
    yield "bundle_bytes", sum(map(len, compiled.program.files.values()))
    if target.part is not None:
        return  # circuits are not placed by this compiler, and wires are no links
    yield "hops", mapping.proof.cost
    yield "gap_percent", 100 * mapping.proof.gap
    load = np.zeros(max(1, target.topology.links))
    for route in mapping.routes:
        load[list(route.links)] += route.rate
    yield "link_load", float(load.max())


def _of_account(compiled: Compiled) -> Iterator[tuple[str, float]]:
    """What only the backend knows: memory and tables."""
    account = Account.of(compiled.program)
    largest, room = account.largest_core_bytes, account.capacity_bytes
    if largest is not None:
        yield "memory_per_core_bytes", largest
        if room:
            yield "memory_per_core_percent", 100 * largest / room
    if account.routing_tables:
        yield "table_entries", max(table.entries for table in account.routing_tables)


def _of_run(
    files: Program, network: Callable[[], Network], wanted: frozenset[str], data: Recording
) -> Iterator[tuple[str, float]]:
    from somac.compiler.api import Program

    program = Program(files)
    if data.labels is not None and len(data.labels) and wanted & _OF_LABELS:
        right = 100 * float((program.run(data.inputs).classes() == data.labels).mean())
        yield "accuracy_percent", right
        if "accuracy_drop_percent" in wanted:
            classes = _float_classes(network(), data.inputs)
            yield "accuracy_drop_percent", 100 * float((classes == data.labels).mean()) - right
    if "values_differ" in wanted:
        yield "values_differ", program.agreement(data.inputs).differing


_OF_LABELS = frozenset({"accuracy_percent", "accuracy_drop_percent"})


def _float_classes(network: Network, inputs: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
    """The most active cell of the first output per sample, by the float reference."""
    from somac.compiler.signals import classes_of
    from somac.ir.simulate import reference

    output = network.outputs[0].name
    samples = len(next(iter(inputs.values())))
    found = []
    for first in range(0, samples, _BATCH):
        part = {name: values[first : first + _BATCH] for name, values in inputs.items()}
        found.append(classes_of(reference(network, part).signals[output]))
    return np.concatenate(found)


_BATCH = 64
