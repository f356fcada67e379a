"""Partition, place, route: slices of populations on the cores of a machine.

Knows nothing of networks: what a slice takes and who hears it are given.
"""

from somac.compiler.mapping.mapper import MappingRequest, SliceNet, map_slices
from somac.compiler.mapping.partition import Cut, partition, require_cores
from somac.compiler.mapping.problem import PlaceOptions

__all__ = [
    "Cut",
    "MappingRequest",
    "PlaceOptions",
    "SliceNet",
    "map_slices",
    "partition",
    "require_cores",
]
