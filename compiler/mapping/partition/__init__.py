"""Partition of what computes into parts that fit a core.

`contiguous` cuts populations into ranges of neurons, each small enough for a core.
`partition_units` puts units of any kind into clusters, few and with little traffic between
them: `hypergraph` and `problem` say what is asked, `multilevel` and `exact` answer.
"""

from somac.compiler.mapping.partition.contiguous import Cut, Demand, partition, require_cores
from somac.compiler.mapping.partition.hypergraph import NO_SOURCE, Hypergraph
from somac.compiler.mapping.partition.metrics import Metrics, measure
from somac.compiler.mapping.partition.problem import (
    Effort,
    PartitionOptions,
    PartitionProblem,
    PartitionResult,
)
from somac.compiler.mapping.partition.solve import partition_units

__all__ = [
    "NO_SOURCE",
    "Cut",
    "Demand",
    "Effort",
    "Hypergraph",
    "Metrics",
    "PartitionOptions",
    "PartitionProblem",
    "PartitionResult",
    "measure",
    "partition",
    "partition_units",
    "require_cores",
]
