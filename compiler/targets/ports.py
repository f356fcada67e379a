"""The six links of a chip, in the order of their bits in a routing table."""

__all__ = ["LINK_STEPS"]

LINK_STEPS: tuple[tuple[int, int], ...] = ((1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1))
"""E, NE, N, W, SW, S: the step in chip coordinates that each link takes."""
