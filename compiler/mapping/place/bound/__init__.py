"""Lower bounds: what no placement can beat."""

from somac.compiler.mapping.place.bound.dispatch import lower_bound
from somac.compiler.mapping.place.bound.multicast import multicast_bound, two_way

__all__ = ["lower_bound", "multicast_bound", "two_way"]
