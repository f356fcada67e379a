"""The six links of a chip, in the order of their bits in a routing table, and how long that is."""

__all__ = ["LINK_STEPS", "WIRES"]

LINK_STEPS: tuple[tuple[int, int], ...] = ((1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1))
"""E, NE, N, W, SW, S: the step in chip coordinates that each link takes."""

WIRES = 1 << 30
"""Entries of a router where no table limits the routes: on a part wires join the engines."""
