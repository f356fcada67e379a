"""All benchmarks of mapping: quality beside CPU time, against other tools in the same run.

python -m bench.mapping                                what takes minutes
python -m bench.mapping --part partition --part bounds some of it
python -m bench.mapping --peers-python PATH            with the other tools, which that has
python -m bench.mapping --large                        the largest sizes too (an hour)
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.mapping import bounds, cut, partition, placement, routing, whole


@dataclass(frozen=True, slots=True)
class Part:
    """A benchmark, whether it runs other tools, and its own word for the largest sizes."""

    main: Callable[[Sequence[str]], None]
    peers: bool
    large: tuple[str, ...]


PARTS: Mapping[str, Part] = {
    "partition": Part(partition.main, True, ("--slow", "--million")),
    "cut": Part(cut.main, False, ()),
    "placement": Part(placement.main, True, ("--large",)),
    "bounds": Part(bounds.main, False, ("--large",)),
    "routing": Part(routing.main, True, ("--large",)),
    "whole": Part(whole.main, False, ("--neurons", "1000000")),
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="all by default")
    parser.add_argument("--peers-python", metavar="PATH", help="an interpreter that has them")
    parser.add_argument("--large", action="store_true", help="the largest sizes too")
    given = parser.parse_args()
    for name in given.part or PARTS:
        part = PARTS[name]
        options = [*part.large] if given.large else []
        if part.peers and given.peers_python:
            options += ["--peers-python", given.peers_python]
        print(f"\n## {name}\n", flush=True)
        part.main(options)


if __name__ == "__main__":
    main()
