"""Shape inference: forward along the edges, with the repairs that files in the wild need."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from somac.compiler.nir.edges import Edge
from somac.compiler.nir.maps import Flatten, Port
from somac.compiler.nir.neurons import Neuron
from somac.compiler.nir.report import Report
from somac.compiler.nir.shape import Shape, Shaped, is_joined, shape_text, squeezed

__all__ = ["Shapes", "infer"]

_MAX_CELLS = 2**24


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """The shape in which each node reads its signals, and the one in which it sends them."""

    reads: Mapping[str, Shape]
    gives: Mapping[str, Shape]


def infer(
    nodes: Mapping[str, Shaped],
    edges: Sequence[Edge],
    order: Sequence[str],
    paths: Mapping[str, str],
    report: Report,
) -> Shapes:
    """The shapes of all nodes.

    Parameters
    ----------
    nodes, edges
        The graph.
    order
        Its nodes, sources before destinations where there are no loops.
    paths
        Where each node is in the file.
    report
        Takes what was inferred (E0160), repairs (E0165, E0166, E0167), and refusals: shapes
        that do not fit (E0145) or cannot be inferred (E0146), too many cells (E0152).
    """
    inference = _Inference(nodes, edges, paths, report)
    inference.run(order)
    inference.check()
    return Shapes(inference.reads, inference.gives)


class _Inference:
    """Shapes known so far."""

    def __init__(
        self,
        nodes: Mapping[str, Shaped],
        edges: Sequence[Edge],
        paths: Mapping[str, str],
        report: Report,
    ) -> None:
        self.nodes = nodes
        self.edges = edges
        self.paths = paths
        self.report = report
        self.reads: dict[str, Shape] = {}
        self.gives: dict[str, Shape] = {}
        self.sound = True
        self.sources: dict[str, list[str]] = {name: [] for name in nodes}
        self.destinations: dict[str, list[str]] = {name: [] for name in nodes}
        for source, destination in edges:
            self.sources[destination].append(source)
            self.destinations[source].append(destination)

    def refuse(self, code: str, name: str, message: str, **details: str) -> None:
        self.sound = False
        self.report.refuse(code, f"{name}: {message}", self.paths[name], **details)

    def run(self, order: Sequence[str]) -> None:
        """Find shapes until there is nothing left to find."""
        self.spread(order)
        for name in order:
            # one value for any number of cells, and nothing says how many: one
            scalar = isinstance(node := self.nodes[name], Neuron) and node.demands is None
            if scalar and name not in self.reads and self.sound:
                self.settle(name, (1,))
                self.spread(self.destinations[name])
        unknown = [name for name in order if name not in self.reads]
        misfits = [
            (name, source)
            for name in unknown
            for source in self.sources[name]
            if source in self.gives
        ]
        for name, source in misfits:
            self.refuse_misfit(source, name)
        for name in unknown if self.sound else ():
            self.refuse("E0146", name, "nothing says how many cells it has")

    def spread(self, names: Sequence[str]) -> None:
        """Settle these nodes and what follows from them."""
        waiting = deque(names)
        while waiting:
            name = waiting.popleft()
            if name in self.reads:
                continue
            shape = self.shape_of(name)
            if shape is not None:
                self.settle(name, shape)
                waiting += (d for d in self.destinations[name] if d not in self.reads)

    def shape_of(self, name: str) -> Shape | None:
        """The shape a node reads, from the first known source or its own parameters."""
        node = self.nodes[name]
        if isinstance(node, Port) and not self.sources[name]:
            return self.input_shape(name)
        for source in self.sources[name]:
            if source in self.gives:
                shape = node.reads(self.gives[source])
                return node.demands if shape is None else shape
        return node.demands

    def input_shape(self, name: str) -> Shape | None:
        """The shape of an Input: the file's, as far as the nodes after it want it.

        Exporters leave axes of batch and time in front.
        """
        own = self.nodes[name].demands
        ends = [self.nodes[d] for d in self.destinations[name]]
        if own is None:
            return next((e.demands for e in ends if e.demands is not None), None)
        tails = [own[k:] for k in range(len(own))]
        for tail in tails:
            if all(end.reads(tail) == tail for end in ends):
                return tail
        for tail in tails:
            if all(end.reads(tail) is not None for end in ends):
                return tail
        return own

    def settle(self, name: str, shape: Shape) -> None:
        """Put down the shape a node reads, and the one it sends."""
        self.reads[name] = shape
        try:
            given = self.nodes[name].gives(shape)
        except ValueError as error:
            self.refuse("E0145", name, str(error))
            return
        cells = max(prod(shape), prod(given))
        if cells > _MAX_CELLS:
            self.refuse(
                "E0152", name, "too large", have=f"{cells:,} cells", need=f"at most {_MAX_CELLS:,}"
            )
            return
        self.gives[name] = given

    def check(self) -> None:
        """Compare what is sent along every edge with what is read."""
        for source, destination in self.edges:
            if source in self.gives and destination in self.reads:
                self.check_edge(source, destination)
        for name, node in self.nodes.items():
            if name in self.reads:
                self.check_node(name, node, self.reads[name])
        total = sum(prod(shape) for shape in self.gives.values())
        if total > _MAX_CELLS:
            self.report.refuse(
                "E0152",
                "the graph has too many cells",
                have=f"{total:,} in {len(self.gives)} nodes",
                need=f"at most {_MAX_CELLS:,}",
            )

    def check_edge(self, source: str, destination: str) -> None:
        sent, read = self.gives[source], self.reads[destination]
        node = self.nodes[destination]
        if node.reads(sent) is None or not is_joined(sent, read):
            self.refuse_misfit(source, destination)
        elif squeezed(sent) != squeezed(read):
            self.report.repaired(
                "E0167",
                f"{destination} reads the signals of {source}, of shape {shape_text(sent)}, as "
                f"{shape_text(read)}",
                self.paths[destination],
            )

    def refuse_misfit(self, source: str, destination: str) -> None:
        self.refuse(
            "E0145",
            destination,
            f"it cannot read what {source} sends",
            have=f"signals of shape {shape_text(self.gives[source])}",
            need=self.nodes[destination].wants,
        )

    def check_node(self, name: str, node: Shaped, read: Shape) -> None:
        """Compare the shape in the file with the one that was found."""
        if node.infers is not None:
            self.report.note(
                "E0160",
                f"{name}: {node.infers} is missing, {shape_text(read)} inferred",
                self.paths[name],
            )
        own = node.own if isinstance(node, Neuron) else node.demands
        if own is None or own == read:
            return
        if isinstance(node, Neuron) and prod(own) < prod(read):
            self.report.repaired(
                "E0166",
                f"{name}: parameters of shape {shape_text(own)} are spread over cells of shape "
                f"{shape_text(read)}",
                self.paths[name],
            )
        elif isinstance(node, Port | Flatten):
            dropped = own[len(own) - len(read) :] == read
            self.report.repaired(
                "E0165" if dropped else "E0167",
                f"{name}: the file says shape {shape_text(own)}, it is {shape_text(read)}",
                self.paths[name],
            )
