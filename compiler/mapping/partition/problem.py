"""`PartitionProblem`: units to be put into clusters that fit a core each, and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.partition.hypergraph import Hypergraph
from somac.ir.digest import digest_of, integers, read_only
from somac.ir.progress import Tell

__all__ = ["Effort", "PartitionOptions", "PartitionProblem", "PartitionResult"]

Effort = Literal[0, 1, 2, 3]


@dataclass(frozen=True, slots=True, eq=False)
class PartitionProblem:
    """Put every unit into one of the clusters, none of which holds more than a core can.

    To be made small are, first, the number of clusters and, second, the connectivity: the
    sum over nets of weight times (clusters that have a pin of the net, less one), which is
    what the nets deliver to clusters other than the source's.

    Parameters
    ----------
    graph
        Units and nets.
    resources
        Names of the resources of a core.
    demand
        int64 (units, resources): what a unit takes of its cluster.
    capacity
        int64 (resources,): what a cluster has.
    entering
        int64 (nets, resources): what a net takes of each cluster that it enters from
        outside, such as a synaptic row, an entry of a table, or one of the sources a core can
        tell apart. None if nets take nothing.
    clusters
        Most clusters there may be; None for as many as units.
    together
        Groups of units that share a cluster.
    apart
        Pairs of units that do not.
    pinned
        Units and the number of the cluster each must be in. Clusters are numbered from 0.

    Raises
    ------
    ValueError
        If shapes differ, a demand or capacity is negative, or a unit or cluster is named
        that is not there. Whether the constraints can be met is not asked here.
    """

    graph: Hypergraph
    resources: tuple[str, ...]
    demand: NDArray[np.int64]
    capacity: NDArray[np.int64]
    entering: NDArray[np.int64] | None = None
    clusters: int | None = None
    together: tuple[tuple[int, ...], ...] = ()
    apart: tuple[tuple[int, int], ...] = ()
    pinned: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        width = len(self.resources)
        for name, shape in (
            ("demand", (self.graph.units, width)),
            ("capacity", (width,)),
            ("entering", (self.graph.nets, width)),
        ):
            given = getattr(self, name)
            if given is None:
                continue
            array = integers(given)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, not {shape}")
            if array.size and array.min() < 0:
                raise ValueError(f"{name} has a negative entry")
            object.__setattr__(self, name, read_only(array))
        named = [unit for group in (*self.together, *self.apart) for unit in group]
        named += [unit for unit, _ in self.pinned]
        for unit in named:
            if not 0 <= unit < self.graph.units:
                raise ValueError(f"a constraint names unit {unit} of {self.graph.units}")
        for unit, cluster in self.pinned:
            if not 0 <= cluster < self.most:
                raise ValueError(f"unit {unit} is pinned to cluster {cluster} of {self.most}")

    @property
    def most(self) -> int:
        """Most clusters that can be of use."""
        units = max(self.graph.units, 1)
        return units if self.clusters is None else self.clusters

    def digest(self) -> str:
        """BLAKE2b of the value, as hexadecimal text."""
        return digest_of(self)


@dataclass(frozen=True, slots=True)
class PartitionOptions:
    """How hard to try.

    Parameters
    ----------
    effort
        0 a quick one, 1 good, 2 better than what other tools find, 3 as good as it gets.
    seed
        Of the random choices.
    work
        Multiplies the limits of work. They count steps, not seconds, so that a result does
        not depend on the machine.
    time_limit
        Seconds after which the search hurries to its end; None for no limit. With one, the
        result may depend on the machine.
    progress
        Called when a better partition was found, with connectivity as its cost.
    """

    effort: Effort = 1
    seed: int = 0
    work: float = 1.0
    time_limit: float | None = None
    progress: Tell | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PartitionResult:
    """A partition and how good it is.

    Parameters
    ----------
    cluster
        int32 (units,): the cluster of each unit.
    clusters
        How many there are.
    connectivity
        What was made small.
    bound
        No partition into as many clusters has less.
    least_clusters
        No partition has fewer clusters.
    solver
        Who found it.
    interrupted
        Whether Ctrl-C ended the search.
    """

    cluster: NDArray[np.int32]
    clusters: int
    connectivity: int
    bound: int
    least_clusters: int
    solver: str
    interrupted: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "cluster", read_only(self.cluster.astype(np.int32, copy=False)))

    @property
    def status(self) -> Literal["optimal", "feasible"]:
        """``optimal`` if the connectivity is proven the least for so many clusters."""
        return "optimal" if self.connectivity == self.bound else "feasible"
