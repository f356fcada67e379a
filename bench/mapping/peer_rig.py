"""Run by the Python that has rig: places and routes a netlist, and says how.

It reads the machine and the nets as JSON from standard input, and writes JSON to standard
output: the place of every vertex, hops, the load of the busiest link, CPU seconds (of placement,
the median of `runs` runs). Only calls of rig's published interface; nothing of it is copied here.
"""

from __future__ import annotations

import collections
import inspect
import json
import random
import statistics
import sys
import time

if not hasattr(inspect, "getargspec"):  # which rig 2.4.1 still asks for
    inspect.getargspec = lambda function: inspect.getfullargspec(function)[:4]


class _Random(random.Random):
    """`sample` from sets, as before Python 3.11."""

    def sample(self, population, k, **options):
        if isinstance(population, (set, frozenset)):
            population = sorted(population)
        return super().sample(population, k, **options)


def main() -> None:
    from rig.links import Links
    from rig.netlist import Net
    from rig.place_and_route import Cores, Machine, allocate
    from rig.place_and_route.place import hilbert, sa
    from rig.place_and_route.route import ner
    from rig.place_and_route.routing_tree import RoutingTree
    from rig.routing_table.entries import Routes

    job = json.load(sys.stdin)
    width, height = job["width"], job["height"]
    original = Routes.core
    Routes.core = classmethod(lambda _, core: original(core % 18))  # it knows chips of 18 cores
    alive = {tuple(cell) for cell in job["cells"]}
    dead = {(x, y) for x in range(width) for y in range(height)} - alive
    machine = Machine(width, height, chip_resources={Cores: job["cores"]}, dead_chips=dead)
    if not job["wrapped"]:
        steps = {Links.east: (1, 0), Links.north: (0, 1), Links.west: (-1, 0), Links.south: (0, -1)}
        machine.dead_links |= {
            (x, y, link)
            for x, y in alive
            for link in Links
            if link not in steps
            or not 0 <= x + steps[link][0] < width
            or not 0 <= y + steps[link][1] < height
        }
    vertices = list(range(len(job["nets"])))
    takes = {vertex: {Cores: 1} for vertex in vertices}
    nets = [Net(source, targets, 1.0) for source, targets in enumerate(job["nets"])]
    seconds = []
    for _ in range(job.get("runs", 1)):
        start = time.process_time()
        if job["placer"] == "sa":
            placed = sa.place(
                takes, nets, machine, [], effort=job["effort"], random=_Random(job["seed"])
            )
        else:
            placed = hilbert.place(takes, nets, machine, [])
        seconds.append(time.process_time() - start)
    cores = allocate(takes, nets, machine, [], placed)
    start = time.process_time()
    random.seed(job["seed"])
    trees = ner.route(takes, nets, machine, [], placed, cores, Cores)
    route_s = time.process_time() - start
    load = collections.Counter()
    for tree in trees.values():
        waiting = [tree]
        while waiting:
            here = waiting.pop()
            for route, child in here.children:
                if isinstance(child, RoutingTree):
                    load[here.chip, route] += 1
                    waiting.append(child)
    json.dump(
        {
            "place": [placed[vertex] for vertex in vertices],
            "core": [cores[vertex][Cores].start for vertex in vertices],
            "hops": sum(load.values()),
            "load": max(load.values()),
            "place_s": statistics.median(seconds),
            "route_s": route_s,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
