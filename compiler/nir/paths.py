"""Ways from neuron to neuron through linear nodes: what they carry and how long they take."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from somac.compiler.nir.edges import Edge
from somac.compiler.nir.report import Report
from somac.ir import graph

__all__ = ["Way", "linear_order", "ways"]

_MAX_WAYS = 4096
_MAX_STEPS = 65_536


@dataclass(frozen=True, slots=True)
class Way:
    """From a source to a target through linear nodes only.

    `recurrent` says whether one of its edges leads back.
    """

    source: str
    through: tuple[str, ...]
    target: str
    recurrent: bool

    def __str__(self) -> str:
        return "->".join((self.source, *self.through, self.target))


def linear_order(
    linear: Sequence[str], edges: Sequence[Edge], paths: Mapping[str, str], report: Report
) -> tuple[str, ...]:
    """The linear nodes, sources first. A loop of them is refused (E0148)."""
    names = set(linear)
    inner = [graph.Edge(a, b, 0) for a, b in edges if a in names and b in names]
    loop = graph.zero_delay_cycle(inner)
    if loop:
        report.refuse(
            "E0148",
            f"a loop without a neuron: {' -> '.join(loop)}",
            paths[loop[0]],
            hint="put a neuron (LI, for a filter) into the loop",
        )
        return ()
    return graph.update_order(linear, inner)


def ways(
    order: Sequence[str],
    linear: Sequence[str],
    edges: Sequence[Edge],
    recurrent: Collection[Edge],
    report: Report,
) -> tuple[Way, ...]:
    """All ways between nodes that are not linear, by source in the order of `order`.

    Parameters
    ----------
    order
        All nodes.
    linear
        The linear ones, sources first.
    edges, recurrent
        All edges, and those of them that lead back.
    report
        Takes a refusal if there are too many ways (E0152).
    """
    follow: dict[str, list[str]] = {name: [] for name in order}
    for source, destination in edges:
        follow[source].append(destination)
    inner = set(linear)
    count: dict[str, int] = {}
    steps: dict[str, int] = {}
    for name in (*reversed(linear), *(name for name in order if name not in inner)):
        count[name] = sum(count[d] if d in inner else 1 for d in follow[name])
        steps[name] = sum(steps[d] + count[d] if d in inner else 1 for d in follow[name])
    sources = [name for name in order if name not in inner]
    total = sum(count[name] for name in sources)
    length = sum(steps[name] for name in sources)
    if total > _MAX_WAYS or length > _MAX_STEPS:
        report.refuse(
            "E0152",
            "too many parallel paths of linear nodes",
            have=f"{total:,} paths of {length:,} edges in all",
            need=f"at most {_MAX_WAYS:,} paths of {_MAX_STEPS:,} edges",
        )
        return ()
    return tuple(way for name in sources for way in _from(name, follow, inner, recurrent))


def _from(
    source: str,
    follow: Mapping[str, list[str]],
    linear: Collection[str],
    recurrent: Collection[Edge],
) -> Iterator[Way]:
    through: list[str] = []
    pending = [iter(follow[source])]
    while pending:
        name = next(pending[-1], None)
        if name is None:
            pending.pop()
            if through:
                through.pop()
        elif name in linear:
            through.append(name)
            pending.append(iter(follow[name]))
        else:
            nodes = (source, *through, name)
            back = any(edge in recurrent for edge in pairwise(nodes))
            yield Way(source, tuple(through), name, back)
