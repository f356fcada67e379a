"""Two golden networks: formats, neuron programs, numbers, and weights synapse by synapse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from somac.compiler.diff.tree import differing
from somac.compiler.diff.values import MOST_LINES, Change, Numbers, joined, lines_in_common
from somac.ir.connectivity import Connectivity, Synapses, owns_weights, synapses
from somac.ir.datapath import Datapath
from somac.ir.digest import digest_of
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection

__all__ = ["NetworkDiff", "Weights", "networks", "weights_between"]

_MOST_SYNAPSES = 1 << 26
"""Of a projection whose synapses are compared one by one."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of a projection that differ.

    Parameters
    ----------
    a, b
        How many weights each side has: of synapses, or where these share them, stored ones.
    changed, added, removed
        Weights that both have and that differ, and those of one side alone; None where the two
        have nothing in common by which synapses could be matched.
    largest
        The largest difference of those that changed, in steps of the format.
    """

    projection: str
    a: int
    b: int
    changed: int | None = None
    added: int | None = None
    removed: int | None = None
    largest: int | None = None


@dataclass(frozen=True, slots=True)
class NetworkDiff:
    """What differs between two golden networks."""

    fields: tuple[Change, ...]
    numbers: tuple[Numbers, ...]
    weights: tuple[Weights, ...]


def networks(a: IntegerNetwork, b: IntegerNetwork) -> NetworkDiff:
    """Compare field by field; inputs, populations, projections and outputs by their names."""
    fields: list[Change] = []
    numbers: list[Numbers] = []
    for found in _leaves(a, b):
        if isinstance(found, Change):
            fields.append(found)
        else:
            numbers.append(found)
    return NetworkDiff(tuple(fields), tuple(numbers), tuple(_weights(a, b)))


def _leaves(a: IntegerNetwork, b: IntegerNetwork) -> Iterator[Change | Numbers]:
    for name in ("name", "dt", "period"):
        yield from differing(getattr(a, name), getattr(b, name), (name,))
    yield from differing(a.inputs, b.inputs, ("input",))
    yield from _each("population", a.populations, b.populations, _population)
    yield from _each("projection", a.projections, b.projections, _projection)
    yield from differing(a.outputs, b.outputs, ("output",))


def _each(kind: str, a: tuple[Any, ...], b: tuple[Any, ...], parts: Any) -> Iterator[Any]:
    left, right = ({item.name: item for item in side} for side in (a, b))
    for name in joined(left, right):
        x, y = left.get(name), right.get(name)
        if x is None or y is None:
            yield Change(f"{kind}.{name}", _size(x), _size(y))
        else:
            yield from parts(x, y, (kind, name))
    if left.keys() == right.keys() and list(left) != list(right):
        yield Change(f"{kind}.order", ", ".join(left), ", ".join(right))


def _size(item: IntegerPopulation | IntegerProjection | None) -> str | None:
    if item is None:
        return None
    if isinstance(item, IntegerPopulation):
        return f"{item.size:,} cells"
    return f"{item.connectivity.weights.size:,} weights"


def _population(
    a: IntegerPopulation, b: IntegerPopulation, path: tuple[str, ...]
) -> Iterator[Change | Numbers]:
    yield from differing(a.shape, b.shape, (*path, "shape"))
    yield from differing(a.start, b.start, (*path, "start"))
    yield from _programs(a.datapath, b.datapath, path)
    for name in ("parameters", "initial", "scales"):
        yield from differing(getattr(a, name), getattr(b, name), (*path, name))


def _programs(a: Datapath, b: Datapath, path: tuple[str, ...]) -> Iterator[Change | Numbers]:
    formats = _formats(a), _formats(b)
    yield from differing(*formats, (*path, "format"))
    texts = a.text().splitlines(), b.text().splitlines()
    if texts[0] != texts[1] and formats[0] == formats[1]:
        yield Change(".".join((*path, "program")), *_lines(*texts))


def _formats(path: Datapath) -> dict[str, str]:
    """Formats by kind and name, and that of what is sent."""
    found: dict[str, str] = {"output": f"{path.output_kind} {path.sent}"}
    for kind in ("input", "param", "state"):
        found |= {f"{kind} {n}": str(path.format_of(kind, n)) for n in path.names(kind)}
    return found


def _lines(a: list[str], b: list[str]) -> tuple[str, str]:
    """How many lines each has, and how many of them the other has not."""
    if max(len(a), len(b)) > MOST_LINES:
        return f"{len(a):,} lines", f"{len(b):,} lines"
    same = lines_in_common(a, b)
    return (
        f"{len(a):,} lines, {len(a) - same:,} of its own",
        f"{len(b):,} lines, {len(b) - same:,} of its own",
    )


def _projection(
    a: IntegerProjection, b: IntegerProjection, path: tuple[str, ...]
) -> Iterator[Change | Numbers]:
    for name in ("source", "target", "port", "delay", "plasticity", "product", "tiling", "device"):
        yield from differing(getattr(a, name), getattr(b, name), (*path, name))
    kinds = type(a.connectivity).__name__, type(b.connectivity).__name__
    yield from differing(*kinds, (*path, "connectivity"))


def _weights(a: IntegerNetwork, b: IntegerNetwork) -> Iterator[Weights]:
    left, right = ({p.name: p.connectivity for p in side.projections} for side in (a, b))
    for name, wired in left.items():
        if name in right and digest_of(wired) != digest_of(right[name]):
            yield weights_between(name, wired, right[name])


def weights_between(name: str, a: Connectivity, b: Connectivity) -> Weights:
    """What differs between the weights of two projections of that name."""
    left, right = a.weights, b.weights
    if _alike(a, b):
        apart = np.abs(left.astype(np.int64) - right.astype(np.int64))
        changed = int(np.count_nonzero(apart))
        return Weights(name, left.size, right.size, changed, 0, 0, int(apart.max(initial=0)))
    same_cells = (a.source_size, a.target_size) == (b.source_size, b.target_size)
    if same_cells and _listed(a) and _listed(b):
        return _matched(name, synapses(a), synapses(b), a.target_size)
    return Weights(name, left.size, right.size)


def _alike(a: Connectivity, b: Connectivity) -> bool:
    """Whether they are the same but for the values of their weights."""
    if type(a) is not type(b) or a.weights.shape != b.weights.shape:
        return False
    ones = np.ones_like(a.weights)
    return digest_of(a.with_weights(ones)) == digest_of(b.with_weights(ones))


def _listed(connectivity: Connectivity) -> bool:
    """Whether every synapse has a weight of its own, and there are not too many of them."""
    shared = connectivity.weights.ndim == 0
    cells = connectivity.source_size * connectivity.target_size
    count = cells if shared else connectivity.weights.size
    return owns_weights(connectivity) and count <= _MOST_SYNAPSES


def _matched(name: str, a: Synapses, b: Synapses, targets: int) -> Weights:
    """Synapses of weight 0 are none."""
    delays = 1 + max(int(side.delay.max(initial=0)) for side in (a, b))
    keys, weights = [], []
    for side in (a, b):
        kept = side.weight != 0
        keys.append(((side.source * targets + side.target) * delays + side.delay)[kept])
        weights.append(side.weight[kept].astype(np.int64))
    sizes = len(keys[0]), len(keys[1])
    if any(len(np.unique(k)) < len(k) for k in keys):
        return Weights(name, *sizes)
    _, at_a, at_b = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    apart, both = np.abs(weights[0][at_a] - weights[1][at_b]), len(at_a)
    changed, largest = int(np.count_nonzero(apart)), int(apart.max(initial=0))
    return Weights(name, *sizes, changed, sizes[1] - both, sizes[0] - both, largest)
