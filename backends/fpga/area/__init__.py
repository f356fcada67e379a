"""What engines take of a part, estimated without its tools."""

from somac.backends.fpga.area.estimate import engine_area
from somac.backends.fpga.area.features import Store, features, stores

__all__ = ["Store", "engine_area", "features", "stores"]
