"""What the router of each chip does with each net: the contents of routing tables, without keys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.route.trees import Trees
from somac.ir.digest import read_only
from somac.ir.target import Topology

__all__ = ["Stops", "stops_of"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Stops:
    """A stop per chip and net that reaches it; those of chip c are ``first[c]`` to ``first[c+1]``.

    Parameters
    ----------
    first
        int64 (chips + 1,).
    net
        int64 (stops,): ascending within a chip.
    action
        int64 (stops,): which of `actions` the router takes.
    actions
        What routers do: links of the topology that leave the chip, and cores, both ascending.
        Stops of a chip have the same number if and only if the same is done.
    straight
        bool (stops,): whether packets leave by the link opposite to that by which they came,
        and do nothing else.
    """

    first: Integers
    net: Integers
    action: Integers
    actions: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    straight: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name in ("first", "net", "action", "straight"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def chips(self) -> int:
        """Number of chips."""
        return len(self.first) - 1

    @property
    def chip(self) -> Integers:
        """int64 (stops,): the chip of each stop."""
        return np.repeat(np.arange(self.chips, dtype=np.int64), np.diff(self.first))


def stops_of(topology: Topology, trees: Trees, core_first: Integers, core: Integers) -> Stops:
    """The stops of trees.

    Parameters
    ----------
    topology
        The machine.
    trees
        The tree of each net.
    core_first, core
        int64: cores at which net n ends, ``core[core_first[n]:core_first[n + 1]]``, each once.
    """
    chip = topology.node_chip
    crosses = topology.link_crosses[trees.link]
    link, net = trees.link[crosses], trees.net[crosses]
    ends = np.repeat(np.arange(len(trees), dtype=np.int64), np.diff(core_first))
    owner = np.concatenate([net, ends])
    place = np.concatenate([chip[topology.link_source[link]], chip[topology.core_node[core]]])
    element = np.concatenate([link, topology.links + core])
    order = np.lexsort((element, owner, place))
    owner, place, element = owner[order], place[order], element[order]
    new = np.diff(owner, prepend=-1).astype(bool) | np.diff(place, prepend=-1).astype(bool)
    begin = np.flatnonzero(new)
    end = np.append(begin, len(element))[1:]

    known: dict[bytes, int] = {}
    action = np.array(
        [
            known.setdefault(element[a:b].tobytes(), len(known))
            for a, b in zip(begin.tolist(), end.tolist(), strict=True)
        ],
        dtype=np.int64,
    )
    actions = []
    for content in known:
        elements = np.frombuffer(content, dtype=np.int64)
        leaves = elements < topology.links
        actions.append(
            (tuple(elements[leaves].tolist()), tuple((elements[~leaves] - topology.links).tolist()))
        )
    one = (end - begin == 1) & (element[begin] < topology.links)
    return Stops(
        first=np.searchsorted(place[begin], np.arange(topology.chips + 1)).astype(np.int64),
        net=owner[begin],
        action=action,
        actions=tuple(actions),
        straight=one & _straight(topology, link, net, owner[begin], element[begin]),
    )


def _straight(
    topology: Topology, link: Integers, net: Integers, owner: Integers, leaving: Integers
) -> NDArray[np.bool_]:
    """Whether the link `leaving` is opposite to that of `link` by which net `owner` came."""
    if len(link) == 0:
        return np.zeros(len(owner), dtype=np.bool_)
    step = _steps(topology)
    leaving = np.minimum(leaving, topology.links - 1)
    came = net * topology.chips + topology.node_chip[topology.link_target[link]]
    order = np.argsort(came, kind="stable")
    here = owner * topology.chips + topology.node_chip[topology.link_source[leaving]]
    at = np.minimum(np.searchsorted(came[order], here), len(came) - 1)
    before = link[order[at]]
    known = (came[order[at]] == here) & step[leaving].any(axis=1)
    return np.asarray(known & (step[before] == step[leaving]).all(axis=1))


def _steps(topology: Topology) -> Integers:
    """int64 (links, 2): the step of each link between chips; (0, 0) if it could be several.

    On a torus a step is known modulo the extent of the machine, and an extent of two does not
    tell forwards from backwards.
    """
    extent = topology.chip_position.max(axis=0) - topology.chip_position.min(axis=0) + 1
    chip = topology.node_chip
    step = (
        topology.chip_position[chip[topology.link_target]]
        - topology.chip_position[chip[topology.link_source]]
    )
    away = np.abs(step) > 1
    step = np.where(away, step - np.sign(step) * extent, step)
    unclear = ((extent == 2) & (step != 0)) | (np.abs(step) > 1)
    return np.where(unclear.any(axis=1)[:, None], 0, step)
