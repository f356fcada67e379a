"""Partition against Mt-KaHyPar, METIS and greedy methods, on networks made by rule.

    python -m bench.mapping.partition [--sizes 10000,100000] [--peers-python PATH] [--slow]
        [--million]

Cores hold 256 neurons; all methods must use as few cores as there can be. With
`--peers-python`, an interpreter that has mtkahypar and pymetis, these partition the same
networks in the same run (Mt-KaHyPar on networks above 10,000 neurons takes twenty minutes
each: with `--slow`); without, their figures are those of earlier runs, on the same
networks. Connectivity is counted here, whoever made the partition. CPU seconds are after one
run that compiles. `--million` adds 10^6 neurons with 10^8 synapses.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.mapping.networks import NETWORKS, Network, network
from bench.mapping.table import markdown
from somac.compiler.mapping.partition import (
    Effort,
    Hypergraph,
    PartitionOptions,
    PartitionProblem,
    PartitionResult,
    partition_units,
)

CORE: Final = 256
SIZES: Final = (10_000, 100_000)
MILLION: Final = 1_000_000
EFFORTS: Final[tuple[Effort, ...]] = (0, 1, 2)
LARGE_EFFORTS: Final[tuple[Effort, ...]] = (0, 1)

# connectivity and CPU seconds, by network and neurons
FACTS: Final[dict[tuple[str, int], dict[str, tuple[float, float]]]] = {
    ("local", 10_000): {
        "greedy overlap": (5.94e6, 0.42),
        "overlap + FM": (5.28e6, 1.23),
        "METIS": (4.59e6, 0.96),
        "Mt-KaHyPar": (3.92e6, 42),
    },
    ("layered", 10_000): {
        "greedy overlap": (2.03e6, 0.20),
        "overlap + FM": (2.03e6, 0.26),
        "METIS": (5.40e6, 1.07),
        "Mt-KaHyPar": (1.76e6, 16),
    },
    ("small-world", 10_000): {
        "greedy overlap": (4.66e6, 0.32),
        "overlap + FM": (4.52e6, 1.24),
        "METIS": (4.53e6, 0.38),
        "Mt-KaHyPar": (4.50e6, 24),
    },
    ("local", 100_000): {
        "greedy overlap": (60.8e6, 5.2),
        "overlap + FM": (54.0e6, 45),
        "METIS": (46.5e6, 9.9),
        "Mt-KaHyPar": (39.4e6, 1123),
    },
    ("layered", 100_000): {
        "greedy overlap": (46.6e6, 3.8),
        "overlap + FM": (41.1e6, 33),
        "METIS": (72.5e6, 23),
    },
    ("small-world", 100_000): {
        "greedy overlap": (54.9e6, 4.3),
        "overlap + FM": (53.9e6, 37),
        "METIS": (53.0e6, 5.7),
    },
    ("local", MILLION): {"greedy overlap": (605.6e6, 61)},
}


def rows(
    sizes: Sequence[int] = SIZES, peers: str | None = None, *, slow: bool = False
) -> list[dict[str, object]]:
    """A row for every network and method, ours last."""
    _ours("local", 2000, 0)
    table = []
    for size in sizes:
        for kind in NETWORKS:
            small = size <= SIZES[0]
            efforts = EFFORTS if small else LARGE_EFFORTS
            table += _rows(kind, size, efforts, peers, slow=slow or small)
    return table


def million_rows() -> list[dict[str, object]]:
    """10^6 neurons, 10^8 synapses, at the least effort."""
    _ours("local", 2000, 0)
    return _rows("local", MILLION, (0,), None, slow=False)


def connectivity(net: Network, cluster: NDArray[np.int32]) -> int:
    """What sources deliver to clusters other than their own, counted in NumPy.

    In parts, as each synapse takes tens of bytes.
    """
    total, step = 0, 10_000
    clusters = int(cluster.max()) + 1
    for begin in range(0, len(net.rate), step):
        stop = min(begin + step, len(net.rate))
        start = net.start[begin : stop + 1]
        sender = np.repeat(np.arange(begin, stop), np.diff(start))
        home = cluster[net.target[start[0] : start[-1]]].astype(np.int64)
        away = home != cluster[sender]
        pairs = np.unique(sender[away] * clusters + home[away])
        total += int(net.rate[pairs // clusters].sum())
    return total


def _rows(
    kind: str, size: int, efforts: Sequence[Effort], peers: str | None, *, slow: bool
) -> list[dict[str, object]]:
    found: list[tuple[str, float, float, int | None]] = [
        (f"{name} (earlier run)", cost, seconds, None)
        for name, (cost, seconds) in FACTS.get((kind, size), {}).items()
    ]
    if peers is not None:
        found += _peers(kind, size, peers, slow=slow)
    for effort in efforts:
        net, result, seconds = _ours(kind, size, effort)
        cost = connectivity(net, result.cluster)
        fullest = int(np.bincount(result.cluster).max())
        if cost != result.connectivity or fullest > CORE:
            raise SystemExit(f"{kind} {size}: a partition that is not what it says")
        found.append((f"somac, effort {effort}", cost, seconds, result.clusters))
    best = min(cost for name, cost, _, _ in found if not name.startswith("somac"))
    return [
        {
            "network": kind,
            "neurons": size,
            "method": name,
            "connectivity": round(cost),
            "over best peer": f"{cost / best - 1:+.1%}",
            "cores": cores,
            "CPU s": f"{seconds:.1f}",
            "peak MB": _peak() if name.startswith("somac") else None,
        }
        for name, cost, seconds, cores in found
    ]


def _ours(kind: str, size: int, effort: Effort) -> tuple[Network, PartitionResult, float]:
    """The network, its partition, and CPU seconds, making the hypergraph included."""
    net = network(kind, size)
    begin = time.process_time()
    graph = Hypergraph.of_targets(size, np.arange(size), net.rate, net.start, net.target)
    problem = PartitionProblem(graph, ("neurons",), np.ones((size, 1), np.int64), np.array([CORE]))
    result = partition_units(problem, PartitionOptions(effort))
    return net, result, time.process_time() - begin


def _peers(
    kind: str, size: int, python: str, *, slow: bool
) -> list[tuple[str, float, float, int | None]]:
    net = network(kind, size)
    found: list[tuple[str, float, float, int | None]] = []
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "network.npz"
        np.savez(given, **net._asdict())
        for name in ("METIS", "Mt-KaHyPar") if slow else ("METIS",):
            answer = Path(folder) / "cluster.npy"
            script = Path(__file__).with_name("peer_partition.py")
            command = [python, str(script), name, str(given), str(answer), str(CORE)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds = json.loads(done.stdout.splitlines()[-1])["cpu"]
            cluster = np.load(answer)
            fullest = int(np.bincount(cluster).max())
            label = name if fullest <= CORE else f"{name} (a core holds {fullest})"
            cores = len(np.unique(cluster))
            found.append((label, connectivity(net, cluster), seconds, cores))
    return found


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--peers-python", metavar="PATH")
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--million", action="store_true")
    given = parser.parse_args(arguments)
    sizes = [int(size) for size in given.sizes.split(",") if size]
    table = rows(sizes, given.peers_python, slow=given.slow)
    print(markdown(table + (million_rows() if given.million else [])))


if __name__ == "__main__":
    main()
