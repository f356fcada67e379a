"""The solution of a mapping problem as JSON, in the terms of the problem's file."""

from __future__ import annotations

import json
from typing import Any

from somac.compiler.mapping.problem import MappingProblem
from somac.compiler.mapping.solve import Solution
from somac.ir.target import Topology

__all__ = ["answer_text"]


def answer_text(problem: MappingProblem, solution: Solution) -> str:
    """One JSON document: a core per slice, a tree and keys per net, a table per chip."""
    topology = problem.machine.topology
    cores = [_core(topology, core) for core in range(topology.cores)]
    nodes = [_node(topology, node) for node in range(topology.nodes)]
    links = list(zip(topology.link_source.tolist(), topology.link_target.tolist(), strict=True))
    routing = solution.routing

    def link(number: int) -> list[list[int]]:
        source, target = links[number]
        return [nodes[source], nodes[target]]

    answer = {
        "somac": "mapping",
        "version": 1,
        "problem": problem.digest(),
        "cost": solution.proof.cost,
        "bound": solution.proof.bound,
        "status": solution.proof.status,
        "slices": [cores[core] for core in solution.core.tolist()],
        "nets": [
            {
                "key": block.key,
                "mask": block.mask,
                "tree": [link(number) for number in routing.links_of(net).tolist()],
                "cores": [cores[core] for core in solution.cores_of(net)],
            }
            for net, block in enumerate(map(routing.keys_of, range(len(problem.nets))))
        ],
        "tables": [
            {
                "chip": topology.chip_position[chip].tolist(),
                "entries": [
                    {
                        "key": entry.key,
                        "mask": entry.mask,
                        "links": [link(number)[1][:2] for number in entry.links],
                        "cores": [int(topology.core_local[core]) for core in entry.cores],
                    }
                    for entry in table
                ],
            }
            for chip, table in enumerate(routing.tables)
        ],
    }
    return _lines(answer)


def _lines(answer: dict[str, Any]) -> str:
    """JSON with a line per element of the long lists, so that two answers can be compared."""
    parts = []
    for key, value in answer.items():
        text = json.dumps(value)
        if isinstance(value, list):
            text = "[\n" + ",\n".join("  " + json.dumps(item) for item in value) + "\n]"
        parts.append(f'"{key}": {text}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _core(topology: Topology, core: int) -> list[int]:
    chip = int(topology.node_chip[topology.core_node[core]])
    return [*topology.chip_position[chip].tolist(), int(topology.core_local[core])]


def _node(topology: Topology, node: int) -> list[int]:
    """x and y of the chip, then of the node on it."""
    chip = int(topology.node_chip[node])
    return [*topology.chip_position[chip].tolist(), *topology.node_position[node].tolist()]
