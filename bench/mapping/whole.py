"""A network of a million neurons, whole: partition, placement, routing and the check of it all.

    python -m bench.mapping.whole [--neurons 1000000] [--effort 0]

Locally connected, a hundred synapses per neuron, on the board of 48 chips with 256 neurons to
a core. Wall and CPU seconds are after one run that compiles, and leave out making the network.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bench.mapping.networks import network
from bench.mapping.table import markdown
from somac.compiler.cli.views.mapped import mapped_view
from somac.compiler.mapping.audit import audit
from somac.compiler.mapping.effort import Effort, Level
from somac.compiler.mapping.problem import Machine, MappingProblem
from somac.compiler.mapping.solve import solve
from somac.compiler.targets import find_target
from somac.ir.placement import Nets

TARGET = "spinnaker2-48"
CORE = 256
COMPILE = 70_000
"""Neurons of the run that compiles: enough that trees are shared in it."""


def problem(neurons: int) -> MappingProblem:
    """Every neuron a slice of its own, with a net of its own."""
    machine = Machine.of_target(find_target(TARGET))
    net = network("local", neurons)
    return MappingProblem(
        f"local, {neurons:,} neurons",
        replace(machine, capacity={"neurons": CORE}),
        ("neurons",),
        np.ones((neurons, 1), np.int64),
        Nets(np.arange(neurons), net.rate, net.start, net.target),
        np.ones(neurons, np.int64),
    )


def row(neurons: int, level: Level) -> dict[str, object]:
    """Solve, then check."""
    given = problem(neurons)
    wall, cpu = time.perf_counter(), time.process_time()
    solution = solve(given, Effort(level).options())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    checked = time.process_time()
    findings = audit(given, solution)
    checked = time.process_time() - checked
    view = mapped_view(given, solution, findings, None)
    return {
        "neurons": f"{neurons:,}",
        "synapses": f"{len(given.nets.target):,}",
        "effort": level,
        "cores": f"{view.cores_used:,}",
        "connectivity": f"{view.connectivity:,}",
        "cost": f"{view.cost:,}",
        "gap": f"{view.gap:.0%}",
        "trees": f"{view.trees:,}",
        "largest table": f"{view.largest_table:,} of {view.router_entries:,}",
        "not heard": f"{view.surplus:.1%}",
        "wall s": f"{wall:.0f}",
        "CPU s": f"{cpu:.0f}",
        "peak MB": peak,
        "check": f"{view.findings} findings, {checked:.0f} CPU s",
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--neurons", type=int, default=100_000)
    parser.add_argument("--effort", type=int, choices=range(4), default=0)
    given = parser.parse_args(arguments)
    row(COMPILE, given.effort)
    print(markdown([row(given.neurons, given.effort)]))


if __name__ == "__main__":
    main()
