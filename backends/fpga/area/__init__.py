"""What engines and designs take of a part, estimated without its tools."""

from somac.backends.fpga.area.estimate import design_area, engine_area
from somac.backends.fpga.area.features import edge_features, engine_features
from somac.backends.fpga.area.stores import Store, design_stores, engine_stores

__all__ = [
    "Store",
    "design_area",
    "design_stores",
    "edge_features",
    "engine_area",
    "engine_features",
    "engine_stores",
]
