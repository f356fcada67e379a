"""A `Network` as the nodes and edges of a NIR file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.nir.edges import Edge
from somac.compiler.nir.export_maps import (
    Stage,
    UnsayableError,
    delay_stage,
    flatten_stage,
    stages,
    with_bias,
)
from somac.compiler.nir.export_plan import Link, Plan, plan, unsayable
from somac.compiler.nir.neurons import NEURONS, NEUTRAL
from somac.compiler.nir.order import walk
from somac.compiler.nir.raw import MetadataValue, RawGraph, RawNode
from somac.compiler.nir.reading import RESETS
from somac.compiler.nir.shape import shape_text
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.network import Network, Population

__all__ = ["describe"]

_ROOT = "/node"
_WRITTEN_RESETS = {word: key for key, word in reversed(tuple(RESETS.items()))}


def describe(network: Network) -> RawNode:
    """The node of type ``NIRGraph`` that reads back as the network.

    A delay of one tick that closes a loop is not written where a reader finds it by itself,
    with the links as they are or sorted; else every delay is a node, which leaves no doubt.

    Raises
    ------
    SomacError
        E0156 for everything that NIR cannot say.
    """
    planned = plan(network)
    rank = {p.name: index for index, p in enumerate(network.populations)}
    by_target = sorted(planned.links, key=lambda link: rank[link.target])
    explicit = [replace(link, closes=False) for link in planned.links]
    for links in (planned.links, by_target, explicit):
        writer = _Writer(planned)
        writer.write(links)
        if writer.problems:
            raise SomacError.of(writer.problems)
        if writer.reads_back():
            break
    metadata: dict[str, MetadataValue] = {
        "profile": planned.dialect.profile,
        "integrator": planned.dialect.integrator,
        "dt": network.dt,
    }
    return RawNode(_ROOT, "NIRGraph", {}, metadata, RawGraph(writer.nodes, tuple(writer.edges)))


@dataclass(frozen=True, slots=True, eq=False)
class _Chain:
    """Linear nodes from a source to a target; `name` is that of what they are for.

    `closes` says whether a reader must find by itself that they take a tick, `is_prompt`
    whether signals that are sent in a tick arrive in it.
    """

    name: str
    source: str
    target: str
    stages: Sequence[Stage]
    closes: bool = False
    is_prompt: bool = True


@dataclass(slots=True)
class _Writer:
    """Nodes and edges written so far.

    Parameters
    ----------
    called
        The nodes that inputs and populations became.
    ways
        The nodes of each chain, and whether it must be found to take a tick.
    late
        Edges out of nodes that delay every signal.
    """

    plan: Plan
    nodes: dict[str, RawNode] = field(default_factory=dict)
    edges: dict[Edge, None] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    called: dict[str, str] = field(default_factory=dict)
    ways: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    late: set[Edge] = field(default_factory=set)

    def write(self, links: Sequence[Link]) -> None:
        """Write the network, the links of each source in this order."""
        network, shapes = self.plan.network, self.plan.shapes
        for i in network.inputs:
            shape = {"shape": np.array(shapes[i.name])}
            self.called[i.name] = self.add(i.name, "Input", shape, {"kind": i.kind})
        for p in network.populations:
            if p.name in self.plan.dialect.said:
                self.called[p.name] = self.neuron(p)
            elif p.name in self.plan.relays and p.name not in self.plan.sinks:
                ones = {"scale": np.ones(shapes[p.name])}
                self.called[p.name] = self.add(p.name, "Scale", ones)
        outputs = {}
        for o in network.outputs:
            shape = {"shape": np.array(shapes[o.source])}
            outputs[o.name] = self.add(o.name, "Output", shape)
        self.called |= {relay: outputs[name] for relay, name in self.plan.sinks.items()}
        chains = self.with_biases([self.chain(link) for link in links])
        for source in (*(i.name for i in network.inputs), *(p.name for p in network.populations)):
            for chain in chains:
                if chain.source == source:
                    self.join(chain)
            for o in network.outputs:
                if o.source == source and source not in self.plan.sinks:
                    self.edges[self.called[source], outputs[o.name]] = None

    def reads_back(self) -> bool:
        """Whether a reader finds the delays of one tick where they are, and no others."""
        inputs = [self.called[i.name] for i in self.plan.network.inputs]
        found = walk(tuple(self.nodes), tuple(self.edges), inputs, self.late)
        return all(
            any(edge in found.recurrent for edge in pairwise(way)) == closes
            for way, closes in self.ways
        )

    def add(
        self,
        name: str,
        type_: str,
        parameters: Mapping[str, NDArray[Any]],
        metadata: Mapping[str, MetadataValue] | None = None,
    ) -> str:
        """Write a node; its name is made one that HDF5 takes and that is free."""
        base = name.replace("/", "_").strip(".") or "node"
        free, count = base, 0
        while free in self.nodes:
            count += 1
            free = f"{base}_{count}"
        self.nodes[free] = RawNode(f"{_ROOT}/nodes/{free}", type_, parameters, metadata or {})
        return free

    def neuron(self, p: Population) -> str:
        """Write a neuron, with what NIR leaves open in its metadata."""
        said = self.plan.dialect.said[p.name]
        shape = self.plan.shapes[p.name]
        values = {
            name: p.parameters[name] if name in p.parameters else np.asarray(NEUTRAL[name])
            for name in NEURONS[said.type]
        }
        metadata: dict[str, MetadataValue] = {"dt": self.plan.network.dt}
        if said.reset is not None:
            metadata["reset"], metadata["reset_delay"] = _WRITTEN_RESETS[said.reset]
        if said.compare is not None:
            metadata["threshold_cmp"] = said.compare
        parameters = {
            name: np.broadcast_to(value, (p.size,)).reshape(shape) for name, value in values.items()
        }
        return self.add(p.name, said.type, parameters, metadata)

    def chain(self, link: Link) -> _Chain:
        """The nodes of a link; what NIR cannot say is put down."""
        dt, shapes = self.plan.network.dt, self.plan.shapes
        source, target = shapes[link.source], shapes[link.target]
        found: list[Stage] = []
        if link.ticks and not link.closes:
            found.append(delay_stage(link.ticks, source, dt))
        try:
            found += stages(link.connectivity, source, target, dt)
        except UnsayableError as error:
            self.problems.append(unsayable(f"projection {link.name}", str(error), link.name))
        is_prompt = link.ticks + min(link.connectivity.delays, default=0) == 0
        return _Chain(link.name, link.source, link.target, found, link.closes, is_prompt)

    def with_biases(self, chains: list[_Chain]) -> list[_Chain]:
        """The chains with all biases in them, and more chains for those that fit in none."""
        extra: list[_Chain] = []
        for target, found in self.plan.biases.items():
            for ticks, bias in found.items():
                carrier = self.carrier(chains, target, ticks, bias)
                if carrier is None:
                    extra += self.bias_chain(chains, target, ticks, bias)
                else:
                    at, biased = carrier
                    chains[at] = replace(chains[at], stages=biased)
        return chains + extra

    def carrier(
        self, chains: Sequence[_Chain], target: str, ticks: int, bias: NDArray[np.float64]
    ) -> tuple[int, list[Stage]] | None:
        """Which chain's last node can add the bias after that many ticks, and its stages then."""
        for index, chain in enumerate(chains):
            wait = int(chain.closes and self.plan.dialect.late_bias)
            if chain.target == target and wait == ticks:
                biased = with_bias(chain.stages, bias)
                if biased:
                    return index, biased
        return None

    def bias_chain(
        self, chains: Sequence[_Chain], target: str, ticks: int, bias: NDArray[np.float64]
    ) -> list[_Chain]:
        """A chain that brings nothing but a bias: weights of zero."""
        network, shapes = self.plan.network, self.plan.shapes
        sources = [i.name for i in network.inputs]
        sources += [c.source for c in chains if c.target == target and c.is_prompt]
        shape = shapes[target]
        # maps side by side, which leave all but the last dimension as it is
        alike = [s for s in sources if len(shape) == 1 or shapes[s][:-1] == shape[:-1]]
        if not alike:
            why = "NIR has biases only on the way from somewhere"
            if sources:
                why = f"NIR has none for each cell of a shape like {shape_text(shape)}"
            self.problems.append(unsayable(f"the bias of {target}", why, target))
            return []
        before = shapes[alike[0]]
        found: list[Stage] = []
        if len(shape) == 1 and len(before) > 1:
            found.append(flatten_stage(before))
            before = found[-1].gives
        weight = np.zeros((*shape, before[-1]))
        found.append(Stage("Affine", {"weight": weight, "bias": bias.reshape(shape)}, shape))
        if ticks:
            found.append(delay_stage(ticks, shape, network.dt))
        return [_Chain(f"{target}_bias", alike[0], target, found)]

    def join(self, chain: _Chain) -> None:
        """Write the nodes and edges of a chain."""
        ends = self.called[chain.source], self.called[chain.target]
        found = list(chain.stages)
        if not found and ends in self.edges:
            shape = self.plan.shapes[chain.source]
            found.append(Stage("Scale", {"scale": np.ones(shape)}, shape))
        inner = [
            self.add(name, stage.type, stage.parameters)
            for name, stage in zip(_names(chain, len(found)), found, strict=True)
        ]
        way = (ends[0], *inner, ends[1])
        self.edges |= dict.fromkeys(pairwise(way))
        self.ways.append((way, chain.closes))
        self.late |= {
            edge
            for edge, stage in zip(pairwise(way[1:]), found, strict=True)
            if stage.type == "Delay"
            and stage.parameters["delay"].min() >= 0.5 * self.plan.network.dt
        }


def _names(chain: _Chain, count: int) -> list[str]:
    """Names for the nodes of a chain: those it was read with, if it was."""
    start, end = f"{chain.source}->", f"->{chain.target}"
    if chain.name.startswith(start) and chain.name.endswith(end):
        names = chain.name[len(start) : -len(end)].split("->")
        if len(names) == count and all(names):
            return names
        return [f"{chain.source}_{chain.target}"] * count
    return [chain.name] * count
