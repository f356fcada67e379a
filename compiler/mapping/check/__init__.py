"""Independent checks of a mapping: nothing here is shared with what made it."""

from somac.compiler.mapping.check.mapping import Hardware, check_mapping
from somac.compiler.mapping.check.placement import check_placement
from somac.compiler.mapping.check.routes import loads_of

__all__ = ["Hardware", "check_mapping", "check_placement", "loads_of"]
